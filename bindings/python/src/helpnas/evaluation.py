"""Scores of a model on a table's devices, under the two protocols.

``paper`` is HELP's own: ten references and ten random architectures are measured, labels
are scaled by the range of a measured pool, and the slowest and fastest tenth are left out
of the pool and of the queries.  ``ten`` measures ten architectures alone, the references
by default, knows nothing else of the device, and queries the others.
"""

from __future__ import annotations

import ctypes
import zlib
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ._c.arrays import (
    FloatArray,
    Int32Array,
    Int64Array,
    count_number,
    float_vector,
    seed_number,
    whole,
)
from ._c.errors import ArgumentError, MeasurementError, MismatchError, UnsupportedError
from ._c.library import library
from ._c.prototypes import Scores
from .models import Model, Predictor
from .published.help_splits import PAPER
from .spaces import Archs
from .tables import LatencyTable

#: Share of the slowest, and of the fastest, rows that the paper's protocol leaves out.
TRIM = 0.1
#: Random architectures that it measures besides the references.
SUPPORT = 10
#: What ``ten`` measures.
MEASURES = ("references", "random", "chosen")

Row = Dict[str, Any]
#: Architectures, int32 [n, width], to milliseconds [n].
LatencyFunction = Callable[[Int32Array], Any]

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


def coverage(predictor: Predictor, archs: Archs, latency_ms: Any, level: float = 0.9) -> float:
    """Share of measurements inside their intervals; NaN for a method without intervals."""
    try:
        lower, upper = predictor.interval(archs, level)
    except UnsupportedError:
        return float("nan")
    latency = float_vector(latency_ms, "latency_ms", len(lower))
    return float(np.mean((latency >= lower) & (latency <= upper)))


def check_held_out(
    model: Model,
    given: Archs,
    given_ms: Any,
    held_out: Archs,
    held_out_ms: Any,
    methods: Sequence[str] = ("bayes", "macs", "ridge"),
) -> List[Row]:
    """Adapt by each method to the measurements given, and score it on others of the device.

    Args:
        given, given_ms: architectures and milliseconds that the methods are given, [k].
        held_out, held_out_ms: those they are judged by, [n], n at least 2.
        methods: of ``Model.adapt``.

    Returns:
        A row for each method: method, the scores of ``score``, coverage90 (NaN: no
        interval) and n_query.

    Raises:
        MeasurementError: a method cannot do with these measurements.
        UnsupportedError: a method that the model does not have.
    """
    return [
        {
            "method": method,
            **score(predictor.predict(held_out), held_out_ms),
            "coverage90": coverage(predictor, held_out, held_out_ms),
            "n_query": len(held_out),
        }
        for method in methods
        for predictor in [model.adapt(given, given_ms, method=method)]
    ]


