"""Once-for-all's lookup tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest
from conftest import shared_folder

import helpnas
from helpnas import FormatError, MeasurementError
from helpnas.published.ofa_lookup import LookupTable, ResolutionTable

FIXED = {
    "Conv": "64x64x3-output:32x32x24",
    "Conv_1": "2x2x192-output:2x2x1152",
    "AvgPool2D": "2x2x1152-output:1x1x1152",
    "Conv_2": "1x1x1152-output:1x1x1536",
    "Logits": "1x1x1536-output:1000",
}
SHAPES = ["32x32x24", "16x16x32", "8x8x48", "4x4x96", "4x4x136", "2x2x192"]


class AnyRows:
    """As once-for-all's space, but for small resolutions too, which make small tables."""

    def genes(self, archs: Any) -> Any:
        return np.array(archs, np.int32).reshape(-1, 46)

    def check(self, archs: Any) -> None:
        pass


def key(given: str, output: str, expand: int, kernel: int) -> str:
    shapes = f"expanded_conv-input:{given}-output:{output}"
    return f"{shapes}-expand:{expand}-kernel:{kernel}-stride:1-idskip:1-se:0-hs:0"


def entries() -> Dict[str, Any]:
    """A table in which the block of stage s, place 0 or later, kernel k, expansion e counts."""
    found = {f"{name}-input:{shapes}": mean(0.5) for name, shapes in FIXED.items()}
    found[key(SHAPES[0], SHAPES[0], 24, 3)] = mean(0.25)
    for stage, output in enumerate(SHAPES[1:]):
        for place, given in enumerate((SHAPES[stage], output)):
            for kernel in (3, 5, 7):
                for expansion in (3, 4, 6):
                    expand = int(given.split("x")[2]) * expansion
                    entry = mean(block(stage, place, kernel, expansion))
                    found[key(given, output, expand, kernel)] = entry
    return found


def mean(value: float) -> Dict[str, Any]:
    return {"count": 500, "mean": value, "std": 0.1}


def block(stage: int, place: int, kernel: int, expansion: int) -> float:
    return 1 + stage + 10 * place + kernel / 16 + expansion / 128


def table(**changes: Any) -> LookupTable:
    space: Any = AnyRows()
    return LookupTable([ResolutionTable.from_entries("t.yaml", {**entries(), **changes})], space)


def random_rows(count: int, resolution: int = 64) -> Any:
    random = np.random.default_rng(3)
    parts = [
        random.choice([3, 5, 7], (count, 20)),
        random.choice([3, 4, 6], (count, 20)),
        random.choice([2, 3, 4], (count, 5)),
        np.full((count, 1), resolution),
    ]
    return np.hstack(parts)


def test_latencies_are_sums_over_the_live_blocks() -> None:
    rows = random_rows(50)
    expected = [
        5 * 0.5
        + 0.25
        + sum(
            block(stage, min(place, 1), row[4 * stage + place], row[20 + 4 * stage + place])
            for stage in range(5)
            for place in range(row[40 + stage])
        )
        for row in rows
    ]
    found = table().latency(rows)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert table().latency(rows[:0]).shape == (0,)


def test_dead_blocks_count_nothing() -> None:
    rows = random_rows(1)
    rows[0, 40:45] = 2
    other = rows.copy()
    other[0, [2, 3, 22, 23]] = [7, 7, 6, 6]
    assert table().latency(rows) == table().latency(other)


def test_the_resolution_follows_from_the_keys() -> None:
    assert table().resolutions == [64] and "64" in repr(table())
    with pytest.raises(MeasurementError, match="no lookup table of resolution 224; there are 64"):
        table().latency(random_rows(1, 224))


def test_older_keys_without_se_and_hs_are_read() -> None:
    older = {key.replace("-se:0-hs:0", ""): entry for key, entry in entries().items()}
    space: Any = AnyRows()
    rows = random_rows(20)
    read = LookupTable([ResolutionTable.from_entries("t.yaml", older)], space)
    assert (read.latency(rows) == table().latency(rows)).all()


def test_a_key_that_is_not_read_is_shown_whole_with_its_form() -> None:
    shapes = "expanded_conv-input:112x112x24-output:112x112x24"
    cut = f"{shapes}-expand:24-kernel:3-stride:1"
    with pytest.raises(FormatError, match=cut + "' is not of a layer.*-idskip:N.-se:N-hs:N."):
        table(**{cut: mean(0.5)})


