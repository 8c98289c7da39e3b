"""Devices that no function reaches: models go out as files, latencies come back in a table."""

from __future__ import annotations

import csv
import math
import warnings
from pathlib import Path as FilePath
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from .._c.errors import ArgumentError, MeasurementError
from .._c.handles import Path
from ..csv_files import LATENCY_COLUMNS, UNITS, CSVLines
from ..spaces import Archs, Space
from ..tables import LatencyTable
from .measurements import Measurements, read_json, recorded_space, space_record, write_json
from .networks import data_sets, networks
from .own_networks import BuildFunction
from .returned_network import BuildError

_TABLE = "measurements.csv"
_RECORD = "measurements.json"
#: Fewer measurements say almost nothing about a device.
_FEWEST = 3
#: Networks of these spaces take longer than the first and shorter than the second,
#: milliseconds, and differ by less than the third.
_SHORTEST, _LONGEST, _WIDEST = 0.02, 1e5, 1e3
_README = """{title}
{line}

Each .onnx file here is one network{batch}.
Inputs are of the types and shapes that the file says; any numbers will do.

For each line of measurements.csv, run the file on the device and write its
latency into the column latency_ms: milliseconds of one run, with a decimal
point, and nothing else in the field. Leave empty what was not measured. For
seconds or microseconds rename the column to latency_s or latency_us.

How to get figures that repeat:
- run each model twice before the first run that counts;
- go through all models several times, a few runs each time, instead of
  finishing one after the other;
- keep the smallest latency of each model;
- let nothing else run, and fix the clock rate of the processor if you can.

Then, in Python: helpnas.read_measurements("measurements.csv")
"""


def export_models(
    space: Union[Space, str],
    archs: Archs,
    directory: Path,
    *,
    build: Optional[BuildFunction] = None,
    batch: int = 1,
    seed: int = 0,
    dataset: Optional[str] = None,
) -> List[FilePath]:
    """Write n architectures as ONNX files, a table to fill in, and how to.

    Args:
        directory: made if need be; it gets ``0000.onnx`` ..., ``measurements.csv`` with the
            columns arch, file, latency_ms, ``measurements.json`` and ``README.txt``.
        build: as for ``measure``.
        batch, seed, dataset: of ``build_model``, or the first two for ``build``.

    Returns:
        The model files, [n].

    Raises:
        ArgumentError: no architectures, the folder has a table already, or not one of the
            space's data sets.
        MeasurementError: an architecture is given twice.
        BuildError: a network could not be built; names the architecture.
        UnsupportedError: a space of your own without layers or ``build``.
        ImportError: onnx is not installed.
    """
    opened = Space(space) if isinstance(space, str) else space
    rows = LatencyTable(opened, archs, {}).archs
    known = networks(opened, rows, build, batch, seed, dataset)
    folder = FilePath(directory)
    if not len(rows):
        raise ArgumentError("archs is empty: there is nothing to export")
    if (folder / _TABLE).exists():
        raise ArgumentError(f"{folder / _TABLE} exists: what is filled in there would be lost")
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number:04}.onnx" for number in range(len(rows))]
    texts = opened.format(rows)
    known.check_first()
    for number, (file, text) in enumerate(zip(files, texts)):
        try:
            file.write_bytes(known(number).onnx())
        except BuildError as error:
            raise BuildError(f"{text}: {error}") from error
    for warning in known.warnings():
        warnings.warn(warning, stacklevel=2)
    record = {
        **space_record(opened),
        **_data_set(opened, build, dataset),
        "batch": known.batch,
        "seed": seed,
        **known.identity,
    }
    write_json(folder / _RECORD, record)
    _write_readme(folder, opened.name, len(rows), known.batch)
    _write_table(folder / _TABLE, texts, files)
    return files


def _data_set(
    space: Space, build: Optional[BuildFunction], dataset: Optional[str]
) -> Dict[str, str]:
    """What the networks are for, where the library knows it."""
    known = data_sets(space)
    return {"dataset": dataset or known[0]} if known and build is None else {}


def _write_readme(folder: FilePath, space: str, count: int, batch: Optional[int]) -> None:
    title = f"Measurements wanted: {count} models of the search space {space}"
    size = "" if batch is None else f", for batch size {batch}"
    text = _README.format(title=title, line="=" * len(title), batch=size)
    (folder / "README.txt").write_text(text, encoding="utf-8")


def _write_table(path: FilePath, texts: Sequence[str], files: Sequence[FilePath]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["arch", "file", "latency_ms"])
        writer.writerows([text, model.name, ""] for text, model in zip(texts, files))


def read_measurements(
    path: Path,
    *,
    space: Union[Space, str, None] = None,
    unit: Optional[str] = None,
    duplicates: str = "error",
    name: Optional[str] = None,
) -> Measurements:
    """Read a table that someone filled in: columns arch and latency_ms, _s or _us.

    Fields may be empty; other columns are not read.

    Args:
        path: the table, or the folder of ``export_models`` that it is in.
        space: default what the ``.json`` file next to the table says.
        unit: "ms", "s" or "us", whatever the column is called; latencies of any size are
            then taken as they are.
        duplicates: of an architecture in several rows: "error", or take their "median".
        name: the device's; default the folder's, or the file's.

    Returns:
        The measured ones.  The others are in ``failures``, and ``warnings`` has their rows.

    Raises:
        FormatError: names the file, row and column of what is wrong; an architecture twice.
        MeasurementError: fewer than 3 are measured; or latencies of a size that no network
            has, which are likely of another unit: say which.
        ArgumentError: unknown ``unit`` or ``duplicates``, or the space is not known.
    """
    if unit not in (None, *UNITS):
        raise ArgumentError(f"unit is {unit!r}, not one of {', '.join(map(repr, UNITS))}")
    if duplicates not in ("error", "median"):
        raise ArgumentError(f"duplicates is {duplicates!r}, not 'error' or 'median'")
    file = FilePath(path)
    if file.is_dir():
        file = file / _TABLE
    folder = file.resolve().parent.name if file.name == _TABLE else file.stem
    reader = _FilledTable(file, _space(file, space), unit, duplicates)
    return reader.read(name or folder)


