"""What a report can be given besides the predictor."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from .._c.arrays import FloatArray
from .._c.errors import ArgumentError
from ..evaluation import Row
from ..models import Predictor


@dataclass(frozen=True)
class HeldOut:
    """Measurements that the predictor was not given, to judge it by.

    Attributes:
        archs: n architectures in the space's own notation.
        latency_ms: measured milliseconds, [n].
        rows: of ``check_held_out``: scores of the predictor's method and of baselines.
    """

    archs: Sequence[Any]
    latency_ms: FloatArray
    rows: Sequence[Row] = ()


@dataclass(frozen=True)
class Chosen:
    """The architecture that a search found.

    Attributes:
        arch: in the space's own notation.
        limit_ms: the search's limit, ``math.inf`` for none.
        accuracy: as the search had it.
        accuracy_label: what that number is, with a unit in parentheses.
        measured_ms: its latency, if it was built and measured.
        front: latencies and accuracies of a Pareto front, to be drawn with it.

    Raises:
        ArgumentError: a latency or a limit that is not above 0.
    """

    arch: Any
    limit_ms: float
    accuracy: float
    accuracy_label: str = "accuracy"
    measured_ms: Optional[float] = None
    front: Any = None

    def __post_init__(self) -> None:
        if not self.limit_ms > 0:
            raise ArgumentError(f"limit_ms is {self.limit_ms}, not above 0 (inf for no limit)")
        measured = self.measured_ms
        if measured is not None and not 0 < measured < math.inf:
            raise ArgumentError(f"measured_ms is {measured}, not above 0 (None: not measured)")


@dataclass(frozen=True)
class Contents:
    """What the page shows; a part that is not given has no section.

    Attributes:
        predictor: adapted to the device; its measurements and diagnostics are shown.
        title: the page's.
        device: names and values that identify the device.
        held_out: measurements to judge by.
        chosen: what a search found.
        notes: sentences under the headline, as what stands in for what.
        command: what made the page; default this process's command line.
        level: of the intervals.
        warnings: of measuring, sentences.
    """

    predictor: Predictor
    title: str = "Latency of a device"
    device: Mapping[str, Any] = field(default_factory=dict)
    held_out: Optional[HeldOut] = None
    chosen: Optional[Chosen] = None
    notes: Sequence[str] = ()
    command: Optional[str] = None
    level: float = 0.9
    warnings: Sequence[str] = ()
