"""A search on islands, with accuracies that are slow: a pool of workers scores."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any, Callable, ClassVar, Dict, Mapping, Optional

import numpy as np

from .._c.arrays import Int32Array, float_vector, number, seed_number, whole
from .._c.errors import ArgumentError, CallbackError, InfeasibleError
from .._c.handles import Path
from ..accuracy_table import AccuracyTable
from ..models import Predictor
from ..search import SearchResult
from ..spaces import Space
from .errors import FleetError
from .islands import Archipelago, IslandPlan, Islands, IslandsHere
from .keys import digest
from .pools import Answer, Call, Done, InProcess, Pool
from .programs import Task, Values, function_name
from .ray_islands import RayIslands
from .ray_pool import connect
from .results import Results
from .work import COMMON

#: Seconds between two looks for stragglers.
_LOOK_EVERY = 0.2
#: Settings of an evolver that the islands' own take the place of.
_OWN = ("generations", "seed", "top_k", "max_latency_ms")
#: Settings that the choice of the best goes by, too.
_RESULT = ("confidence", "limits", "objective", "reference")


class Score:
    """Scores architectures one at a time.

    Args:
        space: of the architectures.
        accuracy: takes a list of architectures in the space's notation, returns a number each.
        load: returns such a function; called once in each worker, for what is slow to load.
    """

    kind: ClassVar[str] = "accuracy"
    columns: ClassVar[Mapping[str, str]] = {"arch": "text", "accuracy": "number"}

    def __init__(
        self,
        space: Space,
        accuracy: Optional[Callable[[Any], Any]],
        load: Optional[Callable[[], Callable[[Any], Any]]],
    ) -> None:
        if (accuracy is None) == (load is None):
            raise ArgumentError("give either accuracy, a function, or load, which returns one")
        self._space, self._accuracy, self._load = space, accuracy, load

    @property
    def identity(self) -> str:
        """Of the function's name."""
        return digest(function_name(self._accuracy or self._load).encode())

    def run(self, arguments: Mapping[str, Any]) -> Values:
        """See ``Program``.

        Raises:
            CallbackError: NaN, or not one number.
        """
        if self._accuracy is None:
            assert self._load is not None
            self._accuracy = self._load()
        arch = self._space.parse(arguments["arch"])
        given = self._accuracy(self._space.notation_rows(arch[None]))
        (accuracy,) = float_vector(given, "accuracy", 1).tolist()
        if math.isnan(accuracy):
            raise CallbackError(f"the accuracy of {arguments['arch']} is NaN")
        return {"arch": arguments["arch"], "accuracy": accuracy}


@dataclass
class IslandResult:
    """What a search on islands found.

    Attributes:
        found: the best of all islands, as ``Predictor.search`` returns it.
        scored: accuracies that workers computed in this run.
        before: accuracies that were in the results when it began.
        dropped: text of each architecture that was dropped -> why; they count as -inf.
        seconds: it took.
    """

    found: SearchResult
    scored: int
    before: int
    dropped: Dict[str, str]
    seconds: float


def search_islands(
    predictor: Predictor,
    results: Path,
    *,
    max_latency_ms: float,
    accuracy: Optional[Callable[[Any], Any]] = None,
    load: Optional[Callable[[], Callable[[Any], Any]]] = None,
    islands: int = 4,
    epochs: int = 4,
    generations: int = 10,
    migrants: int = 5,
    seed: int = 0,
    top_k: int = 10,
    pool: Optional[Pool] = None,
    straggler_s: Optional[float] = None,
    retries: int = 2,
    ray_islands: bool = False,
    progress: Optional[Callable[[int], object]] = None,
    **settings: Any,
) -> IslandResult:
    """Search with several populations that evolve apart and exchange their best.

    The result depends on the seed, the accuracies, and which architectures were dropped.  All
    three are in the results, so that a run which is interrupted continues with the same
    architectures, and one that is repeated finds the same without scoring anything.

    Args:
        predictor: of the device.
        results: the folder that accuracies are kept in; made if it is not there.
        max_latency_ms: the limit, ``math.inf`` for none.
        accuracy: takes a list with one architecture in the space's notation, returns its
            accuracy; higher is better.  It runs in the pool's workers.
        load: in its place: called once in each worker, returns such a function.
        islands: populations.
        epochs: how often each evolves ``generations``; between them the best ``migrants`` go
            from each island to the next.
        seed: the same seed finds the same.
        top_k: how many results.
        pool: that scores; default in this process.  It is closed at the end.
        straggler_s: seconds after which an architecture's score is no longer waited for, and
            its worker ended; None waits.
        retries: how often an architecture is sent again whose worker ended, or whom the system
            refused something; after that it is dropped.
        ray_islands: islands are actors of the Ray cluster that this process is connected to.
        progress: called with the number of accuracies known.
        settings: further ones of ``helpnas.Evolver``: population, confidence, limits,
            objective, preset, warm_start, rates ...

    Raises:
        InfeasibleError: nothing is within the limits, or all of it was dropped.
        CallbackError: an accuracy is NaN.
        FleetError: the workers cannot begin, or the accuracy function raised something.
        HelpIOError, MismatchError: of the results, see ``fleet.map``.
    """
    for name in _OWN:
        if name in settings:
            raise ArgumentError(f"{name} is not a setting of the islands' evolvers")
    plan = IslandPlan(
        number(max_latency_ms, "max_latency_ms"),
        whole(generations, "generations", 1, 10**6), whole(epochs, "epochs", 1, 10**6),
        whole(migrants, "migrants", 0, 10**6), seed_number(seed), settings,
    )  # fmt: skip
    count = whole(islands, "islands", 1, 10_000)
    bound = math.inf if straggler_s is None else number(straggler_s, "straggler_s")
    workers = InProcess() if pool is None else pool
    program = Score(predictor.own_space, accuracy, load)
    with Results(results, program.kind, {**COMMON, **program.columns}) as file:
        hosts: Optional[Islands] = None
        try:
            workers.start(program)
            hosts = _hosts(predictor, plan, count, ray_islands)
            scoring = _Scoring(program, workers, file, bound, retries, progress)
            archipelago = Archipelago(hosts, count, plan)
            scoring.go(archipelago, predictor.own_space)
        finally:
            workers.close()
            if hosts is not None:
                hosts.close()
    return scoring.result(archipelago, predictor, plan, top_k)


