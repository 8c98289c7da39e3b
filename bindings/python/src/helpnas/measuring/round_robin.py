"""Measures architectures in turn, round after round."""

from __future__ import annotations

import math
import time
from typing import Any, Callable, Dict, List, Optional, Protocol

import numpy as np

from .._c.arrays import FloatArray, Int64Array
from .clocks import CPU, Clock
from .network import Network
from .rounds_file import Record
from .runtimes import Inference, Runtime

#: Milliseconds of architecture number i.
Visit = Callable[[int], float]
#: Visits done, visits in all.
ProgressFunction = Callable[[int, int], object]

#: Architectures in a row that may fail with an OSError before the device is taken for lost.
_LOST_AFTER = 3
#: Runs before the first that counts.
_WARM_UP = 2


class DeviceLost(Exception):
    """The device stopped answering; the message says why."""


def visiting_order(seed: int, number: int, count: int) -> Int64Array:
    """The architectures in the order in which round ``number`` visits them, int64 [count]."""
    return np.random.default_rng([seed, number]).permutation(count)


class RoundRobin:
    """Visits every architecture once a round, each round in another order.

    A disturbance then hits a few visits of many architectures, and the smallest latency of
    each is free of it; measured one after another, a whole architecture would suffer.

    Attributes:
        failures: number of an architecture -> why it could not be measured.
    """

    def __init__(
        self,
        visit: Visit,
        record: Record,
        count: int,
        rounds: int,
        seed: int = 0,
        progress: Optional[ProgressFunction] = None,
    ) -> None:
        self._visit, self._record, self._progress = visit, record, progress
        self._count, self._rounds, self._seed = count, rounds, seed
        self._broken: Dict[int, str] = {}
        self._silent: List[str] = []
        self._done = 0
        self.failures: Dict[int, str] = {}

    def go(self) -> None:
        """Run all rounds except what the record has already; it is written whatever happens.

        Raises:
            DeviceLost: several architectures in a row failed with an OSError.
        """
        try:
            for number in range(self._rounds):
                self._round(number)
                self._record.save()
        finally:
            self._record.save()

    def _round(self, number: int) -> None:
        row = self._record.row(number)
        for index in visiting_order(self._seed, number, self._count):
            if math.isnan(row[index]) and int(index) not in self._broken:
                self._measure(int(index), row)
                self._record.save_sometimes()
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._rounds * self._count)

    def _measure(self, index: int, row: FloatArray) -> None:
        try:
            row[index] = self._visit(index)
        except OSError as error:
            self._fail(index, error)
            self._silent.append(_reason(error))
            if len(self._silent) == _LOST_AFTER:
                reasons = "; ".join(dict.fromkeys(self._silent))
                raise DeviceLost(
                    f"{_LOST_AFTER} architectures in a row failed: {reasons}"
                ) from error
        except Exception as error:
            self._fail(index, error)
            self._broken[index] = _reason(error)
            self._silent.clear()
        else:
            self.failures.pop(index, None)
            self._silent.clear()

    def _fail(self, index: int, error: Exception) -> None:
        self.failures[index] = _reason(error)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class Networks(Protocol):
    """The networks of all architectures."""

    def __call__(self, index: int) -> Network:
        """That of architecture number ``index``."""

    def warnings(self) -> List[str]:
        """What is odd about those that were asked for, in sentences."""


class ModelVisits:
    """Visits of models that a runtime runs.

    Args:
        networks: what it runs.
        open_bytes: size of the models kept ready; others are prepared anew in every round.

    Attributes:
        seconds_elsewhere: processor time that other threads of this process took meanwhile.
    """

    def __init__(
        self,
        networks: Networks,
        runtime: Runtime,
        threads: int,
        clock: Clock,
        runs: int,
        open_bytes: int,
    ) -> None:
        self._networks, self._runtime, self._threads = networks, runtime, threads
        self._clock, self._runs, self._room = clock, runs, open_bytes
        self._ready: Dict[int, Inference] = {}
        self.seconds_here = 0.0
        self.seconds_in_all = 0.0

    def __call__(self, index: int) -> float:
        """The fastest of a few runs, milliseconds."""
        run = self._inference(index)
        run()  # brings weights and code back into the caches
        begin = CPU.now(), time.process_time()
        best = min(self._time(run) for _ in range(self._runs))
        self.seconds_here += CPU.now() - begin[0]
        self.seconds_in_all += time.process_time() - begin[1]
        if best <= 0:
            raise ValueError(f"clock {self._clock.name!r} is too coarse: measure with clock='wall'")
        return round(1000 * best, 6)

    def _time(self, run: Inference) -> float:
        begin = self._clock.now()
        run()
        return self._clock.now() - begin

    def _inference(self, index: int) -> Inference:
        if index in self._ready:
            return self._ready[index]
        network = self._networks(index)
        run = network.prepare(self._runtime, self._threads)
        for _ in range(_WARM_UP):
            run()
        if network.size <= self._room:
            self._room -= network.size
            self._ready[index] = run
        return run

    def warnings(self) -> List[str]:
        """Of the networks, and whether the clock saw all of the work."""
        return [*self._networks.warnings(), *self._unseen_work()]

    def _unseen_work(self) -> List[str]:
        if self._clock.name != CPU.name or self.seconds_here >= 0.8 * self.seconds_in_all:
            return []
        share = 1 - self.seconds_here / self.seconds_in_all
        return [
            f"{100 * share:.0f} % of the work ran in other threads, which the clock 'cpu' does not "
            "see: measure with clock='wall'"
        ]


class CallbackVisits:
    """Visits of a function that measures an architecture itself, in milliseconds."""

    def __init__(self, run: Callable[[Any], Any], archs: List[Any], runs: int) -> None:
        self._run, self._archs, self._runs = run, archs, runs

    def __call__(self, index: int) -> float:
        """The smallest of a few answers."""
        return min(self._once(self._archs[index]) for _ in range(self._runs))

    def _once(self, arch: Any) -> float:
        answer = self._run(arch)
        try:
            latency = float(answer)
        except (TypeError, ValueError):
            latency = math.nan
        if not 0 < latency < math.inf:
            raise ValueError(f"run returned {answer!r}, not milliseconds above 0")
        return latency

    def warnings(self) -> List[str]:
        """Nothing is known of the device."""
        return []
