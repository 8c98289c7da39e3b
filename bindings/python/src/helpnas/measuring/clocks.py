"""Clocks that a run is timed with."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Optional

from .._c.errors import ArgumentError


@dataclass(frozen=True)
class Clock:
    """A clock.

    Attributes:
        name: "cpu" or "wall".
        now: its time in seconds.
    """

    name: str
    now: Callable[[], float]


#: Processor time of the calling thread: what other programs take does not count.
CPU = Clock("cpu", time.thread_time)
WALL = Clock("wall", time.perf_counter)


def find_clock(name: Optional[str], threads: int) -> Clock:
    """A clock by its name; by default "cpu" for one thread and "wall" for more.

    Raises:
        ArgumentError: another name, or "cpu" with more than one thread.
    """
    if name not in (None, CPU.name, WALL.name):
        raise ArgumentError(f"clock is {name!r}, not 'cpu' or 'wall'")
    if name == CPU.name and threads > 1:
        raise ArgumentError(f"clock 'cpu' sees the calling thread alone, and threads is {threads}")
    if name is None:
        return CPU if threads == 1 and _cpu_time_is_fine() else WALL
    return CPU if name == CPU.name else WALL


def _cpu_time_is_fine() -> bool:
    """Whether its steps are below a microsecond; they are 16 ms on some systems."""
    return time.get_clock_info("thread_time").resolution < 1e-6
