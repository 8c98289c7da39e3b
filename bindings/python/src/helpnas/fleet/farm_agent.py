"""A farm's agent: beside a device, it takes orders, measures, and posts rows."""

from __future__ import annotations

import json
import math
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Protocol, Tuple, Union

from .._c.errors import HelpError, HelpIOError, MeasurementError
from .._c.handles import Path
from ..measuring import Runtime, measure
from ..spaces import Space
from .farm import Coordinator
from .farm_plan import LateError, UnknownAgentError

#: Seconds that an answer may take, and between two tries where nobody answers.
_PATIENCE = 60.0
_PAUSE = 5.0
#: Bytes of a model, and of another answer, at most.
_LARGEST_MODEL, _LARGEST_ANSWER = 1 << 30, 1 << 24
#: Status of an answer -> the coordinator's error.
_ERRORS: Mapping[int, Any] = {404: UnknownAgentError, 409: LateError}


class Desk(Protocol):
    """Where an agent asks: the coordinator itself, or what stands for it."""

    def join(self, agent: str, device: str) -> Dict[str, Any]:
        """See ``Coordinator``, as for all of these."""

    def order(self, agent: str) -> Dict[str, Any]:
        """The next order."""

    def beat(self, agent: str, order: int) -> Dict[str, Any]:
        """Still at it."""

    def post(
        self,
        agent: str,
        order: int,
        latency_ms: List[Optional[float]],
        repeatability: Optional[float],
    ) -> Dict[str, Any]:
        """What was measured."""

    def model(self, agent: str, order: int, index: int) -> bytes:
        """An ONNX model."""


class HttpDesk:
    """A coordinator behind ``farm_server``.

    Args:
        url: "https://farm.example:8000".
        token: the server's.
        authority: PEM file of the authority that signed the server's certificate; default the
            system's.
    """

    def __init__(self, url: str, token: str, authority: Optional[Path] = None) -> None:
        self._url, self._token = url.rstrip("/"), token
        self._tls = ssl.create_default_context(cafile=authority) if authority else None

    def join(self, agent: str, device: str) -> Dict[str, Any]:
        """See ``Desk``."""
        return self._post("join", agent=agent, device=device)

    def order(self, agent: str) -> Dict[str, Any]:
        """See ``Desk``."""
        return self._post("order", agent=agent)

    def beat(self, agent: str, order: int) -> Dict[str, Any]:
        """See ``Desk``."""
        return self._post("beat", agent=agent, order=order)

    def post(
        self,
        agent: str,
        order: int,
        latency_ms: List[Optional[float]],
        repeatability: Optional[float],
    ) -> Dict[str, Any]:
        """See ``Desk``."""
        return self._post(
            "post", agent=agent, order=order, latency_ms=latency_ms, repeatability=repeatability
        )

    def model(self, agent: str, order: int, index: int) -> bytes:
        """See ``Desk``."""
        return self._get(f"model/{order}/{index}/{urllib.parse.quote(agent, safe='')}")

    def status(self) -> Dict[str, Any]:
        """``Coordinator.status``."""
        return dict(json.loads(self._get("status", _LARGEST_ANSWER)))

    def _post(self, name: str, **arguments: Any) -> Dict[str, Any]:
        body = json.dumps(arguments).encode()
        return dict(json.loads(self._send(name, body, _LARGEST_ANSWER)))

    def _get(self, path: str, largest: int = _LARGEST_MODEL) -> bytes:
        return self._send(path, None, largest)

    def _send(self, path: str, body: Optional[bytes], largest: int) -> bytes:
        """The body of an answer.

        Raises:
            UnknownAgentError, LateError: the coordinator's.
            HelpIOError: nobody answers, or the answer is another error.
        """
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._url}/v1/{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE, context=self._tls) as answer:
                data = answer.read(largest + 1)
        except urllib.error.HTTPError as error:
            reason = _reason(error)
            raise _ERRORS.get(error.code, HelpIOError)(f"{self._url}: {reason}") from None
        except (urllib.error.URLError, OSError) as error:
            raise HelpIOError(f"{self._url}: {getattr(error, 'reason', error)}") from None
        if len(data) > largest:
            raise HelpIOError(f"{self._url}/v1/{path}: more than {largest} bytes")
        return bytes(data)


