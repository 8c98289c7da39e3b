"""What commands read: spaces, architectures and measurements."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path as FilePath
from typing import Any, Callable, List, NamedTuple, Optional, TextIO

from .._c.arrays import FloatArray, Int32Array
from .._c.errors import FormatError, HelpError
from ..bundled import bundled_files
from ..csv_files import CSVLines
from ..goals import MACS
from ..measuring import Measurements, read_measurements
from ..models import bundled_models
from ..spaces import Space
from ._output import say

#: What begins so -> what it may become.
Completion = Callable[[str], List[str]]

STDIN = STDOUT = "-"

ARCHS_HELP = "File with an architecture a line, or CSV with a column 'arch'; '-' is standard input."
SPACE_HELP = "A built-in space's name, or a JSON file that describes one."
PREDICTOR_HELP = "A file that 'helpnas adapt' wrote."
MODEL_HELP = "A bundled model's name ('helpnas spaces' lists them), or a file."
MEASUREMENTS_HELP = (
    "CSV with columns 'arch' and 'latency_ms' (or _s, _us), what 'helpnas measure' wrote, or "
    "the folder of its --export, filled in."
)
UNIT_HELP = "ms, s or us, whatever the column is called."


def one_of(*choices: str) -> Completion:
    """Completes an option that takes one of a few words."""
    return lambda incomplete: [each for each in choices if each.startswith(incomplete)]


def model_names(incomplete: str) -> List[str]:
    """Completes a bundled model's name."""
    return [name for name in bundled_models() if name.startswith(incomplete)]


def space_names(incomplete: str) -> List[str]:
    """Completes a built-in space's name; each has a model of that name."""
    return [name for name in model_names(incomplete) if not name.endswith("-paper")]


def accuracy_names(incomplete: str) -> List[str]:
    """Completes a bundled accuracy model's name, or "macs"."""
    return [name for name in (MACS, *bundled_files("accuracy")) if name.startswith(incomplete)]


def open_space(name: str) -> Space:
    """A built-in space by name, or one described in a JSON file."""
    return Space.from_file(name) if name.endswith(".json") else Space(name)


def read_archs(source: str, space: Space) -> Int32Array:
    """Architectures of a text or CSV file, int32 [n, width].

    Raises:
        FormatError: names the file, the row and what is wrong there.
    """
    if source == STDIN:
        return _archs("standard input", io.StringIO(sys.stdin.read()), space)
    with open(source, newline="", encoding="utf-8-sig") as file:
        return _archs(source, io.StringIO(file.read()), space)


def _archs(name: str, file: TextIO, space: Space) -> Int32Array:
    begin = file.readline()
    if next(csv.reader([begin]), [""])[:1] == ["arch"]:
        lines = CSVLines(name, file)
        numbered = [(lines.row + 1, fields[0]) for fields in lines]
    else:
        numbered = list(enumerate([begin, *file], 1))
    rows = [_parse(name, row, text.strip(), space) for row, text in numbered if text.strip()]
    if not rows:
        raise FormatError(f"{name}: no architectures")
    return space.genes([row.tolist() for row in rows])


def _parse(name: str, row: int, text: str, space: Space) -> Any:
    try:
        return space.parse(text)
    except HelpError as error:
        raise FormatError(f"{name}: row {row}: not an architecture: {error}") from None


class Measured(NamedTuple):
    """Measurements of one device: genes, int32 [n, width], milliseconds, float64 [n], and the
    repeatability that ``helpnas measure`` recorded beside them, NaN if none is known."""

    archs: Int32Array
    latency_ms: FloatArray
    repeatability: float


def read_measured(path: FilePath, space: Space, unit: Optional[str] = None) -> Measured:
    """Measurements of one device: ``arch,latency_ms`` that someone filled in, or a table.

    Raises:
        FormatError, MeasurementError: name the file, row and column of what is wrong.
    """
    if unit is not None or path.is_dir() or _has_latency_column(path):
        found = read_measurements(path, space=space, unit=unit)
        for warning in found.warnings:
            say(f"warning: {path}: {warning}")
    else:
        found = Measurements.from_csv(path, space)
    return Measured(found.archs, found.latency_ms, found.repeatability)


def _has_latency_column(path: FilePath) -> bool:
    with open(path, newline="", encoding="utf-8-sig") as file:
        names = next(iter(CSVLines(path, file)), [])
    return any(name.strip().lower().startswith("latency_") for name in names)
