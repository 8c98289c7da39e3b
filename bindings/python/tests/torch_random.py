"""PyTorch's CPU generator, as far as the official code drew from it.

The generator is MT19937 with the seeding of NumPy's legacy RandomState.  Float draws
keep the low 24 bits of one number each; ``randperm`` is a Fisher-Yates shuffle; normals
are Box-Muller in blocks of 16.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np

# The dense layers that read the architecture.
ENCODERS: Dict[str, List[Tuple[int, int]]] = {
    "nasbench201": [],
    "fbnet": [(132, 100), (100, 100)],
    "ofa": [(145, 100), (100, 100)],
}


class TorchRandom:
    """The stream after ``torch.manual_seed(seed)``."""

    def __init__(self, seed: int) -> None:
        self._state = np.random.RandomState(seed)

    def raw(self, count: int) -> Any:
        """32-bit numbers; also how to skip a ``uniform_`` of that many elements."""
        return self._state.randint(0, 2**32, size=count, dtype=np.uint32)

    def randperm(self, count: int) -> Any:
        """``torch.randperm(count)``."""
        order = np.arange(count)
        for i, number in enumerate(self.raw(count - 1).astype(np.int64)):
            j = i + number % (count - i)
            order[[i, j]] = order[[j, i]]
        return order

    def normal(self, count: int) -> Any:
        """``torch.empty(count).normal_()``, for at least 16."""
        uniform, whole = self._uniform(count), count // 16 * 16
        values = np.empty(count)
        values[:whole] = _box_muller(uniform[:whole])
        if count > whole:  # the last block is drawn anew and overlaps the one before
            values[-16:] = _box_muller(self._uniform(16))
        return values

    def _uniform(self, count: int) -> Any:
        return (self.raw(count) & 0xFFFFFF) / 2.0**24


def _box_muller(uniform: Any) -> Any:
    first, second = uniform.reshape(-1, 2, 8).transpose(1, 0, 2)
    radius, angle = np.sqrt(-2 * np.log(1 - first)), 2 * np.pi * second
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)


def after_building_the_network(seed: int, space: str) -> TorchRandom:
    """The stream once the official code has made its two modules for the space."""
    random = TorchRandom(seed)
    convolutions = [8 * 100] + [100 * 100] * 3 if space == "nasbench201" else []
    others = [(10, 100), (100, 100), (200, 200), (200, 200), (200, 1)]
    random.raw(sum(weights + 100 for weights in convolutions))
    random.raw(_linears(ENCODERS[space] + others))
    random.raw(sum(convolutions))  # drawn again, in another range
    random.raw(_linears([(10, 10), (10, 1206)]))
    return random


def _linears(layers: List[Tuple[int, int]]) -> int:
    """Weights and biases, of which each takes one number."""
    return sum(inputs * outputs + outputs for inputs, outputs in layers)
