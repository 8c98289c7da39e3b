"""Where tasks run: in this process, in processes beside it; ``ray_pool`` has clusters."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Deque, Dict, List, Mapping, Optional, Protocol, Sequence

from .._c.arrays import whole
from .._c.errors import HelpError
from .errors import FleetError
from .programs import Program, Task, Values

#: More processes than this are a slip.
_MOST_WORKERS = 1024
#: What a process says that has opened its program.
_READY = "ready"
#: Seconds that processes have to end by themselves.
_GRACE = 2.0


@dataclass(frozen=True)
class Answer:
    """What became of a task.

    Attributes:
        values: of the program's columns; None where it failed.
        error: why it failed.
        again: whether trying again may help: the system's fault, not the task's.
    """

    key: str
    values: Optional[Values] = None
    error: Optional[str] = None
    again: bool = False


@dataclass(frozen=True)
class Call:
    """Tasks that a worker does in one go."""

    number: int
    tasks: Sequence[Task]


@dataclass(frozen=True)
class Done:
    """What became of a call.

    Attributes:
        answers: one for each task; None if the worker ended in the middle.
        lost: why, then.
        seconds: how long the worker was at it.
    """

    call: Call
    answers: Optional[List[Answer]]
    lost: Optional[str] = None
    seconds: float = 0.0


class Pool(Protocol):
    """Workers.  One run at a time: ``start``, then ``submit`` and ``wait``, then ``close``."""

    def start(self, program: Program) -> None:
        """Give every worker the program.

        Raises:
            FleetError: the workers cannot begin; says why.
        """

    def workers(self) -> int:
        """How many calls are done at once; those beyond wait for their turn."""

    def submit(self, call: Call) -> None:
        """Give a worker a call."""

    def wait(self, seconds: Optional[float] = None) -> Optional[Done]:
        """The next call that is over, in whatever order; None if none is after that long."""

    def drop(self, number: int) -> None:
        """Forget a call, and end the worker that is at it.  It has no ``Done``."""

    def close(self) -> None:
        """End the workers."""


def answer(program: Program, task: Task) -> Answer:
    """Do one task; its errors are an answer too."""
    try:
        return Answer(task.key, program.run(task.arguments))
    except (OSError, MemoryError) as error:
        return Answer(task.key, error=_reason(error), again=True)
    except (HelpError, ValueError, TypeError, ArithmeticError, LookupError) as error:
        return Answer(task.key, error=_reason(error))


def answers(program: Program, tasks: Sequence[Task]) -> List[Answer]:
    """Do tasks, one after another."""
    return [answer(program, task) for task in tasks]


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class InProcess:
    """No workers: every call is done where it is waited for."""

    def __init__(self) -> None:
        self._calls: Deque[Call] = deque()
        self._program: Optional[Program] = None

    def start(self, program: Program) -> None:
        """See ``Pool``."""
        self._program = program

    def workers(self) -> int:
        """See ``Pool``."""
        return 1

    def submit(self, call: Call) -> None:
        """See ``Pool``."""
        self._calls.append(call)

    def drop(self, number: int) -> None:
        """See ``Pool``; a call is over before anyone can drop it."""
        self._calls = deque(call for call in self._calls if call.number != number)

    def wait(self, seconds: Optional[float] = None) -> Done:
        """See ``Pool``; it takes as long as the call does."""
        if self._program is None:
            raise FleetError("the pool is not started")
        call, begin = self._calls.popleft(), time.perf_counter()
        made = answers(self._program, call.tasks)
        return Done(call, made, seconds=time.perf_counter() - begin)

    def close(self) -> None:
        """See ``Pool``."""
        self._calls.clear()
        self._program = None


class LocalPool:
    """Processes on this machine.

    They are started anew, not forked: a program that makes one needs the usual
    ``if __name__ == "__main__":``.

    Args:
        workers: how many.

    Raises:
        ArgumentError: not 1...1024.
    """

    def __init__(self, workers: int) -> None:
        self._count = whole(workers, "workers", 1, _MOST_WORKERS)
        self._program = b""
        self._idle: List[_Worker] = []
        self._busy: Dict[Any, _Worker] = {}
        self._calls: Deque[Call] = deque()

    @property
    def process_ids(self) -> List[int]:
        """Of the workers."""
        return [worker.process_id for worker in (*self._idle, *self._busy.values())]

    def start(self, program: Program) -> None:
        """See ``Pool``."""
        try:
            self._program = pickle.dumps(program)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise FleetError(
                f"{program.kind}: processes cannot be sent it ({error}): a function must be at "
                "the top of a module"
            ) from None
        self._idle = [_Worker(self._program) for _ in range(self._count)]
        for worker in self._idle:
            worker.get_ready()

    def workers(self) -> int:
        """See ``Pool``."""
        return self._count

    def submit(self, call: Call) -> None:
        """See ``Pool``."""
        self._calls.append(call)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._calls and self._idle:
            worker = self._idle.pop()
            worker.begin(self._calls.popleft())
            self._busy[worker.connection] = worker

    def wait(self, seconds: Optional[float] = None) -> Optional[Done]:
        """See ``Pool``."""
        ready = wait(list(self._busy), seconds)
        if not ready:
            return None
        worker = self._busy.pop(ready[0])
        done = worker.finish()
        self._idle.append(worker if done.lost is None else self._another())
        self._hand_out()
        return done

    def _another(self) -> "_Worker":
        worker = _Worker(self._program)
        worker.get_ready()
        return worker

    def drop(self, number: int) -> None:
        """See ``Pool``."""
        self._calls = deque(call for call in self._calls if call.number != number)
        for connection, worker in list(self._busy.items()):
            if worker.number == number:
                del self._busy[connection]
                worker.end()
                self._idle.append(self._another())
        self._hand_out()

    def close(self) -> None:
        """See ``Pool``."""
        for worker in (*self._idle, *self._busy.values()):
            worker.end()
        self._idle, self._busy = [], {}
        self._calls.clear()


class _Worker:
    """A process, and the call that it is at."""

    def __init__(self, program: bytes) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, program), daemon=True)
        self._process.start()
        theirs.close()
        self._call: Optional[Call] = None

    @property
    def process_id(self) -> int:
        return self._process.pid or 0

    @property
    def number(self) -> Optional[int]:
        """Of the call."""
        return None if self._call is None else self._call.number

    def get_ready(self) -> None:
        """Wait until the process has opened the program.

        Raises:
            FleetError: it could not.
        """
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            self._process.join()
            said = f"its process ended with code {self._process.exitcode}"
        if said != _READY:
            raise FleetError(f"a worker cannot begin: {said}")

    def begin(self, call: Call) -> None:
        self._call = call
        # One that ended meanwhile is noticed in ``finish``.
        with suppress(OSError):
            self.connection.send(call.tasks)

    def finish(self) -> Done:
        """What became of the call."""
        call, self._call = self._call, None
        assert call is not None
        try:
            said: Mapping[str, Any] = self.connection.recv()
        except (EOFError, OSError):
            self._process.join()
            return Done(call, None, f"its process ended with code {self._process.exitcode}")
        return Done(call, said["answers"], seconds=said["seconds"])

    def end(self) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.join(_GRACE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(connection: Connection, program: bytes) -> None:
    """What a process of ``LocalPool`` does, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            opened = pickle.loads(program)
        except Exception as error:
            connection.send(_reason(error))
            return
        connection.send(_READY)
        while True:
            tasks, begin = connection.recv(), time.perf_counter()
            made = answers(opened, tasks)
            connection.send({"answers": made, "seconds": time.perf_counter() - begin})
