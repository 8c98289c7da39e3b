"""What commands read: spaces, architectures and measurements."""

from __future__ import annotations

import csv
import io
import math
import sys
from pathlib import Path as FilePath
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, TextIO

import numpy as np

from .._c.arrays import FloatArray, Int32Array
from .._c.errors import FormatError, HelpError
from ..bundled import bundled_files
from ..csv_files import CSVLines
from ..goals import MACS
from ..measuring import Measurements, read_measurements
from ..models import bundled_models
from ..spaces import Space
from ..tables import LatencyTable
from ._output import say

#: What begins so -> what it may become.
Completion = Callable[[str], List[str]]

STDIN = STDOUT = "-"

ARCHS_HELP = "File with an architecture a line, or CSV with a column 'arch'; '-' is standard input."
SPACE_HELP = "A built-in space's name, or a JSON file that describes one."
PREDICTOR_HELP = "A file that 'helpnas adapt' wrote."
MODEL_HELP = (
    "A bundled model's name ('helpnas spaces' lists them), a file, or a JSON file that describes "
    "a space."
)
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


def read_pool(source: Optional[str], space: Space, size: int, seed: int) -> Int32Array:
    """Architectures to choose from: of a file, or a random sample."""
    if source is not None:
        return read_archs(source, space)
    return space.sample(min(size, space.count), seed=seed)


class Measured(NamedTuple):
    """Measurements of one device: genes, int32 [n, width], milliseconds, float64 [n], and the
    repeatability that ``helpnas measure`` recorded beside them, NaN if none is known."""

    archs: Int32Array
    latency_ms: FloatArray
    repeatability: float

    @classmethod
    def together(cls, parts: Sequence["Measured"]) -> "Measured":
        """Several of one device; of their repeatabilities the largest that is known."""
        known = [part.repeatability for part in parts if not math.isnan(part.repeatability)]
        return cls(
            np.concatenate([part.archs for part in parts]),
            np.concatenate([part.latency_ms for part in parts]),
            max(known, default=math.nan),
        )

    def repeats(self, space: Space) -> bool:
        """Whether an architecture is there more than once."""
        return len(np.unique(space.canonicalize(self.archs), axis=0)) < len(self.archs)


def read_measured(
    path: FilePath, space: Space, unit: Optional[str] = None, device: Optional[str] = None
) -> Measured:
    """Measurements of one device: ``arch,latency_ms`` that someone filled in, or a table.

    Args:
        device: the table's column, where it has several.

    Raises:
        FormatError, MeasurementError: name the file, row and column of what is wrong.
        ArgumentError: the table has no such device.
    """
    if device is not None:
        table = LatencyTable.from_csv(path, space)
        latency = table.latency(device)
        measured = ~np.isnan(latency)
        return Measured(table.archs[measured], latency[measured], math.nan)
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
