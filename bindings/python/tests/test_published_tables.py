"""The HELP repository's layouts of FBNet and once-for-all, and merging tables."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest
import torch_files as tf
from conftest import shared_folder

import helpnas
from helpnas import FormatError, LatencyTable
from helpnas.published.help_repository import published_reference_archs

SPACES = {"fbnet": "fbnet", "ofa-mbv3": "ofa"}
ROWS = 30


def write(file: Path, value: Any) -> None:
    """As torch.save of plain data and NumPy scalars."""
    tf.write_torch_file(file, pickle.dumps(value, protocol=2))


def architectures(space: helpnas.Space) -> Any:
    return space.sample(ROWS, seed=5)


def published_form(name: str, rows: Any) -> Dict[str, Any]:
    if name == "fbnet":
        archs: List[Any] = [{"op_idx_list": row.tolist(), "arch_str": []} for row in rows]
        return {"dataset": "cifar100", "num_classes": 100, "arch": archs}
    archs = [
        {
            "ks": row[:20].tolist(),
            "e": row[20:40].tolist(),
            "d": row[40:45].tolist(),
            "r": np.int64(row[45]),
        }
        for row in rows
    ]
    return {"dataset": "imagenet", "num_classes": 1000, "arch": archs}


@pytest.fixture(params=sorted(SPACES))
def layout(request: Any, tmp_path: Path) -> Any:
    """A space, the folder of its layout, and the file of its architectures."""
    space = helpnas.Space(request.param)
    folder = tmp_path / SPACES[space.name]
    (folder / "latency").mkdir(parents=True)
    file = folder / {"fbnet": "metainfo.pt", "ofa-mbv3": "ofa_archs.pt"}[space.name]
    write(file, published_form(space.name, architectures(space)))
    write(folder / "hardware_embedding_index.pt", [3, 1, 29])
    write(folder / "latency" / "b.pt", [1.0 + 0.1 * i for i in range(ROWS)])
    write(folder / "latency" / "a.pt", [i + 1 for i in range(ROWS)])
    return space, folder, file


@pytest.mark.parametrize("above", [False, True])
def test_reads_the_layout(layout: Any, above: bool) -> None:
    space, folder, _ = layout
    table = LatencyTable.from_help_repository(folder.parent if above else folder, space.name)
    assert table.space.name == space.name
    assert (table.archs == architectures(space)).all() and list(table.devices) == ["a", "b"]
    assert table.latency("a").tolist() == list(range(1, ROWS + 1))
    assert table.references is not None and table.references.tolist() == [3, 1, 29]


def test_plain_lists_of_operations(tmp_path: Path) -> None:
    space = helpnas.Space("fbnet")
    rows = architectures(space)
    (tmp_path / "latency").mkdir()
    write(tmp_path / "arch.pt", rows.tolist())
    write(tmp_path / "hardware_embedding_index.pt", [0])
    write(tmp_path / "latency" / "a.pt", [1.0] * ROWS)
    table = LatencyTable.from_help_repository(tmp_path, space)
    assert (table.archs == rows).all()


def refuse(layout: Any, *parts: str) -> None:
    space, folder, _ = layout
    with pytest.raises(FormatError) as caught:
        LatencyTable.from_help_repository(folder, space.name)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ([1.0] * (ROWS - 1), [f"{ROWS - 1} numbers for {ROWS}"]),
        ([1.0] * (ROWS + 1), [f"{ROWS + 1} numbers for {ROWS}"]),
        ([1.0] * 7 + [None] + [1.0] * (ROWS - 8), ["row 7 is None"]),
        ([1.0] * 7 + [""] + [1.0] * (ROWS - 8), ["row 7 is ''"]),
        ([1.0] * 7 + [True] + [1.0] * (ROWS - 8), ["row 7 is True"]),
        ([1.0] * 7 + [-1.0] + [1.0] * (ROWS - 8), ["row 7 is -1.0 ms"]),
        ([1.0] * 7 + [0] + [1.0] * (ROWS - 8), ["row 7 is 0.0 ms"]),
        ([1.0] * 7 + [float("inf")] + [1.0] * (ROWS - 8), ["row 7 is inf ms"]),
        ([[1.0]] * ROWS, ["row 0 is a list"]),
        ({}, ["a dict where a list belongs"]),
        ("fast", ["'fast' where a list belongs"]),
    ],
)
def test_wrong_latencies(layout: Any, value: Any, parts: Any) -> None:
    write(layout[1] / "latency" / "a.pt", value)
    refuse(layout, "a.pt", *parts)


def test_latencies_not_measured(layout: Any) -> None:
    space, folder, _ = layout
    write(folder / "latency" / "a.pt", [float("nan")] + [1.0] * (ROWS - 1))
    table = LatencyTable.from_help_repository(folder, space.name)
    assert np.isnan(table.latency("a")).tolist() == [True] + [False] * (ROWS - 1)


@pytest.mark.parametrize("shape", [(ROWS,), (), (ROWS, 1), (1, ROWS)])
def test_tensors_of_latencies(layout: Any, shape: Any) -> None:
    space, folder, _ = layout
    values = np.ones(shape, np.float64)
    tf.write_value(folder / "latency" / "a.pt", values)
    if shape == (ROWS,):
        table = LatencyTable.from_help_repository(folder, space.name)
        assert set(table.latency("a")) == {1.0}
    else:
        refuse(layout, "a.pt", "one-dimensional")


def test_a_nest_of_shared_lists(layout: Any) -> None:
    nest: Any = [1.0]
    for _ in range(60):
        nest = [nest, nest]
    write(layout[1] / "latency" / "a.pt", nest)
    refuse(layout, "a.pt")
    write(layout[1] / "latency" / "a.pt", [1.0] * ROWS)
    write(layout[2], {"arch": nest})
    refuse(layout, layout[2].name, "row 0")


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda archs: archs.append(archs[3]), ["rows 3 and 30 are the same architecture"]),
        (lambda archs: archs.__setitem__(4, None), ["row 4"]),
        (lambda archs: archs.__setitem__(4, {}), ["row 4 has no"]),
        (lambda archs: archs.__setitem__(4, [1, 2]), ["row 4"]),
        (lambda archs: next(iter(archs[4].values())).append(1), ["row 4"]),
        (lambda archs: next(iter(archs[4].values())).__setitem__(2, 1.5), ["row 4, column 2"]),
        (lambda archs: next(iter(archs[4].values())).__setitem__(2, None), ["row 4, column 2"]),
        (lambda archs: next(iter(archs[4].values())).__setitem__(2, 2**40), ["row 4, column 2"]),
        (lambda archs: next(iter(archs[4].values())).__setitem__(0, 77), ["row 4", "77"]),
    ],
)
def test_wrong_architectures(layout: Any, change: Any, parts: Any) -> None:
    space, folder, file = layout
    content = published_form(space.name, architectures(space))
    change(content["arch"])
    for device in "ab":
        write(folder / "latency" / f"{device}.pt", [1.0] * len(content["arch"]))
    write(file, content)
    refuse(layout, file.name, *parts)


@pytest.mark.parametrize("value", [[], {}, {"arch": {}}, "x", 3])
def test_files_without_architectures(layout: Any, value: Any) -> None:
    write(layout[2], value)
    refuse(layout, layout[2].name)


def test_truncated_files(layout: Any) -> None:
    for file in (layout[2], layout[1] / "latency" / "a.pt"):
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2])
        refuse(layout, str(file))
        file.write_bytes(content)


@pytest.mark.parametrize("references", [[30], [-1], [0.5], "x", {}, [[0]]])
def test_wrong_references(layout: Any, references: Any) -> None:
    write(layout[1] / "hardware_embedding_index.pt", references)
    refuse(layout, "hardware_embedding_index.pt")


def test_no_latencies(layout: Any) -> None:
    for file in (layout[1] / "latency").iterdir():
        file.unlink()
    refuse(layout, "no .pt files")


def test_the_folder_of_another_space(layout: Any, tmp_path: Path) -> None:
    space, folder, _ = layout
    for other in ("nasbench201", *SPACES):
        if other != space.name:
            with pytest.raises(FormatError, match=f"of '{other}' has; this is '{space.name}'"):
                LatencyTable.from_help_repository(folder, other)
    with pytest.raises(FormatError, match="no str_arch2idx.pt"):
        LatencyTable.from_help_repository(tmp_path / "nowhere", "nasbench201")


def test_spaces_without_a_layout(tmp_path: Path) -> None:
    with pytest.raises(helpnas.UnsupportedError, match="'nasbench201', 'fbnet', 'ofa-mbv3'"):
        LatencyTable.from_help_repository(tmp_path, "hat-wmt14-en-de")


def test_dead_genes_do_not_make_other_architectures() -> None:
    space = helpnas.Space("ofa-mbv3")
    row = space.sample(1)
    row[0, 40] = 2  # the first stage has two blocks; its genes 2 and 3 are dead
    other = row.copy()
    row[0, 2], other[0, 2] = 5, 7
    table = LatencyTable(space, row, {"a": [1.0]})
    assert table.rows(other).tolist() == [0]
    with pytest.raises(helpnas.MeasurementError, match="rows 0 and 1"):
        LatencyTable(space, np.vstack([row, other]), {})


def test_the_reference_architectures(layout: Any) -> None:
    space, folder, file = layout
    found = published_reference_archs(folder, space)
    assert (found == architectures(space)[[3, 1, 29]]).all()
    file.unlink()
    with pytest.raises(FormatError, match=f"no {file.name}"):
        published_reference_archs(folder, space)


def test_the_reference_architectures_of_a_numbered_space(
    tmp_path: Path, space: helpnas.Space
) -> None:
    # The numbering is the library's own: no other file is needed.
    write(tmp_path / "hardware_embedding_index.pt", [7, 15624])
    assert space.to_index(published_reference_archs(tmp_path, space)).tolist() == [7, 15624]
    write(tmp_path / "hardware_embedding_index.pt", [15625])
    with pytest.raises(FormatError, match="hardware_embedding_index.pt: number 15625"):
        published_reference_archs(tmp_path, space)


@pytest.mark.parametrize("name", ["fbnet", "ofa-mbv3", "hat-wmt14-en-de"])
def test_notations_of_other_spaces_in_csv(tmp_path: Path, name: str) -> None:
    space = helpnas.Space(name)
    table = LatencyTable(space, space.sample(5), {"a": [1.0, 2.0, np.nan, 4.0, 5.0]})
    table.to_csv(tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().count('"') >= 10
    again = LatencyTable.from_csv(tmp_path / "t.csv", name)
    assert (again.archs == table.archs).all()
    np.testing.assert_array_equal(again.latency("a"), table.latency("a"))
    text = (tmp_path / "t.csv").read_text()
    (tmp_path / "t.csv").write_text(text + text.splitlines()[2] + "\n")
    with pytest.raises(FormatError, match="row 7, column 'arch'.*already in row 3"):
        LatencyTable.from_csv(tmp_path / "t.csv", name)
    (tmp_path / "t.csv").write_text("arch,a\n|none~0|,1\n")
    with pytest.raises(FormatError, match="row 2, column 'arch'"):
        LatencyTable.from_csv(tmp_path / "t.csv", name)


# Merging


def test_merging_joins_rows_and_devices(space: helpnas.Space) -> None:
    rows = space.sample(5)
    first = LatencyTable(space, rows[:3], {"a": [1.0, 2.0, 3.0], "b": [4.0, np.nan, 6.0]}, [2])
    second = LatencyTable(space, rows[[4, 1, 3]], {"c": [7.0, 8.0, np.nan], "b": [9.0, 5.0, 3.0]})
    merged = first.merge(second)
    nan = np.nan
    assert (merged.archs == rows[[0, 1, 2, 4, 3]]).all() and list(merged.devices) == ["a", "b", "c"]
    np.testing.assert_array_equal(merged.latency("a"), [1, 2, 3, nan, nan])
    np.testing.assert_array_equal(merged.latency("b"), [4, 5, 6, 9, 3])
    np.testing.assert_array_equal(merged.latency("c"), [nan, 8, nan, 7, nan])
    assert merged.references is not None and merged.references.tolist() == [2]
    assert len(first) == 3 and first.latency("b")[1:2].tolist() != [5.0]


def test_merging_with_nothing_and_itself(space: helpnas.Space) -> None:
    table = LatencyTable(space, space.sample(3), {"a": [1.0, np.nan, 3.0]})
    empty = LatencyTable(space, np.empty((0, 6), np.int32), {})
    for merged in (table.merge(empty), empty.merge(table), table.merge(table)):
        assert (merged.archs == table.archs).all()
        np.testing.assert_array_equal(merged.latency("a"), table.latency("a"))


def test_merging_refuses_what_disagrees(space: helpnas.Space) -> None:
    rows = space.sample(3)
    first = LatencyTable(space, rows, {"a": [1.0, 2.0, 3.0]})
    second = LatencyTable(space, rows[[2, 1]], {"a": [3.0, 2.5]})
    with pytest.raises(helpnas.MeasurementError, match="^a: .* has 2.0 and 2.5 ms") as caught:
        first.merge(second)
    assert space.format(rows[1]) in str(caught.value)


def test_merging_refuses_another_space(space: helpnas.Space) -> None:
    other = helpnas.Space("fbnet")
    table = LatencyTable(space, space.sample(1), {})
    with pytest.raises(helpnas.MismatchError, match="nasbench201 and fbnet"):
        table.merge(LatencyTable(other, other.sample(1), {}))


@pytest.mark.parametrize(
    ("name", "devices", "reference"), [("fbnet", 27, 3328), ("ofa-mbv3", 12, 1316)]
)
def test_the_published_files(name: str, devices: int, reference: int) -> None:
    helpnas.Space(name)
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "help"
    table = LatencyTable.from_help_repository(folder, name)
    assert len(table) == 5000 and len(table.devices) == devices
    assert table.references is not None and len(table.references) == 10
    assert table.references[0] == reference
    assert all((column > 0).all() for column in table.devices.values())
