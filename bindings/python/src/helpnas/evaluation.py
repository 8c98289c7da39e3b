"""Scores of a model on a table's devices, under the two protocols.

``paper`` is HELP's own: ten references and ten random architectures are measured, labels
are scaled by the range of a measured pool, and the slowest and fastest tenth are left out
of the pool and of the queries.  ``ten`` measures the references alone, knows nothing else
of the device, and queries every other architecture.
"""

from __future__ import annotations

import ctypes
import zlib
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from ._arrays import FloatArray, Int64Array, count_number, float_vector, seed_number, whole
from ._errors import ArgumentError, MeasurementError, MismatchError
from ._library import library
from ._prototypes import Scores
from .models import Model
from .splits import PAPER
from .tables import LatencyTable

#: Share of the slowest, and of the fastest, rows that the paper's protocol leaves out.
TRIM = 0.1
#: Random architectures that it measures beside the references.
SUPPORT = 10

Row = Dict[str, Any]

_SCORE_NAMES = [field[0] for field in Scores._fields_[1:]]
_METRICS = ("spearman", "kendall", "mape", "within10", "coverage90", "spearman_trimmed")


def score(predicted: Any, truth: Any) -> Dict[str, float]:
    """How well n predictions follow the truth: spearman, kendall, pearson, rmse, mape, within10.

    Raises:
        ArgumentError: fewer than two, of different lengths, not finite, or a truth of 0.
    """
    first = float_vector(predicted, "predicted")
    second = float_vector(truth, "truth", len(first))
    scores = Scores(ctypes.sizeof(Scores))
    library().help_score(first, second, len(first), ctypes.byref(scores))
    return {name: getattr(scores, name) for name in _SCORE_NAMES}


def evaluate(
    model: Model,
    table: LatencyTable,
    devices: Optional[Sequence[str]] = None,
    protocol: str = "ten",
    method: str = "help",
    draws: int = 5,
    seed: int = 0,
    samples: int = 0,
    steps: Optional[int] = None,
    pool_rows: Optional[int] = None,
    query_rows: Optional[int] = None,
    baselines: Sequence[str] = ("macs",),
) -> List[Row]:
    """Adapt the model to each device and score it; the same seed gives the same rows.

    Args:
        model: what is judged.
        table: measured latencies; the paper's pool is its first rows, the queries the next.
        devices: names; default all of the table's.
        protocol: "ten" or "paper".
        method: of ``Model.adapt``.
        draws: random supports (``paper``) or draws of z (``samples`` above 0) that each
            device is judged over.
        seed: of the draws.
        samples, steps: of ``Model.adapt``.
        pool_rows, query_rows: of the paper's protocol; default the paper's for its spaces
            (``splits.PAPER``), four fifths of the table and the rest for others.
        baselines: "macs" ranks by multiply-accumulate operations.

    Returns:
        A row for each device and method, then for each baseline: device, protocol, method,
        spearman, kendall, mape (a fraction), within10, coverage90 (NaN: no interval),
        spearman_trimmed (over the paper's trimmed queries), n_query, and the standard
        deviation of each score over the draws (``spearman_sd``, ...).

    Raises:
        MeasurementError: a device lacks a reference or has too few latencies.
        ArgumentError: an unknown device, protocol or baseline.
        MismatchError: the model and the table are of different spaces.
    """
    if protocol not in ("ten", "paper"):
        raise ArgumentError(f"protocol is {protocol!r}, not 'ten' or 'paper'")
    if model.space != table.space:
        raise MismatchError(f"a model of {model.space.name}, a table of {table.space.name}")
    for name in baselines:
        if name != "macs":
            raise ArgumentError(f"baseline {name!r} is not 'macs'")
    plan = _Plan(
        protocol, method, whole(draws, "draws", 1, 10_000), seed_number(seed), samples, steps,
        *_row_counts(table, pool_rows, query_rows), tuple(baselines),
    )  # fmt: skip
    names = list(table.devices) if devices is None else list(devices)
    return [row for name in names for row in _Judge(model, table, name, plan).rows()]


def _row_counts(
    table: LatencyTable, pool_rows: Optional[int], query_rows: Optional[int]
) -> Tuple[int, int]:
    split = PAPER.get(table.space.name)
    pool = split.pool_rows if split else len(table) * 4 // 5
    query = split.query_rows if split else len(table) - pool
    return (
        count_number(pool if pool_rows is None else pool_rows, "pool_rows"),
        count_number(query if query_rows is None else query_rows, "query_rows"),
    )


def mean_rows(rows: Iterable[Row]) -> List[Row]:
    """One row for each protocol and method: the mean of every number over the devices."""
    groups: Dict[Tuple[str, str], List[Row]] = {}
    for row in rows:
        groups.setdefault((row["protocol"], row["method"]), []).append(row)
    return [_mean_row(group) for group in groups.values()]


