"""pymoo: accuracy against latency as a ``Problem``; a population is one call of the library."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Optional

import numpy as np
import numpy.typing as npt
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair

from .._c.arrays import FloatArray, Int32Array, Int64Array, float_vector
from .._c.errors import ArgumentError, CallbackError
from ..models import Predictor
from ..search import AccuracyFunction
from ..spaces import Archs
from ._genes import genes_of
from ._latencies import Latencies, latency_limit


class LatencyProblem(Problem):  # type: ignore[misc]
    """Minimise (-accuracy, latency in milliseconds), with latency at most the limit.

    A variable is the number of its gene's choice, an integer from 0 up.  Sample with
    ``IntegerRandomSampling`` and repair with ``GeneRepair``.

    Args:
        predictor: of the device.
        accuracy: takes a list of n architectures in the space's own notation and returns n
            numbers, higher is better, -inf for what could not be trained; or an
            ``AccuracyModel``.  NaN ends the search with a ``CallbackError``.
        max_latency_ms: the limit, ``math.inf`` for no constraint.
        level: give and limit the upper ends of intervals of this level instead.
        accuracy_genes: give accuracy int32 rows [n, width] instead of the list.

    Raises:
        ArgumentError: the limit is not above 0.
        UnsupportedError: a level, but the predictor's method has no intervals.
    """

    def __init__(
        self,
        predictor: Predictor,
        accuracy: AccuracyFunction,
        max_latency_ms: float = math.inf,
        *,
        level: Optional[float] = None,
        accuracy_genes: bool = False,
    ) -> None:
        self.max_latency_ms = latency_limit(max_latency_ms)
        self._latencies = Latencies(predictor, level)
        self._accuracy, self._accuracy_genes = accuracy, accuracy_genes
        values = [gene.values for gene in genes_of(predictor.own_space)]
        # A row for each gene, as long as the longest; what is added repeats the first choice.
        longest = max(map(len, values))
        self._values = np.array([v + v[:1] * (longest - len(v)) for v in values], np.int32)
        super().__init__(
            n_var=len(values),
            n_obj=2,
            n_ieq_constr=int(math.isfinite(self.max_latency_ms)),
            xl=0,
            xu=np.array([len(v) - 1 for v in values]),
            vtype=int,
        )

    def genes(self, x: Optional[npt.ArrayLike]) -> Int32Array:
        """Solutions [n, n_var] or one [n_var] as rows of genes, int32 [n, width].

        None, which pymoo's results have for x where nothing was feasible, is no solution.
        """
        if x is None or not np.size(x):
            return np.empty((0, len(self._values)), np.int32)
        numbers = np.rint(np.atleast_2d(np.asarray(x, float))).astype(np.int64)
        rows: Int32Array = self._values[np.arange(len(self._values)), numbers]
        return rows

    def archs(self, x: Optional[npt.ArrayLike]) -> List[Any]:
        """The same as n architectures in the space's own notation."""
        return self._latencies.predictor.own_space.notation(self.genes(x))

    def solutions(self, archs: Archs) -> Int64Array:
        """Architectures as canonical solutions, int64 [n, n_var], to begin a search with.

        Raises:
            ArgumentError: a gene has a value that searches do not draw.
        """
        rows = self._latencies.predictor.own_space.canonicalize(archs)
        same = rows[:, :, None] == self._values
        if not same.any(axis=2).all():
            row, gene = np.argwhere(~same.any(axis=2))[0]
            raise ArgumentError(
                f"row {row}: gene {gene} is {rows[row, gene]}, not one of "
                + ", ".join(map(str, np.unique(self._values[gene])))
            )
        numbers: Int64Array = same.argmax(axis=2)
        return numbers

    def _evaluate(self, x: Any, out: Dict[str, Any], *args: Any, **kwargs: Any) -> None:
        rows = self.genes(x)
        given = rows if self._accuracy_genes else self.archs(x)
        accuracy = float_vector(self._accuracy(given), "accuracy", len(rows))
        self._refuse_nan(accuracy, rows)
        latency_ms = self._latencies(rows)
        out["F"] = np.column_stack([-accuracy, latency_ms])
        # Worst in both: what could not be trained stands on no front for being fast.
        out["F"][np.isneginf(accuracy)] = np.inf
        if self.n_ieq_constr:
            out["G"] = latency_ms[:, None] - self.max_latency_ms

    def _refuse_nan(self, accuracy: FloatArray, rows: Int32Array) -> None:
        """Refuse NaN, as the library's own search does: it cannot be ranked."""
        missing = np.isnan(accuracy)
        if missing.any():
            row = int(np.argmax(missing))
            text = self._latencies.predictor.own_space.format(rows[row])
            raise CallbackError(
                f"accuracy left row {row} of {len(rows)}, {text}, NaN; "
                "-inf keeps an architecture out"
            )


class GeneRepair(Repair):  # type: ignore[misc]
    """Rounds, and gives genes that do not matter one value, so that duplicates are seen."""

    def _do(self, problem: LatencyProblem, x: Any, **kwargs: Any) -> Int64Array:
        return problem.solutions(problem.genes(x))
