"""``fleet.map``: work done by workers, its rows in a folder of results."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Callable, Deque, Dict, Iterator, List, Optional, Tuple

from .._c.arrays import whole
from .._c.handles import Path
from .columns import Row
from .pools import Answer, Call, Done, InProcess, Pool
from .programs import Task
from .results import Results
from .work import COMMON, Work

#: Seconds that a call is meant to take: far more than it costs to send, and few to lose.
_CALL_SECONDS = 0.25
#: Tasks in a call at most.
_MOST_TASKS = 256


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        done: rows there are, those of runs before included.
        total: rows there will be.
        failed: those of this run whose task failed: rows too.
        seconds: since it began.
        eta_s: seconds left at the speed so far; NaN before the first row.
        row: the row that was just added.
    """

    done: int
    total: int
    failed: int
    seconds: float
    eta_s: float
    row: Row


ProgressFunction = Callable[[Progress], object]


@dataclass
class Outcome:
    """What a run did.

    Attributes:
        done: rows that it added.
        before: rows of its work that were there when it began.
        failed: of those it added, rows with the status "failed".
        lost: key -> why a task has no row: its workers ended, or the system refused something,
            each time it was tried.  Running again tries these again.
        again: tasks that were sent again because of that.
        seconds: it took.
    """

    done: int = 0
    before: int = 0
    failed: int = 0
    lost: Dict[str, str] = field(default_factory=dict)
    again: int = 0
    seconds: float = 0.0


def map(
    work: Work,
    results: Path,
    pool: Optional[Pool] = None,
    *,
    retries: int = 2,
    progress: Optional[ProgressFunction] = None,
) -> Outcome:
    """Do all of the work whose rows are not yet there.

    Every row is kept as soon as it is known.  A row has ``work.columns``; what a task computes
    depends on the task alone, so the rows are the same whatever the pool, the order, and
    however often the run was interrupted.

    Args:
        results: the folder, made if it is not there; ``read_results`` reads it.
        pool: where; default in this process.  It is closed at the end.
        retries: how often a task is sent again whose worker ended, or whom the system refused
            something.  An error of the task itself is its row, with the status "failed".
        progress: called after every row.

    Raises:
        HelpIOError: another run appends to the folder, or the disk is full; rows are kept.
        MismatchError: the folder has results of other work.
        FleetError: the workers cannot begin.
        ImportError: pyarrow is not installed.
    """
    whole(retries, "retries", 0, 1000)
    workers = InProcess() if pool is None else pool
    with Results(results, work.program.kind, work.columns) as file:
        try:
            workers.start(work.program)
            return _Run(work, file, workers, retries, progress).go()
        finally:
            workers.close()


class _Run:
    """A run: tasks out, answers in."""

    def __init__(
        self,
        work: Work,
        file: Results,
        pool: Pool,
        retries: int,
        progress: Optional[ProgressFunction],
    ) -> None:
        self._work, self._file, self._pool = work, file, pool
        self._retries, self._progress = retries, progress
        self._fresh = self._unknown()
        self._again: Deque[Task] = deque()
        self._tries: Dict[str, int] = {}
        self._flying: Dict[int, Call] = {}
        self._sent = 0
        self._pace = _Pace()
        self._begin = time.monotonic()
        self._outcome = Outcome()

    def go(self) -> Outcome:
        while self._fill() or self._flying:
            done = self._pool.wait()
            if done is not None:
                self._take(done)
        self._outcome.seconds = time.monotonic() - self._begin
        return self._outcome

    def _unknown(self) -> Iterator[Task]:
        """Tasks without a row; they are made when they are sent."""
        for task in self._work.tasks():
            if task.key in self._file.keys:
                self._outcome.before += 1
            else:
                yield task

    def _fill(self) -> bool:
        """Send what there is room for; whether anything was."""
        sent = False
        # One more waits for each worker, so that none is idle.
        while len(self._flying) < 2 * self._pool.workers():
            tasks = self._next_tasks()
            if not tasks:
                break
            call = Call(self._sent, tasks)
            self._sent += 1
            self._flying[call.number] = call
            self._pool.submit(call)
            sent = True
        return sent

    def _next_tasks(self) -> List[Task]:
        # Alone: if a task is what ends workers, it takes no others with it.
        if self._again:
            return [self._again.popleft()]
        left = len(self._work) - self._outcome.done - self._outcome.before
        # Fewer at a time when few are left, so that all workers end together.
        return self._pace.some(self._fresh, left // (4 * self._pool.workers()))

    def _take(self, done: Done) -> None:
        del self._flying[done.call.number]
        if done.answers is None:
            for task in done.call.tasks:
                self._retry(task, f"the worker was lost: {done.lost}")
            return
        self._pace.saw(len(done.answers), done.seconds)
        final: List[Tuple[Task, Answer]] = []
        for task, answer in zip(done.call.tasks, done.answers):
            if answer.again:
                self._retry(task, answer.error or "")
            else:
                final.append((task, answer))
        rows = [self._row(task, answer) for task, answer in final]
        self._file.append(rows)
        for row in rows:
            self._count(row)

    def _retry(self, task: Task, reason: str) -> None:
        self._tries[task.key] = self._tries.get(task.key, 0) + 1
        if self._tries[task.key] > self._retries:
            self._outcome.lost[task.key] = reason
        else:
            self._outcome.again += 1
            self._again.append(task)

    def _row(self, task: Task, answer: Answer) -> Row:
        row: Row = dict.fromkeys((*COMMON, *self._work.program.columns))
        row.update({"key": task.key, **task.known, "error": answer.error})
        row["status"] = "done" if answer.error is None else "failed"
        row.update(answer.values or {})
        return row

    def _count(self, row: Row) -> None:
        self._outcome.done += 1
        self._outcome.failed += row["status"] == "failed"
        if self._progress is None:
            return
        seconds = time.monotonic() - self._begin
        there = self._outcome.done + self._outcome.before
        left = len(self._work) - there
        eta = seconds / self._outcome.done * left if self._outcome.done else math.nan
        self._progress(Progress(there, len(self._work), self._outcome.failed, seconds, eta, row))


class _Pace:
    """How many tasks make a call of a good length."""

    def __init__(self) -> None:
        self._seconds_a_task = math.inf

    def saw(self, tasks: int, seconds: float) -> None:
        """A call took that long."""
        one = seconds / max(tasks, 1)
        known = math.isfinite(self._seconds_a_task)
        self._seconds_a_task = (self._seconds_a_task + one) / 2 if known else one

    def some(self, tasks: Iterator[Task], most: int) -> List[Task]:
        """The next tasks: ``most``, or fewer that take long enough."""
        fitting = _CALL_SECONDS / max(self._seconds_a_task, _CALL_SECONDS / _MOST_TASKS)
        count = max(1, min(int(fitting), most))
        return [task for _, task in zip(range(count), tasks)]
