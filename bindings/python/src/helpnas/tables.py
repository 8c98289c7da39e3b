"""Tables of measured latencies: architectures by devices."""

from __future__ import annotations

import csv
import re
from pathlib import Path as FilePath
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple, Union

import numpy as np

from ._arrays import FloatArray, Int32Array, Int64Array, float_vector, index_vector
from ._errors import ArgumentError, FormatError, HelpError, MeasurementError, UnsupportedError
from ._handles import Path
from ._restricted_pickle import read_torch_file
from .spaces import Archs, Space

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class LatencyTable:
    """Latencies of n different architectures on several devices.

    Attributes:
        space: the architectures' search space.
        archs: genes, int32 [n, width].
        devices: name -> milliseconds, float64 [n]; NaN where not measured.
        references: row numbers of the reference architectures, int64, or None.

    Raises:
        ArgumentError: shapes that do not fit.
        ArchitectureError: a row outside the space.
        MeasurementError: an architecture is given twice, or a latency is not above 0.
    """

    def __init__(
        self,
        space: Union[Space, str],
        archs: Archs,
        devices: Mapping[str, Any],
        references: Any = None,
    ) -> None:
        self.space: Space = Space(space) if isinstance(space, str) else space
        self.archs: Int32Array = self.space.genes(archs)
        self.space.check(self.archs)
        self._row_of: Dict[bytes, int] = _numbered(self.archs)
        self.devices: Dict[str, FloatArray] = {
            name: _latencies(name, column, len(self.archs)) for name, column in devices.items()
        }
        self.references: Optional[Int64Array] = None
        if references is not None:
            self.references = self.reference_rows(references)

    def __len__(self) -> int:
        return len(self.archs)

    def __repr__(self) -> str:
        return f"LatencyTable({len(self)} architectures, {len(self.devices)} devices)"

    def latency(self, device: str) -> FloatArray:
        """One device's latencies in milliseconds, [n].

        Raises:
            ArgumentError: no such device; the message lists them.
        """
        try:
            return self.devices[device]
        except KeyError:
            names = ", ".join(self.devices)
            raise ArgumentError(f"no device {device!r} in the table; it has {names}") from None

    def rows(self, archs: Archs) -> Int64Array:
        """Row numbers of architectures, int64 [k].

        Raises:
            MeasurementError: one is not in the table.
        """
        genes = self.space.genes(archs)
        numbers = [self._row_of.get(row.tobytes(), -1) for row in genes]
        if -1 in numbers:
            text = self.space.format(genes[numbers.index(-1)])
            raise MeasurementError(f"the table has no row for {text}")
        return np.array(numbers, np.int64)

    def reference_rows(self, references: Any = None) -> Int64Array:
        """Row numbers of references given as row numbers or architectures; default the table's.

        Raises:
            ArgumentError: none are given and the table has none, or a number beyond it.
        """
        if references is None:
            if self.references is None:
                raise ArgumentError("the table has no references of its own: give references")
            return self.references
        if np.ndim(references) == 1 and not isinstance(references[0], str):
            numbers = index_vector(references, "references").astype(np.int64)
            if numbers.max() >= len(self):
                raise ArgumentError(f"reference row {numbers.max()}: the table has {len(self)}")
            return numbers
        return self.rows(references)

    @classmethod
    def from_csv(cls, path: Path, space: Union[Space, str] = "nasbench201") -> "LatencyTable":
        """Read a CSV file: column ``arch`` in the space's notation, then one per device.

        Latencies are milliseconds above 0; an empty field was not measured.

        Raises:
            FormatError: names the file, row and column of what is wrong.
        """
        opened = Space(space) if isinstance(space, str) else space
        reader = _CSVReader(path, opened)
        with open(path, newline="", encoding="utf-8-sig") as file:
            texts, columns = reader.read(file)
        return cls(opened, texts, columns)

    def to_csv(self, path: Path) -> None:
        """Write the file that ``from_csv`` reads; every number comes back the same."""
        columns = [[_field(value) for value in column] for column in self.devices.values()]
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["arch", *self.devices])
            writer.writerows(zip(self.space._format_rows(self.archs), *columns))

    @classmethod
    def from_help_repository(cls, path: Path, space: str = "nasbench201") -> "LatencyTable":
        """Read the published layout of the HELP repository's data.

        Args:
            path: the folder that holds ``nasbench201/``, or that folder itself, with
                ``latency/*.pt``, ``str_arch2idx.pt`` and ``hardware_embedding_index.pt``.
            space: "nasbench201".

        Raises:
            FormatError: a file is malformed, or its numbering is not the library's.
            UnsupportedError: another space.
        """
        if space != "nasbench201":
            raise UnsupportedError(f"the layout of {space!r} is not known; only 'nasbench201'")
        folder = repository_folder(path, space)
        opened = Space(space)
        rows = opened.from_index(np.arange(opened.count))
        _check_numbering(folder / "str_arch2idx.pt", opened, rows)
        files = sorted((folder / "latency").glob("*.pt"))
        if not files:
            raise FormatError(f"{folder / 'latency'}: no .pt files")
        columns = {file.stem: _number_list(file, len(rows)) for file in files}
        return cls(opened, rows, columns, published_references(folder))


