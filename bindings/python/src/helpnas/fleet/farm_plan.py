"""How a farm measures, and what it takes from outside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, List, Optional

from .._c.arrays import number, whole
from .._c.errors import ArgumentError, HelpError

#: Caps on what comes from outside.
_LONGEST_NAME, _LARGEST_MS = 64, 1e7


class UnknownAgentError(HelpError, LookupError):
    """An agent that has not joined, as after the coordinator began anew: join, then go on."""


class LateError(HelpError):
    """An order that is no longer the agent's: it took too long, or the device is done."""


@dataclass(frozen=True)
class FarmPlan:
    """How a farm measures.

    Attributes:
        rows: that are ordered at once, without the anchor; the first order has the same.
        narrow: a device is done when the half width of its interval is at most this share of
            the latency, the median over a sample of the space.
        level: of that interval.
        most: rows after which it is done anyway.
        lease_s: seconds without a word after which an agent is taken for lost.
        rounds, runs: of ``helpnas.measure``, for the agents.
        batch, seed: of the networks.
    """

    rows: int = 4
    narrow: float = 0.1
    level: float = 0.9
    most: int = 60
    lease_s: float = 120.0
    rounds: int = 5
    runs: int = 3
    batch: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        whole(self.rows, "rows", 3, 1000)
        whole(self.most, "most", self.rows, 10**6)
        if not 0 < number(self.narrow, "narrow") < math.inf:
            raise ArgumentError(f"narrow is {self.narrow}, not above 0")
        if not 0 < number(self.level, "level") < 1:
            raise ArgumentError(f"level is {self.level}, not between 0 and 1")
        if not 0 < number(self.lease_s, "lease_s") < math.inf:
            raise ArgumentError(f"lease_s is {self.lease_s}, not above 0")


def checked_name(name: Any, what: str) -> str:
    """A name that an agent gives.

    Raises:
        ArgumentError: not 1 to 64 printable characters.
    """
    if not (isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME):
        raise ArgumentError(f"{what} is not a name of 1 to {_LONGEST_NAME} characters")
    if not name.isprintable():
        raise ArgumentError(f"{what} {name!r} has characters that cannot be printed")
    return name


def checked_latencies(values: Any, count: int) -> List[Optional[float]]:
    """What an agent posts as latencies.

    Raises:
        ArgumentError: not a list of ``count`` milliseconds above 0, or None.
    """
    if not isinstance(values, (list, tuple)) or len(values) != count:
        size = len(values) if isinstance(values, (list, tuple)) else repr(values)[:40]
        raise ArgumentError(f"latency_ms must be a list of {count}, not {size}")
    for value in values:
        fine = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not (fine and 0 < value < _LARGEST_MS):
            raise ArgumentError(f"a latency is {value!r}, not milliseconds above 0 or null")
    return [None if value is None else float(value) for value in values]


def checked_share(value: Any) -> Optional[float]:
    """What an agent posts as repeatability.

    Raises:
        ArgumentError: not a number from 0 to 1, or None.
    """
    if value is None:
        return None
    share = number(value, "repeatability")
    if not 0 <= share <= 1:
        raise ArgumentError(f"repeatability is {share}, not 0...1")
    return share
