"""Interleaved timing: each way of doing a thing takes its turn, so noise falls on all alike."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import Callable, Dict, List

#: Runs something once or more and returns the seconds each run took.
Sampler = Callable[[], List[float]]

_SAMPLE_SECONDS = 0.002
_CALLS_MAX = 500
# OpenMP's threads spin for a while after their work; the next way must not pay for it.
_PAUSE_SECONDS = 0.01


@dataclass
class Times:
    """Seconds of one way's repetitions."""

    seconds: List[float] = field(default_factory=list)

    @property
    def minimum(self) -> float:
        """The repetition least disturbed by other processes."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """What a caller sees on this machine."""
        return statistics.median(self.seconds)


def calls(action: Callable[[], object]) -> Sampler:
    """A sampler of a short call: the mean over as many calls as the clock needs."""
    count = _fitting(action)

    def sample() -> List[float]:
        begin = time.perf_counter()
        for _ in range(count):
            action()
        return [(time.perf_counter() - begin) / count]

    return sample


def _fitting(action: Callable[[], object]) -> int:
    action()
    begin = time.perf_counter()
    action()
    once = time.perf_counter() - begin
    return max(1, min(_CALLS_MAX, int(_SAMPLE_SECONDS / once)))


def interleave(
    ways: Dict[str, Sampler], repetitions: int, budget_seconds: float
) -> Dict[str, Times]:
    """Sample every way in turn, ``repetitions`` rounds or as many as the budget allows."""
    times = {name: Times() for name in ways}
    for sampler in ways.values():
        sampler()
    end = time.perf_counter() + budget_seconds
    for done in range(repetitions):
        if done >= 3 and time.perf_counter() > end:
            break
        for name, sampler in ways.items():
            time.sleep(_PAUSE_SECONDS)
            times[name].seconds += sampler()
    return times
