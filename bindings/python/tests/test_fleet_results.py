"""Folders of results: appended to atomically, each key once, by one process."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

import helpnas  # noqa: E402
from helpnas import fleet  # noqa: E402

COLUMNS = {"key": "text", "number": "number", "list": "numbers", "raw": "bytes"}


def row(number: int) -> Any:
    return {"key": f"k{number}", "number": number / 3, "list": [0.1, number], "raw": b"\0\xff"}


def opened(path: Path, **options: Any) -> fleet.Results:
    return fleet.Results(path, "test", COLUMNS, **options)


def test_rows_come_back_the_same_from_journal_and_parquet(tmp_path: Path) -> None:
    rows = [row(number) for number in range(5)]
    with opened(tmp_path, part_rows=2) as results:
        assert results.append(rows[:3]) == 3
        results.append(rows[3:4])
        assert len(list(tmp_path.glob("*.parquet"))) == 1
        assert fleet.read_results(tmp_path).to_pylist() == rows[:4]
        results.append(rows[4:])
    assert fleet.read_results(tmp_path).to_pylist() == rows
    assert (tmp_path / "_journal.jsonl").read_bytes() == b""


def test_large_rows_become_a_parquet_file_sooner(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("helpnas.fleet.results._PART_BYTES", 1000)
    with opened(tmp_path) as results:
        results.append([{**row(1), "raw": b"x" * 100}])
        assert list(tmp_path.glob("*.parquet")) == []
        results.append([{**row(2), "raw": b"x" * 1000}])
        assert len(list(tmp_path.glob("*.parquet"))) == 1


def test_infinite_and_missing_numbers_come_back(tmp_path: Path) -> None:
    values = {"key": "k", "number": float("-inf"), "list": [float("inf")], "raw": None}
    with opened(tmp_path) as results:
        results.append([values])
        assert fleet.read_results(tmp_path).to_pylist() == [values]
    assert fleet.read_results(tmp_path).to_pylist() == [values]


def test_a_key_counts_once(tmp_path: Path) -> None:
    with opened(tmp_path) as results:
        assert results.append([row(1), row(1)]) == 1
        assert results.append([row(1), row(2)]) == 1
    with opened(tmp_path) as results:
        assert results.keys == {"k1", "k2"}
        assert results.append([row(2)]) == 0
    assert fleet.read_results(tmp_path).num_rows == 2


def test_any_parquet_reader_sees_the_rows_alone(tmp_path: Path) -> None:
    import pyarrow.parquet

    with opened(tmp_path, part_rows=1) as results:
        results.append([row(1)])
        results.append([row(2)])
    assert pyarrow.parquet.read_table(tmp_path).num_rows == 2


def test_a_line_cut_off_is_done_again_and_the_others_are_kept(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    whole = json.dumps({**row(1), "raw": None}) + "\n"
    (tmp_path / "_journal.jsonl").write_text(whole + whole.replace("k1", "k2")[:20])
    assert fleet.read_results(tmp_path).num_rows == 1
    with opened(tmp_path) as results:
        assert results.keys == {"k1"}
        results.append([row(2)])
    assert fleet.read_results(tmp_path)["key"].to_pylist() == ["k1", "k2"]


def test_rows_in_journal_and_parquet_count_once(tmp_path: Path) -> None:
    with opened(tmp_path) as results:
        results.append([row(1)])
        left = (tmp_path / "_journal.jsonl").read_bytes()
    # As if it ended between renaming the Parquet file and emptying the journal.
    (tmp_path / "_journal.jsonl").write_bytes(left)
    assert fleet.read_results(tmp_path).num_rows == 1
    with opened(tmp_path) as results:
        results.append([row(2)])
    assert fleet.read_results(tmp_path)["key"].to_pylist() == ["k1", "k2"]


def test_two_processes_cannot_append(tmp_path: Path) -> None:
    with opened(tmp_path):
        with pytest.raises(helpnas.HelpIOError, match=f"process {os.getpid()} on .* appends"):
            opened(tmp_path)
    with opened(tmp_path) as results:
        assert results.keys == set()


def _append_then_die(path: Path) -> None:
    results = opened(path)
    results.append([row(number) for number in range(3)])
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_loses_no_row_and_no_lock(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_append_then_die, args=(tmp_path,)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with opened(tmp_path) as results:
        assert results.keys == {"k0", "k1", "k2"}


@pytest.mark.parametrize("written", [0, 30])
def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: Any, written: int) -> None:
    write = os.write

    def full(handle: int, data: bytes) -> int:
        if written and len(data) > written:
            return write(handle, data[:written])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with opened(tmp_path) as results:
        results.append([row(1)])
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(helpnas.HelpIOError, match="No space left.*the 1 rows before"):
                results.append([row(2)])
        assert results.keys == {"k1"}
        results.append([row(2)])
    assert fleet.read_results(tmp_path).to_pylist() == [row(1), row(2)]


def test_a_full_disk_at_a_parquet_file_loses_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    def full(source: Any, target: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    results = opened(tmp_path)
    results.append([row(1)])
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(helpnas.HelpIOError, match="make room"):
            results.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "_about.json", "_journal.jsonl", "_lock",
    ]  # fmt: skip
    with opened(tmp_path) as again:
        assert again.keys == {"k1"}


def test_results_of_other_work_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    with pytest.raises(helpnas.MismatchError, match="results of 'test', not of 'other'"):
        fleet.Results(tmp_path, "other", COLUMNS)
    # The lock is back.
    with opened(tmp_path):
        pass


def test_what_is_no_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(helpnas.HelpIOError, match="no results are there"):
        fleet.read_results(tmp_path)
    with opened(tmp_path):
        pass
    (tmp_path / "_journal.jsonl").write_text("no\n")
    with pytest.raises(helpnas.FormatError, match="not a line of results"):
        opened(tmp_path)
    (tmp_path / "_journal.jsonl").write_text("")
    (tmp_path / "part-000000.parquet").write_text("no")
    with pytest.raises(helpnas.FormatError, match="part-000000.parquet"):
        opened(tmp_path)
    (tmp_path / "_about.json").write_text('{"format": 99, "kind": "test"}')
    with pytest.raises(helpnas.VersionError, match="format 99"):
        opened(tmp_path)
    (tmp_path / "_about.json").unlink()
    with pytest.raises(helpnas.FormatError, match="give another folder"):
        opened(tmp_path)
