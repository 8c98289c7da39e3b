"""Devices that slow down, or wake up, while they are measured.

Every architecture is visited once a round, at known places of the whole measurement.  Differences
between the visits of one architecture are then noise, or the device's speed changing over time.
If a smooth curve over time explains nearly all of them, it is the speed, and is divided out.
"""

from __future__ import annotations

from typing import List, Tuple

import numpy as np

from .._c.arrays import FloatArray
from .round_robin import visiting_order

#: Share of the differences' squares that a drift explains at least.
_EXPLAINED = 0.8
#: Smallest drift from the first to the last visit that is said.
_SMALLEST = 0.05
#: Differences beyond the curve's own two numbers that it must be seen in.
_FEWEST = 6


def without_drift(rounds: List[FloatArray], seed: int) -> Tuple[List[FloatArray], List[str]]:
    """Latencies of each round at the speed of the first visit, and a warning if that is news.

    Args:
        rounds: milliseconds of each round, [n] each, NaN where not measured.
        seed: of the order in the rounds.
    """
    if not rounds:
        return rounds, []
    places = _places(len(rounds), len(rounds[0]), seed)
    logs = np.log(np.array(rounds))
    curve = _curve(logs, places)
    change = float(np.expm1(curve.flat[np.argmax(places)] - curve.flat[np.argmin(places)]))
    if abs(change) < _SMALLEST:
        return rounds, []
    drift = f"the device became {100 * abs(change):.0f} % {'slower' if change > 0 else 'faster'}"
    return list(np.exp(logs - curve)), [
        f"{drift} while it was measured: latencies are corrected to its speed at the beginning; "
        "let it come to rest, and measure again"
    ]


def _places(rounds: int, count: int, seed: int) -> FloatArray:
    """When each visit was, 0 the first and 1 the last, [rounds, count]."""
    places = np.empty((rounds, count))
    for number in range(rounds):
        order = visiting_order(seed, number, count)
        places[number, order] = number * count + np.arange(count)
    return places / max(places.size - 1, 1)


def _curve(logs: FloatArray, places: FloatArray) -> FloatArray:
    """The logarithm of the device's slowness at each place, 0 at the first; 0 throughout where
    none is seen."""
    seen = np.isfinite(logs)
    shape = np.stack([places, places**2])
    inside = _within_architectures(np.concatenate([logs[None], shape]), seen)[:, seen]
    values, terms = inside[0], inside[1:].T
    total = float(values @ values)
    if seen.sum() - seen.any(axis=0).sum() < _FEWEST + len(shape) or total == 0:
        return np.zeros_like(places)
    slopes = np.linalg.lstsq(terms, values, rcond=None)[0]
    rest = values - terms @ slopes
    if rest @ rest > (1 - _EXPLAINED) * total:
        return np.zeros_like(places)
    return np.tensordot(slopes, shape, 1)


def _within_architectures(values: FloatArray, seen: FloatArray) -> FloatArray:
    """Values minus their architecture's mean over the visits seen."""
    counts = np.maximum(seen.sum(axis=0), 1)
    known = np.where(seen, values, 0.0)
    return known - np.where(seen, known.sum(axis=1)[:, None] / counts, 0.0)
