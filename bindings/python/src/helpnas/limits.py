"""Limits of a search beside the latency of its own predictor."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Optional, Sequence

from ._c.arrays import choice, number
from ._c.errors import ArgumentError
from ._c.prototypes import LIMITS, SearchLimit
from .stored import AnyPredictor, Stored


@dataclass(frozen=True)
class Limit:
    """An upper limit on what a search may choose; made by ``latency``, ``macs``, ``parameters``.

    Attributes:
        kind: "latency", "macs" or "parameters".
        maximum: milliseconds, or a number.
        predictor: of "latency".
        confidence: of "latency"; None is the default (see ``Predictor.search``).
    """

    kind: str
    maximum: float
    predictor: Optional[AnyPredictor] = None
    confidence: Optional[float] = None

    @classmethod
    def latency(
        cls, predictor: AnyPredictor, max_latency_ms: float, confidence: Optional[float] = None
    ) -> Limit:
        """The latency on another device, in milliseconds, by a predictor of the same space."""
        return cls("latency", max_latency_ms, predictor, confidence)

    @classmethod
    def macs(cls, maximum: float) -> Limit:
        """Multiply-accumulate operations, as ``Space.macs`` counts them."""
        return cls("macs", maximum)

    @classmethod
    def parameters(cls, maximum: float) -> Limit:
        """Weights of the network."""
        return cls("parameters", maximum)


def limit_array(limits: Sequence[Limit]) -> Any:
    """The library's ``help_limit`` array; keep ``limits`` while it is used."""
    if not isinstance(limits, Sequence):
        raise ArgumentError(f"limits must be a list of helpnas.Limit, not {limits!r}")
    array = (SearchLimit * len(limits))()
    for place, limit in enumerate(limits):
        if not isinstance(limit, Limit):
            raise ArgumentError(f"limits[{place}] is {limit!r}, not a helpnas.Limit")
        array[place] = SearchLimit(
            struct_size=ctypes.sizeof(SearchLimit),
            kind=choice(limit.kind, f"limits[{place}].kind", LIMITS),
            maximum=number(limit.maximum, f"limits[{place}].maximum"),
            predictor=_pointer(limit.predictor, place),
            confidence=number(limit.confidence or 0, f"limits[{place}].confidence"),
        )
    return array


def _pointer(predictor: Optional[AnyPredictor], place: int) -> Any:
    if predictor is None:
        return None
    if not isinstance(predictor, Stored):
        raise ArgumentError(f"limits[{place}].predictor is {predictor!r}, not a Predictor")
    return predictor.pointer
