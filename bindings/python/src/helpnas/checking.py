"""Whether a predictor is still right, by new measurements of its device.

Two things can make it wrong.  The device became faster or slower, by one factor for all
architectures: those that were measured before show it, whatever the predictor is like.  Or the
predictor errs on architectures that it was not given: then these differ when that factor is
taken out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Dict, List, Tuple

import numpy as np
import numpy.typing as npt

from ._c.arrays import FloatArray, Int32Array, float_vector
from ._c.errors import MeasurementError
from .evaluation import score
from .models import Predictor
from .spaces import Archs

BoolArray = npt.NDArray[np.bool_]

#: Fewest new measurements: of two, chance alone may order both rightly or wrongly.
FEWEST = 3
#: Fewest that were measured before to tell a device that changed from a disturbed measurement.
FEWEST_REPEATED = 2
#: A smaller change of scale is not worth a new measurement: machines at rest differ by about
#: as much from one day to the next.
SMALLEST_DRIFT = 0.03
#: A change of scale counts from this many standard errors: 99 % of a normal distribution.
STANDARD_ERRORS = 2.58
#: Fewer measurements inside their intervals than this chance allows are too few.
CHANCE = 0.01
#: Rows outside their interval of this level do not fit: of a thousand, chance puts one there.
ODD_LEVEL = 0.999

#: Standard error of a median of normal numbers beside that of their mean, and their standard
#: deviation beside the median of absolute deviations.
_MEDIAN_ERROR, _MEDIAN_DEVIATION = math.sqrt(math.pi / 2), 1.4826


class Verdict(Enum):
    """What new measurements say of a predictor."""

    RIGHT = "still right"
    SCALE = "the device has changed"
    FIT = "the fit is off"


@dataclass(frozen=True)
class Scale:
    """A factor that is common to some latencies.

    Attributes:
        count: how many latencies.
        factor: the median of measured / expected; NaN of none.
        error: standard error of its logarithm.
    """

    count: int
    factor: float
    error: float

    @property
    def has_moved(self) -> bool:
        """Whether it differs from 1 by more than chance, and enough to matter."""
        least = max(math.log1p(SMALLEST_DRIFT), STANDARD_ERRORS * self.error)
        return self.count > 0 and abs(math.log(self.factor)) > least


@dataclass(frozen=True)
class Check:
    """What came out.

    Attributes:
        verdict: what to think of the predictor.
        repeated: the scale of architectures that the predictor was given: new measurement
            beside the earlier one.
        new: the scale of all others: measured beside predicted.
        factor: by how much the device is slower than when it was measured; 1: as it was.
        spearman: rank correlation of all measurements with their predictions.
        median_error: |predicted - measured| / measured, the median.
        coverage, level: the share of measurements inside their intervals, and the level of these.
        odd: numbers of the rows that do not fit, even at the device's new scale.
    """

    verdict: Verdict
    repeated: Scale
    new: Scale
    factor: float
    spearman: float
    median_error: float
    coverage: float
    level: float
    odd: Tuple[int, ...]

    @property
    def summary(self) -> str:
        """What to think, and what to do about it."""
        if self.verdict is Verdict.RIGHT:
            return "The predictor is still right."
        if self.verdict is Verdict.FIT:
            where = f" at the device's new scale ({_slower(self.factor)})" * (self.factor != 1)
            return (
                f"The fit is off: too few new measurements are inside their intervals{where}. "
                "Update the predictor with them, and measure what is listed next."
            )
        return f"The device is {_slower(self.factor)} than when it was measured. {self._advice}"

    @property
    def _advice(self) -> str:
        if self.repeated.count < FEWEST_REPEATED:
            return (
                "Only architectures that were not measured before say so: measure "
                f"{FEWEST_REPEATED} or more of the earlier ones again to make sure."
            )
        return (
            "Ranks still hold; for milliseconds measure the earlier architectures again and adapt "
            "to the new measurements alone."
        )


def _slower(factor: float) -> str:
    return f"{100 * abs(factor - 1):.1f} % {'slower' if factor > 1 else 'faster'}"


def check(predictor: Predictor, archs: Archs, latency_ms: Any, level: float = 0.9) -> Check:
    """Compare new measurements of the predictor's device with its predictions.

    Args:
        predictor: with intervals, as "bayes" has them.
        archs: n architectures, also ones that the predictor was given; at least ``FEWEST``.
        latency_ms: their latencies in milliseconds, [n], above 0.
        level: of the intervals that are counted.

    Raises:
        MeasurementError: too few, or a latency that is not above 0.
        UnsupportedError: the predictor has no intervals.
    """
    rows = predictor.space.canonicalize(archs)
    latency = _checked_latencies(latency_ms, len(rows))
    predicted, std = predictor.predict(rows, return_std=True)
    inside = _inside(predictor, rows, latency, level)
    earlier = _earlier_ms(predictor, rows)
    is_new = np.isnan(earlier)
    noise = _repeatability(predictor)
    repeated = common_scale(latency[~is_new] / earlier[~is_new], math.sqrt(2) * noise)
    shared = float(np.median(std[is_new] / predicted[is_new])) if is_new.any() else 0.0
    new = common_scale(latency[is_new] / predicted[is_new], noise, shared)
    factor = device_factor(repeated, new)
    as_before = latency / factor
    fits = _inside(predictor, rows, as_before, level)[is_new]
    return Check(
        verdict=judge(factor, int(fits.sum()), len(fits), level),
        repeated=repeated,
        new=new,
        factor=factor,
        spearman=score(predicted, latency)["spearman"],
        median_error=float(np.median(np.abs(predicted / latency - 1))),
        coverage=float(inside.mean()),
        level=level,
        odd=tuple(np.flatnonzero(~_inside(predictor, rows, as_before, ODD_LEVEL)).tolist()),
    )


def judge(factor: float, inside: int, count: int, level: float) -> Verdict:
    """The verdict.

    Args:
        factor: of ``device_factor``.
        inside, count: of the new architectures, how many are inside their intervals of this
            level once that factor is taken out, and how many there are.
    """
    if not intervals_hold(inside, count, level):
        return Verdict.FIT
    return Verdict.RIGHT if factor == 1 else Verdict.SCALE


def device_factor(repeated: Scale, new: Scale) -> float:
    """By how much the device is slower than it was; 1 unless that is beyond doubt.

    Architectures measured before decide where there are enough; others say it less surely, as
    the predictor's errors are in their factor.
    """
    scale = repeated if repeated.count >= FEWEST_REPEATED else new
    return scale.factor if scale.has_moved else 1.0


def common_scale(ratios: FloatArray, noise: float, shared: float = 0.0) -> Scale:
    """The factor common to some ratios.

    Args:
        ratios: measured / expected, [n].
        noise: standard deviation that each is known to have at least, as a share.
        shared: that of an error that may be the same in all.
    """
    if not len(ratios):
        return Scale(0, math.nan, math.nan)
    logs = np.log(ratios)
    middle = float(np.median(logs))
    spread = _MEDIAN_DEVIATION * float(np.median(np.abs(logs - middle)))
    error = _MEDIAN_ERROR * max(noise, spread) / math.sqrt(len(logs))
    return Scale(len(logs), math.exp(middle), max(error, shared))


def intervals_hold(inside: int, count: int, level: float) -> bool:
    """Whether so few hits are to be expected of intervals of this level."""
    hits = range(inside + 1)
    at_most = sum(math.comb(count, k) * level**k * (1 - level) ** (count - k) for k in hits)
    return at_most >= CHANCE


def next_to_measure(
    predictor: Predictor, found: Check, archs: Archs, pool: Archs, count: int
) -> Int32Array:
    """What to measure next, int32 [at most count, width].

    On a device that changed, the predictor's own measurements that were not repeated; otherwise
    what ``Predictor.select`` takes from the pool.

    Args:
        archs: what the check was given.
        pool: architectures to choose from; those measured already are left out.
    """
    space = predictor.space
    given, _ = predictor.measurements
    measured, now = space.canonicalize(given), space.canonicalize(archs)
    if found.verdict is Verdict.SCALE:
        return measured[~_are_in(measured, now)][:count]
    rows = space.canonicalize(pool)
    rows = rows[~_are_in(rows, np.vstack([measured, now]))]
    return rows[predictor.select(rows, min(count, len(rows)))]


def _are_in(rows: Int32Array, others: Int32Array) -> BoolArray:
    known = {row.tobytes() for row in others}
    return np.array([row.tobytes() in known for row in rows], bool)


def _checked_latencies(latency_ms: Any, count: int) -> FloatArray:
    latency = float_vector(latency_ms, "latency_ms", count)
    if count < FEWEST:
        raise MeasurementError(f"{count} measurements are given, not {FEWEST} or more")
    bad = ~(np.isfinite(latency) & (latency > 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise MeasurementError(f"latency_ms[{row}] is {latency[row]}, not above 0")
    return latency


def _inside(predictor: Predictor, rows: Int32Array, latency: FloatArray, level: float) -> BoolArray:
    lower, upper = predictor.interval(rows, level)
    return (lower <= latency) & (latency <= upper)


def _earlier_ms(predictor: Predictor, rows: Int32Array) -> FloatArray:
    """What each row took when the predictor was given it; NaN where it was not."""
    archs, latency = predictor.measurements
    known: Dict[bytes, List[float]] = {}
    for row, ms in zip(predictor.space.canonicalize(archs), latency):
        known.setdefault(row.tobytes(), []).append(ms)
    return np.array([np.median(known.get(row.tobytes(), [math.nan])) for row in rows])


def _repeatability(predictor: Predictor) -> float:
    """Of one measurement, as a share; 0 where the predictor knows none."""
    return float(predictor.description.get("repeatability", 0.0))
