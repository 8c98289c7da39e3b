"""Workers of a Ray cluster."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .. import __version__
from .._c.arrays import number, whole
from .._c.errors import ArgumentError
from ..measuring.optional_packages import optional
from .columns import EXTRA
from .errors import FleetError
from .keys import digest
from .pools import Answer, Call, Done, answers
from .programs import Program, Task

#: The oldest Ray that is known to do.
_OLDEST = (2, 9)
#: Seconds between two looks at how large the cluster is.
_LOOK_EVERY = 1.0
#: Of a worker process: what it opened last, by its digest.
_opened: Dict[str, Program] = {}
#: Processors, and graphics processors.
_MOST = 4096


def ray_module() -> Any:
    """The package ray.

    Raises:
        ImportError: it is not installed, or too old; the message has the command.
    """
    ray = optional("ray", EXTRA)
    if tuple(int(part) for part in ray.__version__.split(".")[:2]) < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        raise ImportError(
            f"ray {ray.__version__} is installed; {wanted} or later is needed: "
            f"pip install -U '{EXTRA}'"
        )
    return ray


def connect(address: Optional[str], **options: Any) -> Any:
    """The package ray, connected to a cluster; to the one that this process is in, if it is.

    Args:
        address: as ``ray.init`` takes it: "auto" is the cluster that this machine belongs to;
            None starts one of this machine alone.
        options: further arguments of ``ray.init``.

    Raises:
        FleetError: no cluster is there, or one of another version.
        ImportError: see ``ray_module``.
    """
    ray = ray_module()
    if ray.is_initialized():
        return ray
    try:
        # Without "local", what an earlier cluster left behind would be looked for.
        where = "local" if address is None else address
        ray.init(address=where, log_to_driver=False, logging_level="ERROR", **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = "on this machine" if address is None else f"at {address}"
        raise FleetError(f"no Ray cluster {where}: {error}") from error
    return ray


class _RayCalls:
    """What pools of Ray workers share: the program in the object store, and calls on their way.

    Args:
        address, init: of ``connect``.
        cpus: processors that a call takes.
        gpus: the same of graphics processors, parts allowed.

    Raises:
        ArgumentError: cpus or gpus below 0.
        ImportError: ray is not installed, or too old.
    """

    def __init__(
        self, address: Optional[str] = None, *, cpus: int = 1, gpus: float = 0, **init: Any
    ) -> None:
        ray_module()
        self._address, self._init = address, init
        self._cpus = whole(cpus, "cpus", 0, _MOST)
        self._gpus = number(gpus, "gpus")
        if not 0 <= self._gpus <= _MOST:
            raise ArgumentError(f"gpus is {self._gpus}, not 0...{_MOST}")
        self._calls: Dict[Any, Call] = {}

    def start(self, program: Program) -> None:
        """See ``Pool``."""
        self._ray = connect(self._address, **self._init)
        self._program = self._ray.cloudpickle.dumps(program)
        self._digest = digest(self._program)
        # Once, into the object store: every node fetches it once.
        self._stored = self._ray.put(self._program)

    @property
    def _needs(self) -> Dict[str, Any]:
        return {"num_cpus": self._cpus, "num_gpus": self._gpus, "scheduling_strategy": "SPREAD"}

    def _arguments(self, call: Call) -> Tuple[Any, ...]:
        """Of ``run_call``; in a list, a reference is passed on as it is: a worker that has the
        program open needs no copy."""
        return __version__, self._digest, [self._stored], list(call.tasks)

    def _next(self, seconds: Optional[float]) -> Optional[Tuple[Any, Done]]:
        """The reference of the next call that is over, and what became of it."""
        ready, _ = self._ray.wait(list(self._calls), num_returns=1, timeout=seconds)
        if not ready:
            return None
        return ready[0], self._outcome(ready[0], self._calls.pop(ready[0]))

    def _outcome(self, ref: Any, call: Call) -> Done:
        errors = self._ray.exceptions
        try:
            made, seconds = self._ray.get(ref)
        except errors.RayTaskError as error:
            raise FleetError(f"a worker cannot begin: {_told(error)}") from error
        except errors.RayError as error:
            # It may have been the store that was lost.
            self._stored = self._ray.put(self._program)
            return Done(call, None, f"{type(error).__name__}: {str(error).splitlines()[0]}")
        return Done(call, made, seconds=seconds)


class RayPool(_RayCalls):
    """Tasks of a Ray cluster, on all of its nodes, now and as they come and go."""

    _looked = -_LOOK_EVERY
    _room = 1

    def start(self, program: Program) -> None:
        """See ``Pool``."""
        super().start(program)
        self._run = self._ray.remote(run_call).options(max_retries=0, **self._needs)

    def workers(self) -> int:
        """See ``Pool``: what the cluster has room for now."""
        if time.monotonic() - self._looked >= _LOOK_EVERY:
            self._looked = time.monotonic()
            have = self._ray.cluster_resources()
            room = [have.get("CPU", 0) / self._cpus] if self._cpus else []
            room += [have.get("GPU", 0) / self._gpus] if self._gpus else []
            self._room = max(int(min(room, default=1)), 1)
        return self._room

    def submit(self, call: Call) -> None:
        """See ``Pool``."""
        self._calls[self._run.remote(*self._arguments(call))] = call

    def wait(self, seconds: Optional[float] = None) -> Optional[Done]:
        """See ``Pool``."""
        found = self._next(seconds)
        return None if found is None else found[1]

    def drop(self, number: int) -> None:
        """See ``Pool``."""
        for ref, call in list(self._calls.items()):
            if call.number == number:
                del self._calls[ref]
                self._ray.cancel(ref, force=True)

    def close(self) -> None:
        """See ``Pool``; the cluster stays."""
        for ref in self._calls:
            self._ray.cancel(ref, force=True)
        self._calls.clear()


class RayActors(_RayCalls):
    """Actors of a Ray cluster: each keeps what its program loads, such as a supernet on a GPU.

    Args:
        workers: how many actors.
        address, cpus, gpus, init: as for ``RayPool``; an actor takes that much.

    Raises:
        ArgumentError: workers is not 1...4096, or see ``RayPool``.
        ImportError: ray is not installed, or too old.
    """

    def __init__(self, workers: int, address: Optional[str] = None, **options: Any) -> None:
        super().__init__(address, **options)
        self._count = whole(workers, "workers", 1, _MOST)
        self._idle: List[Any] = []
        self._actor_of: Dict[Any, Any] = {}
        self._waiting: List[Call] = []

    def start(self, program: Program) -> None:
        """See ``Pool``."""
        super().start(program)
        self._kind = self._ray.remote(_Actor)
        self._idle = [self._new() for _ in range(self._count)]

    def _new(self) -> Any:
        return self._kind.options(max_restarts=0, **self._needs).remote()

    def workers(self) -> int:
        """See ``Pool``."""
        return self._count

    def submit(self, call: Call) -> None:
        """See ``Pool``."""
        self._waiting.append(call)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and self._idle:
            actor, call = self._idle.pop(), self._waiting.pop(0)
            ref = actor.run.remote(*self._arguments(call))
            self._calls[ref], self._actor_of[ref] = call, actor

    def wait(self, seconds: Optional[float] = None) -> Optional[Done]:
        """See ``Pool``."""
        found = self._next(seconds)
        if found is None:
            return None
        ref, done = found
        actor = self._actor_of.pop(ref)
        self._idle.append(actor if done.lost is None else self._new())
        self._hand_out()
        return done

    def drop(self, number: int) -> None:
        """See ``Pool``."""
        self._waiting = [call for call in self._waiting if call.number != number]
        for ref, call in list(self._calls.items()):
            if call.number == number:
                del self._calls[ref]
                self._ray.kill(self._actor_of.pop(ref))
                self._idle.append(self._new())
        self._hand_out()

    def close(self) -> None:
        """See ``Pool``; the cluster stays."""
        for actor in (*self._idle, *self._actor_of.values()):
            self._ray.kill(actor)
        self._idle, self._waiting = [], []
        self._calls.clear()
        self._actor_of.clear()


class _Actor:
    """A worker that stays."""

    def run(self, *arguments: Any) -> Tuple[List[Answer], float]:
        return run_call(*arguments)


def run_call(
    version: str, key: str, stored: List[Any], tasks: Sequence[Task]
) -> Tuple[List[Answer], float]:
    """What a worker does: tasks of the program that it is sent, which it opens once.

    Returns:
        An answer for each task, and the seconds it took.

    Raises:
        FleetError: the worker has another helpnas than the driver, or cannot open the program.
    """
    begin = time.perf_counter()
    return answers(_program(version, key, stored[0]), tasks), time.perf_counter() - begin


def _program(version: str, key: str, stored: Any) -> Program:
    if key not in _opened:
        ray = ray_module()
        node = ray.get_runtime_context().get_node_id()[:8]
        if version != __version__:
            raise FleetError(f"node {node} has helpnas {__version__}, the driver {version}")
        data = ray.get(stored)
        try:
            opened = ray.cloudpickle.loads(data)
        except Exception as error:
            raise FleetError(f"node {node} cannot open the work: {error}") from error
        _opened.clear()
        _opened[key] = opened
    return _opened[key]


def _told(error: Exception) -> str:
    """Of an error that Ray wraps: its own text."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, ImportError):
        return f"{cause}: install the same helpnas on every node"
    return str(cause) if cause is not None else str(error).splitlines()[-1]
