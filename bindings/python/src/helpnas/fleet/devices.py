"""Devices of a fleet: what was measured on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Sequence

import numpy as np

from .._c.arrays import FloatArray, Int32Array, float_vector
from .._c.errors import ArgumentError, MeasurementError
from ..measuring import Measurements
from ..spaces import Archs, Space
from ..tables import LatencyTable
from .keys import digest


@dataclass(frozen=True, eq=False)
class Device:
    """Measurements of one device, as ``Model.adapt`` takes them.

    Attributes:
        name: what its rows of the results are called by.
        archs: genes, int32 [n, width], canonical.
        latency_ms: milliseconds, float64 [n].
        repeatability: of ``Model.adapt``; None is its default.
    """

    name: str
    archs: Int32Array
    latency_ms: FloatArray
    repeatability: Optional[float] = None

    @classmethod
    def of(
        cls,
        name: str,
        space: Space,
        archs: Archs,
        latency_ms: Any,
        repeatability: Optional[float] = None,
    ) -> "Device":
        """A device from architectures in any form.

        Raises:
            ArgumentError: another number of latencies.
            ArchitectureError: an architecture outside the space.
        """
        rows = space.canonicalize(archs)
        latencies = float_vector(latency_ms, f"latency_ms of {name!r}", len(rows))
        return cls(name, rows, latencies, repeatability)

    @classmethod
    def of_measurements(cls, found: Measurements) -> "Device":
        """What ``helpnas.measure`` or ``read_measurements`` returned."""
        known = None if np.isnan(found.repeatability) else found.repeatability
        return cls(found.name, found.space.canonicalize(found.archs), found.latency_ms, known)

    @property
    def key(self) -> str:
        """Changes with the name and with every measurement."""
        return digest(
            self.name.encode(), self.archs.tobytes(), self.latency_ms.tobytes(),
            repr(self.repeatability).encode(),
        )  # fmt: skip


def devices_of(
    table: LatencyTable,
    names: Optional[Sequence[str]] = None,
    archs: Optional[Archs] = None,
) -> List[Device]:
    """The devices of a table.

    Args:
        names: default all.
        archs: the measurements to use, those of these architectures; default all that a device
            has.

    Raises:
        ArgumentError: no such device.
        MeasurementError: an architecture is not in the table, or not measured on a device.
    """
    rows = np.arange(len(table)) if archs is None else table.rows(archs)
    found = [_device(table, name, rows) for name in (table.devices if names is None else names)]
    for device in found:
        if archs is not None and len(device.archs) != len(rows):
            missing = len(rows) - len(device.archs)
            raise MeasurementError(
                f"{device.name}: {missing} of {len(rows)} archs are not measured"
            )
    return found


def _device(table: LatencyTable, name: str, rows: Any) -> Device:
    column = table.latency(name)[rows]
    measured = ~np.isnan(column)
    return Device(name, table.archs[rows[measured]], column[measured])


def refuse_doubles(devices: Sequence[Device]) -> None:
    """Make sure that no two devices have the same name.

    Raises:
        ArgumentError: two do; their rows could not be told apart.
    """
    seen = set()
    for device in devices:
        if device.name in seen:
            raise ArgumentError(f"two devices are called {device.name!r}")
        seen.add(device.name)
