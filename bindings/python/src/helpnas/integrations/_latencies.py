"""What all drop-ins ask of a predictor: latencies, as predicted or at the upper end."""

from __future__ import annotations

from typing import Optional

from .._c.arrays import FloatArray, number
from .._c.errors import ArgumentError
from ..models import Predictor
from ..spaces import Archs


class Latencies:
    """Milliseconds of architectures: predicted, or the upper ends of their intervals.

    Args:
        predictor: of the device.
        level: None for the predictions; else the intervals', between 0 and 1.

    Raises:
        UnsupportedError: a level, but the predictor's method has no intervals.
        ArgumentError: level is not between 0 and 1.
    """

    def __init__(self, predictor: Predictor, level: Optional[float] = None) -> None:
        self.predictor, self.level = predictor, level
        self(predictor.own_space.sample(1))  # what is wrong shows now, not in mid-search

    def __call__(self, archs: Archs) -> FloatArray:
        """Float64 [n], of n architectures in one call of the library."""
        if self.level is None:
            return self.predictor.predict(archs)
        return self.predictor.interval(archs, self.level)[1]


def latency_limit(max_latency_ms: float) -> float:
    """A drop-in's limit.

    Raises:
        ArgumentError: not a number above 0.
    """
    limit = number(max_latency_ms, "max_latency_ms")
    if not limit > 0:
        raise ArgumentError(f"max_latency_ms is {limit}, not above 0")
    return limit