def test_a_missing_entry_is_named() -> None:
    found = entries()
    del found[key(SHAPES[3], SHAPES[3], 96 * 4, 5)]
    part = ResolutionTable.from_entries("t.yaml", found)
    row = random_rows(1)[0]
    row[42], row[9], row[29] = 2, 5, 4  # stage 2, its second block
    with pytest.raises(MeasurementError, match="t.yaml: no entry 'expanded_conv-input:4x4x96-outp"):
        part.latency(row.tolist())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Conv-input:64x64x3-output:32x32x24": None}, "is None, not milliseconds"),
        ({"Conv-input:64x64x3-output:32x32x24": {}}, "is None, not milliseconds"),
        ({"Conv-input:64x64x3-output:32x32x24": {"mean": "1"}}, "is '1', not milliseconds"),
        ({"Conv-input:64x64x3-output:32x32x24": {"mean": True}}, "is True, not milliseconds"),
        ({"Conv-input:64x64x3-output:32x32x24": {"mean": -1.0}}, "is -1.0, not milliseconds"),
        ({"Conv-input:64x64x3-output:32x32x24": {"mean": float("nan")}}, "not milliseconds"),
        ({"Conv-input:32x32x3-output:32x32x24": mean(1)}, "unknown layer, or there are two"),
        ({"Pool-input:32x32x3-output:32x32x24": mean(1)}, "unknown layer"),
        ({"expanded_conv-input:1x1x1-output:1x1x1": mean(1)}, "is not of a layer"),
        ({"Conv": mean(1)}, "key 'Conv' is not of a layer"),
        ({3: mean(1)}, "key 3 is not of a layer"),
        ({key(SHAPES[1], SHAPES[1], 96, 3).replace("se:0", "se:1"): mean(1)}, "of one block"),
        ({key(SHAPES[1], "9x9x9", 96, 3): mean(1)}, "2 shapes after 16x16x32, not one"),
        ({key(SHAPES[0], SHAPES[0], 48, 3): mean(1)}, "2 first blocks of 32x32x24"),
    ],
)
def test_wrong_entries_are_refused(changes: Any, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        ResolutionTable.from_entries("t.yaml", {**entries(), **changes})
    assert "t.yaml" in str(caught.value) and message in str(caught.value)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("Conv_2", "no entry 'Conv_2'"),
        ("expanded_conv", "0 shapes after 32x32x24"),
        ("output:4x4x136", "0 shapes after 4x4x96"),
        ("expand:24-", "0 first blocks"),
    ],
)
def test_missing_layers_are_named(part: str, message: str) -> None:
    left = {name: entry for name, entry in entries().items() if part not in name}
    with pytest.raises(FormatError, match=message):
        ResolutionTable.from_entries("t.yaml", left)


@pytest.mark.parametrize("value", [None, [], "x", 3.5])
def test_other_content_is_refused(value: Any) -> None:
    with pytest.raises(FormatError, match="t.yaml: .*not a table"):
        ResolutionTable.from_entries("t.yaml", value)


def test_two_tables_of_one_resolution(tmp_path: Path) -> None:
    parts = [ResolutionTable.from_entries(name, entries()) for name in ("a", "b")]
    with pytest.raises(FormatError, match="a and b are both of resolution 64"):
        LookupTable(parts, AnyRows())  # type: ignore[arg-type]
    with pytest.raises(helpnas.ArgumentError, match="no lookup tables"):
        LookupTable.from_yaml([])


def test_yaml_files(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    space: Any = AnyRows()
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(entries()))
    rows = random_rows(3)
    for paths in (tmp_path / "t.yaml", str(tmp_path / "t.yaml"), [tmp_path / "t.yaml"]):
        found = LookupTable.from_yaml(paths, space)
        assert (found.latency(rows) == table().latency(rows)).all()
    (tmp_path / "t.yaml").write_text("a: [")
    with pytest.raises(FormatError, match="t.yaml: not YAML"):
        LookupTable.from_yaml(tmp_path / "t.yaml", space)


def test_sums_are_compared_with_a_model() -> None:
    found = entries()
    found["Conv-input:224x224x3-output:32x32x24"] = found.pop("Conv-input:64x64x3-output:32x32x24")
    space = helpnas.Space("ofa-mbv3")
    lookup = LookupTable([ResolutionTable.from_entries("t", found)], space)
    archs = space.sample(60)
    archs[:, 45] = 224
    measured = helpnas.LatencyTable(space, archs, {"phone": 1.25 * lookup.latency(archs)})
    rows = helpnas.evaluate(
        helpnas.load("ofa-mbv3"),
        measured,
        measure="random",
        baselines=("macs",),
        pool_rows=20,
        extra={"layer-wise": lookup.latency},
    )
    assert [row["method"] for row in rows] == ["bayes", "macs", "layer-wise"]
    assert rows[2]["n_query"] == 40 and rows[2]["spearman"] == pytest.approx(1)
    assert rows[2]["mape"] == pytest.approx(0.2) and rows[2]["within10"] == 0


def test_the_published_tables() -> None:
    pytest.importorskip("yaml")
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "ofa"
    space: Any = AnyRows()
    found = LookupTable.from_yaml(sorted(folder.glob("note10_*.yaml")), space)
    assert found.resolutions == [160, 176, 192, 208, 224]
    means = []
    for resolution in found.resolutions:
        # Every key is there, and the sums are those of a phone.
        values = found.latency(random_rows(300, resolution))
        assert (values > 5).all() and (values < 100).all()
        means.append(values.mean())
    assert means == sorted(means)
    part = ResolutionTable.from_yaml(folder / "note10_224_lookup_table.yaml")
    assert [shape[-1] for shape in part.shapes] == [24, 32, 48, 96, 136, 192]


def test_the_published_tables_on_the_space() -> None:
    pytest.importorskip("yaml")
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "ofa"
    space = helpnas.Space("ofa-mbv3")
    found = LookupTable.from_yaml(sorted(folder.glob("note10_*.yaml")))
    rows = space.sample(20)
    rows[:, 45] = 224
    assert (found.latency(rows) == found.latency(space.format(rows))).all()
    rows[7, 45] = 200
    with pytest.raises(MeasurementError, match="resolution 200"):
        found.latency(rows)
    rows[7, 45] = 225
    with pytest.raises(helpnas.ArchitectureError):
        found.latency(rows)
