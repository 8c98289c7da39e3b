"""Searching for accurate architectures within limits."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from ._c.arrays import (
    FloatArray,
    Int32Array,
    choice,
    float_vector,
    make_options,
    number,
    refuse_unknown,
    set_options,
    whole,
)
from ._c.callbacks import Callbacks, CancelFlag, ProgressFunction, address_of, pointer_of
from ._c.errors import (
    ArgumentError,
    CancelledError,
    InfeasibleError,
    MismatchError,
    UnsupportedError,
)
from ._c.library import check, library
from ._c.prototypes import (
    ACCURACY_FUNCTION,
    OBJECTIVES,
    PRESETS,
    STRATEGIES,
    SearchOptions,
    SearchReport,
)
from .accuracy import AccuracyModel
from .accuracy_table import AccuracyTable
from .limits import Limit, limit_array
from .spaces import Archs, Space
from .stored import AnyPredictor

#: Takes a list of architectures (or int32 rows), returns a number for each; or a model.
AccuracyFunction = Callable[[Any], Any]
#: What a search takes accuracies from.
AccuracySource = Union[AccuracyFunction, AccuracyTable, Mapping[str, float]]

#: The results' arrays are made before the search; a bound keeps a slip from taking all memory.
TOP_MAX = 10_000_000
_RATES = frozenset({"parent_ratio", "mutation_ratio", "mutation_probability", "attempts"})
_INTERVAL = 0.9
_STRATEGY_NAMES = {number: name for name, number in STRATEGIES.items()}


@dataclass(frozen=True)
class SearchResult:
    """What a search found, the most accurate first.

    Attributes:
        archs: k architectures in the space's own notation.
        genes: the same, int32 [k, width].
        accuracy: as the accuracy function gave them, float64 [k].
        latency_ms: predicted milliseconds, float64 [k].
        lower_ms, upper_ms: between which a measurement falls with probability 0.9, float64
            [k]; NaN where the predictor has no interval.
        margin_ms: what is left between the predicted latency and the limit, float64 [k].
        evaluations: architectures given to the accuracy function.
        predictions: architectures whose latency was predicted.
        generations: finished, or batches where nothing evolved.
        smallest_latency_ms: the smallest latency seen, at the search's confidence.
        hypervolume: of a Pareto front, milliseconds times accuracy; NaN otherwise.
        reference: (latency_ms, accuracy) that the hypervolume reaches to.
        strategy: what was done: "evolve", "exhaustive" or "candidates".
    """

    archs: List[Any]
    genes: Int32Array
    accuracy: FloatArray
    latency_ms: FloatArray
    lower_ms: FloatArray
    upper_ms: FloatArray
    margin_ms: FloatArray
    evaluations: int
    predictions: int
    generations: int
    smallest_latency_ms: float
    hypervolume: float
    reference: Tuple[float, float]
    strategy: str

    def __len__(self) -> int:
        return len(self.archs)


def search(
    predictor: AnyPredictor,
    *,
    max_latency_ms: float,
    accuracy: AccuracySource,
    top_k: int = 10,
    progress: Optional[ProgressFunction] = None,
    cancel: Optional[CancelFlag] = None,
    accuracy_genes: bool = False,
    **settings: Any,
) -> SearchResult:
    """Find the most accurate architectures whose measurements stay within a limit.

    An exception of accuracy or progress ends the search and is raised here unchanged.

    Args:
        max_latency_ms: the limit, ``math.inf`` for none.
        accuracy: takes a list of n feasible architectures in the space's own notation,
            none twice, and returns n numbers; higher is better.  An ``AccuracyModel`` is
            called by the library itself, without Python.  The architectures of an
            ``AccuracyTable``, or of a dict from texts to numbers, are the candidates.
        top_k: maximum number of results.
        progress: called with a ``Progress`` once a generation.
        cancel: a flag that another thread can set to end the search.
        accuracy_genes: give accuracy int32 rows [n, width] instead of the list.
        confidence: the probability with which a measurement of what is found is within
            ``max_latency_ms``, 0.5 to less than 1.  0.5 limits the predicted latency
            itself.  Default: 0.95, or 0.5 where the predictor has no interval.
        limits: ``Limit`` objects: the latency on further devices, MACs, parameters.
        objective: "accuracy", or "pareto" for the architectures that no other beats in
            both accuracy and predicted latency (NSGA-II, Deb et al., 2002).
        preset: "ofa" or "hat": the settings of their searches; options given here override them.
        seed: the same seed gives the same result.
        population: architectures in a generation, parents included (100).
        generations: maximum number of generations (500).
        patience: end after this many generations in a row without improvement.
        strategy: "evolve", "exhaustive", "candidates", or "auto": candidates if given,
            exhaustive where the space is no larger than what evolution would evaluate.
            Only evolution uses seed, patience, warm_start and its rates; the others score
            everything within the limits, so their result is exact.
        candidates: architectures to choose from.
        warm_start: architectures that the first population begins with.
        reference: (latency_ms, accuracy) for the hypervolume; by default the limit, or the
            slowest scored, and the least accurate scored.
        parent_ratio, mutation_ratio, mutation_probability, attempts: of evolution (0.25,
            0.5, 0.05 a gene, 10000 for one new child within the limits).

    Raises:
        InfeasibleError: nothing found; ``smallest_latency_ms`` would have been feasible, were
            it the only limit.
        CallbackError: accuracy returned NaN.
        MismatchError: accuracy or a limit is of another space.
        UnsupportedError: a confidence or limit that the predictor or space cannot give.
        CancelledError: ``cancel`` was requested; ``result`` has the best so far.
    """
    space = predictor.own_space
    limit = number(max_latency_ms, "max_latency_ms")
    accuracy = _as_function(space, accuracy)
    if isinstance(accuracy, AccuracyTable):
        settings.setdefault("candidates", accuracy.genes)
    request = SearchRequest(space, cancel=cancel, **settings)
    callbacks = Callbacks(progress, _score_rows(space, accuracy, accuracy_genes))
    score, user = callbacks.accuracy, None
    if isinstance(accuracy, AccuracyModel):
        score, user = _library_score(space, accuracy)
    request.options.progress = callbacks.progress
    found = FoundArrays(predictor, limit, top_k)
    status = callbacks.run(
        library().help_search,
        predictor.pointer,
        limit,
        score,
        user,
        ctypes.byref(request.options),
        *found.outputs(),
    )
    return _finish(status, found)


def pareto(
    predictor: AnyPredictor,
    *,
    accuracy: AccuracySource,
    max_latency_ms: float = math.inf,
    top_k: int = 100,
    **settings: Any,
) -> SearchResult:
    """The front of accuracy against latency in one run: ``search(objective="pareto", ...)``."""
    return search(
        predictor,
        max_latency_ms=max_latency_ms,
        accuracy=accuracy,
        top_k=top_k,
        objective="pareto",
        **settings,
    )


class SearchRequest:
    """``help_search_options`` and the arrays it points at; keep it while it is used."""

    def __init__(
        self,
        space: Space,
        *,
        confidence: Optional[float] = None,
        limits: Sequence[Limit] = (),
        objective: str = "accuracy",
        preset: Optional[str] = None,
        seed: Optional[int] = None,
        population: Optional[int] = None,
        generations: Optional[int] = None,
        patience: Optional[int] = None,
        strategy: Optional[str] = None,
        candidates: Optional[Archs] = None,
        warm_start: Optional[Archs] = None,
        reference: Optional[Tuple[float, float]] = None,
        cancel: Optional[CancelFlag] = None,
        **rates: Optional[float],
    ) -> None:
        refuse_unknown(rates, _RATES)
        self.options = make_options(SearchOptions)
        library().help_search_options_preset(
            ctypes.byref(self.options),
            ctypes.sizeof(self.options),
            choice(preset, "preset", PRESETS),
        )
        latency, accuracy = _reference(reference)
        set_options(
            self.options,
            seed=seed,
            population=population,
            generations=generations,
            patience=patience,
            confidence=confidence,
            cancel=pointer_of(cancel),
            objective=choice(objective, "objective", OBJECTIVES),
            strategy=None if strategy is None else choice(strategy, "strategy", STRATEGIES),
            reference_latency_ms=latency,
            reference_accuracy=accuracy,
            **rates,
        )
        self._kept = [
            limits,
            self._set_limits(limits),
            self._set_rows("candidates", "candidate", space, candidates),
            self._set_rows("warm_start", "warm_start", space, warm_start),
        ]

    def _set_limits(self, limits: Sequence[Limit]) -> Any:
        array = limit_array(limits)
        if limits:
            self.options.limits, self.options.limit_count = array, len(array)
        return array

    def _set_rows(
        self, name: str, stem: str, space: Space, archs: Optional[Archs]
    ) -> Optional[Int32Array]:
        if archs is None:
            return None
        rows = space.genes(archs)
        setattr(self.options, name, address_of(rows, ctypes.c_int32))
        setattr(self.options, f"{stem}_count", len(rows))
        setattr(self.options, f"{stem}_stride", rows.shape[1])
        return rows


def _reference(given: Optional[Tuple[float, float]]) -> Tuple[Optional[float], Optional[float]]:
    if given is None:
        return None, None
    latency, accuracy = float_vector(given, "reference", 2)
    return float(latency), float(accuracy)


class FoundArrays:
    """The arrays that a search fills."""

    def __init__(self, predictor: AnyPredictor, limit: float, top_k: int) -> None:
        self._predictor, self._limit = predictor, limit
        width = predictor.own_space.width
        top_k = whole(top_k, "top_k", 0, TOP_MAX)
        self._genes = np.empty((top_k, width), np.int32)
        self._accuracy = np.empty(top_k, np.float64)
        self._latency_ms = np.empty(top_k, np.float64)
        self._count = ctypes.c_size_t(0)
        self.report = SearchReport(ctypes.sizeof(SearchReport))

    def outputs(self) -> Tuple[Any, ...]:
        """``help_search``'s arguments from top_k to the end."""
        return (
            len(self._genes),
            self._genes,
            self._genes.shape[1],
            self._accuracy,
            self._latency_ms,
            ctypes.byref(self._count),
            ctypes.byref(self.report),
        )

    def result(self) -> SearchResult:
        """What they hold now."""
        report = self.report
        genes = self._genes[: self._count.value].copy()
        latency_ms = self._latency_ms[: len(genes)].copy()
        lower_ms, upper_ms = self._interval(genes)
        return SearchResult(
            archs=self._predictor.own_space.notation_rows(genes),
            genes=genes,
            accuracy=self._accuracy[: len(genes)].copy(),
            latency_ms=latency_ms,
            lower_ms=lower_ms,
            upper_ms=upper_ms,
            margin_ms=self._limit - latency_ms,
            evaluations=report.evaluations,
            predictions=report.predictions,
            generations=report.generations,
            smallest_latency_ms=report.smallest_latency_ms,
            hypervolume=report.hypervolume,
            reference=(report.reference_latency_ms, report.reference_accuracy),
            strategy=_STRATEGY_NAMES[report.strategy],
        )

    def _interval(self, genes: Int32Array) -> Tuple[FloatArray, FloatArray]:
        try:
            return self._predictor.interval(genes, _INTERVAL)
        except UnsupportedError:
            missing = np.full(len(genes), np.nan)
            return missing, missing.copy()


