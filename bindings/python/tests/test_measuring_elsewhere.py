"""Models as files for devices elsewhere, and tables that people fill in."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest

import helpnas
from helpnas import export_models, read_measurements

ARCHS = [
    "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|%s~2|" % operation
    for operation in ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
]


def table(folder: Path, latencies: List[Any], header: str = "arch,file,latency_ms") -> Path:
    """A filled table of the first architectures."""
    file = folder / "phone.csv"
    lines = [
        f"{arch},{i:04}.onnx,{latency}" for i, (arch, latency) in enumerate(zip(ARCHS, latencies))
    ]
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


def read(file: Path, **options: Any) -> helpnas.Measurements:
    return read_measurements(file, space="nasbench201", **options)


def test_a_filled_table(tmp_path: Path) -> None:
    found = read(table(tmp_path, [5, " 1.5 ", "2e1", "", 3]))
    assert found.space.format(found.archs) == ARCHS[:3] + ARCHS[4:]
    assert found.latency_ms.tolist() == [5, 1.5, 20, 3]
    assert found.failures == {ARCHS[3]: "not measured"}
    assert found.warnings == ["1 of 5 architectures are not measured: row 5"]
    assert found.name == "phone" and math.isnan(found.stability)
    assert read(table(tmp_path, [5, 1.5, 20]), name="tablet").name == "tablet"


def test_many_missing_rows_are_cut(tmp_path: Path, space: helpnas.Space) -> None:
    file = tmp_path / "phone.csv"
    texts = space.format(space.sample(40))
    lines = [f"{text},{1 + i if i < 3 else ''}" for i, text in enumerate(texts)]
    file.write_text("\n".join(["arch,latency_ms", *lines]))
    (warning,) = read(file).warnings
    assert "37 of 40" in warning and "5, 6, 7" in warning and warning.endswith("and 17 more")


@pytest.mark.parametrize(
    ("unit", "scale"), [("latency_ms", 1.0), ("latency_s", 1e3), (" Latency_US ", 1e-3)]
)
def test_the_header_tells_the_unit(tmp_path: Path, unit: str, scale: float) -> None:
    values = np.array([1.0, 2.5, 4.0]) * 3 / scale
    found = read(table(tmp_path, values.tolist(), f"arch,file,{unit}"))
    np.testing.assert_allclose(found.latency_ms, [3.0, 7.5, 12.0])


@pytest.mark.parametrize(
    ("values", "message", "unit"),
    [
        ([0.004, 0.011, 0.0195], "all are below 0.02 ms: they look like seconds", "s"),
        ([2e5, 3.5e5, 9e5], "all are above 100000 ms: they look like microseconds", "us"),
        ([4.0, 0.0035, 11.0], "rows 3 and 4 differ 3143 times", "ms"),
    ],
)
def test_sizes_that_look_like_another_unit(
    tmp_path: Path, values: List[float], message: str, unit: str
) -> None:
    file = table(tmp_path, values)
    with pytest.raises(helpnas.MeasurementError, match="column 'latency_ms'") as caught:
        read(file)
    assert message in str(caught.value) and "unit='ms', 's' or 'us'" in str(caught.value)
    scale = {"s": 1e3, "us": 1e-3, "ms": 1.0}[unit]
    np.testing.assert_allclose(read(file, unit=unit).latency_ms, scale * np.array(values))


@pytest.mark.parametrize("values", [[0.01, 0.02, 0.03], [1e5, 2e5, 3e5], [0.05, 1, 50]])
def test_sizes_on_the_border_are_taken(tmp_path: Path, values: List[float]) -> None:
    assert read(table(tmp_path, values)).latency_ms.tolist() == values


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("nan", "not a number"),
        ("inf", "not a number"),
        ("fast", "not a number"),
        ("1,5", "4 fields, not 3"),
        ('"1,5"', "not a number"),
        ("1.5 ms", "not a number"),
        ("0", "not a latency above 0"),
        ("-3", "not a latency above 0"),
        ("1e999", "not a latency above 0"),
        ("\u0661", "not a number"),
    ],
)
def test_bad_fields_are_named(tmp_path: Path, value: str, part: str) -> None:
    file = table(tmp_path, [1, 2, 3, value, 5])
    with pytest.raises(helpnas.FormatError) as caught:
        read(file)
    assert f"{file}: row 5" in str(caught.value) and part in str(caught.value)
    if "fields" not in part:
        assert "column 'latency_ms'" in str(caught.value)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", "row 2"),
        ("file,latency_ms", "one column 'arch'"),
        ("arch,file,latency", "latency_ms, latency_s, latency_us"),
        ("arch,latency_s,latency_ms", "one of latency_ms"),
        ("arch,arch,latency_ms", "one column 'arch'"),
        ("arch;file;latency_ms", "save the table with commas"),
    ],
)
def test_bad_headers_are_told(tmp_path: Path, header: str, part: str) -> None:
    with pytest.raises(helpnas.FormatError) as caught:
        read(table(tmp_path, [1, 2, 3], header))
    assert part in str(caught.value)


def test_hostile_tables(tmp_path: Path) -> None:
    file = tmp_path / "phone.csv"
    for content in (
        b"arch,latency_ms\n\xff\xfe,1\n",
        b'arch,latency_ms\n"open,1\n',
        b"arch,latency_ms\nnonsense,1\n",
        b"arch,latency_ms\n\0,1\n",
        b"arch,latency_ms\n" + b"x" * 200_000 + b",1\n",
    ):
        file.write_bytes(content)
        with pytest.raises(helpnas.FormatError, match="phone.csv: row"):
            read(file)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing.csv")


def test_what_spreadsheets_write(tmp_path: Path) -> None:
    file = table(tmp_path, [1, 2, 3])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert read(file).latency_ms.tolist() == [1, 2, 3]


@pytest.mark.parametrize("latencies", [[], ["", "", ""], [1, 2, "", ""]])
def test_fewer_than_three_are_too_few(tmp_path: Path, latencies: List[Any]) -> None:
    with pytest.raises(helpnas.MeasurementError, match="not 3 or more"):
        read(table(tmp_path, latencies))


def test_an_architecture_twice(tmp_path: Path) -> None:
    file = table(tmp_path, [1, 2, 3])
    with open(file, "a", encoding="utf-8") as out:
        out.write(f"{ARCHS[1]},again,4\n{ARCHS[1]},again,9\n{ARCHS[2]},again,\n")
    with pytest.raises(helpnas.FormatError, match="row 5, column 'arch'.*already in row 3"):
        read(file)
    found = read(file, duplicates="median")
    assert found.latency_ms.tolist() == [1, 4, 3] and found.warnings == []


def test_the_same_network_in_other_words(tmp_path: Path) -> None:
    """Genes without effect do not make another architecture."""
    space = helpnas.Space("ofa-mbv3")
    archs = space.notation(space.sample(3, seed=2))
    twin = {**archs[0], "ks": list(archs[0]["ks"])}
    dead = next(slot for slot in range(20) if slot % 4 >= archs[0]["d"][slot // 4])
    twin["ks"][dead] = 7
    file = tmp_path / "phone.csv"
    with open(file, "w", newline="") as out:
        csv.writer(out).writerows(
            [["arch", "latency_ms"]] + [[str(a).replace("'", '"'), 5] for a in [*archs, twin]]
        )
    with pytest.raises(helpnas.FormatError, match="already in row 2"):
        read_measurements(file, space=space)


def test_bad_options(tmp_path: Path) -> None:
    file = table(tmp_path, [1, 2, 3])
    for options in ({"unit": "minutes"}, {"duplicates": "mean"}):
        with pytest.raises(helpnas.ArgumentError, match="not "):
            read(file, **options)
    with pytest.raises(helpnas.ArgumentError, match="give space="):
        read_measurements(file)
    (tmp_path / "phone.json").write_text("{")
    with pytest.raises(helpnas.FormatError, match="phone.json"):
        read_measurements(file)


# Export


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    pytest.importorskip("onnx", reason="onnx is not installed: pip install 'helpnas[measure]'")
    export_models("nasbench201", ARCHS, tmp_path / "board", batch=2)
    return tmp_path / "board"


def test_models_go_out_and_latencies_come_back(exported: Path) -> None:
    names = sorted(path.name for path in exported.iterdir())
    assert names == [f"{i:04}.onnx" for i in range(5)] + [
        "README.txt",
        "measurements.csv",
        "measurements.json",
    ]
    with pytest.raises(helpnas.MeasurementError, match="0 architectures are measured"):
        read_measurements(exported)
    text = (exported / "measurements.csv").read_text()
    with open(exported / "measurements.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["arch"] for row in rows] == ARCHS
    for row in rows:
        text = text.replace(f"{row['file']},", f"{row['file']},{1 + int(row['file'][:4])}")
    (exported / "measurements.csv").write_text(text)
    found = read_measurements(exported)
    assert found.latency_ms.tolist() == [1, 2, 3, 4, 5] and found.name == "board"
    assert (read_measurements(exported / "measurements.csv").archs == found.archs).all()


def test_exported_files_are_the_networks(exported: Path) -> None:
    built = helpnas.measuring.build_model("nasbench201", ARCHS[2], batch=2)
    assert (exported / "0002.onnx").read_bytes() == built
    assert "batch size 2" in (exported / "README.txt").read_text()
    assert "5 models" in (exported / "README.txt").read_text()


def test_nothing_filled_in_is_written_over(exported: Path) -> None:
    before = (exported / "measurements.csv").read_bytes()
    with pytest.raises(helpnas.ArgumentError, match="would be lost"):
        export_models("nasbench201", ARCHS, exported)
    assert (exported / "measurements.csv").read_bytes() == before


def test_bad_exports(tmp_path: Path) -> None:
    with pytest.raises(helpnas.ArgumentError, match="empty"):
        export_models("nasbench201", [], tmp_path)
    with pytest.raises(helpnas.MeasurementError, match="rows 0 and 1"):
        export_models("nasbench201", [ARCHS[0]] * 2, tmp_path)