def evaluate(
    model: Model,
    table: LatencyTable,
    devices: Optional[Sequence[str]] = None,
    protocol: str = "ten",
    method: Optional[str] = None,
    draws: int = 5,
    seed: int = 0,
    samples: int = 0,
    steps: Optional[int] = None,
    pool_rows: Optional[int] = None,
    query_rows: Optional[int] = None,
    baselines: Sequence[str] = ("macs",),
    measure: str = "references",
    count: int = 10,
    extra: Optional[Mapping[str, LatencyFunction]] = None,
) -> List[Row]:
    """Adapt the model to each device and score it; the same seed gives the same rows.

    Args:
        model: what is judged.
        table: measured latencies; a device's pool is the first rows measured on it, the
            paper's queries the next.
        devices: names; default all of the table's.
        protocol: "ten" or "paper".
        method: of ``Model.adapt``.
        draws: random measurements (``paper``, or "random" ones) or draws of z (``samples``
            above 0) that each device is judged over.
        seed: of the draws.
        samples, steps: of ``Model.adapt``.
        pool_rows, query_rows: how many; default the paper's for its spaces
            (``splits.PAPER``), for others four fifths of the device's rows and the rest.
        baselines: further methods of ``Model.adapt``, fitted to the same measurements.
        measure: what ``ten`` measures: "references"; "random" rows of the pool; or the
            "chosen" ones that ``Model.select`` chooses from it. For the latter two queries
            are all rows beyond the pool.
        count: how many random or chosen rows.
        extra: further baselines, by names of your own: functions that give architectures
            int32 [n, width] milliseconds [n] and need no measurements, as the ``latency`` of
            a ``LookupTable``. Asked for the queries alone.

    Returns:
        A row for each device and method, then for each baseline and extra: device, protocol,
        method, spearman, kendall, mape (a fraction), within10, coverage90 (NaN: no interval),
        spearman_trimmed (over the paper's trimmed queries), n_query, and the standard
        deviation of each score over the draws (``spearman_sd``, ...).

    Raises:
        MeasurementError: a device lacks a reference or has too few latencies.
        ArgumentError: an unknown device, protocol, or way to measure; an extra with the name
            of a method, or whose latencies are not n finite numbers.
        UnsupportedError: an unknown method or baseline, or one the model cannot do.
        MismatchError: the model and the table are of different spaces.
    """
    if protocol not in ("ten", "paper"):
        raise ArgumentError(f"protocol is {protocol!r}, not 'ten' or 'paper'")
    if model.space != table.space:
        raise MismatchError(f"a model of {model.space.name}, a table of {table.space.name}")
    if measure not in MEASURES or (protocol == "paper" and measure != "references"):
        raise ArgumentError(f"measure is {measure!r}, not one of {MEASURES}, under {protocol!r}")
    plan = _Plan(
        protocol,
        method or model.default_method,
        whole(draws, "draws", 1, 10_000),
        seed_number(seed),
        samples,
        steps,
        _row_count(pool_rows, "pool_rows"),
        _row_count(query_rows, "query_rows"),
        tuple(baselines),
        measure,
        count_number(count, "count"),
        dict(extra or {}),
    )
    doubled = set(plan.extra) & {plan.method, *plan.baselines}
    if doubled:
        raise ArgumentError(f"extra has {min(doubled)!r}, which is a method of the model")
    names = list(table.devices) if devices is None else list(devices)
    return [row for name in names for row in _Judge(model, table, name, plan).rows()]