def _space(file: FilePath, space: Union[Space, str, None]) -> Space:
    if space is not None:
        return Space(space) if isinstance(space, str) else space
    beside = file.with_suffix(".json")
    known = recorded_space(read_json(beside)) if beside.exists() else None
    if known is None:
        raise ArgumentError(f"{file}: no {beside.name} names the space: give space=")
    return known


class _FilledTable:
    """Reads the table: latencies by architecture, with the rows they stand in."""

    def __init__(self, file: FilePath, space: Space, unit: Optional[str], duplicates: str) -> None:
        self._file, self._space, self._unit, self._duplicates = file, space, unit, duplicates
        self._rows: Dict[str, List[int]] = {}
        self._found: Dict[str, List[float]] = {}

    def read(self, name: str) -> Measurements:
        with open(self._file, newline="", encoding="utf-8-sig") as file:
            self._lines = CSVLines(self._file, file)
            lines = iter(self._lines)
            arch, latency, column = self._header(next(lines, []))
            for fields in lines:
                self._row(fields, arch, latency, column)
        scale = UNITS[self._unit or LATENCY_COLUMNS[column]]
        measured = {text: scale * float(np.median(v)) for text, v in self._found.items() if v}
        if len(measured) < _FEWEST:
            raise MeasurementError(
                f"{self._file}: {len(measured)} architectures are measured, not {_FEWEST} or more"
            )
        if self._unit is None:
            self._refuse_other_units(measured, column)
        return self._measurements(measured, name)

    def _header(self, fields: List[str]) -> Tuple[int, int, str]:
        names = [field.strip().lower() for field in fields]
        if len(names) == 1 and ";" in names[0]:
            raise self._lines.error("fields are separated by ';': save the table with commas")
        latencies = [name for name in names if name in LATENCY_COLUMNS]
        if names.count("arch") != 1 or len(latencies) != 1:
            wanted = ", ".join(LATENCY_COLUMNS)
            raise self._lines.error(f"there must be one column 'arch', and one of {wanted}")
        self._width = len(names)
        return names.index("arch"), names.index(latencies[0]), latencies[0]

    def _row(self, fields: List[str], arch: int, latency: int, column: str) -> None:
        if len(fields) != self._width:
            raise self._lines.error(f"{len(fields)} fields, not {self._width}")
        text, row = self._lines.architecture(fields[arch], self._space), self._lines.row
        before = self._rows.setdefault(text, [])
        if before and self._duplicates == "error":
            raise self._lines.error(
                f"{text} is already in row {before[0]}: give duplicates='median' to take both",
                "arch",
            )
        before.append(row)
        values = self._found.setdefault(text, [])
        if fields[latency].strip():
            values.append(self._lines.latency(fields[latency], column))

    def _refuse_other_units(self, measured: Mapping[str, float], column: str) -> None:
        fast = min(measured, key=lambda text: measured[text])
        slow = max(measured, key=lambda text: measured[text])
        shortest, longest = measured[fast], measured[slow]
        unit, guess = LATENCY_COLUMNS[column], ""
        if longest < _SHORTEST:
            guess = f"all are below {_SHORTEST} ms: they look like {_LARGER[unit]}"
        elif shortest > _LONGEST:
            guess = f"all are above {_LONGEST:.0f} ms: they look like {_SMALLER[unit]}"
        elif longest > _WIDEST * shortest:
            guess = (
                f"rows {self._rows[fast][0]} and {self._rows[slow][0]} differ "
                f"{longest / shortest:.0f} times: their units look different"
            )
        if guess:
            raise MeasurementError(
                f"{self._file}: column {column!r}: {guess}. "
                "Say which unit they are in: unit='ms', 's' or 'us'"
            )

    def _measurements(self, measured: Mapping[str, float], name: str) -> Measurements:
        missing = [text for text in self._found if text not in measured]
        rows = sorted(row for text in missing for row in self._rows[text])
        missed = f"{len(missing)} of {len(self._found)} architectures are not measured"
        told = [f"{missed}: row{'s' * (len(rows) > 1)} {_join_numbers(rows)}"] if rows else []
        return Measurements(
            self._space,
            self._space.canonicalize(list(measured)),
            np.array(list(measured.values()), np.float64),
            math.nan,
            {"name": name},
            told,
            {text: "not measured" for text in missing},
        )


#: What latencies of a column are likely in that are too small, or too large, for its unit.
_LARGER = {"us": "milliseconds or seconds", "ms": "seconds", "s": "another unit"}
_SMALLER = {"us": "another unit", "ms": "microseconds", "s": "milliseconds or microseconds"}


def _join_numbers(numbers: Iterable[Any], most: int = 20) -> str:
    texts = [str(number) for number in numbers]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
