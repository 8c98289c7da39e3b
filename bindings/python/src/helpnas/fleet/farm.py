"""A device farm: a coordinator that says what to measure next on each device.

Agents beside the devices ask it for orders, measure, and post rows: through HTTP
(``farm_server``), as a Ray actor, or as the object itself.  All arguments and answers are what
JSON can hold.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from functools import lru_cache
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Type

import numpy as np

from .._c.arrays import Int32Array, whole
from .._c.errors import ArgumentError
from .._c.handles import Path
from ..measuring import build_model
from ..models import Model, Predictor
from ..spaces import Archs
from . import farm_checks
from .farm_folder import FarmFolder
from .farm_plan import (
    FarmPlan,
    LateError,
    UnknownAgentError,
    checked_latencies,
    checked_name,
    checked_share,
)
from .farm_rows import FarmDevice, Order

Answer = Dict[str, Any]

#: Rows that the default pool, and the sample that widths are taken over, have.
_POOL_ROWS, _SAMPLE_ROWS = 300, 200
#: More agents than this are a slip, or an attack.
_MOST_AGENTS = 100_000
#: Orders in a row that drift may spoil before the agent is refused.
_MOST_UNSTEADY = 3
#: Sentences kept for ``status``.
_MOST_SAID = 1000
#: Models kept in memory: agents of several devices ask for the same.
_MODELS_KEPT = 16


class Coordinator:
    """Says what to measure next, fits, and stops where intervals are narrow enough.

    Threads may share it: their calls wait for each other.

    Args:
        model: that is adapted to every device.
        results: the folder that rows are kept in; made if it is not there.  A coordinator that
            begins anew goes on from what is in it.
        pool: architectures that may be measured; default a sample of the space.
        say: called with a sentence whenever something is noteworthy.
        now: seconds of a clock.

    Raises:
        HelpIOError, MismatchError, FormatError: of the folder.
        UnsupportedError: the model has no method "bayes", which chooses and has intervals.
        ImportError: pyarrow is not installed.
    """

    def __init__(
        self,
        model: Model,
        results: Path,
        plan: Optional[FarmPlan] = None,
        *,
        pool: Optional[Archs] = None,
        say: Optional[Callable[[str], object]] = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = FarmPlan() if plan is None else plan
        self._model, self._space, self._now = model, model.own_space, now
        self._say_too = say
        self._said: Deque[str] = deque(maxlen=_MOST_SAID)
        self._busy = threading.RLock()
        count = min(_POOL_ROWS, self._space.count)
        rows = self._space.sample(count, seed=self.plan.seed) if pool is None else pool
        self._pool: Int32Array = self._space.canonicalize(rows)
        self._sample = self._pool[:_SAMPLE_ROWS]
        self._chosen = lru_cache(maxsize=4096)(self._choose)
        self._model_of = lru_cache(maxsize=_MODELS_KEPT)(self._build)
        self._device_of: Dict[str, str] = {}
        self._refused: Dict[str, str] = {}
        self._unsteady_orders: Dict[str, int] = {}
        self._orders: Dict[int, Order] = {}
        self._order_of: Dict[str, int] = {}
        # No number of a coordinator before this one, whose agents may still post.
        self._numbers = time.time_ns() // 10**6
        # Before anything is measured: the first choice, and whether the model can make one.
        self._chosen(b"", self.plan.rows)
        self._folder = FarmFolder(results, self._space)
        self._devices = self._folder.devices()
        for agent, device in self._folder.refused().items():
            self._refused[agent] = f"it was refused before, beside {device}"
        for each in self._devices.values():
            self._judge(each)

    def __enter__(self) -> "Coordinator":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Any, trace: Any) -> None:
        self.close()

    def close(self) -> None:
        """Leave the folder to others; calls fail from then on."""
        with self._busy:
            self._folder.close()

    # What agents call.

    def join(self, agent: str, device: str) -> Answer:
        """An agent is there, beside a device; several may serve one device.

        Raises:
            ArgumentError: a name is not 1...64 printable characters, or there are too many.
        """
        with self._busy:
            checked_name(agent, "agent")
            checked_name(device, "device")
            if agent not in self._device_of and len(self._device_of) >= _MOST_AGENTS:
                raise ArgumentError(f"there are {_MOST_AGENTS} agents already")
            self._device_of[agent] = device
            self._devices.setdefault(device, FarmDevice(device))
            return {"lease_s": self.plan.lease_s}

    def order(self, agent: str) -> Answer:
        """What to measure next: "order" (a number), "archs" (texts), "space" (JSON), "count",
        "rounds", "runs", "batch"; or "wait_s", or "over" with the reason.

        Raises:
            UnknownAgentError: it has not joined.
        """
        with self._busy:
            device = self._device(agent)
            self._expire()
            held = self._orders.get(self._order_of.get(agent, -1))
            if held is not None:
                self._put_back(held)
            if agent in self._refused:
                return {"over": self._refused[agent]}
            if device.over is not None:
                return {"over": device.over}
            rows = self._next_rows(device)
            if not len(rows) and not self._out(device):
                device.over = f"{len(device.rows)} rows: the pool has no more"
                return {"over": device.over}
            if not len(rows):
                return {"wait_s": min(self.plan.lease_s / 4, 30.0)}
            return self._given(agent, device, rows)

    def beat(self, agent: str, order: int) -> Answer:
        """The agent is still at it.

        Raises:
            UnknownAgentError, LateError: it has not joined, or the order is no longer its.
        """
        with self._busy:
            self._held(agent, order).until = self._now() + self.plan.lease_s
            return {}

    def post(
        self,
        agent: str,
        order: int,
        latency_ms: Sequence[Optional[float]],
        repeatability: Optional[float] = None,
    ) -> Answer:
        """What was measured: milliseconds for each architecture of the order, None where it
        could not be.

        Returns:
            "accepted", a number of rows, and "said", sentences about this agent.

        Raises:
            UnknownAgentError, LateError: it has not joined, or the order is no longer its.
            ArgumentError: not such numbers.
            HelpIOError: the disk is full; nothing of these rows is kept.
        """
        with self._busy:
            self._expire()
            held = self._held(agent, order)
            values = checked_latencies(latency_ms, len(held.archs))
            spread = checked_share(repeatability)
            before = len(self._said)
            accepted = self._accept(held, values, spread)
            return {"accepted": accepted, "said": list(self._said)[before:]}

    def model(self, agent: str, order: int, index: int) -> bytes:
        """The ONNX model of an order's architecture.

        Raises:
            UnknownAgentError, LateError: it has not joined, or the order is no longer its.
            ArgumentError: no such architecture.
            UnsupportedError: a space whose networks are not known.
            ImportError: onnx is not installed here.
        """
        with self._busy:
            held = self._held(agent, order)
            held.until = self._now() + self.plan.lease_s
            row = held.archs[whole(index, "index", 0, len(held.archs) - 1)]
        return self._model_of(row.tobytes())

    # What the farm's owner calls.

    def check(self) -> None:
        """Look for agents that are lost; every call of an agent does, too."""
        with self._busy:
            self._expire()

    def status(self) -> Answer:
        """Devices with their rows, widths and reasons, agents that are refused, and the last
        sentences."""
        with self._busy:
            self._expire()
            devices = {
                each.name: {
                    "rows": len(each.rows),
                    "queued": len(each.queue),
                    "width": None if math.isinf(each.width) else each.width,
                    "over": each.over,
                }
                for each in self._devices.values()
            }
            return {
                "devices": devices,
                "orders": len(self._orders),
                "refused": dict(self._refused),
                "said": list(self._said),
            }

    @property
    def over(self) -> bool:
        """Whether all devices that joined are done; False while there is none."""
        with self._busy:
            return bool(self._devices) and all(each.over for each in self._devices.values())

    def predictor(self, device: str) -> Predictor:
        """The model, adapted to what is known of a device.

        Raises:
            ArgumentError: no such device, or it has fewer than three rows.
        """
        with self._busy:
            known = self._devices.get(device)
            if known is None or len(known.rows) < 3:
                count = 0 if known is None else len(known.rows)
                raise ArgumentError(f"device {device!r} has {count} rows; 3 are needed")
            return self._fitted(known)

    # Choosing.

    def _next_rows(self, device: FarmDevice) -> Int32Array:
        """Rows to measure, the queued ones first, int32 [n, width]; none: wait for others."""
        wanted = min(self.plan.rows, self.plan.most - len(device.rows) - self._out(device))
        rows: List[Int32Array] = []
        while device.queue and len(rows) < wanted:
            rows.append(device.queue.popleft())
        if not rows and wanted > 0:
            taken = sorted([*device.rows, *self._out_keys(device), *device.failed])
            rows = list(self._pool[self._chosen(b"".join(taken), wanted)])
        return np.array(rows, np.int32).reshape(len(rows), self._space.width)

    def _choose(self, taken: bytes, count: int) -> Any:
        """Rows of the pool; the same choice for all devices with the same rows."""
        known = np.frombuffer(taken, np.int32).reshape(-1, self._space.width)
        keys = {row.tobytes() for row in known}
        if keys.issuperset(row.tobytes() for row in self._pool):
            return np.empty(0, np.int64)
        free = np.flatnonzero([row.tobytes() not in keys for row in self._pool])
        chosen = self._model.select(self._pool[free], min(count, len(free)), measured=known)
        return free[chosen]

    def _out_keys(self, device: FarmDevice) -> List[bytes]:
        orders = [each for each in self._orders.values() if each.device == device.name]
        keys = {row.tobytes() for each in orders for row in each.archs}
        return sorted(keys - set(device.rows))

    def _out(self, device: FarmDevice) -> int:
        return len(self._out_keys(device))

    def _given(self, agent: str, device: FarmDevice, rows: Int32Array) -> Answer:
        if device.anchor is not None:
            rows = np.concatenate([device.anchor.arch[None], rows])
        self._numbers += 1
        until = self._now() + self.plan.lease_s
        self._orders[self._numbers] = Order(self._numbers, agent, device.name, rows, until)
        self._order_of[agent] = self._numbers
        plan = self.plan
        return {
            "order": self._numbers, "count": len(rows), "archs": self._space.format(rows),
            "space": self._space.description, "rounds": plan.rounds, "runs": plan.runs,
            "batch": plan.batch, "seed": plan.seed,
        }  # fmt: skip

    def _build(self, row: bytes) -> bytes:
        arch = np.frombuffer(row, np.int32)
        return build_model(self._space, arch, self.plan.batch, self.plan.seed)

    # Accepting.

    def _accept(
        self, order: Order, values: List[Optional[float]], repeatability: Optional[float]
    ) -> int:
        device = self._devices[order.device]
        self._note_failures(device, order, values)
        reason = self._lie(device, order, values)
        if reason is not None:
            self._withdraw(order.agent, device)
            self._refuse(order, device, reason)
            return 0
        change = self._drift(device, order, values[0])
        if abs(change) > farm_checks.LARGEST_DRIFT:
            self._unsteady(order, device, change)
            return 0
        self._unsteady_orders.pop(order.agent, None)
        device.add(self._folder.add(device, order, values, 1 + change, repeatability))
        device.repeatabilities += [] if repeatability is None else [repeatability]
        self._close(order)
        self._judge(device)
        return sum(value is not None for value in values)

    def _note_failures(
        self, device: FarmDevice, order: Order, values: List[Optional[float]]
    ) -> None:
        missing = [row for row, value in zip(order.archs, values) if value is None]
        for row in missing:
            device.failed.add(row.tobytes())
        if missing:
            self._say(
                f"{order.agent}: {len(missing)} of {len(values)} architectures could not be "
                f"measured on {device.name}: they are left out"
            )

    def _lie(
        self, device: FarmDevice, order: Order, values: List[Optional[float]]
    ) -> Optional[str]:
        """Why the agent's latencies cannot be measurements."""
        by_arch = {row.arch.tobytes(): row.latency_ms for row in device.of_agent(order.agent)}
        for row, value in zip(order.archs, values):
            if value is not None:
                by_arch[row.tobytes()] = value
        rows = np.array([np.frombuffer(key, np.int32) for key in by_arch], np.int32)
        if not len(rows):
            return None
        latencies = np.array(list(by_arch.values()), np.float64)
        return farm_checks.constant(latencies, self._space.macs(rows))

    def _drift(self, device: FarmDevice, order: Order, anchor_ms: Optional[float]) -> float:
        """By what share the device is slower than at its first order."""
        anchor = device.anchor
        if anchor is None or anchor_ms is None or (order.archs[0] != anchor.arch).any():
            return 0.0
        change = farm_checks.drift(anchor.latency_ms, anchor_ms, device.repeatability or 0)
        if change:
            end = "corrected to its speed then"
            if abs(change) > farm_checks.LARGEST_DRIFT:
                end = "too far off to be corrected, and not accepted"
            self._say(
                f"{order.agent}: {device.name} {farm_checks.told_drift(change)} since its first "
                f"order ({anchor.latency_ms:.4g} ms then, {anchor_ms:.4g} now): its latencies "
                f"are {end}; let it come to rest"
            )
        return change

    def _unsteady(self, order: Order, device: FarmDevice, change: float) -> None:
        """An order was disturbed: it is measured again, but not for ever."""
        orders = self._unsteady_orders.get(order.agent, 0) + 1
        self._unsteady_orders[order.agent] = orders
        if orders < _MOST_UNSTEADY:
            self._put_back(order)
            return
        told = farm_checks.told_drift(change)
        self._refuse(order, device, f"its device {told}, {orders} orders in a row")

    def _judge(self, device: FarmDevice) -> None:
        """Fit, and stop if the interval is narrow enough."""
        if len(device.rows) < 3:
            return
        with self._fitted(device) as predictor:
            lower, upper = predictor.interval(self._sample, self.plan.level)
            middle = predictor.predict(self._sample)
        device.width = float(np.median((upper - lower) / 2 / middle))
        if device.over is not None:
            return  # an order that was on its way then
        if device.width <= self.plan.narrow:
            device.over = (
                f"{len(device.rows)} rows: the interval is within {device.width:.1%} of the latency"
            )
        elif len(device.rows) >= self.plan.most:
            device.over = (
                f"{len(device.rows)} rows, the most that are measured; the interval is within "
                f"{device.width:.1%}, not {self.plan.narrow:.1%}, of the latency"
            )
        if device.over is not None:
            self._say(f"{device.name} is done after {device.over}")

    def _fitted(self, device: FarmDevice) -> Predictor:
        return self._model.adapt(
            device.archs, device.latency_ms, repeatability=device.repeatability
        )

    # Agents that are lost or refused.

    def _device(self, agent: str) -> FarmDevice:
        if agent not in self._device_of:
            raise UnknownAgentError(f"agent {agent!r} has not joined")
        return self._devices[self._device_of[agent]]

    def _held(self, agent: str, order: int) -> Order:
        self._device(agent)
        held = self._orders.get(order) if isinstance(order, int) else None
        if held is None or held.agent != agent:
            raise LateError(f"order {order!r} is not, or no longer, one of {agent}'s: ask anew")
        return held

    def _expire(self) -> None:
        now = self._now()
        for order in [each for each in self._orders.values() if each.until < now]:
            count = self._put_back(order)
            self._say(
                f"{order.agent}, beside {order.device}, has not answered for "
                f"{self.plan.lease_s:g} s: its {count} rows are queued again"
            )

    def _put_back(self, order: Order) -> int:
        self._close(order)
        device = self._devices[order.device]
        rows = [row for row in order.archs if row.tobytes() not in device.failed]
        return device.put_back(np.array(rows, np.int32))

    def _close(self, order: Order) -> None:
        self._orders.pop(order.number, None)
        if self._order_of.get(order.agent) == order.number:
            del self._order_of[order.agent]

    def _withdraw(self, agent: str, device: FarmDevice) -> None:
        """Take back all that an agent measured, also for coordinators to come."""
        self._folder.withdraw(device.name, agent)
        count = device.withdraw(agent)
        if count:
            self._say(f"{agent}: its {count} rows of {device.name} are taken back")

    def _refuse(self, order: Order, device: FarmDevice, reason: str) -> None:
        """Give an agent no more orders; others measure what this one did not."""
        self._refused[order.agent] = reason
        self._put_back(order)
        others = any(
            name == device.name and agent not in self._refused
            for agent, name in self._device_of.items()
        )
        left = "another agent measures its rows" if others else "its rows wait for another agent"
        self._say(f"{order.agent}, beside {device.name}, is refused: {reason}; {left}")

    def _say(self, text: str) -> None:
        self._said.append(text)
        if self._say_too is not None:
            self._say_too(text)
