"""The whole story on the machine at hand, from ten measurements to a network that was built.

A program measures ten networks that the model chooses and twenty more to judge by, adapts,
searches under a limit, then builds and measures what it found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path as FilePath
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ._c.arrays import FloatArray, Int32Array, count_number, number
from ._c.errors import MeasurementError
from ._c.handles import Path
from .evaluation import Row, check_held_out
from .goals import Goal, bundled_goal
from .measuring import Measurements, measure
from .measuring.own_networks import BuildFunction
from .models import Model, Predictor, load
from .report import Chosen, HeldOut, Report
from .report.front import search_with_front
from .search import SearchResult
from .spaces import Space
from .tables import LatencyTable

#: Called with a step's name, what is done and what there is in all.
StepFunction = Callable[[str, int, int], object]
#: Space, architectures, progress (done, total) -> ``Measurements``.
MeasureFunction = Callable[[Space, Int32Array, Callable[[int, int], object]], Measurements]

#: Architectures that the ten are chosen from; the twenty are others of them.
_POOL = 500
#: Enough for a demonstration: a search of your own has more time.
_GENERATIONS = 100
#: Spaces up to this size are searched exhaustively.
_SMALL = 20_000
#: Networks that are found, built and measured at most.
_TRIES = 3
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True)
class Quickstart:
    """What happened.

    Attributes:
        predictor: adapted to this machine.
        device: what identifies it.
        warnings: of measuring.
        check: scores on the held-out measurements, of ``check_held_out``.
        limit_ms: the limit searched under.
        arch: what was found, in the space's own notation.
        tries: how many were found and measured until one measured as it should, or at most;
            those before the last are measurements of the predictor too.
        accuracy, accuracy_label: of it.
        predicted_ms, lower_ms, upper_ms: its predicted latency and 90 % interval.
        measured_ms: its measured latency.
        note: where the accuracies come from.
        report: the page about all this.
        files: what was written.
    """

    predictor: Predictor
    device: Mapping[str, Any]
    warnings: Sequence[str]
    check: Sequence[Row]
    limit_ms: float
    arch: Any
    tries: int
    accuracy: float
    accuracy_label: str
    predicted_ms: float
    lower_ms: float
    upper_ms: float
    measured_ms: float
    note: str
    report: Report
    files: Sequence[FilePath] = ()

    @property
    def within_limit(self) -> bool:
        """Whether the network that was built keeps the limit."""
        return self.measured_ms <= self.limit_ms


def quickstart(
    model: Path = "ofa-mbv3",
    *,
    limit_ms: Optional[float] = None,
    directory: Optional[Path] = None,
    count: int = 10,
    held_out: int = 20,
    seed: int = 0,
    build: Optional[BuildFunction] = None,
    measure_with: Optional[MeasureFunction] = None,
    progress: Optional[StepFunction] = None,
) -> Quickstart:
    """Measure, adapt, check, search, build and measure again.

    Args:
        model: a bundled model's name, a model's file, or a JSON file that describes a space.
        limit_ms: of the search; default the median predicted latency of a sample.
        directory: where ``report.html``, ``predictor.safetensors``, ``measured.csv`` and
            ``held_out.csv`` go; None writes nothing.
        count: measurements that the predictor is given.
        held_out: others that it is judged by, at least 2.
        seed: of the sample and the search.
        build: as for ``helpnas.measure``.
        measure_with: default ``helpnas.measure`` on this machine; ``build`` has no effect then.
        progress: called as steps proceed.

    Raises:
        InfeasibleError: nothing is predicted within the limit.
        MeasurementError: too few architectures could be measured.
        UnsupportedError: the networks of the space cannot be built here.
        ImportError: what measuring needs is not installed.
    """
    measured_by = measure_with or partial(measure_here, build=build)
    story = _Story(load(model), measured_by, progress or _ignore, seed)
    measured = story.measure(count_number(count, "count"), count_number(held_out, "held_out"))
    check = story.check(measured)
    found = story.find(measured, limit_ms, bundled_goal(story.space))
    done = story.tell(found, check)
    return done if directory is None else _write_files(done, found.measured, FilePath(directory))


def measure_here(
    space: Space,
    archs: Int32Array,
    progress: Callable[[int, int], object],
    resume: Optional[Path] = None,
    build: Optional[BuildFunction] = None,
) -> Measurements:
    """``helpnas.measure`` on this machine."""
    return measure(space, archs, progress=progress, resume=resume, build=build)


@dataclass(frozen=True)
class _Measured:
    """Architectures and milliseconds, by what they are for."""

    given: Tuple[Int32Array, FloatArray]
    held_out: Tuple[Int32Array, FloatArray]
    device: Mapping[str, Any]
    warnings: List[str]
    repeatability: float

    def adapt(self, model: Model) -> Predictor:
        """Adapt the model, with the repeatability of these measurements."""
        return model.adapt(*self.given, repeatability=self.repeatability)


@dataclass(frozen=True)
class _Found:
    predictor: Predictor
    measured: _Measured
    limit_ms: float
    goal: Goal
    result: SearchResult
    front: SearchResult
    measured_ms: float
    tries: int
    warnings: List[str]

    @property
    def all_warnings(self) -> List[str]:
        """The warnings of both measurements; of those that differ only in a number, the first."""
        kinds: Dict[str, str] = {}
        for warning in [*self.measured.warnings, *self.warnings]:
            kinds.setdefault(_NUMBER.sub("", warning), warning)
        return list(kinds.values())

    @property
    def holds(self) -> bool:
        """Whether it measures as its interval and the limit say."""
        upper_ms = min(float(self.result.upper_ms[0]), self.limit_ms)
        return float(self.result.lower_ms[0]) <= self.measured_ms <= upper_ms


class _Story:
    """The steps, which share a model, a way to measure and a seed."""

    def __init__(
        self, model: Model, measure: MeasureFunction, progress: StepFunction, seed: int
    ) -> None:
        self.model, self.space, self.seed = model, model.space, seed
        self._measure, self._progress = measure, progress

    def measure(self, count: int, held_out: int) -> _Measured:
        """Both sets in one go, so that what disturbs one disturbs the other."""
        pool = self._sample(max(_POOL, count + held_out))
        chosen = self.model.select(pool, count)
        others = np.setdiff1d(np.arange(len(pool)), chosen)
        rows = np.concatenate([chosen, others[:held_out]])
        archs = self.space.canonicalize(pool[rows])
        done = self._measure(self.space, archs, self._progress_of("measuring"))
        return _split_measured(done, archs[:count])

    def _sample(self, count: int) -> Int32Array:
        """Random architectures, all of a space that has fewer."""
        return self.space.sample(min(count, self.space.count), seed=self.seed)

    def check(self, measured: _Measured) -> List[Row]:
        """Scores on the held-out measurements."""
        return check_held_out(self.model, *measured.given, *measured.held_out)

    def find(self, measured: _Measured, limit_ms: Optional[float], goal: Goal) -> _Found:
        """Search, build and measure the winner.

        If it does not measure as predicted, the predictor is given that measurement and the
        search is repeated: a winner is chosen for its predicted speed, where errors are largest.
        """
        predictor = measured.adapt(self.model)
        limit = self._limit(predictor) if limit_ms is None else number(limit_ms, "limit_ms")
        found = self._search(predictor, measured, limit, goal, 1)
        while not found.holds and found.tries < _TRIES:
            measured = _with_winner(found)
            if len(measured.given[0]) == len(found.measured.given[0]):
                break  # the predictor knows it already
            predictor = measured.adapt(self.model)
            found = self._search(predictor, measured, limit, goal, found.tries + 1)
        return found

    def _limit(self, predictor: Predictor) -> float:
        """The median predicted latency of the pool."""
        return float(np.median(predictor.predict(self._sample(_POOL))))

    def _search(
        self, predictor: Predictor, measured: _Measured, limit_ms: float, goal: Goal, tries: int
    ) -> _Found:
        report = self._progress_of("searching")
        result, front = search_with_front(
            predictor,
            max_latency_ms=limit_ms,
            progress=lambda step: report(step.done, step.total),
            **self._options(goal),
        )
        again, measured_ms = self._measure_again(result.genes, measured.given[0])
        return _Found(
            predictor, measured, limit_ms, goal, result, front, measured_ms, tries, again.warnings
        )

    def _options(self, goal: Goal) -> Dict[str, Any]:
        return {
            **goal.options,
            "seed": self.seed,
            "generations": _GENERATIONS,
            "strategy": "exhaustive" if self.space.count <= _SMALL else "evolve",
        }

    def tell(self, found: _Found, check: Sequence[Row]) -> Quickstart:
        """The whole story."""
        predictor, result, goal = found.predictor, found.result, found.goal
        return Quickstart(
            predictor=predictor,
            device=found.measured.device,
            warnings=found.all_warnings,
            check=check,
            limit_ms=found.limit_ms,
            arch=result.archs[0],
            tries=found.tries,
            accuracy=float(result.accuracy[0]),
            accuracy_label=goal.label,
            predicted_ms=float(result.latency_ms[0]),
            lower_ms=float(result.lower_ms[0]),
            upper_ms=float(result.upper_ms[0]),
            measured_ms=found.measured_ms,
            note=goal.note,
            report=_report(found, check),
        )

    def _measure_again(self, winner: Int32Array, given: Int32Array) -> Tuple[Measurements, float]:
        """What was found, in turn with the networks that the predictor was given: alone it would
        stay in the processor's caches, and be faster than any of those was."""
        wanted = winner[0].tobytes()
        others = [row for row in given if row.tobytes() != wanted]
        again = self._measure(
            self.space, np.vstack([winner, *others]), self._progress_of("measuring what was found")
        )
        found = [row.tobytes() == wanted for row in again.archs]
        if not any(found):
            raise MeasurementError(f"what was found could not be measured: {again.failures}")
        return again, float(again.latency_ms[found.index(True)])

    def _progress_of(self, step: str) -> Callable[[int, int], object]:
        return lambda done, total: self._progress(step, done, total)


