"""Limits of a search besides the latency on its predictor's device."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any, Optional, Sequence

from ._c.arrays import choice, number
from ._c.errors import ArgumentError
from ._c.prototypes import LIMITS, SearchLimit
from .stored import AnyPredictor, Stored


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
    predictor: Optional[AnyPredictor] = None
    confidence: Optional[float] = None
    minimum: Optional[float] = None

    @classmethod
    def latency(
        cls,
        predictor: AnyPredictor,
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
    if not isinstance(limits, Sequence):
        raise ArgumentError(f"limits must be a list of helpnas.Limit, not {limits!r}")
    array = (SearchLimit * len(limits))()
    for place, limit in enumerate(limits):
        if not isinstance(limit, Limit):
            raise ArgumentError(f"limits[{place}] is {limit!r}, not a helpnas.Limit")
        if limit.maximum is None and limit.minimum is None:
            raise ArgumentError(f"limits[{place}].maximum must be a number, not None")
        array[place] = SearchLimit(
            struct_size=ctypes.sizeof(SearchLimit),
            kind=choice(limit.kind, f"limits[{place}].kind", LIMITS),
            minimum=number(limit.minimum or 0, f"limits[{place}].minimum"),
            maximum=_maximum(limit.maximum, place),
            predictor=_pointer(limit.predictor, place),
            confidence=number(limit.confidence or 0, f"limits[{place}].confidence"),
        )
    return array


def _maximum(maximum: Optional[float], place: int) -> float:
    return math.inf if maximum is None else number(maximum, f"limits[{place}].maximum")


def _pointer(predictor: Optional[AnyPredictor], place: int) -> Any:
    if predictor is None:
        return None
    if not isinstance(predictor, Stored):
        raise ArgumentError(f"limits[{place}].predictor is {predictor!r}, not a Predictor")
    return predictor.pointer
