"""A device that is made up: what measuring returns, without building a network."""

from __future__ import annotations

from typing import Any, List

import numpy as np
from conftest import latency_of

from helpnas.measuring import Measurements


class Device:
    """Measures with a little noise; ``calls`` has what was asked for."""

    def __init__(self, failing: int = 0) -> None:
        self.calls: List[Any] = []
        self._failing = failing

    def measure(self, space: Any, archs: Any, progress: Any = None, **options: Any) -> Measurements:
        """As ``helpnas.measure``."""
        rows = space.canonicalize(archs)[self._failing :]
        self.calls.append((rows, options))
        if progress is not None:
            progress(len(rows), len(rows))
        noise = 1 + 0.01 * np.random.default_rng(1).standard_normal(len(rows))
        device = {"name": "made-up", "cpu": {"cores": 2}}
        latency = latency_of(space, rows) * noise
        return Measurements(space, rows, latency, 0.99, device, ["it is not real"], {}, 0.01)
