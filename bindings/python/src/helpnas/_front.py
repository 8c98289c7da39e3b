"""A Pareto front by one search for each of a row of limits."""

from __future__ import annotations

from typing import Any, List, NamedTuple

import numpy as np

from ._arrays import FloatArray, whole
from .models import Predictor

#: Architectures whose predicted latencies say where the limits go.
_SAMPLE = 1000


class Front(NamedTuple):
    """Architectures of which none is both faster and more accurate than another.

    Attributes:
        archs: k architectures in the space's own notation, the fastest first.
        latency_ms: predicted milliseconds, float64 [k], growing.
        accuracy: as the accuracy function gave them, float64 [k], growing.
    """

    archs: List[Any]
    latency_ms: FloatArray
    accuracy: FloatArray


def pareto_front(predictor: Predictor, accuracy: Any, points: int = 12, **options: Any) -> Front:
    """The best architecture for each of so many limits.

    Args:
        accuracy: as of ``Predictor.search``.
        points: how many limits, spread over the latencies of the candidates or of a sample.
        options: of ``Predictor.search``.

    Raises:
        InfeasibleError: no limit allows any architecture.
    """
    space = predictor.space
    pool = options.get("candidates")
    rows = space.sample(min(_SAMPLE, space.count)) if pool is None else space.genes(pool)
    latency = predictor.predict(rows)
    shares = np.linspace(0, 1, whole(points, "points", 1, _SAMPLE) + 1)[1:]
    limits = np.quantile(latency, shares)
    archs: List[Any] = []
    found: List[Any] = []
    for limit in limits:
        best = predictor.search(
            max_latency_ms=float(limit), accuracy=accuracy, **{**options, "top_k": 1}
        )
        # A larger limit must buy something: searches are not exact.
        if not found or best.accuracy[0] > found[-1][1]:
            archs += best.archs
            found.append((best.latency_ms[0], best.accuracy[0]))
    columns = np.array(found, np.float64).reshape(-1, 2)
    return Front(archs, columns[:, 0].copy(), columns[:, 1].copy())
