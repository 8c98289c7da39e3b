"""Workers of a Ray cluster."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .. import __version__
from .._c.arrays import number, whole
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

    Raises:
        FleetError: no cluster is there, or one of another version.
        ImportError: see ``ray_module``.
    """
    ray = ray_module()
    if ray.is_initialized():
        return ray
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = "on this machine" if address is None else f"at {address}"
        raise FleetError(f"no Ray cluster {where}: {error}") from error
    return ray


class RayPool:
    """Tasks of a Ray cluster, on all of its nodes.

    Args:
        address: of the cluster, as ``ray.init`` takes it: "auto" is the one that this machine
            belongs to; None starts one of this machine alone.
        cpus: processors that a task takes.
        gpus: the same of graphics processors, parts allowed.
        init: further arguments of ``ray.init``.

    Raises:
        ArgumentError: cpus or gpus below 0.
        ImportError: ray is not installed, or too old.
    """

    def __init__(
        self, address: Optional[str] = None, *, cpus: int = 1, gpus: float = 0, **init: Any
    ) -> None:
        ray_module()
        self._address, self._init = address, init
        self._cpus = whole(cpus, "cpus", 0, 4096)
        self._gpus = number(gpus, "gpus")
        self._calls: Dict[Any, Call] = {}
        self._looked = -_LOOK_EVERY
        self._slots = 1

    def start(self, program: Program) -> None:
        """See ``Pool``."""
        self._ray = connect(self._address, **self._init)
        data = self._ray.cloudpickle.dumps(program)
        self._digest = digest(data)
        self._program = data
        # Once, into the object store: every node fetches it once.
        self._stored = self._ray.put(data)
        self._run = self._ray.remote(run_call).options(
            max_retries=0, num_cpus=self._cpus, num_gpus=self._gpus, scheduling_strategy="SPREAD"
        )

    def slots(self) -> int:
        """See ``Pool``: two for each task that the cluster has room for now."""
        if time.monotonic() - self._looked >= _LOOK_EVERY:
            self._looked = time.monotonic()
            have = self._ray.cluster_resources()
            room = [have.get("CPU", 0) / self._cpus] if self._cpus else []
            room += [have.get("GPU", 0) / self._gpus] if self._gpus else []
            self._slots = 2 * max(int(min(room, default=1)), 1)
        return self._slots

    def submit(self, call: Call) -> None:
        """See ``Pool``."""
        # In a list, a reference is passed on as it is: a worker that has it open needs no copy.
        ref = self._run.remote(__version__, self._digest, [self._stored], list(call.tasks))
        self._calls[ref] = call

    def wait(self) -> Done:
        """See ``Pool``."""
        ready, _ = self._ray.wait(list(self._calls), num_returns=1)
        call = self._calls.pop(ready[0])
        errors = self._ray.exceptions
        try:
            made, seconds = self._ray.get(ready[0])
        except errors.RayTaskError as error:
            raise FleetError(f"a worker cannot begin: {_told(error)}") from error
        except errors.RayError as error:
            self._stored = self._ray.put(self._program)
            return Done(call, None, f"{type(error).__name__}: {str(error).splitlines()[0]}")
        return Done(call, made, seconds=seconds)

    def close(self) -> None:
        """See ``Pool``; the cluster stays."""
        for ref in self._calls:
            self._ray.cancel(ref, force=True)
        self._calls.clear()


def run_call(
    version: str, key: str, stored: List[Any], tasks: Sequence[Task]
) -> Tuple[List[Answer], float]:
    """What a worker does: tasks of the program that it is sent, which it opens once.

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
