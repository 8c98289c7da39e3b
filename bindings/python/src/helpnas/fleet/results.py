"""Results: a folder of Parquet files that rows are appended to, each key once.

A row is first a line of the journal; when there are enough, they become a Parquet file of their
own, written under another name and renamed.  Whatever is killed in between: a row whose line is
whole is kept, one that is in both places counts once, and a line cut off is done again.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from pathlib import Path as FilePath
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Type

from .._c.errors import ArgumentError, FormatError, HelpIOError, MismatchError, VersionError
from .._c.handles import Path
from ..measuring.measurements import read_json, write_json
from ..measuring.optional_packages import optional
from .columns import EXTRA, Row, arrow, from_json, schema, to_json

_FORMAT = 1
#: Files whose names begin so are no part of the table for any reader of Parquet folders.
_ABOUT, _JOURNAL, _LOCK = "_about.json", "_journal.jsonl", "_lock"
_PART = "part-{:06}.parquet"
#: Rows of a Parquet file; fewer where a run ends, or where they are larger than this together.
_PART_ROWS = 1000
_PART_BYTES = 16 * 2**20


class Results:
    """The rows so far, open for one process that appends to them.

    Args:
        path: the folder; made if it is not there.
        kind: what the rows are of, "search"; those of another kind are refused.
        columns: name -> type; the first is "key".
        part_rows: rows of a Parquet file.

    Attributes:
        keys: those of all rows.

    Raises:
        HelpIOError: another run appends to them, or the system's reason.
        MismatchError: the folder has results of another kind.
        FormatError, VersionError: a malformed file, or a newer library's.
        ImportError: pyarrow is not installed.
    """

    def __init__(
        self, path: Path, kind: str, columns: Mapping[str, str], part_rows: int = _PART_ROWS
    ) -> None:
        self._folder, self._columns, self._part_rows = FilePath(path), dict(columns), part_rows
        self._schema = schema(columns)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._folder)
        self._journal = -1
        try:
            _agree(self._folder, kind, self._columns)
            self.keys: Set[str] = _part_keys(self._folder)
            self._waiting = self._recovered()
        except BaseException:
            self._unlock()
            raise

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Any, trace: Any) -> None:
        self.close()

    def append(self, rows: Sequence[Row]) -> int:
        """Add rows whose keys are new; what is added survives the end of this process.

        Returns:
            How many were new.

        Raises:
            HelpIOError: the disk is full, or another reason of the system's; nothing that was
                added before is lost, and nothing of these rows is half written.
        """
        new = {row["key"]: row for row in rows if row["key"] not in self.keys}
        if new:
            lines = [json.dumps(to_json(row, self._columns)) + "\n" for row in new.values()]
            self._write("".join(lines).encode())
            self._waiting += new.values()
            self.keys.update(new)
        large = os.fstat(self._journal).st_size >= _PART_BYTES
        if large or len(self._waiting) >= self._part_rows:
            self._make_part()
        return len(new)

    def rows(self) -> List[Row]:
        """All rows."""
        tables = [
            arrow().parquet.read_table(part, schema=self._schema) for part in _parts(self._folder)
        ]
        return [row for each in tables for row in each.to_pylist()] + self._waiting

    def close(self) -> None:
        """Move what the journal has into a Parquet file, and let others append."""
        try:
            if self._waiting and self._journal >= 0:
                self._make_part()
        finally:
            self._unlock()

    def _write(self, data: bytes) -> None:
        begin = os.lseek(self._journal, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(data):
                written += os.write(self._journal, data[written:])
            os.fdatasync(self._journal)
        except OSError as error:
            os.ftruncate(self._journal, begin)
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> HelpIOError:
        reason = os.strerror(error.errno) if error.errno else str(error)
        advice = "make room, then run the same again: it continues"
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            advice = "run the same again when that is mended: it continues"
        return HelpIOError(
            f"{self._folder}: {reason}; the {len(self.keys)} rows before are kept: {advice}"
        )

    def _make_part(self) -> None:
        """The journal's rows as a Parquet file; they leave the journal once it has its name."""
        parquet = arrow().parquet
        numbers = [int(part.stem.split("-")[1]) for part in _parts(self._folder)]
        target = self._folder / _PART.format(max(numbers, default=-1) + 1)
        unfinished = self._folder / f"_{target.name}.unfinished"
        try:
            parquet.write_table(arrow().Table.from_pylist(self._waiting, self._schema), unfinished)
            _sync(unfinished)
            os.replace(unfinished, target)
            _sync(self._folder)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise self._unwritable(error) from error
        os.ftruncate(self._journal, 0)
        self._waiting = []

    def _recovered(self) -> List[Row]:
        """What an interrupted run left in the journal, which is open from here on."""
        path = self._folder / _JOURNAL
        self._journal = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        whole = 0
        waiting: List[Row] = []
        for line in _whole_lines(path):
            whole += len(line)
            row = from_json(_parsed(path, line), self._columns)
            if row["key"] not in self.keys:
                waiting.append(row)
                self.keys.add(row["key"])
        os.ftruncate(self._journal, whole)
        return waiting

    def _unlock(self) -> None:
        if self._journal >= 0:
            os.close(self._journal)
            self._journal = -1
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def read_results(path: Path) -> Any:
    """The rows of a results folder as a ``pyarrow.Table``, also while a run appends to it.

    Raises:
        HelpIOError: no such folder.
        FormatError, VersionError: a malformed file, or a newer library's.
        ImportError: pyarrow is not installed.
    """
    folder = FilePath(path)
    if not (folder / _ABOUT).is_file():
        raise HelpIOError(f"{folder}: no results are there")
    columns = _columns_of(folder, _read_about(folder))
    # The journal first: what moves into a Parquet file meanwhile is then in both, not in none.
    lines = list(_whole_lines(folder / _JOURNAL))
    pyarrow, made = arrow(), schema(columns)
    parts = [pyarrow.parquet.read_table(part, schema=made) for part in _parts(folder)]
    keys = {key for part in parts for key in part["key"].to_pylist()}
    waiting = [from_json(_parsed(folder / _JOURNAL, line), columns) for line in lines]
    fresh = [row for row in waiting if row["key"] not in keys]
    return pyarrow.concat_tables([*parts, pyarrow.Table.from_pylist(fresh, made)])


