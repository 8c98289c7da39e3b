"""The folder that a farm keeps its rows in."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence

from .._c.handles import Path
from ..models import Model
from ..spaces import Space
from .columns import Row as Fields
from .devices import Device
from .farm_rows import FarmDevice, Order, Row
from .keys import digest
from .results import Results, read_results

_KIND = "farm"
_COLUMNS: Mapping[str, str] = {
    "key": "text", "device": "text", "agent": "text", "arch": "text", "latency_ms": "number",
    "raw_ms": "number", "repeatability": "number", "status": "text",
}  # fmt: skip
#: Statuses of rows: counted; repeated to see drift; no longer counted, with all of the agent's.
_MEASURED, _ANCHOR, _WITHDRAWN = "measured", "anchor", "withdrawn"


class FarmFolder:
    """The rows of a farm, open for one coordinator.

    Raises:
        HelpIOError, MismatchError, FormatError: of the folder.
        ImportError: pyarrow is not installed.
    """

    def __init__(self, path: Path, space: Space) -> None:
        self._space = space
        self._file = Results(path, _KIND, _COLUMNS)

    def close(self) -> None:
        """Leave the folder to others."""
        self._file.close()

    def devices(self) -> Dict[str, FarmDevice]:
        """What is known of each device, by name."""
        return _devices(self._file.rows(), self._space)

    def refused(self) -> Dict[str, str]:
        """Agent -> device of those whose rows were taken back."""
        return {
            row["agent"]: row["device"] for row in self._file.rows() if row["status"] == _WITHDRAWN
        }

    def add(
        self,
        device: FarmDevice,
        order: Order,
        values: Sequence[Optional[float]],
        slower: float,
        repeatability: Optional[float],
    ) -> List[Row]:
        """Keep an order's latencies; those that are news of the device.

        Args:
            slower: what latencies are divided by.

        Raises:
            HelpIOError: the disk is full; nothing of them is kept.
        """
        texts = self._space.format(order.archs)
        news: List[Row] = []
        stored: List[Fields] = []
        for arch, text, value in zip(order.archs, texts, values):
            if value is None:
                continue
            row = Row(arch, value / slower, order.agent)
            again = arch.tobytes() in device.rows
            news += [] if again else [row]
            stored.append({
                "key": _key(device.name, order, text, again), "device": device.name,
                "agent": order.agent, "arch": text, "latency_ms": row.latency_ms,
                "raw_ms": value, "repeatability": repeatability,
                "status": _ANCHOR if again else _MEASURED,
            })  # fmt: skip
        self._file.append(stored)
        return news

    def withdraw(self, device: str, agent: str) -> None:
        """No longer count what an agent measured."""
        row: Fields = dict.fromkeys(_COLUMNS)
        row.update(
            key=digest(device.encode(), agent.encode(), b"withdrawn"), device=device, agent=agent,
            status=_WITHDRAWN,
        )  # fmt: skip
        self._file.append([row])


def _key(device: str, order: Order, text: str, again: bool) -> str:
    """By the agent, too: what was taken back is measured again by another."""
    parts = [device, order.agent, text] + ([str(order.number)] if again else [])
    return digest(*(part.encode() for part in parts))


def _devices(rows: Sequence[Fields], space: Space) -> Dict[str, FarmDevice]:
    gone = {(row["device"], row["agent"]) for row in rows if row["status"] == _WITHDRAWN}
    found: Dict[str, FarmDevice] = {}
    for row in rows:
        device = found.setdefault(row["device"], FarmDevice(row["device"]))
        if row["status"] == _MEASURED and (row["device"], row["agent"]) not in gone:
            device.add([Row(space.parse(row["arch"]), row["latency_ms"], row["agent"])])
            if row["repeatability"] is not None:
                device.repeatabilities.append(row["repeatability"])
    return found


def farm_devices(results: Path, model: Model) -> List[Device]:
    """The devices of a farm's folder that have rows, for ``fleet.search`` and the others.

    Raises:
        HelpIOError, FormatError: no such folder, or a malformed file.
    """
    rows = read_results(results).to_pylist()
    return [
        Device(each.name, each.archs, each.latency_ms, each.repeatability)
        for each in _devices(rows, model.own_space).values()
        if each.rows
    ]
