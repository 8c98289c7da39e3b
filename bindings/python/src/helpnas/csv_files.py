"""Reads CSV files, and says where in the file something is wrong."""

from __future__ import annotations

import csv
import math
import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

from ._c.arrays import FloatArray
from ._c.errors import FormatError, HelpError
from ._c.handles import Path
from .file_kinds import but_it_is
from .spaces import Space

#: Unit -> milliseconds in it.
UNITS = {"ms": 1.0, "s": 1e3, "us": 1e-3}
#: Column of latencies -> its unit.
LATENCY_COLUMNS = {f"latency_{unit}": unit for unit in UNITS}
#: Units that nobody would name a device by, and that are not read.
_OTHER_UNITS = frozenset({"ns", "sec", "seconds", "msec", "usec"})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def parse_number(text: str) -> Optional[float]:
    """A decimal number with blanks around it; None for anything else, also for ``nan``."""
    stripped = text.strip()
    return float(stripped) if _NUMBER.fullmatch(stripped) else None


class CSVLines:
    """The lines of a file, empty ones left out.

    Args:
        path: the file's name, for errors.
        file: the open file.
    """

    def __init__(self, path: Path, file: Any) -> None:
        self.row = 1
        self._path, self._reader = path, csv.reader(file, strict=True)

    def __iter__(self) -> Iterator[List[str]]:
        try:
            for fields in self._reader:
                self.row = self._reader.line_num
                if fields:
                    yield fields
        except (csv.Error, UnicodeDecodeError) as error:
            self.row = self._reader.line_num + 1
            raise self.error(f"not a CSV table: {error}{but_it_is(self._path)}") from None

    def error(self, message: str, column: Optional[str] = None) -> FormatError:
        """An error of the line read last."""
        place = "" if column is None else f", column {column!r}"
        return FormatError(f"{self._path}: row {self.row}{place}: {message}")

    def architecture(self, text: str, space: Space) -> str:
        """The canonical text of the architecture in column ``arch``.

        Raises:
            FormatError: it is not one of the space.
        """
        try:
            return str(space.format(space.canonicalize(space.parse(text)[None]))[0])
        except HelpError as error:
            raise self.error(f"{text!r} is not an architecture: {error}", "arch") from None

    def new_architecture(self, text: str, space: Space, rows: Dict[str, int]) -> str:
        """The same for an architecture that is not in ``rows``, where it is entered.

        Args:
            rows: canonical text -> row of the file.

        Raises:
            FormatError: it is not one of the space, or in an earlier row.
        """
        canonical = self.architecture(text, space)
        first = rows.setdefault(canonical, self.row)
        if first != self.row:
            raise self.error(f"{canonical} is already in row {first}", "arch")
        return canonical

    def number(self, field: str, column: str) -> float:
        """The number in a field.

        Raises:
            FormatError: it is not a number.
        """
        value = parse_number(field)
        if value is None:
            raise self.error(f"{field!r} is not a number", column)
        return value

    def accuracy(self, field: str, column: str) -> float:
        """The accuracy in a field; ``-inf`` marks an architecture that could not be trained.

        Raises:
            FormatError: it is neither that nor a number.
        """
        return -math.inf if field.strip() == "-inf" else self.number(field, column)

    def latency(self, field: str, column: str) -> float:
        """The milliseconds in a field.

        Raises:
            FormatError: it is not a finite number above 0.
        """
        value = self.number(field, column)
        if not 0 < value < float("inf"):
            raise self.error(f"{field!r} is not a latency above 0", column)
        return value


class TableReader:
    """Reads a latency table: column ``arch``, then one per device.

    A column of ``LATENCY_COLUMNS`` is converted to milliseconds, and called latency_ms.
    """

    def __init__(self, path: Path, space: Space) -> None:
        self._path, self._space = path, space

    def read(self) -> Tuple[List[str], Dict[str, FloatArray]]:
        """The texts of the architectures, and each device's column, NaN where empty."""
        with open(self._path, newline="", encoding="utf-8-sig") as file:
            self._lines = CSVLines(self._path, file)
            lines = iter(self._lines)
            names = self._header(next(lines, []))
            texts: Dict[str, int] = {}
            values = [self._row(fields, names, texts) for fields in lines]
        columns = np.array(values, np.float64).reshape(len(texts), len(names)).T
        return list(texts), dict(map(_in_milliseconds, names, columns))

    def _header(self, fields: List[str]) -> List[str]:
        if not fields or fields[0] != "arch":
            told = but_it_is(self._path) if len(fields) < 2 else ""
            raise self._lines.error(f"the first column must be 'arch'{told}")
        names = fields[1:]
        for name in names:
            if not name or names.count(name) > 1 or name == "arch":
                raise self._lines.error("a device's name is empty or given twice", name)
        for name in names:
            if name.strip().lower().partition("latency_")[2] in _OTHER_UNITS:
                wanted = ", ".join(LATENCY_COLUMNS)
                raise self._lines.error(f"the unit is not one of {wanted}", name)
        units = [name for name in names if _unit(name) is not None]
        if len(units) > 1:
            raise self._lines.error(f"{' and '.join(units)} are one device's: keep one of them")
        return names

    def _row(self, fields: List[str], names: List[str], texts: Dict[str, int]) -> List[float]:
        if len(fields) != len(names) + 1:
            raise self._lines.error(f"{len(fields)} fields, not {len(names) + 1}")
        self._lines.new_architecture(fields[0], self._space, texts)
        return [self._latency(field, name) for field, name in zip(fields[1:], names)]

    def _latency(self, field: str, name: str) -> float:
        return self._lines.latency(field, name) if field.strip() else float("nan")


def _unit(name: str) -> Optional[str]:
    return LATENCY_COLUMNS.get(name.strip().lower())


def _in_milliseconds(name: str, column: FloatArray) -> Tuple[str, FloatArray]:
    unit = _unit(name)
    return (name, column.copy()) if unit is None else ("latency_ms", UNITS[unit] * column)
