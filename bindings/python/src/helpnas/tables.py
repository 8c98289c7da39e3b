"""Tables of measured latencies: architectures by devices."""

from __future__ import annotations

import csv
from typing import Any, Dict, Mapping, Optional, Union

import numpy as np

from ._c.arrays import FloatArray, Int32Array, Int64Array, float_vector, index_vector
from ._c.errors import ArgumentError, MeasurementError, MismatchError
from ._c.handles import Path
from .csv_files import TableReader
from .published.checks import errors_of
from .published.hat_files import every_hat_csv_file, hat_csv_files, read_hat_csv
from .published.help_repository import read_repository
from .published.oneproxy import read_oneproxy
from .spaces import Archs, Space


class LatencyTable:
    """Latencies of n different architectures on several devices.

    Attributes:
        space: the architectures' search space.
        archs: genes, int32 [n, width], canonical: genes without effect hold one value.
        devices: name -> milliseconds, float64 [n]; NaN where not measured.
        references: row numbers of the reference architectures, int64, or None.

    Args:
        missing: the number that stands for "not measured" in the columns given, as the -1 of
            HW-NAS-Bench; NaN does so anyway.

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
        missing: Optional[float] = None,
    ) -> None:
        self.space: Space = Space(space) if isinstance(space, str) else space
        rows = self.space.genes(archs)
        self.space.check(rows)
        self.archs: Int32Array = self.space.canonicalize(rows)
        self._row_of: Dict[bytes, int] = _number_rows(self.archs)
        self.devices: Dict[str, FloatArray] = {
            name: _latencies(name, column, len(self.archs), missing)
            for name, column in devices.items()
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
            ArchitectureError: one is outside the space.
            MeasurementError: one is not in the table.
        """
        genes = self.space.canonicalize(archs)
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

        Latencies are milliseconds above 0; an empty field was not measured.  Notations
        with commas, such as lists and dicts, stand in quotes.

        Raises:
            FormatError: names the file, row and column of what is wrong.
        """
        opened = Space(space) if isinstance(space, str) else space
        texts, columns = TableReader(path, opened).read()
        return cls(opened, texts, columns)

    def to_csv(self, path: Path) -> None:
        """Write the file that ``from_csv`` reads; every number comes back the same."""
        columns = [[_field(value) for value in column] for column in self.devices.values()]
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["arch", *self.devices])
            writer.writerows(zip(self.space.format_rows(self.archs), *columns))

    @classmethod
    def from_help_repository(
        cls, path: Path, space: Union[Space, str] = "nasbench201"
    ) -> "LatencyTable":
        """Read the published layout of the HELP repository's data.

        Args:
            path: the space's folder, or the folder above it.  It has ``latency/*.pt``,
                ``hardware_embedding_index.pt``, and the architectures in
                ``str_arch2idx.pt`` (``nasbench201/``), ``metainfo.pt`` or ``arch.pt``
                (``fbnet/``), ``ofa_archs.pt`` (``ofa/``).
            space: "nasbench201", "fbnet" or "ofa-mbv3".

        Raises:
            FormatError: a file is missing, malformed or of another space, or its numbering
                is not the library's; names the file, and the row where there is one.
            UnsupportedError: another space.
        """
        found = read_repository(path, space)
        with errors_of(found.file):
            return cls(found.space, found.archs, found.devices, found.references)

    @classmethod
    def from_oneproxy(cls, path: Path) -> "LatencyTable":
        """Read the NAS-Bench-201 latencies of the OneProxy repository.

        Args:
            path: the folder with ``encode.pickle`` and a list of milliseconds for each
                device, which is named after the file.  Negative numbers mean that an
                architecture was not measured; they become NaN.

        Raises:
            FormatError: names the file and row of what is wrong.
        """
        archs, devices = read_oneproxy(path)
        with errors_of(path):
            return cls("nasbench201", archs, devices)

    @classmethod
    def from_hat(
        cls,
        path: Path,
        space: Union[Space, str] = "hat-wmt14-en-de",
        every_task: bool = False,
    ) -> "LatencyTable":
        """Read HAT's published latencies of a translation task.

        Args:
            path: one CSV file, or the folder with the task's, as
                ``wmt14ende_cpu_xeon_all.csv``, which is device "cpu_xeon".
            space: the task's, "hat-wmt14-en-de" and so on.
            every_task: the folder's tables of all tasks, whose features are the same, as
                devices "xeon wmt14ende" and so on.

        The devices share next to no architectures: most entries are NaN.  Each architecture
        stands for all with the same averages (see ``hat.read_hat_csv``).

        Raises:
            FormatError: names the file, row and column of what is wrong.
            UnsupportedError: the space is not one of HAT's.
        """
        opened = Space(space) if isinstance(space, str) else space
        table = cls(opened, np.empty((0, opened.width), np.int32), {})
        files = every_hat_csv_file(path) if every_task else hat_csv_files(path, opened.name)
        for device, file in files.items():
            archs, latencies = read_hat_csv(file, opened)
            with errors_of(file):
                table = table.merge(cls(opened, archs, {device: latencies}))
        return table

    def merge(self, other: "LatencyTable") -> "LatencyTable":
        """All architectures and devices of both tables; NaN where not measured.

        This table's rows and devices come first, and its references are kept.  A device of
        both tables gets the measurements of both.

        Raises:
            MismatchError: the tables are of different spaces.
            MeasurementError: they disagree on the latency of an architecture on a device.
        """
        if other.space != self.space:
            raise MismatchError(f"tables of {self.space.name} and {other.space.name}")
        new = np.array([row.tobytes() not in self._row_of for row in other.archs], bool)
        archs = np.vstack([self.archs, other.archs[new]])
        devices = {name: np.full(len(archs), np.nan) for name in (*self.devices, *other.devices)}
        for name, column in self.devices.items():
            devices[name][: len(self)] = column
        merged = LatencyTable(self.space, archs, devices, self.references)
        rows = merged.rows(other.archs)
        for name, column in other.devices.items():
            merged._fill(name, rows, column)
        return merged

    def _fill(self, device: str, rows: Int64Array, column: FloatArray) -> None:
        """Enter measurements at rows, where there are none that differ."""
        known = self.devices[device]
        differ = ~np.isnan(column) & ~np.isnan(known[rows]) & (column != known[rows])
        if differ.any():
            place = int(np.argmax(differ))
            text = self.space.format(self.archs[rows[place]])
            found = f"{known[rows[place]]} and {column[place]} ms"
            raise MeasurementError(f"{device}: {text} has {found} in the two tables")
        measured = ~np.isnan(column)
        known[rows[measured]] = column[measured]


def _number_rows(archs: Int32Array) -> Dict[bytes, int]:
    row_of: Dict[bytes, int] = {}
    for number, row in enumerate(archs):
        first = row_of.setdefault(row.tobytes(), number)
        if first != number:
            raise MeasurementError(f"rows {first} and {number} are the same architecture")
    return row_of


def _latencies(name: str, column: Any, count: int, missing: Optional[float]) -> FloatArray:
    values = float_vector(column, name, count)
    if missing is not None:
        values = np.where(values == missing, np.nan, values)
    bad = ~(np.isnan(values) | ((values > 0) & np.isfinite(values)))
    if bad.any():
        row = int(np.argmax(bad))
        hint = ""
        if values[row] < 0:
            hint = f"; missing={values[row]:g} says so where it means 'not measured'"
        raise MeasurementError(f"{name}: row {row} is {values[row]} ms, not above 0{hint}")
    return values


def _field(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))