def _finish(status: int, found: FoundArrays) -> SearchResult:
    try:
        check(status)
    except InfeasibleError as error:
        error.smallest_latency_ms = found.report.smallest_latency_ms
        raise
    except CancelledError as error:
        error.result = found.result()
        raise
    return found.result()


def _as_function(space: Space, accuracy: AccuracySource) -> Union[AccuracyFunction, AccuracyTable]:
    if isinstance(accuracy, Mapping):
        return AccuracyTable.from_mapping(space, accuracy)
    if isinstance(accuracy, AccuracyTable) and accuracy.space != space:
        raise MismatchError(
            f"accuracy is a table of the space {accuracy.space.name!r}, the predictor of "
            f"{space.name!r}"
        )
    if not callable(accuracy):
        raise ArgumentError(f"accuracy is {accuracy!r}, not a function, a model or a table")
    return accuracy


def _score_rows(
    space: Space, accuracy: AccuracyFunction, genes: bool
) -> Callable[[Int32Array], Any]:
    width = space.width
    if genes:
        return lambda rows: accuracy(rows[:, :width])
    return lambda rows: accuracy(space.notation_rows(rows[:, :width]))


def _library_score(space: Space, accuracy: AccuracyModel) -> Tuple[Any, Any]:
    """``help_search``'s function and user for a model; keep both while it runs."""
    other = accuracy.own_space
    if other != space:
        raise MismatchError(
            f"accuracy is a model of the space {other.name!r}, the predictor of {space.name!r}"
            + (", of another description" if other.name == space.name else "")
        )
    return ctypes.cast(library().help_accuracy_score, ACCURACY_FUNCTION), accuracy.pointer