def _mean_row(group: List[Row]) -> Row:
    numbers = [key for key in group[0] if key not in ("device", "protocol", "method")]
    means = {key: float(np.mean([row[key] for row in group])) for key in numbers}
    first = group[0]
    return {"device": "mean", "protocol": first["protocol"], "method": first["method"], **means}


@dataclass(frozen=True)
class _Plan:
    protocol: str
    method: str
    draws: int
    seed: int
    samples: int
    steps: Optional[int]
    pool_rows: int
    query_rows: int
    baselines: Tuple[str, ...]


@dataclass(frozen=True)
class _Task:
    """What is measured on a device, and how it is used."""

    rows: Int64Array
    label_range_ms: Optional[Tuple[float, float]]
    seed: int


class _Judge:
    """One device under one protocol."""

    def __init__(self, model: Model, table: LatencyTable, device: str, plan: _Plan) -> None:
        self._model, self._table, self._device, self._plan = model, table, device, plan
        self._latency = table.latency(device)
        self._references = table.rows(model.reference_genes)
        missing = np.isnan(self._latency[self._references])
        if missing.any():
            row = self._references[np.argmax(missing)]
            raise MeasurementError(f"{device}: the reference in row {row} is not measured")
        start = plan.pool_rows
        self._trimmed_queries = self._trimmed(start, start + plan.query_rows)
        self._queries = self._query_rows()
        if len(self._queries) < 2:
            raise MeasurementError(f"{device}: fewer than two rows are left to query")

    def rows(self) -> List[Row]:
        """The method's row, then the baselines'."""
        tasks = [self._task(draw) for draw in range(self._draw_count())]
        judged = [self._row(self._plan.method, [self._predict(task) for task in tasks])]
        if "macs" in self._plan.baselines:
            judged.append(self._row("macs", [self._scaled_macs(task) for task in tasks]))
        return judged

    def _draw_count(self) -> int:
        varies = self._plan.protocol == "paper" or self._plan.samples > 0
        return self._plan.draws if varies else 1

    def _trimmed(self, start: int, stop: int) -> Int64Array:
        """Measured rows of a range, without the slowest and the fastest tenth."""
        rows = np.arange(start, min(stop, len(self._latency)))
        rows = rows[~np.isnan(self._latency[rows])]
        cut = int(len(rows) * TRIM)
        order = np.argsort(self._latency[rows], kind="stable")
        return rows[order[cut : len(rows) - cut]]

    def _query_rows(self) -> Int64Array:
        if self._plan.protocol == "paper":
            return self._trimmed_queries
        return np.setdiff1d(np.flatnonzero(~np.isnan(self._latency)), self._references)

    def _task(self, draw: int) -> _Task:
        seed = (self._plan.seed + draw) % 2**64
        if self._plan.protocol == "ten":
            return _Task(self._references, None, seed)
        pool = self._trimmed(0, self._plan.pool_rows)
        choices = np.setdiff1d(pool, self._references)
        if len(choices) < SUPPORT:
            raise MeasurementError(f"{self._device}: fewer than {SUPPORT} rows to choose from")
        # By the device's name, so that a device's draws do not depend on the others asked for.
        generator = np.random.default_rng([seed, zlib.crc32(self._device.encode())])
        support = generator.choice(choices, SUPPORT, replace=False)
        labels = self._latency[pool]
        rows = np.concatenate([self._references, support])
        return _Task(rows, (float(labels.min()), float(labels.max())), seed)

    def _predict(self, task: _Task) -> FloatArray:
        archs = self._table.archs
        with self._model.adapt(
            archs[task.rows], self._latency[task.rows], method=self._plan.method,
            label_range_ms=task.label_range_ms, steps=self._plan.steps,
            samples=self._plan.samples, seed=task.seed,
        ) as predictor:  # fmt: skip
            return predictor.predict(archs)

    def _scaled_macs(self, task: _Task) -> FloatArray:
        """Operations times the milliseconds per operation that fit the measured rows best."""
        macs = self._table.space.macs(self._table.archs)
        measured = macs[task.rows]
        return macs * (measured @ self._latency[task.rows] / (measured @ measured))

    def _row(self, method: str, predictions: List[FloatArray]) -> Row:
        scores = [self._scores(prediction) for prediction in predictions]
        row: Row = {"device": self._device, "protocol": self._plan.protocol, "method": method}
        for name in _METRICS:
            row[name] = float(np.mean([each[name] for each in scores]))
        row["n_query"] = len(self._queries)
        for name in _METRICS:
            row[name + "_sd"] = float(np.std([each[name] for each in scores]))
        return row

    def _scores(self, predicted: FloatArray) -> Dict[str, float]:
        trimmed = self._trimmed_queries
        scores = {"coverage90": float("nan"), **self._score_rows(predicted, self._queries)}
        scores["spearman_trimmed"] = float("nan")
        if len(trimmed) > 1:
            scores["spearman_trimmed"] = self._score_rows(predicted, trimmed)["spearman"]
        return scores

    def _score_rows(self, predicted: FloatArray, rows: Int64Array) -> Dict[str, float]:
        return score(predicted[rows], self._latency[rows])
