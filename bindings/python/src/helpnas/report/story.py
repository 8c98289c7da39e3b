"""What the page says, computed once: numbers, and what to think of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from .._c.arrays import FloatArray, float_vector
from .._c.errors import ArgumentError, UnsupportedError
from ..checking import intervals_hold
from ..evaluation import Row
from ..models import Predictor
from .breakdown import Breakdown, breakdown
from .contents import Chosen, Contents
from .elements import Tone
from .record import Record

Verdict = Tuple[Tone, str]

#: What ``summary`` begins with where all is well.
_SOUND = ("The fit is sound", "The inner steps help")


@dataclass(frozen=True)
class Held:
    """Measurements kept aside, [n] each; ``lower`` and ``upper`` are None without intervals."""

    measured: FloatArray
    predicted: FloatArray
    lower: Optional[FloatArray]
    upper: Optional[FloatArray]
    rows: Sequence[Row]
    level: float

    @property
    def errors(self) -> FloatArray:
        """|predicted - measured| / measured."""
        return np.abs(self.predicted / self.measured - 1)

    @property
    def inside(self) -> Optional[int]:
        """How many are inside their intervals."""
        if self.lower is None or self.upper is None:
            return None
        return int(np.sum((self.lower <= self.measured) & (self.measured <= self.upper)))

    @property
    def verdict(self) -> Verdict:
        """Whether intervals hold as often as they say."""
        inside, count = self.inside, len(self.measured)
        if inside is None:
            return Tone.NEUTRAL, "No intervals"
        if intervals_hold(inside, count, self.level):
            return Tone.GOOD, "Intervals hold"
        return Tone.BAD, "Intervals too narrow"


@dataclass(frozen=True)
class Found:
    """The architecture that a search found; ``interval`` is None without one."""

    chosen: Chosen
    predicted_ms: float
    interval: Optional[Tuple[float, float]]

    @property
    def limit_ms(self) -> Optional[float]:
        """None for no limit."""
        return self.chosen.limit_ms if math.isfinite(self.chosen.limit_ms) else None

    @property
    def verdict(self) -> Verdict:
        """Whether the limit is kept."""
        measured, limit = self.chosen.measured_ms, self.limit_ms
        if limit is None:
            return Tone.NEUTRAL, "No limit"
        if measured is not None:
            kept = measured <= limit
            return (Tone.GOOD, "Limit kept") if kept else (Tone.BAD, "Limit missed")
        if (self.interval[1] if self.interval else self.predicted_ms) <= limit:
            return Tone.NEUTRAL, "Limit kept as predicted"
        return Tone.WARNING, "Limit may be missed"

    @property
    def is_expected(self) -> Optional[bool]:
        """Whether the measurement is inside the interval; None where one of them is missing."""
        measured = self.chosen.measured_ms
        if measured is None or self.interval is None:
            return None
        return self.interval[0] <= measured <= self.interval[1]

    @cached_property
    def front(self) -> List[Tuple[float, float]]:
        """(milliseconds, accuracy) of the front with what was found, by latency: what another
        beats in both is not on it."""
        points = {(self.predicted_ms, self.chosen.accuracy), *_front_points(self.chosen)}
        best, kept = -math.inf, []
        for latency, accuracy in sorted(points, key=lambda point: (point[0], -point[1])):
            if accuracy > best:
                best = accuracy
                kept.append((latency, accuracy))
        return kept

    @property
    def better(self) -> List[Tuple[float, float]]:
        """Those of the front that are predicted faster and more accurate: the search, which
        looks at the interval's end, passed them over."""
        latency, accuracy = self.predicted_ms, self.chosen.accuracy
        return [point for point in self.front if point[0] < latency and point[1] > accuracy]


def _front_points(chosen: Chosen) -> List[Tuple[float, float]]:
    latency, accuracy = chosen.front
    height = float_vector(accuracy, "front[1]")
    points = zip(float_vector(latency, "front[0]", len(height)).tolist(), height.tolist())
    return [point for point in points if all(map(math.isfinite, point))]


class Story:
    """Everything that the page says about a report."""

    def __init__(self, report: Contents) -> None:
        self.report = report
        self.predictor: Predictor = report.predictor
        self.space = report.predictor.space
        self.record = Record(report.predictor)

    @property
    def fit_verdict(self) -> Verdict:
        """What the predictor's own diagnosis comes to."""
        if self.record.suspicious:
            return Tone.WARNING, "Measure again"
        if self.record.summary.startswith(_SOUND):
            return Tone.GOOD, "Sound"
        return (Tone.WARNING, "Look closer") if self.record.summary else (Tone.NEUTRAL, "Fitted")

    @cached_property
    def fitted_ms(self) -> FloatArray:
        """Of the measurements that the predictor was given."""
        archs = self.record.archs
        return self.predictor.predict(archs) if archs else np.empty(0)

    @cached_property
    def held(self) -> Optional[Held]:
        held = self.report.held_out
        if held is None or not len(held.archs):
            return None
        measured = float_vector(held.latency_ms, "held_out.latency_ms", len(held.archs))
        bad = ~(np.isfinite(measured) & (measured > 0))
        if bad.any():
            row = int(np.argmax(bad))
            raise ArgumentError(f"held_out.latency_ms: row {row} is {measured[row]}, not above 0")
        lower, upper = self._interval(held.archs)
        predicted = self.predictor.predict(held.archs)
        return Held(measured, predicted, lower, upper, held.rows, self.report.level)

    @cached_property
    def found(self) -> Optional[Found]:
        chosen = self.report.chosen
        if chosen is None:
            return None
        lower, upper = self._interval([chosen.arch])
        ends = None if lower is None or upper is None else (float(lower[0]), float(upper[0]))
        return Found(chosen, float(self.predictor.predict([chosen.arch])[0]), ends)

    @cached_property
    def breakdown(self) -> Optional[Breakdown]:
        """Where the milliseconds of what was found go; None where no table says it."""
        found = self.found
        return None if found is None else breakdown(self.predictor, [found.chosen.arch])

    def _interval(self, archs: Any) -> Tuple[Optional[FloatArray], Optional[FloatArray]]:
        try:
            return self.predictor.interval(archs, self.report.level)
        except UnsupportedError:
            return None, None
