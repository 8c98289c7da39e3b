"""Islands: populations that evolve apart, and send their best to the next from time to time.

The next epoch of an island begins when it and its neighbour have ended theirs, and with what
both had then.  So the result depends on the seed, the accuracies and which of them were dropped,
and not on the order in which accuracies become known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Protocol, Sequence, Set, Tuple

import numpy as np

from .._c.arrays import Int32Array
from ..evolver import Evolver
from ..models import Predictor
from .keys import digest

#: Architectures that an island remembers where the population is not given.
_REMEMBERED = 100


@dataclass(frozen=True)
class IslandPlan:
    """What all islands share.

    Attributes:
        generations: in an epoch.
        epochs: how often an island evolves that long.
        migrants: architectures that an island sends to the next after each epoch.
        seed: of all islands.
        settings: further keyword arguments of ``helpnas.Evolver``.
    """

    max_latency_ms: float
    generations: int
    epochs: int
    migrants: int
    seed: int
    settings: Mapping[str, Any]


class Island:
    """One population.  It can be pickled between any two calls.

    Args:
        number: of the island, from 0.
    """

    def __init__(self, predictor: Predictor, plan: IslandPlan, number: int) -> None:
        self._predictor, self._plan, self._number = predictor, plan, number
        self._epoch = 0
        self._evolver = self._new(plan.settings.get("warm_start"))

    def _new(self, warm_start: Optional[Any]) -> Evolver:
        plan = self._plan
        parts = f"{plan.seed} {self._number} {self._epoch}".encode()
        return Evolver(
            self._predictor,
            **{
                **plan.settings,
                "max_latency_ms": plan.max_latency_ms,
                "generations": plan.generations,
                "seed": int(digest(parts)[:16], 16),
                "warm_start": warm_start,
                "top_k": plan.settings.get("population") or _REMEMBERED,
            },
        )

    def ask(self) -> Int32Array:
        """Rows to score, int32 [n, width]; none where the epoch is over."""
        return self._evolver.ask_genes()

    def tell(self, accuracy: Sequence[float]) -> Int32Array:
        """The accuracies of what was asked, [n]; the next rows to score."""
        self._evolver.tell(np.array(accuracy, np.float64))
        return self.ask()

    def best(self) -> Int32Array:
        """The rows that the next epoch begins with, the most accurate first."""
        found = self._evolver.result()
        return found.genes[np.isfinite(found.accuracy)]

    def go_on(self, immigrants: Int32Array) -> Int32Array:
        """Begin the next epoch; its first rows to score."""
        # Immigrants first: a population that is full leaves out the last.
        rows = np.concatenate([immigrants, self.best()])
        self._epoch += 1
        self._evolver = self._new(rows if len(rows) else None)
        return self.ask()


class IslandsHere:
    """Islands in this process.

    Args:
        predictor: of all islands.
        count: how many.
    """

    def __init__(self, predictor: Predictor, plan: IslandPlan, count: int) -> None:
        self._islands = [Island(predictor, plan, number) for number in range(count)]

    def call(self, number: int, method: str, *arguments: Any) -> Any:
        """What a method of an island returns."""
        return getattr(self._islands[number], method)(*arguments)

    def close(self) -> None:
        """Nothing to end."""


class Islands(Protocol):
    """Who calls the islands."""

    def call(self, number: int, method: str, *arguments: Any) -> Any:
        """What a method of an island returns."""

    def close(self) -> None:
        """End what runs for them."""


class Archipelago:
    """All islands: what to score next, and what follows from scores.

    Args:
        islands: who calls them.
        count, plan: of the islands.

    Attributes:
        scores: row -> accuracy, as told; rows are int32 bytes.
        over: whether all islands have ended their last epoch.
    """

    def __init__(self, islands: Islands, count: int, plan: IslandPlan) -> None:
        self._islands, self._epochs, self._migrants = islands, plan.epochs, plan.migrants
        self.scores: Dict[bytes, float] = {}
        self._epoch = [0] * count
        self._batches: Dict[int, Int32Array] = {}
        self._best: Dict[Tuple[int, int], Int32Array] = {}
        self._open: Dict[bytes, Int32Array] = {}
        self._given: Set[bytes] = set()
        for number in range(count):
            self._received(number, islands.call(number, "ask"))

    @property
    def over(self) -> bool:
        return not self._batches

    def question(self) -> Optional[Int32Array]:
        """A row to score that was not given out before, int32 [width]; None: tell first."""
        if not self._open:
            return None
        key = next(iter(self._open))
        self._given.add(key)
        return self._open.pop(key)

    def tell(self, row: Int32Array, accuracy: float) -> None:
        """The accuracy of a row; -inf where it was dropped.  Told again, it stays."""
        key = row.tobytes()
        self._open.pop(key, None)
        self.scores.setdefault(key, accuracy)
        numbers = range(len(self._epoch))
        while any([self._step(number) for number in numbers]):
            pass

    def _step(self, number: int) -> bool:
        """Go on with an island if all is known that it waits for; whether it did."""
        batch = self._batches.get(number)
        if batch is None:
            return self._migrate(number)
        known = [self.scores.get(row.tobytes()) for row in batch]
        if None in known:
            return False
        self._received(number, self._islands.call(number, "tell", known))
        return True

    def _received(self, number: int, rows: Int32Array) -> None:
        """An island asks for rows, or for none: its epoch is over."""
        if not len(rows):
            self._batches.pop(number, None)
            self._best[number, self._epoch[number]] = self._islands.call(number, "best")
            return
        self._batches[number] = rows
        for row in rows:
            key = row.tobytes()
            if key not in self.scores and key not in self._given:
                self._open.setdefault(key, row)

    def _migrate(self, number: int) -> bool:
        """Begin an island's next epoch, once it and the one before it have ended this one."""
        epoch, before = self._epoch[number], (number - 1) % len(self._epoch)
        ended = (number, epoch) in self._best and (before, epoch) in self._best
        if not ended or epoch + 1 == self._epochs:
            return False
        self._epoch[number] += 1
        immigrants = self._best[before, epoch][: self._migrants]
        self._received(number, self._islands.call(number, "go_on", immigrants))
        return True
