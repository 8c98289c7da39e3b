"""Made-up agents for the tests of device farms."""

from __future__ import annotations

from typing import Any, Callable, Dict

import numpy as np
from conftest import latency_of

import helpnas
from helpnas.fleet.farm_agent import Measured

SPACE = helpnas.Space("nasbench201")


class Gone(Exception):
    """The agent ends in the middle of an order, whose architectures it has."""


class MadeUpDevice:
    """A bench.  Latencies go by the multiply-accumulates, with a little noise.

    Args:
        seed: of its speed and its noise.
        dies_at: the order that it does not bring, from 0; None: none.
        constant: whether it lies.
        slower: by what share it becomes slower with every order.
    """

    def __init__(
        self, seed: int, dies_at: Any = None, constant: bool = False, slower: float = 0.0
    ) -> None:
        self._random = np.random.default_rng(seed)
        self._speed = self._random.lognormal(0, 0.3)
        self._dies_at, self._constant, self._slower = dies_at, constant, slower
        self.orders = 0

    def true_ms(self, archs: Any) -> Any:
        return self._speed * latency_of(SPACE, archs)

    def __call__(
        self, order: Dict[str, Any], model: Callable[[int], bytes], beat: Callable[[], object]
    ) -> Measured:
        number, self.orders = self.orders, self.orders + 1
        if number == self._dies_at:
            raise Gone(order["archs"])
        if self._constant:
            return Measured([7.0] * order["count"], 0.0)
        noise = self._random.lognormal(0, 0.005, order["count"])
        slower = (1 + self._slower) ** number
        return Measured((self.true_ms(order["archs"]) * noise * slower).tolist(), 0.005)