def _split_measured(done: Measurements, given: Int32Array) -> _Measured:
    """Separate what the predictor is given from what it is judged by."""
    wanted = {row.tobytes() for row in given}
    rows, latency = done.archs, done.latency_ms
    is_given = np.array([row.tobytes() in wanted for row in rows], bool)
    if is_given.sum() < len(given) or (~is_given).sum() < 2:
        counts = f"{is_given.sum()} of {len(given)} to adapt to, {(~is_given).sum()} to judge by"
        raise MeasurementError(f"too few could be measured: {counts}; {done.failures}")
    return _Measured(
        (rows[is_given], latency[is_given]),
        (rows[~is_given], latency[~is_given]),
        done.device,
        list(done.warnings),
        min(done.repeatability, 1.0),
    )


def _with_winner(found: _Found) -> _Measured:
    """The measurements with the network found added, unless it was among them."""
    archs, latency = found.measured.given
    genes = found.result.genes
    if genes[0].tobytes() in {row.tobytes() for row in archs}:
        return found.measured
    given = np.vstack([archs, genes]), np.append(latency, found.measured_ms)
    return replace(found.measured, given=given)


def _report(found: _Found, check: Sequence[Row]) -> Report:
    space, result, front = found.predictor.space, found.result, found.front
    archs, latency = found.measured.held_out
    return Report(
        found.predictor,
        title=f"{space.name} on {found.measured.device['name']}",
        device=found.measured.device,
        held_out=HeldOut(space.notation(archs), latency, check),
        chosen=Chosen(
            result.archs[0],
            found.limit_ms,
            float(result.accuracy[0]),
            found.goal.label,
            found.measured_ms,
            (front.latency_ms, front.accuracy),
        ),
        notes=[found.goal.note],
        warnings=found.all_warnings,
    )


def _write_files(done: Quickstart, measured: _Measured, folder: FilePath) -> Quickstart:
    folder.mkdir(parents=True, exist_ok=True)
    space, name = done.predictor.space, str(done.device["name"])
    names = ("measured.csv", "held_out.csv", "predictor.safetensors", "report.html")
    given, held_out, predictor, report = (folder / each for each in names)
    for file, (archs, latency) in ((given, measured.given), (held_out, measured.held_out)):
        LatencyTable(space, archs, {name: latency}).to_csv(file)
    done.predictor.save(predictor)
    done.report.save(report)
    return replace(done, files=(given, held_out, predictor, report))


def _ignore(step: str, done: int, total: int) -> None:
    pass
