"""Searching for accurate architectures under a latency limit."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple

import numpy as np

from ._arrays import FloatArray, Int32Array, choice, make_options, refuse_unknown, whole
from ._errors import CancelledError, InfeasibleError, MismatchError
from ._library import check, library
from ._prototypes import ACCURACY_FUNCTION, STRATEGIES, SearchOptions, SearchReport
from .accuracy import AccuracyModel
from .callbacks import Callbacks, CancelFlag, ProgressFunction, address_of, pointer_of
from .spaces import Archs, Space

if TYPE_CHECKING:
    from .models import Predictor

#: Takes a list of architectures (or int32 rows), returns a number for each; or a model.
AccuracyFunction = Callable[[Any], Any]

# The results' arrays are made before the search; a bound keeps a slip from taking all memory.
_TOP_MAX = 10_000_000
_RATES = frozenset({"parent_ratio", "mutation_ratio", "mutation_probability", "attempts"})


@dataclass(frozen=True)
class SearchResult:
    """What a search found, best first.

    Attributes:
        archs: k architectures in the space's own notation.
        genes: the same, int32 [k, width].
        accuracy: as the accuracy function gave them, float64 [k].
        latency_ms: predicted milliseconds, float64 [k].
        evaluations: architectures given to the accuracy function.
        predictions: architectures whose latency was predicted.
        generations: finished.
        smallest_latency_ms: the smallest predicted latency seen.
    """

    archs: List[Any]
    genes: Int32Array
    accuracy: FloatArray
    latency_ms: FloatArray
    evaluations: int
    predictions: int
    generations: int
    smallest_latency_ms: float

    def __len__(self) -> int:
        return len(self.archs)


def search(
    predictor: "Predictor",
    *,
    max_latency_ms: float,
    accuracy: AccuracyFunction,
    seed: int = 0,
    population: Optional[int] = None,
    generations: Optional[int] = None,
    strategy: str = "auto",
    candidates: Optional[Archs] = None,
    top_k: int = 10,
    progress: Optional[ProgressFunction] = None,
    cancel: Optional[CancelFlag] = None,
    accuracy_genes: bool = False,
    **rates: Optional[float],
) -> SearchResult:
    """The most accurate architectures whose predicted latency is within a limit.

    What accuracy or progress raises ends the search and is raised here unchanged.

    Args:
        max_latency_ms: the limit, ``math.inf`` for none.
        accuracy: takes a list of n feasible architectures in the space's own notation,
            none twice, and returns n numbers; higher is better.  An ``AccuracyModel`` is
            called by the library itself, without Python.
        seed: the same seed gives the same result.
        population: of a generation (100).
        generations: at most so many (500).
        strategy: "evolve", "exhaustive", "candidates", or "auto": candidates if given,
            exhaustive where the space is no larger than what evolution would evaluate.
        candidates: architectures to choose from.
        top_k: how many results at most.
        progress: called with a ``Progress`` once a generation.
        cancel: a flag another thread can set.
        accuracy_genes: give accuracy int32 rows [n, width] instead of the list.
        rates: of evolution: parent_ratio (0.25), mutation_ratio (0.5),
            mutation_probability (0.1), attempts (10000) for one child under the limit.

    Raises:
        InfeasibleError: nothing found; ``smallest_latency_ms`` would have been feasible.
        CallbackError: accuracy returned NaN.
        MismatchError: accuracy is a model of another space.
        CancelledError: ``cancel`` was requested; ``result`` has the best so far.
    """
    refuse_unknown(rates, _RATES)
    space = predictor._own_space
    options = make_options(
        SearchOptions, seed=seed, population=population, generations=generations,
        strategy=choice(strategy, "strategy", STRATEGIES), cancel=pointer_of(cancel), **rates,
    )  # fmt: skip
    rows = _set_candidates(options, space, candidates)
    callbacks = Callbacks(progress, _score_rows(space, accuracy, accuracy_genes))
    score, user = callbacks.accuracy, None
    if isinstance(accuracy, AccuracyModel):
        score, user = _library_score(space, accuracy)
    options.progress = callbacks.progress
    found = _Found(space, top_k)
    status = callbacks.run(
        library().help_search, predictor._pointer, max_latency_ms, score, user,
        ctypes.byref(options), *found.outputs(),
    )  # fmt: skip
    del rows  # alive until here: the options point at it
    return _finish(status, found)


class _Found:
    """The arrays that a search fills."""

    def __init__(self, space: Space, top_k: int) -> None:
        self._space = space
        top_k = whole(top_k, "top_k", 0, _TOP_MAX)
        self._genes = np.empty((top_k, space.width), np.int32)
        self._accuracy = np.empty(top_k, np.float64)
        self._latency_ms = np.empty(top_k, np.float64)
        self._count = ctypes.c_size_t(0)
        self.report = SearchReport(ctypes.sizeof(SearchReport))

    def outputs(self) -> Tuple[Any, ...]:
        """``help_search``'s arguments from top_k to the end."""
        return (
            len(self._genes), self._genes, self._space.width, self._accuracy, self._latency_ms,
            ctypes.byref(self._count), ctypes.byref(self.report),
        )  # fmt: skip

    def result(self) -> SearchResult:
        """What they hold now."""
        genes = self._genes[: self._count.value].copy()
        return SearchResult(
            archs=self._space._notation_rows(genes),
            genes=genes,
            accuracy=self._accuracy[: len(genes)].copy(),
            latency_ms=self._latency_ms[: len(genes)].copy(),
            evaluations=self.report.evaluations,
            predictions=self.report.predictions,
            generations=self.report.generations,
            smallest_latency_ms=self.report.smallest_latency_ms,
        )


def _finish(status: int, found: _Found) -> SearchResult:
    try:
        check(status)
    except InfeasibleError as error:
        error.smallest_latency_ms = found.report.smallest_latency_ms
        raise
    except CancelledError as error:
        error.result = found.result()
        raise
    return found.result()


def _score_rows(
    space: Space, accuracy: AccuracyFunction, genes: bool
) -> Callable[[Int32Array], Any]:
    width = space.width
    if genes:
        return lambda rows: accuracy(rows[:, :width])
    return lambda rows: accuracy(space._notation_rows(rows[:, :width]))


def _library_score(space: Space, accuracy: AccuracyModel) -> Tuple[Any, Any]:
    """``help_search``'s function and user for a model; keep both while it runs."""
    other = accuracy._own_space
    if other != space:
        raise MismatchError(
            f"accuracy is a model of the space {other.name!r}, the predictor of {space.name!r}"
            + (", of another description" if other.name == space.name else "")
        )
    return ctypes.cast(library().help_accuracy_score, ACCURACY_FUNCTION), accuracy._pointer


def _set_candidates(
    options: SearchOptions, space: Space, candidates: Optional[Archs]
) -> Optional[Int32Array]:
    if candidates is None:
        return None
    rows = space.genes(candidates)
    options.candidates = address_of(rows, ctypes.c_int32)
    options.candidate_count, options.candidate_stride = rows.shape
    return rows
