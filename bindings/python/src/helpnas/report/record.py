"""What a predictor's record says, where it says it: files come from anywhere, and a record may
lack a part or hold something else in its place."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping

import numpy as np

from .._c.arrays import FloatArray
from .._c.errors import HelpError
from ..models import Predictor


class Record:
    """A predictor's own account of its measurements and its fit.

    Attributes:
        archs: the n measured architectures in the space's own notation; [] if not known.
        latency_ms: their milliseconds, [n].
        left_out_ms: what each was predicted as from the others, [n]; NaN where not known.
        suspicious: numbers of the rows that do not fit.
        summary: of the diagnosis, one sentence; "" if there is none.
        spearman, mape: of the rows left out one at a time; NaN where not known.
        nearest: name of the training device that fits best; "".
        nearest_error: how far its scaled latencies are off, a share; NaN.
    """

    def __init__(self, predictor: Predictor) -> None:
        record = _mapping(predictor.description, "record")
        self.archs: List[Any] = []
        self.latency_ms: FloatArray = np.empty(0)
        self._read_measurements(predictor, _mapping(record, "measurements"))
        diagnosis = _mapping(record, "diagnosis")
        self._read_left_out(diagnosis)
        summary = diagnosis.get("summary")
        self.summary = summary if isinstance(summary, str) else ""
        nearest = _mapping(diagnosis, "nearest_device")
        self.nearest = str(nearest.get("name") or "")
        self.nearest_error = _number(nearest.get("error"))

    def _read_measurements(self, predictor: Predictor, known: Mapping[str, Any]) -> None:
        archs, latency = known.get("archs"), _numbers(known.get("latency_ms"))
        if not isinstance(archs, list) or len(archs) != len(latency):
            return
        if not (np.isfinite(latency) & (latency > 0)).all():
            return
        space = predictor.space
        try:
            self.archs = space.notation(space.canonicalize(archs))
        except HelpError:
            return
        self.latency_ms = latency

    def _read_left_out(self, diagnosis: Mapping[str, Any]) -> None:
        scores = _mapping(diagnosis, "leave_one_out")
        self.spearman = _number(scores.get("spearman"))
        self.mape = _number(scores.get("mape"))
        count = len(self.archs)
        self.left_out_ms = np.full(count, np.nan)
        values, rows = _numbers(scores.get("latency_ms")), _rows(diagnosis.get("rows"), count)
        if len(rows) == len(values):
            self.left_out_ms[rows] = values
        self.suspicious = set(_rows(diagnosis.get("suspicious_rows"), count))


def _mapping(values: Mapping[str, Any], name: str) -> Dict[str, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> float:
    return float(value) if type(value) in (int, float) else math.nan


def _numbers(values: Any) -> FloatArray:
    return np.array([_number(value) for value in values] if isinstance(values, list) else [])


def _rows(values: Any, count: int) -> List[int]:
    if not isinstance(values, list):
        return []
    return [row for row in values if type(row) is int and 0 <= row < count]
