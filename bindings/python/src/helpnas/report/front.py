"""A search and the front that it is drawn with, so that what is found is on it."""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np

from .._c.arrays import Int32Array
from ..models import Predictor
from ..search import SearchResult

#: Architectures of a front that are drawn.
_POINTS = 200


def search_with_front(
    predictor: Predictor, *, max_latency_ms: float, progress: Any = None, **options: Any
) -> Tuple[SearchResult, SearchResult]:
    """The most accurate architecture within a limit, and the front without one.

    The search starts from the front's best within the limit: two separate searches
    may find different ones, and a report would show what was found below its own front.

    Args:
        max_latency_ms: the limit.
        progress: of the search under the limit.
        options: of both, ``accuracy`` among them.

    Raises:
        InfeasibleError: nothing is within the limit.
    """
    front = predictor.pareto(top_k=_POINTS, **options)
    found = predictor.search(
        max_latency_ms=max_latency_ms,
        top_k=1,
        progress=progress,
        warm_start=_best_within(front, max_latency_ms),
        **options,
    )
    return found, front


def _best_within(front: SearchResult, limit_ms: float) -> Optional[Int32Array]:
    """The most accurate, which come first, that a search under the limit may return; [1, width].

    One alone: more of them would leave no room for random ones in the first population.
    """
    reach = np.where(np.isnan(front.upper_ms), front.latency_ms, front.upper_ms)
    best = front.genes[reach <= limit_ms][:1]
    return best if len(best) else None
