"""A device that is made up: what measuring returns, without building a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Dict, List

import numpy as np
from conftest import latency_of

import helpnas


@dataclass
class Measured:
    """As ``helpnas.Measurements``."""

    space: helpnas.Space
    archs: Any
    latency_ms: Any
    device: Dict[str, Any]
    warnings: List[str] = field(default_factory=list)
    failures: Dict[str, str] = field(default_factory=dict)
    stability: float = 0.99

    def to_csv(self, path: Any) -> None:
        """Write the table alone."""
        name = self.device["name"]
        helpnas.LatencyTable(self.space, self.archs, {name: self.latency_ms}).to_csv(path)


class Device:
    """Measures with a little noise; ``calls`` has what was asked for."""

    def __init__(self, failing: int = 0) -> None:
        self.calls: List[Any] = []
        self._failing = failing

    def measure(self, space: Any, archs: Any, progress: Any = None, **options: Any) -> Measured:
        """As ``helpnas.measure``."""
        rows = space.canonicalize(archs)[self._failing :]
        self.calls.append((rows, options))
        if progress is not None:
            progress(len(rows), len(rows))
        noise = 1 + 0.01 * np.random.default_rng(1).standard_normal(len(rows))
        device = {"name": "made-up", "cpu": {"cores": 2}}
        return Measured(space, rows, latency_of(space, rows) * noise, device, ["it is not real"])

    def module(self, written: List[Any]) -> Any:
        """As the module ``helpnas.measuring``."""
        return SimpleNamespace(
            measure=self.measure,
            export_models=lambda space, archs, folder: written.append((space, archs, folder)),
        )
