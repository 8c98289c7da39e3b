"""What a device farm knows of one device."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Deque, Dict, List, Optional, Set

import numpy as np

from .._c.arrays import FloatArray, Int32Array


@dataclass(frozen=True)
class Row:
    """A measurement that was accepted.

    Attributes:
        arch: int32 [width].
        latency_ms: corrected for drift.
    """

    arch: Int32Array
    latency_ms: float
    agent: str


@dataclass
class Order:
    """Rows that an agent is to measure.

    Attributes:
        archs: int32 [n, width]; the device's anchor is the first once it has one.
        until: seconds of the coordinator's clock when the agent is taken for lost.
    """

    number: int
    agent: str
    device: str
    archs: Int32Array
    until: float


@dataclass
class FarmDevice:
    """A device: its rows, and what is left to do.

    Attributes:
        rows: arch as bytes -> measurement.
        queue: rows that an agent did not bring, to be ordered first.
        anchor: the row that every order has, and its first latency.
        width: half width of the interval as a share of the latency, the median over a sample;
            infinite before the first fit.
        over: why nothing more is measured; None: not yet.
        failed: rows that could not be measured.
        repeatabilities: what agents said of each order.
    """

    name: str
    rows: Dict[bytes, Row] = field(default_factory=dict)
    queue: Deque[Int32Array] = field(default_factory=deque)
    anchor: Optional[Row] = None
    width: float = math.inf
    over: Optional[str] = None
    failed: Set[bytes] = field(default_factory=set)
    repeatabilities: List[float] = field(default_factory=list)

    @property
    def repeatability(self) -> Optional[float]:
        """The median of what agents said; None: none said."""
        return float(np.median(self.repeatabilities)) if self.repeatabilities else None

    @property
    def archs(self) -> Int32Array:
        """Of all rows, int32 [n, width]."""
        return np.array([row.arch for row in self.rows.values()], np.int32)

    @property
    def latency_ms(self) -> FloatArray:
        """Of all rows, [n]."""
        return np.array([row.latency_ms for row in self.rows.values()], np.float64)

    def add(self, rows: List[Row]) -> None:
        """Measurements that were accepted; the first of all is the anchor."""
        for row in rows:
            self.rows[row.arch.tobytes()] = row
        if self.anchor is None and rows:
            self.anchor = rows[0]

    def of_agent(self, agent: str) -> List[Row]:
        """The rows that an agent measured."""
        return [row for row in self.rows.values() if row.agent == agent]

    def withdraw(self, agent: str) -> int:
        """Take back an agent's rows, to be measured by another; how many."""
        rows = self.of_agent(agent)
        for row in rows:
            del self.rows[row.arch.tobytes()]
            self.queue.append(row.arch)
        self.width = math.inf if rows else self.width
        if self.anchor is not None and self.anchor.agent == agent:
            self.anchor = next(iter(self.rows.values()), None)
        return len(rows)

    def put_back(self, archs: Int32Array) -> int:
        """Queue rows that are not measured; how many."""
        queued = {row.tobytes() for row in self.queue}
        missing = [
            row for row in archs if row.tobytes() not in self.rows and row.tobytes() not in queued
        ]
        self.queue.extend(missing)
        return len(missing)
