"""Limits of a search beside the latency of its own predictor."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Sequence

from ._c.arrays import choice
from ._c.errors import ArgumentError
from ._c.prototypes import LIMITS, SearchLimit

if TYPE_CHECKING:
    from .models import Predictor


@dataclass(frozen=True)
class Limit:
    """A limit on what a search may choose; made by ``latency``, ``macs``, ``parameters``.

    Attributes:
        kind: "latency", "macs" or "parameters".
        maximum: milliseconds, or a number; None where only the minimum counts.
        minimum: the same, below the maximum; None is no limit.
        predictor: of "latency".
        confidence: of "latency"; None is the default (see ``Predictor.search``).
    """

    kind: str
    maximum: Optional[float]
    predictor: Optional["Predictor"] = None
    confidence: Optional[float] = None
    minimum: Optional[float] = None

    @classmethod
    def latency(
        cls,
        predictor: "Predictor",
        max_latency_ms: Optional[float] = None,
        confidence: Optional[float] = None,
        min_latency_ms: Optional[float] = None,
    ) -> Limit:
        """The latency on another device, in milliseconds, by a predictor of the same space.

        A measurement stays below the maximum and above the minimum, each with the confidence.
        """
        return cls("latency", max_latency_ms, predictor, confidence, min_latency_ms)

    @classmethod
    def macs(cls, maximum: Optional[float] = None, minimum: Optional[float] = None) -> Limit:
        """Multiply-accumulate operations, as ``Space.macs`` counts them."""
        return cls("macs", maximum, minimum=minimum)

    @classmethod
    def parameters(cls, maximum: Optional[float] = None, minimum: Optional[float] = None) -> Limit:
        """Weights, biases, and scales and shifts of normalization, as papers count them."""
        return cls("parameters", maximum, minimum=minimum)


def limit_array(limits: Sequence[Limit]) -> Any:
    """The library's ``help_limit`` array; keep ``limits`` while it is used."""
    array = (SearchLimit * len(limits))()
    for place, limit in enumerate(limits):
        if not isinstance(limit, Limit):
            raise ArgumentError(f"limits[{place}] is {limit!r}, not a helpnas.Limit")
        if limit.maximum is None and limit.minimum is None:
            raise ArgumentError(f"limits[{place}].maximum must be a number, not None")
        array[place] = SearchLimit(
            struct_size=ctypes.sizeof(SearchLimit),
            kind=choice(limit.kind, f"limits[{place}].kind", LIMITS),
            minimum=0.0 if limit.minimum is None else limit.minimum,
            maximum=math.inf if limit.maximum is None else limit.maximum,
            predictor=None if limit.predictor is None else limit.predictor._pointer,
            confidence=limit.confidence or 0.0,
        )
    return array
