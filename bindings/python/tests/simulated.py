"""A device that is made up: what measuring returns, without building a network."""

from __future__ import annotations

from typing import Any, List

import numpy as np
from conftest import latency_of

import helpnas
from helpnas.measuring import Measurements


class Device:
    """Measures with a little noise; ``calls`` has what was asked for."""

    def __init__(self, failing: int = 0) -> None:
        self.calls: List[Any] = []
        self.repeatability = 0.01
        self._failing = failing

    def measure(self, space: Any, archs: Any, progress: Any = None, **options: Any) -> Measurements:
        """As ``helpnas.measure``."""
        rows = space.canonicalize(archs)[self._failing :]
        self.calls.append((rows, options))
        if progress is not None:
            progress(len(rows), len(rows))
        device = {"name": "made-up", "cpu": {"cores": 2}}
        latency, share = self._latency_ms(space, rows), self.repeatability
        return Measurements(space, rows, latency, 0.99, device, ["it is not real"], {}, share)

    def _latency_ms(self, space: Any, rows: Any) -> Any:
        noise = 1 + 0.01 * np.random.default_rng(1).standard_normal(len(rows))
        return latency_of(space, rows) * noise


class Described(Device):
    """A device that runs networks of described spaces too."""

    def _latency_ms(self, space: Any, rows: Any) -> Any:
        return work_and_memory_ms(space, rows)


def work_and_memory_ms(
    space: helpnas.Space, archs: Any, factor: float = 1.0, noise: float = 0.004, seed: int = 0
) -> Any:
    """Milliseconds of a device that spends its time on arithmetic and on memory.

    Args:
        factor: how much slower it is than usual.
        noise: standard deviation of a measurement, as a share.
        seed: of the noise.
    """
    costs = space.costs(archs)
    usual = 0.5 + 4e-9 * costs["macs"] + 8e-8 * costs["activations"]
    random = np.random.default_rng(seed)
    return factor * usual * (1 + noise * random.standard_normal(len(usual)))