def _row_count(value: Optional[int], name: str) -> Optional[int]:
    return None if value is None else count_number(value, name)


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
    pool_rows: Optional[int]
    query_rows: Optional[int]
    baselines: Tuple[str, ...]
    measure: str
    count: int
    extra: Dict[str, LatencyFunction]

    def rows_of(self, space: str, count: int) -> Tuple[int, int]:
        """How many of a device's rows are its pool, and the paper's queries."""
        split = PAPER.get(space)
        pool = self.pool_rows
        if pool is None:
            pool = split.pool_rows if split else count * 4 // 5
        query = self.query_rows
        if query is None:
            query = split.query_rows if split else max(count - pool, 0)
        return pool, query


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
        measured = np.flatnonzero(~np.isnan(self._latency))
        pool, query = plan.rows_of(table.space.name, len(measured))
        self._pool, self._beyond = measured[:pool], measured[pool:]
        self._references = np.empty(0, np.int64)
        if plan.measure == "references":
            self._references = self._reference_rows()
        self._trimmed_queries = self._trim(self._beyond[:query])
        self._queries = self._query_rows()
        self._asked = np.union1d(self._queries, self._trimmed_queries)
        if len(self._queries) < 2:
            raise MeasurementError(
                f"{device}: of its {len(measured)} rows fewer than two are left to query "
                f"(pool_rows {pool})"
            )

    def _reference_rows(self) -> Int64Array:
        rows = self._table.rows(self._model.reference_genes)
        if not len(rows):
            raise ArgumentError("the model has no references; give measure='random' or 'chosen'")
        missing = np.isnan(self._latency[rows])
        if missing.any():
            row = rows[np.argmax(missing)]
            raise MeasurementError(f"{self._device}: the reference in row {row} is not measured")
        return rows

    def rows(self) -> List[Row]:
        """The method's row, then the baselines' and those of the functions given."""
        tasks = [self._task(draw) for draw in range(self._draw_count())]
        methods = (self._plan.method, *self._plan.baselines)
        rows = [self._row(name, [self._judge(name, task) for task in tasks]) for name in methods]
        functions = self._plan.extra.items()
        return rows + [self._row(name, [self._judge_extra(name, each)]) for name, each in functions]

    def _draw_count(self) -> int:
        plan = self._plan
        varies = plan.protocol == "paper" or plan.measure == "random" or plan.samples > 0
        return plan.draws if varies else 1

    def _trim(self, rows: Int64Array) -> Int64Array:
        """Rows without the slowest and the fastest tenth."""
        cut = int(len(rows) * TRIM)
        order = np.argsort(self._latency[rows], kind="stable")
        return rows[order[cut : len(rows) - cut]]

    def _query_rows(self) -> Int64Array:
        if self._plan.protocol == "paper":
            return self._trimmed_queries
        if self._plan.measure != "references":
            return self._beyond
        return np.setdiff1d(np.flatnonzero(~np.isnan(self._latency)), self._references)

    def _task(self, draw: int) -> _Task:
        seed = (self._plan.seed + draw) % 2**64
        if self._plan.protocol == "ten":
            return _Task(self._rows_to_measure(seed), None, seed)
        pool = self._trim(self._pool)
        choices = np.setdiff1d(pool, self._references)
        if len(choices) < SUPPORT:
            raise MeasurementError(f"{self._device}: fewer than {SUPPORT} rows to choose from")
        support = self._generator(seed).choice(choices, SUPPORT, replace=False)
        labels = self._latency[pool]
        rows = np.concatenate([self._references, support])
        return _Task(rows, (float(labels.min()), float(labels.max())), seed)

    def _generator(self, seed: int) -> np.random.Generator:
        # By the device's name, so that a device's draws do not depend on the others asked for.
        return np.random.default_rng([seed, zlib.crc32(self._device.encode())])

    def _rows_to_measure(self, seed: int) -> Int64Array:
        """The rows that ``ten`` measures."""
        plan = self._plan
        if plan.measure == "references":
            return self._references
        pool = self._pool
        if len(pool) < plan.count:
            raise MeasurementError(f"{self._device}: fewer than {plan.count} rows to choose from")
        if plan.measure == "random":
            return self._generator(seed).choice(pool, plan.count, replace=False)
        return pool[self._model.select(self._table.archs[pool], plan.count)]

    def _row(self, method: str, scores: List[Dict[str, float]]) -> Row:
        row: Row = {"device": self._device, "protocol": self._plan.protocol, "method": method}
        for name in _METRICS:
            row[name] = float(np.mean([each[name] for each in scores]))
        row["n_query"] = len(self._queries)
        for name in _METRICS:
            row[name + "_sd"] = float(np.std([each[name] for each in scores]))
        return row

    def _judge(self, method: str, task: _Task) -> Dict[str, float]:
        archs = self._table.archs
        options: Dict[str, Any] = {}
        if method == "help":
            options = {
                "label_range_ms": task.label_range_ms,
                "steps": self._plan.steps,
                "samples": self._plan.samples,
                "seed": task.seed,
            }
        with self._model.adapt(
            archs[task.rows], self._latency[task.rows], method=method, **options
        ) as predictor:
            scores = self._scores(predictor.predict(archs[self._asked]))
            queries = self._queries
            scores["coverage90"] = coverage(predictor, archs[queries], self._latency[queries])
        return scores

    def _judge_extra(self, name: str, function: LatencyFunction) -> Dict[str, float]:
        given = function(self._table.archs[self._asked])
        predicted = float_vector(given, f"extra {name!r}", len(self._asked))
        if not np.isfinite(predicted).all():
            row = self._asked[np.argmin(np.isfinite(predicted))]
            raise ArgumentError(f"extra {name!r} gives no finite milliseconds for row {row}")
        return {**self._scores(predicted), "coverage90": float("nan")}

    def _scores(self, predicted: FloatArray) -> Dict[str, float]:
        """Scores of predictions for the query rows."""
        trimmed = self._trimmed_queries
        scores = self._score_rows(predicted, self._queries)
        scores["spearman_trimmed"] = float("nan")
        if len(trimmed) > 1:
            scores["spearman_trimmed"] = self._score_rows(predicted, trimmed)["spearman"]
        return scores

    def _score_rows(self, predicted: FloatArray, rows: Int64Array) -> Dict[str, float]:
        return score(predicted[np.searchsorted(self._asked, rows)], self._latency[rows])
