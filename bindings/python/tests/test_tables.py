"""Latency tables: CSV, and the published layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch_files as tf
from conftest import REFERENCES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import helpnas
from helpnas import LatencyTable

A = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|none~2|"
B = "|none~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"


def csv_file(folder: Path, text: str) -> Path:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_reads_a_table(tmp_path: Path) -> None:
    text = f'arch,phone,"a, b"\n{A},1.5,\n\n{B}, 2e1 ,0.25\n'
    table = LatencyTable.from_csv(csv_file(tmp_path, text))
    assert len(table) == 2 and list(table.devices) == ["phone", "a, b"]
    assert table.latency("phone").tolist() == [1.5, 20.0]
    np.testing.assert_array_equal(table.latency("a, b"), [np.nan, 0.25])
    assert table.space.format(table.archs) == [A, B]
    assert table.references is None


def test_reads_what_spreadsheets_write(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(f"\ufeffarch,phone\r\n{A},1\r\n".encode())
    assert LatencyTable.from_csv(tmp_path / "t.csv").latency("phone").tolist() == [1.0]


@pytest.mark.parametrize(("unit", "ms"), [("ms", 8.0), ("us", 0.008), ("S", 8e3)])
def test_a_column_of_another_unit_becomes_milliseconds(
    tmp_path: Path, unit: str, ms: float
) -> None:
    text = f"arch,latency_{unit},phone\n{A},8,3\n"
    table = LatencyTable.from_csv(csv_file(tmp_path, text))
    assert list(table.devices) == [f"latency_{unit}" if unit == "ms" else "latency_ms", "phone"]
    np.testing.assert_allclose([column[0] for column in table.devices.values()], [ms, 3.0])


def test_two_columns_of_one_device_and_unknown_units_are_refused(tmp_path: Path) -> None:
    file = csv_file(tmp_path, f"arch,latency_ms,latency_us\n{A},8,8000\n")
    with pytest.raises(helpnas.FormatError, match="latency_ms and latency_us are one device's"):
        LatencyTable.from_csv(file)
    file = csv_file(tmp_path, f"arch,latency_ns\n{A},8\n")
    with pytest.raises(helpnas.FormatError, match="'latency_ns': the unit is not one of"):
        LatencyTable.from_csv(file)


def test_a_number_can_mean_that_nothing_was_measured(space: helpnas.Space) -> None:
    rows, column = space.sample(3), {"phone": [2.0, -1.0, 3.0]}
    table = LatencyTable(space, rows, column, missing=-1)
    np.testing.assert_array_equal(table.latency("phone"), [2.0, np.nan, 3.0])
    with pytest.raises(helpnas.MeasurementError, match=r"row 1 is -1.0 ms.*missing=-1"):
        LatencyTable(space, rows, column)


@given(hnp.arrays(np.float64, (3, 2), elements=st.floats(1e-300, 1e300) | st.just(np.nan)))
def test_round_trip_keeps_every_number(tmp_path_factory: Any, values: Any) -> None:
    space = helpnas.Space("nasbench201")
    table = LatencyTable(space, space.sample(3), {"a": values[:, 0], "b": values[:, 1]})
    file = tmp_path_factory.mktemp("csv") / "t.csv"
    table.to_csv(file)
    again = LatencyTable.from_csv(file)
    assert (again.archs == table.archs).all() and list(again.devices) == ["a", "b"]
    for name in table.devices:
        np.testing.assert_array_equal(again.latency(name), table.latency(name))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["row 1", "'arch'"]),
        ("phone,arch\n", ["row 1", "'arch'"]),
        (f"arch,phone\n{A},1\nnonsense,2\n", ["row 3", "column 'arch'", "nonsense"]),
        (f"arch,phone\n{A},1\n{B},2\n{A},3\n", ["row 4", "column 'arch'", A, "row 2"]),
        (f"arch,x,phone\n{A},1,0\n", ["row 2", "column 'phone'", "'0'"]),
        (f"arch,phone\n{A},-3.5\n", ["row 2", "column 'phone'", "'-3.5'"]),
        (f"arch,phone\n{A},fast\n", ["row 2", "column 'phone'", "'fast'", "not a number"]),
        (f"arch,phone\n{A},nan\n", ["row 2", "column 'phone'", "'nan'"]),
        (f"arch,phone\n{A},1e999\n", ["row 2", "column 'phone'", "'1e999'"]),
        (f"arch,phone\n{A},1_0\n", ["row 2", "column 'phone'", "'1_0'"]),
        (f"arch,phone\n{A},1,2\n", ["row 2", "3 fields, not 2"]),
        (f"arch,phone\n{A}\n", ["row 2", "1 fields, not 2"]),
        (f"arch,a,a\n{A},1,2\n", ["row 1", "column 'a'", "twice"]),
        (f"arch,a,\n{A},1,2\n", ["row 1", "empty"]),
        (f'arch,phone\n"{A},1\n', ["row"]),
    ],
)
def test_errors_name_file_row_and_column(tmp_path: Path, text: str, parts: Any) -> None:
    file = csv_file(tmp_path, text)
    with pytest.raises(helpnas.FormatError) as caught:
        LatencyTable.from_csv(file)
    for part in [str(file), *parts]:
        assert part in str(caught.value)


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"arch,ger\xe4t\n")
    with pytest.raises(helpnas.FormatError, match="t.csv"):
        LatencyTable.from_csv(tmp_path / "t.csv")
    with pytest.raises(FileNotFoundError):
        LatencyTable.from_csv(tmp_path / "missing.csv")


def test_the_constructor_checks(space: helpnas.Space) -> None:
    rows = space.sample(3)
    with pytest.raises(helpnas.MeasurementError, match="rows 0 and 3"):
        LatencyTable(space, np.vstack([rows, rows[:1]]), {})
    with pytest.raises(helpnas.MeasurementError, match="phone: row 1"):
        LatencyTable("nasbench201", rows, {"phone": [1.0, 0.0, 2.0]})
    with pytest.raises(helpnas.MeasurementError, match="phone: row 2"):
        LatencyTable(space, rows, {"phone": [1.0, np.nan, np.inf]})
    with pytest.raises(helpnas.ArgumentError, match="phone"):
        LatencyTable(space, rows, {"phone": [1.0]})
    with pytest.raises(helpnas.ArchitectureError):
        LatencyTable(space, rows + 5, {})
    with pytest.raises(helpnas.ArgumentError, match="it has phone"):
        LatencyTable(space, rows, {"phone": [1.0, 2.0, 3.0]}).latency("tablet")


def test_references_by_row_or_architecture(space: helpnas.Space) -> None:
    rows = space.sample(6)
    table = LatencyTable(space, rows, {})
    with pytest.raises(helpnas.ArgumentError, match="references"):
        table.reference_rows()
    assert table.reference_rows([4, 1]).tolist() == [4, 1]
    assert table.reference_rows(rows[[4, 1]]).tolist() == [4, 1]
    assert table.reference_rows(space.format(rows[[4, 1]])).tolist() == [4, 1]
    assert LatencyTable(space, rows, {}, [2, 3]).reference_rows().tolist() == [2, 3]
    with pytest.raises(helpnas.ArgumentError):
        table.reference_rows([6])
    with pytest.raises(helpnas.ArgumentError):
        table.reference_rows([-1])
    with pytest.raises(helpnas.MeasurementError, match="no row for"):
        table.rows(space.sample(200, seed=1))


@pytest.fixture
def layout(tmp_path: Path, space: helpnas.Space) -> Path:
    """The published layout with made-up latencies."""
    folder = tmp_path / "nasbench201"
    (folder / "latency").mkdir(parents=True)
    texts = space.format(space.from_index(np.arange(space.count)))
    tf.write_value(folder / "str_arch2idx.pt", {text: i for i, text in enumerate(texts)})
    tf.write_value(folder / "hardware_embedding_index.pt", REFERENCES)
    for position, name in enumerate(("b", "a")):
        values = [position + 1.0 + 0.001 * i for i in range(space.count)]
        tf.write_value(folder / "latency" / f"{name}.pt", values)
    return tmp_path


@pytest.mark.parametrize("part", ["", "nasbench201"])
def test_reads_the_published_layout(layout: Path, space: helpnas.Space, part: str) -> None:
    table = LatencyTable.from_help_repository(layout / part, "nasbench201")
    assert len(table) == space.count and list(table.devices) == ["a", "b"]
    assert table.latency("b")[1000] == 2.0
    assert table.references is not None and table.references.tolist() == REFERENCES
    assert (space.to_index(table.archs) == np.arange(space.count)).all()


def test_integers_are_latencies_too(layout: Path, space: helpnas.Space) -> None:
    tf.write_value(layout / "nasbench201/latency/a.pt", [9] * space.count)
    assert set(LatencyTable.from_help_repository(layout).latency("a")) == {9.0}


def test_another_numbering_is_refused(layout: Path, space: helpnas.Space) -> None:
    texts = space.format(space.from_index(np.arange(space.count)))
    texts[10], texts[77] = texts[77], texts[10]
    file = layout / "nasbench201/str_arch2idx.pt"
    tf.write_value(file, {text: i for i, text in enumerate(texts)})
    with pytest.raises(helpnas.FormatError, match="number 10 "):
        LatencyTable.from_help_repository(layout)
    for wrong in ([], {"x": 1}, {t: "0" for t in texts}, {t: i * 2 for i, t in enumerate(texts)}):
        tf.write_value(file, wrong)
        with pytest.raises(helpnas.FormatError, match="str_arch2idx"):
            LatencyTable.from_help_repository(layout)


@pytest.mark.parametrize("value", [[1.0], {}, "x", 3, [1.0] * 15624 + ["x"], [-1.0] * 15625])
def test_wrong_latency_files_are_refused(layout: Path, value: Any) -> None:
    tf.write_value(layout / "nasbench201/latency/a.pt", value)
    with pytest.raises((helpnas.FormatError, helpnas.MeasurementError), match="a"):
        LatencyTable.from_help_repository(layout)


def test_a_layout_without_latencies_is_refused(layout: Path) -> None:
    for file in (layout / "nasbench201/latency").iterdir():
        file.unlink()
    with pytest.raises(helpnas.FormatError, match="no .pt files"):
        LatencyTable.from_help_repository(layout)


def test_the_published_files(published: Path) -> None:
    table = LatencyTable.from_help_repository(published)
    assert len(table) == 15625 and len(table.devices) == 27
    assert table.references is not None and table.references.tolist() == REFERENCES
    assert all((column > 0).all() for column in table.devices.values())