def repository_folder(path: Path, space: str) -> FilePath:
    """The folder of a space within the published data, given either of the two."""
    folder = FilePath(path)
    return folder / space if (folder / space).is_dir() else folder


def published_references(folder: FilePath) -> Int64Array:
    """Benchmark numbers of the published reference architectures, [k]."""
    file = folder / "hardware_embedding_index.pt"
    try:
        return index_vector(read_torch_file(file), "references").astype(np.int64)
    except ArgumentError as error:
        raise FormatError(f"{file}: {error}") from None


def _numbered(archs: Int32Array) -> Dict[bytes, int]:
    row_of: Dict[bytes, int] = {}
    for number, row in enumerate(archs):
        first = row_of.setdefault(row.tobytes(), number)
        if first != number:
            raise MeasurementError(f"rows {first} and {number} are the same architecture")
    return row_of


def _latencies(name: str, column: Any, count: int) -> FloatArray:
    values = float_vector(column, name, count)
    bad = ~(np.isnan(values) | ((values > 0) & np.isfinite(values)))
    if bad.any():
        row = int(np.argmax(bad))
        raise MeasurementError(f"{name}: row {row} is {values[row]} ms, not above 0")
    return values


def _number_list(file: FilePath, count: int) -> FloatArray:
    try:
        return float_vector(read_torch_file(file), "its content", count)
    except ArgumentError as error:
        raise FormatError(f"{file}: {error}") from None


def _check_numbering(file: FilePath, space: Space, rows: Int32Array) -> None:
    """Make sure that the file numbers all architectures as the library does."""
    numbers = read_torch_file(file)
    if not isinstance(numbers, dict) or sorted(numbers.values(), key=repr) != sorted(
        range(len(rows)), key=repr
    ):
        raise FormatError(f"{file}: not a numbering of {len(rows)} architectures")
    texts = sorted(numbers, key=numbers.__getitem__)
    differ = (space.parse(texts) != rows).any(axis=1)
    if differ.any():
        number = int(np.argmax(differ))
        raise FormatError(f"{file}: number {number} is {texts[number]}, not the library's")


def _field(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


class _CSVReader:
    """Reads a table, and says where in the file something is wrong."""

    def __init__(self, path: Path, space: Space) -> None:
        self._path, self._space = path, space
        self._line = 1

    def read(self, file: Any) -> Tuple[List[str], Dict[str, FloatArray]]:
        """The texts of the architectures, and each device's column."""
        lines = self._lines(file)
        names = self._header(next(lines, []))
        texts: Dict[str, int] = {}
        values = [self._row(fields, names, texts) for fields in lines]
        columns = np.array(values, np.float64).reshape(len(texts), len(names)).T
        return list(texts), {name: column.copy() for name, column in zip(names, columns)}

    def _lines(self, file: Any) -> Iterator[List[str]]:
        reader = csv.reader(file, strict=True)
        try:
            for fields in reader:
                self._line = reader.line_num
                if fields:
                    yield fields
        except (csv.Error, UnicodeDecodeError) as error:
            self._line = reader.line_num + 1
            raise self._error(str(error)) from None

    def _error(self, message: str, column: Optional[str] = None) -> FormatError:
        place = "" if column is None else f", column {column!r}"
        return FormatError(f"{self._path}: row {self._line}{place}: {message}")

    def _header(self, fields: List[str]) -> List[str]:
        if not fields or fields[0] != "arch":
            raise self._error("the first column must be 'arch'")
        names = fields[1:]
        for name in names:
            if not name or names.count(name) > 1 or name == "arch":
                raise self._error("a device's name is empty or given twice", name)
        return names

    def _row(self, fields: List[str], names: List[str], texts: Dict[str, int]) -> List[float]:
        if len(fields) != len(names) + 1:
            raise self._error(f"{len(fields)} fields, not {len(names) + 1}")
        text = self._canonical(fields[0])
        first = texts.setdefault(text, self._line)
        if first != self._line:
            raise self._error(f"{text} is already in row {first}", "arch")
        return [self._latency(field, name) for field, name in zip(fields[1:], names)]

    def _canonical(self, text: str) -> str:
        try:
            return str(self._space.format(self._space.parse(text)))
        except HelpError as error:
            raise self._error(f"{text!r} is not an architecture: {error}", "arch") from None

    def _latency(self, field: str, name: str) -> float:
        text = field.strip()
        if not text:
            return float("nan")
        if not _NUMBER.fullmatch(text):
            raise self._error(f"{field!r} is not a number", name)
        value = float(text)
        if not 0 < value < float("inf"):
            raise self._error(f"{field!r} is not a latency above 0", name)
        return value