def _reason(error: urllib.error.HTTPError) -> str:
    """The coordinator's own words, if there are any."""
    try:
        return str(json.loads(error.read(_LARGEST_ANSWER))["error"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"{error.code} {error.reason}"


class RayDesk:
    """A coordinator that is an actor of a Ray cluster.

    Args:
        ray: the package, connected.
        actor: its handle.
    """

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._actor, name)

        def call(*arguments: Any) -> Any:
            try:
                return self._ray.get(method.remote(*arguments))
            except self._ray.exceptions.RayTaskError as error:
                raise error.cause from None

        return call


def ray_coordinator(ray: Any, *arguments: Any, **options: Any) -> Any:
    """A ``Coordinator`` as an actor; ``RayDesk`` speaks with it.

    Args:
        ray: the package, connected (``ray_pool.connect``).
        arguments, options: of ``Coordinator``.
    """
    return ray.remote(Coordinator).options(num_cpus=0).remote(*arguments, **options)


@dataclass(frozen=True)
class Measured:
    """What a bench found out about an order.

    Attributes:
        latency_ms: milliseconds of each architecture, None where it failed.
        repeatability: of ``Measurements``; None: not known.
    """

    latency_ms: List[Optional[float]]
    repeatability: Optional[float] = None


#: Measures an order: its fields, a function that gives the model of each of its architectures,
#: and one to be called now and then.
Bench = Callable[[Dict[str, Any], Callable[[int], bytes], Callable[[], object]], Measured]


def runtime_bench(
    runtime: Union[str, Runtime] = "onnxruntime", threads: int = 1, clock: Optional[str] = None
) -> Bench:
    """Measures with ``helpnas.measure``: its rounds, its clocks, and its minimum.

    Args:
        runtime, threads, clock: of ``helpnas.measure``.
    """

    def bench(
        order: Dict[str, Any], model: Callable[[int], bytes], beat: Callable[[], object]
    ) -> Measured:
        space = Space.from_json(order["space"]) if _is_own(order["space"]) else _built_in(order)
        place = {text: index for index, text in enumerate(order["archs"])}

        def fetched(arch: Any, batch: int) -> bytes:
            """The coordinator built it, for the order's batch."""
            return model(place[space.format([arch])[0]])

        try:
            found = measure(
                space, order["archs"], runtime=runtime, threads=threads, clock=clock, build=fetched,
                rounds=order["rounds"], runs=order["runs"], batch=order["batch"],
                seed=order["seed"], progress=lambda done, total: beat(),
            )  # fmt: skip
        except MeasurementError:
            return Measured([None] * len(order["archs"]))
        known = dict(zip(space.format(found.archs), found.latency_ms.tolist()))
        spread = None if math.isnan(found.repeatability) else min(found.repeatability, 1.0)
        return Measured([known.get(text) for text in order["archs"]], spread)

    return bench


def _built_in(order: Dict[str, Any]) -> Space:
    return Space(order["space"]["name"])


def _is_own(description: Dict[str, Any]) -> bool:
    try:
        return Space(description["name"]).description != description
    except HelpError:
        return True


class Agent:
    """Takes orders until the device is done.

    Args:
        desk: where it asks.
        name: its own, another for each agent.
        device: the device that it measures.
        bench: that measures.
        say: called with a sentence now and then.
        sleep: waits for seconds.
    """

    def __init__(
        self,
        desk: Desk,
        name: str,
        device: str,
        bench: Bench,
        say: Callable[[str], object] = lambda text: None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._desk, self._name, self._device, self._bench = desk, name, device, bench
        self._say, self._sleep = say, sleep
        self._lease_s = _PAUSE
        self._joined = False
        self._unsent: Optional[Tuple[Dict[str, Any], Measured]] = None

    def run(self, tries: int = 100) -> str:
        """Measure until there is nothing more to do; why.

        Args:
            tries: in a row that may find nobody.

        Raises:
            HelpIOError: nobody answered that often.
        """
        failed = 0
        while True:
            try:
                over = self.step()
                failed = 0
            except HelpIOError as error:
                failed += 1
                if failed >= tries:
                    raise
                self._say(f"{error}; trying again")
                self._sleep(_PAUSE)
                continue
            if over is not None:
                return over

    def step(self) -> Optional[str]:
        """One order; why there is none, at the end."""
        if not self._joined:
            self._lease_s = self._desk.join(self._name, self._device)["lease_s"]
            self._joined = True
        try:
            self._send()
            order = self._desk.order(self._name)
            if "over" in order:
                return str(order["over"])
            if "wait_s" in order:
                self._sleep(order["wait_s"])
                return None
            self._do(order)
        except UnknownAgentError:
            self._joined = False  # the coordinator began anew
            self._unsent = None
        except LateError as error:
            self._say(str(error))
            self._unsent = None
        return None

    def _do(self, order: Dict[str, Any]) -> None:
        number = order["order"]
        beat = _Beat(lambda: self._desk.beat(self._name, number), self._lease_s / 4)
        found = self._bench(order, lambda index: self._desk.model(self._name, number, index), beat)
        self._unsent = order, found
        self._send()

    def _send(self) -> None:
        """Post what was measured; it is kept until it has arrived."""
        if self._unsent is None:
            return
        order, found = self._unsent
        verdict = self._desk.post(self._name, order["order"], found.latency_ms, found.repeatability)
        self._unsent = None
        self._say(f"{verdict['accepted']} of {order['count']} rows accepted")
        for text in verdict["said"]:
            self._say(text)


class _Beat:
    """Tells the coordinator that the agent is still there, not more often than need be."""

    def __init__(self, beat: Callable[[], object], every_s: float) -> None:
        self._beat, self._every, self._last = beat, every_s, time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            # What was measured so far is worth more than a word that did not get through.
            with suppress(HelpIOError):
                self._beat()
