"""What a farm can tell of an agent from its latencies alone."""

from __future__ import annotations

import math
from typing import Optional

import numpy as np

from .._c.arrays import FloatArray

#: Different architectures that a lie is seen in at least.
_FEWEST = 4
#: Latencies that differ by less than this share, of networks whose costs differ by this factor,
#: were not measured.
_SAME, _DIFFERENT = 0.005, 2.0
#: Changes of speed below the first are noise; above the second, correcting is guessing.
SMALLEST_DRIFT, LARGEST_DRIFT = 0.05, 0.5
#: Standard deviations that are noise, too.
_DEVIATIONS = 3


def constant(latency_ms: FloatArray, macs: FloatArray) -> Optional[str]:
    """Why latencies cannot be measurements, because they do not depend on the network; or None.

    Args:
        latency_ms: of different architectures, [n].
        macs: their multiply-accumulates, [n].
    """
    if len(latency_ms) < _FEWEST:
        return None
    spread = latency_ms.max() / latency_ms.min() - 1
    # Above 0: a network may have none.
    costs = (macs.max() + 1) / (macs.min() + 1)
    if spread >= _SAME or costs < _DIFFERENT:
        return None
    return (
        f"its {len(latency_ms)} latencies are all {np.median(latency_ms):.4g} ms, within "
        f"{spread:.2%}, of networks whose costs differ by a factor of {costs:.3g}: they are not "
        "measurements"
    )


def drift(first_ms: float, now_ms: float, repeatability: float) -> float:
    """How much slower a device became, as a share; 0 where it is noise.

    Args:
        repeatability: standard deviation between two measurements, as a share.
    """
    change = now_ms / first_ms - 1
    noise = max(SMALLEST_DRIFT, _DEVIATIONS * repeatability)
    return 0.0 if abs(math.log1p(change)) < math.log1p(noise) else change


def told_drift(change: float) -> str:
    """A drift in words."""
    return f"became {abs(change):.0%} {'slower' if change > 0 else 'faster'}"