def _hosts(predictor: Predictor, plan: IslandPlan, count: int, on_ray: bool) -> Islands:
    if on_ray:
        return RayIslands(connect("auto"), predictor, plan, count)
    return IslandsHere(predictor, plan, count)


@dataclass
class _Sent:
    """An architecture on its way."""

    row: Int32Array
    since: float
    tries: int


@dataclass
class _Scoring:
    """Takes questions to the workers and their answers back."""

    program: Score
    pool: Pool
    file: Results
    bound_s: float
    retries: int
    progress: Optional[Callable[[int], object]]
    dropped: Dict[str, str] = field(default_factory=dict)
    scored: int = 0
    before: int = 0
    begin: float = field(default_factory=time.monotonic)
    _sent: Dict[int, _Sent] = field(default_factory=dict)
    _number: int = 0

    def go(self, archipelago: Archipelago, space: Space) -> None:
        """Until all islands have ended."""
        self._space, self._archipelago = space, archipelago
        self._known = {row["key"]: row for row in self.file.rows()}
        while not archipelago.over:
            self._fill()
            if self._sent:
                self._take(self.pool.wait(_LOOK_EVERY if self.bound_s < math.inf else None))
                self._drop_stragglers()

    def _fill(self) -> None:
        """Give a question to each worker that has none."""
        while len(self._sent) < self.pool.workers():
            row = self._archipelago.question()
            if row is None:
                return
            known = self._known.get(self._key(row))
            if known is None:
                self._send(row, 0)
            else:
                self.before += 1
                self._tell(row, known)

    def _key(self, row: Int32Array) -> str:
        return digest(self.program.identity.encode(), row.tobytes())

    def _send(self, row: Int32Array, tries: int) -> None:
        task = Task(self._key(row), {}, {"arch": self._space.format(row)})
        self._sent[self._number] = _Sent(row, time.monotonic(), tries)
        self.pool.submit(Call(self._number, [task]))
        self._number += 1

    def _take(self, done: Optional[Done]) -> None:
        if done is None:
            return
        sent = self._sent.pop(done.call.number)
        if done.answers is None:
            self._retry(sent, f"its worker was lost: {done.lost}")
            return
        (answer,) = done.answers
        if answer.again:
            self._retry(sent, answer.error or "")
        else:
            self._keep(sent, answer)

    def _keep(self, sent: _Sent, answer: Answer) -> None:
        if answer.values is None:
            text = self._space.format(sent.row)
            raise FleetError(f"the accuracy function failed for {text}: {answer.error}")
        self.scored += 1
        self._record(sent.row, answer.values["accuracy"], None)

    def _retry(self, sent: _Sent, reason: str) -> None:
        if sent.tries < self.retries:
            self._send(sent.row, sent.tries + 1)
        else:
            self._record(sent.row, -math.inf, reason)

    def _drop_stragglers(self) -> None:
        late = time.monotonic() - self.bound_s
        for call, sent in list(self._sent.items()):
            if sent.since < late:
                del self._sent[call]
                self.pool.drop(call)
                self._record(sent.row, -math.inf, f"no accuracy after {self.bound_s:g} s")

    def _record(self, row: Int32Array, accuracy: float, error: Optional[str]) -> None:
        known: Dict[str, Any] = dict.fromkeys((*COMMON, *self.program.columns))
        known.update(
            key=self._key(row), status="done" if error is None else "dropped", error=error,
            arch=self._space.format(row), accuracy=accuracy,
        )  # fmt: skip
        self.file.append([known])
        self._tell(row, known)

    def _tell(self, row: Int32Array, known: Mapping[str, Any]) -> None:
        if known["status"] == "dropped":
            self.dropped[known["arch"]] = known["error"]
        self._archipelago.tell(row, known["accuracy"])
        if self.progress is not None:
            self.progress(len(self._archipelago.scores))

    def result(
        self, archipelago: Archipelago, predictor: Predictor, plan: IslandPlan, top_k: int
    ) -> IslandResult:
        """The best of all that was scored."""
        scores = {key: each for key, each in archipelago.scores.items() if each > -math.inf}
        if not scores:
            raise InfeasibleError("no architecture has an accuracy: all were dropped")
        rows = np.array([np.frombuffer(key, np.int32) for key in scores])
        table = AccuracyTable(predictor.own_space, rows, list(scores.values()))
        asked = {name: plan.settings[name] for name in _RESULT if name in plan.settings}
        found = predictor.search(
            max_latency_ms=plan.max_latency_ms, accuracy=table, top_k=top_k, **asked
        )
        return IslandResult(
            found, self.scored, self.before, dict(sorted(self.dropped.items())),
            time.monotonic() - self.begin,
        )  # fmt: skip