def write_table(table: Any, path: Path) -> None:
    """Write what ``read_results`` returned as one file, ``.parquet`` or ``.csv``, for which
    lists become JSON and bytes are left out.

    Raises:
        ArgumentError: another ending.
    """
    ending = FilePath(path).suffix
    if ending == ".parquet":
        arrow().parquet.write_table(table, path)
    elif ending == ".csv":
        optional("pyarrow.csv", EXTRA).write_csv(_flat(table), path)
    else:
        raise ArgumentError(f"{path} ends in {ending!r}, not '.csv' or '.parquet'")


def _flat(table: Any) -> Any:
    types = arrow().types
    for place, (name, field) in enumerate(zip(table.column_names, table.schema)):
        if types.is_list(field.type):
            texts = [None if each is None else json.dumps(each) for each in table[name].to_pylist()]
            table = table.set_column(place, name, arrow().array(texts, arrow().string()))
    return table.drop([field.name for field in table.schema if types.is_binary(field.type)])


def _parts(folder: FilePath) -> List[FilePath]:
    return sorted(folder.glob("part-*.parquet"))


def _part_keys(folder: FilePath) -> Set[str]:
    parquet = arrow().parquet
    keys: Set[str] = set()
    for part in _parts(folder):
        try:
            keys.update(parquet.read_table(part, columns=["key"])["key"].to_pylist())
        except (arrow().ArrowException, KeyError) as error:
            raise FormatError(f"{part}: not a file of results: {error}") from None
    return keys


def _whole_lines(path: FilePath) -> Iterator[bytes]:
    """Lines of a journal but for one that was cut off."""
    if path.exists():
        with open(path, "rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))


def _parsed(path: FilePath, line: bytes) -> Row:
    try:
        row = json.loads(line)
        row["key"]
    except (ValueError, TypeError, KeyError):
        raise FormatError(f"{path}: not a line of results: {line[:60]!r}") from None
    return dict(row)


def _sync(path: FilePath) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked(folder: FilePath) -> int:
    """A lock that the system takes back when this process ends, however it does."""
    path = folder / _LOCK
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        holder = path.read_text(encoding="utf-8").strip() or "another process"
        raise HelpIOError(
            f"{folder}: {holder} appends to these results: wait for it, or give another folder"
        ) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
    return handle


def _agree(folder: FilePath, kind: str, columns: Dict[str, str]) -> None:
    """Make sure that what is in the folder is of this kind; say so where nothing is."""
    if not (folder / _ABOUT).exists():
        if _parts(folder):
            raise FormatError(f"{folder}: Parquet files, but no {_ABOUT}: give another folder")
        write_json(folder / _ABOUT, {"format": _FORMAT, "kind": kind, "columns": columns})
        return
    about = _read_about(folder)
    if about.get("kind") != kind or _columns_of(folder, about) != columns:
        raise MismatchError(
            f"{folder}: results of {about.get('kind')!r}, not of {kind!r}: give another folder"
        )


def _read_about(folder: FilePath) -> Dict[str, Any]:
    about = read_json(folder / _ABOUT)
    version = about.get("format")
    if not isinstance(version, int):
        raise FormatError(f"{folder / _ABOUT}: not what describes results")
    if version > _FORMAT:
        raise VersionError(
            f"{folder}: results of format {version}; this helpnas reads up to {_FORMAT}"
        )
    return about


def _columns_of(folder: FilePath, about: Dict[str, Any]) -> Dict[str, str]:
    columns = about.get("columns")
    if not isinstance(columns, dict) or "key" not in columns:
        raise FormatError(f"{folder / _ABOUT}: no columns")
    return columns
