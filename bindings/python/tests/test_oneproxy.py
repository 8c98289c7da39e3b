"""OneProxy's latencies."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import shared_folder

import helpnas
from helpnas import FormatError, LatencyTable
from helpnas.published.restricted_pickle import read_pickle_file


def encoded(rows: Any) -> Any:
    return [[int(op == gene) for gene in row for op in range(5)] + [1] for row in rows.tolist()]


@pytest.fixture
def folder(tmp_path: Path, space: helpnas.Space) -> Path:
    dump(tmp_path / "encode.pickle", encoded(space.sample(8)))
    dump(tmp_path / "true_a.pickle", [1.5, -1.0, 2, 3.0, 4.0, 5.0, 6.0, -1])
    dump(tmp_path / "eagle_b.pickle", list(np.arange(1.0, 9.0)))
    return tmp_path


def dump(file: Path, value: Any) -> None:
    file.write_bytes(pickle.dumps(value, 4))


def test_reads_the_folder(folder: Path, space: helpnas.Space) -> None:
    table = LatencyTable.from_oneproxy(folder)
    assert list(table.devices) == ["eagle_b", "true_a"] and (table.archs == space.sample(8)).all()
    nan = np.nan
    np.testing.assert_array_equal(table.latency("true_a"), [1.5, nan, 2, 3, 4, 5, 6, nan])
    assert table.latency("eagle_b").tolist() == list(range(1, 9))


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("true_a", [1.0] * 7, ["7 numbers for 8"]),
        ("true_a", [1.0] * 7 + [None], ["row 7 is None"]),
        ("true_a", [1.0] * 7 + [0.0], ["row 7 is 0.0 ms"]),
        ("true_a", [1.0] * 7 + [float("inf")], ["row 7 is inf ms"]),
        ("true_a", {"a": 1}, ["a dict where a list belongs"]),
        ("true_a", [[1.0] * 8] * 8, ["row 0 is a list"]),
        ("encode", [], ["8 numbers for 0"]),
        ("encode", [1.0] * 8, ["row 0 is 1.0, not 31"]),
        ("encode", [[1] * 30] * 8, ["row 0 is 30 integers, not 31"]),
        ("encode", [[1] * 31] * 8, ["row 0, columns 0...4", "not one-hot"]),
        ("encode", [[0] * 31] * 8, ["row 0, columns 0...4", "not one-hot"]),
        ("encode", [[2, -1, 0, 0, 0] + [1, 0, 0, 0, 0] * 5 + [1]] * 8, ["not one-hot"]),
        ("encode", [[1, 0, 0, 0, 0] * 6 + [0]] * 8, ["row 0, column 30 is not 1"]),
        ("encode", [[1, 0, 0, 0, 0] * 6 + [1.0]] * 8, ["row 0, column 30 is 1.0"]),
        ("encode", [[1, 0, 0, 0, 0] * 6 + [1]] * 8, ["rows 0 and 1 are the same"]),
    ],
)
def test_malformed_files_are_refused(folder: Path, name: str, value: Any, parts: Any) -> None:
    dump(folder / f"{name}.pickle", value)
    with pytest.raises(FormatError) as caught:
        LatencyTable.from_oneproxy(folder)
    for part in [str(folder), *parts]:
        assert part in str(caught.value)


def test_truncated_files_and_missing_ones(folder: Path) -> None:
    content = (folder / "true_a.pickle").read_bytes()
    (folder / "true_a.pickle").write_bytes(content[:-5])
    with pytest.raises(FormatError, match="true_a.pickle"):
        LatencyTable.from_oneproxy(folder)
    for file in ("true_a.pickle", "eagle_b.pickle"):
        (folder / file).unlink()
    with pytest.raises(FormatError, match="no latencies"):
        LatencyTable.from_oneproxy(folder)
    (folder / "encode.pickle").unlink()
    with pytest.raises(FormatError, match="no encode.pickle"):
        LatencyTable.from_oneproxy(folder)


def test_the_published_files_agree_with_help(published: Path) -> None:
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "oneproxy"
    table = LatencyTable.from_oneproxy(folder)
    assert len(table) == 1999 and len(table.devices) == 18
    unmeasured = {name: int(np.isnan(ms).sum()) for name, ms in table.devices.items()}
    assert unmeasured.pop("rice_edgetpu") == 259 and set(unmeasured.values()) == {0}
    # The same measurements of HW-NAS-Bench: the columns are read in the right order.
    other = LatencyTable.from_help_repository(published)
    rows = other.rows(table.archs)
    for device in ("raspi4", "fpga", "eyeriss", "pixel3"):
        assert (table.latency(f"rice_{device}") == other.latency(device)[rows]).all()


def test_the_published_correlations_are_reproduced(published: Path) -> None:
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "oneproxy"
    figures = json.loads((Path(__file__).parent / "data/oneproxy_correlations.json").read_text())
    found = helpnas.monotonicity(LatencyTable.from_oneproxy(folder))
    proxy = found.devices.index(figures["proxy"])
    for device, correlation in figures["notebook"].items():
        spearman = found.spearman[proxy, found.devices.index(device)]
        assert spearman == pytest.approx(correlation, abs=1e-12)
        assert found.test(figures["proxy"], device).verdict == "different"
    for device, correlation in figures["heat map, -1 as latencies"].items():
        marked = np.array(read_pickle_file(folder / f"{device}.pickle"))
        raw = helpnas.proxy_test(found.table.latency(figures["proxy"]), marked)
        assert (marked == -1).any() and math.floor(100 * raw.spearman) == round(100 * correlation)
        # Without what was not measured they agree better.
        assert found.test(figures["proxy"], device).spearman > raw.spearman + 0.02
