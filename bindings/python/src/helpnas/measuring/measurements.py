"""What was measured: latencies, the device, and how far to trust them."""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Callable, Dict, List, Optional, Union

from .._c.arrays import FloatArray, Int32Array
from .._c.errors import ArgumentError, FormatError, MismatchError, UnsupportedError
from .._c.handles import Path
from ..spaces import Space
from ..tables import LatencyTable

_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Measurements:
    """n architectures measured on one device; ``model.adapt(m.archs, m.latency_ms)`` takes them.

    Attributes:
        space: the architectures' space.
        archs: genes, int32 [n, width], canonical.
        latency_ms: the smallest latency of each, milliseconds, float64 [n].
        stability: Spearman between the first and the second half of the rounds; NaN for one
            round or one architecture.
        device: what identifies it: "name", and the machine, runtime and way of measuring.
        warnings: what may have disturbed the measurement, in sentences.
        failures: text of each architecture that could not be measured -> the reason.
        repeatability: by what share both halves' latencies of an architecture differ, as a
            standard deviation; NaN for one round. ``model.adapt`` takes it.
    """

    space: Space
    archs: Int32Array
    latency_ms: FloatArray
    stability: float
    device: Dict[str, Any]
    warnings: List[str] = field(default_factory=list)
    failures: Dict[str, str] = field(default_factory=dict)
    repeatability: float = math.nan

    def __len__(self) -> int:
        return len(self.archs)

    def __repr__(self) -> str:
        return f"Measurements({len(self)} architectures, {self.name!r})"

    @property
    def name(self) -> str:
        """The device's name, that of its column."""
        return str(self.device["name"])

    def table(self) -> LatencyTable:
        """The latencies as a table with one device."""
        return LatencyTable(self.space, self.archs, {self.name: self.latency_ms})

    def to_csv(self, path: Path) -> None:
        """Write the table for ``LatencyTable.from_csv``, and the rest next to it: ``x.json``.

        Raises:
            ArgumentError: that file has the rounds of a measurement, which would be lost.
        """
        beside = _beside(path)
        if beside.exists() and "setup" in read_json(beside):
            raise ArgumentError(f"{beside} has the rounds of a measurement: choose another name")
        replace(path, lambda target: self.table().to_csv(target))
        record = {
            "format": _FORMAT,
            **space_record(self.space),
            "device": self.device,
            "stability": _none_if_nan(self.stability),
            "repeatability": _none_if_nan(self.repeatability),
            "warnings": self.warnings,
            "failures": self.failures,
        }
        write_json(beside, record)

    @classmethod
    def from_csv(cls, path: Path, space: Union[Space, str, None] = None) -> "Measurements":
        """Read what ``to_csv`` wrote; a table alone, of one device, will do.

        Args:
            space: needed where there is no ``.json`` file.

        Raises:
            FormatError: a file is malformed, or the table has more than one device.
            MismatchError: the files are of another space.
        """
        record = read_json(_beside(path)) if _beside(path).exists() else {}
        name = record.get("space")
        opened = recorded_space(record) if space is None else space
        if opened is None:
            raise FormatError(f"{path}: no {_beside(path).name} names the space: give space=")
        table = LatencyTable.from_csv(path, opened)
        if name not in (None, table.space.name):
            raise MismatchError(f"{path} is of {name}, not {table.space.name}")
        if len(table.devices) != 1:
            names = ", ".join(table.devices) or "none"
            raise FormatError(f"{path}: one column of milliseconds is wanted; there are {names}")
        return cls._of_column(table, _beside(path), record)

    @classmethod
    def _of_column(
        cls, table: LatencyTable, file: FilePath, record: Dict[str, Any]
    ) -> "Measurements":
        ((name, column),) = table.devices.items()
        measured = column == column
        device = record.get("device", {"name": name})
        numbers = [record.get(key) for key in ("stability", "repeatability")]
        known, lists = (type(None), int, float), (list, type(None))
        if not (
            isinstance(device, dict)
            and all(isinstance(each, known) for each in numbers)
            and isinstance(record.get("warnings"), lists)
            and isinstance(record.get("failures"), (dict, type(None)))
        ):
            raise FormatError(f"{file}: not what Measurements.to_csv writes")
        stability, repeatability = (math.nan if each is None else float(each) for each in numbers)
        return cls(
            table.space,
            table.archs[measured],
            column[measured],
            stability,
            {**device, "name": name},
            list(record.get("warnings") or []),
            dict(record.get("failures") or {}),
            repeatability,
        )


def space_record(space: Space) -> Dict[str, Any]:
    """What a file says of a space, for ``recorded_space``: a built-in one's name will do."""
    own = {} if _is_built_in(space) else {"description": space.description}
    return {"space": space.name, **own}


def _is_built_in(space: Space) -> bool:
    try:
        return space == Space(space.name)
    except UnsupportedError:
        return False


def recorded_space(record: Dict[str, Any]) -> Optional[Space]:
    """The space that a file is of; None where it does not say.

    Raises:
        UnsupportedError: no built-in space has the name, and there is no description.
        FormatError: the description is malformed.
    """
    name, description = record.get("space"), record.get("description")
    if not isinstance(name, str):
        return None
    return Space.from_json(description) if isinstance(description, dict) else Space(name)


def _none_if_nan(number: float) -> Optional[float]:
    return None if math.isnan(number) else number


def _beside(path: Path) -> FilePath:
    return FilePath(path).with_suffix(".json")


def replace(path: Path, write: Callable[[FilePath], object]) -> None:
    """Write a file under another name, then give it its own: it is never half written."""
    target = FilePath(path)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        write(unfinished)
        os.replace(unfinished, target)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


def write_json(path: Path, record: Dict[str, Any]) -> None:
    """Write a JSON object, whole or not at all."""
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    replace(path, lambda target: target.write_text(text, encoding="utf-8"))


def read_json(path: Path) -> Dict[str, Any]:
    """Read a JSON object.

    Raises:
        FormatError: not JSON, or not an object.
    """
    try:
        record = json.loads(FilePath(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: {error}") from None
    if not isinstance(record, dict):
        raise FormatError(f"{path}: not a JSON object")
    return record
