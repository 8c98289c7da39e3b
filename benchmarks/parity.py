"""Meta-training with libhelp and with PyTorch's autograd, on the same tasks: the same losses.

libhelp draws its tasks itself, so its generator is repeated here.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
import numpy.typing as npt
import torch
import torch_peer as peer
from torch import Tensor

import helpnas

EPISODES, SEED = 20, 1
TOLERANCE = 1e-3
_OPTIONS: Dict[str, Any] = {
    "seed": SEED,
    "tasks": 4,
    "support": 10,
    "query": 50,
    "hidden": 32,
    "trim": 0.1,
    "threads": 1,
    "bayes": False,
}
_RATE = 1e-3
_MASK = 2**64 - 1


class RandomSource:
    """libhelp's generator: xoshiro256++ started by SplitMix64."""

    def __init__(self, seed: int) -> None:
        self._state: List[int] = []
        self._spare: Optional[float] = None
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & _MASK
            z = seed
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
            self._state.append(z ^ (z >> 31))

    @classmethod
    def stream(cls, seed: int, number: int) -> "RandomSource":
        """The stream of one episode."""
        return cls(cls(seed ^ ((number * 0xD1B54A32D192ED03) & _MASK)).next())

    def next(self) -> int:
        """64 random bits."""
        s = self._state
        result = (_rotated((s[0] + s[3]) & _MASK, 23) + s[0]) & _MASK
        t = (s[1] << 17) & _MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = _rotated(s[3], 45)
        return result

    def sample(self, count: int, below: int) -> List[int]:
        """Different numbers below a bound, in random order."""
        pool = list(range(below))
        for i in range(count):
            j = i + self._index(below - i)
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:count]

    def normal(self) -> float:
        """Standard normal, by the polar method, which gives two at a time."""
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        while True:
            u, v = self._signed(), self._signed()
            s = u * u + v * v
            if 0 < s < 1:
                scale = math.sqrt(-2 * math.log(s) / s)
                self._spare = v * scale
                return u * scale

    def _signed(self) -> float:
        return 2 * (self.next() >> 11) * 2.0**-53 - 1

    def _index(self, bound: int) -> int:
        product = self.next() * bound
        threshold = (2**64 - bound) % bound
        while product & _MASK < threshold:
            product = self.next() * bound
        return product >> 64


def _rotated(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (64 - bits))) & _MASK


class Tasks:
    """The tasks libhelp draws from a table whose devices all train."""

    def __init__(self, table: helpnas.LatencyTable, noise_count: int) -> None:
        encoded = table.space.encode(table.archs)
        self._nodes = torch.from_numpy(encoded).view(-1, peer.NODES, peer.NODE_FEATURES)
        self._columns = list(table.devices.values())
        self._references = table.reference_rows()
        self._noise_count = noise_count

    def episode(self, number: int) -> peer.Task:
        """All tasks of one episode, stacked."""
        random = RandomSource.stream(SEED, number)
        devices = random.sample(_OPTIONS["tasks"], len(self._columns))
        tasks = [self._task(self._columns[device], random) for device in devices]
        return peer.Task(*(torch.stack(parts) for parts in zip(*tasks)))

    def _task(self, column: npt.NDArray[np.float64], random: RandomSource) -> List[Tensor]:
        order = np.argsort(column, kind="stable")
        cut = int(len(order) * _OPTIONS["trim"])
        pool = order[cut : len(order) - cut]
        drawn = pool[random.sample(_OPTIONS["support"] + _OPTIONS["query"], len(pool))]
        low, high = column[pool].min(), column[pool].max()
        labels = torch.tensor((column - low) / (high - low) * 0.9 + 0.05, dtype=torch.float32)
        measured = column[self._references]
        embedding = (measured - measured.min()) / (measured.max() - measured.min())
        noise = [random.normal() for _ in range(self._noise_count)]
        support, query = drawn[: _OPTIONS["support"]], drawn[_OPTIONS["support"] :]
        return [
            torch.tensor(embedding, dtype=torch.float32),
            self._nodes[support],
            labels[support],
            self._nodes[query],
            labels[query],
            torch.tensor(noise, dtype=torch.float32),
        ]


def largest_difference(table: helpnas.LatencyTable) -> float:
    """Largest relative difference between both losses over the episodes.

    Raises:
        AssertionError: they do not train the same.
    """
    devices = list(table.devices)
    ours: List[float] = []
    helpnas.meta_train(
        table,
        devices,
        episodes=EPISODES,
        meta_rate=_RATE,
        progress=lambda now: ours.append(now.loss),
        **_OPTIONS,
    )
    # A step too small to move a weight leaves the weights both start from.
    start = helpnas.meta_train(table, devices, episodes=1, meta_rate=1e-15, **_OPTIONS)
    trainer = peer.Trainer(_in_torch(start), rate=_RATE)
    tasks = Tasks(table, start.noise_count)
    theirs = [trainer.episode(tasks.episode(number)) for number in range(1, EPISODES + 1)]
    difference = float(np.max(np.abs(np.divide(ours, theirs) - 1)))
    assert difference < TOLERANCE, f"losses differ by {difference:.1e}"
    return difference


def _in_torch(model: helpnas.Model) -> peer.MetaModel:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        model.save(file)
        return peer.read_model(file)
