"""What is timed: the same work for libhelp and for PyTorch, checked to give the same numbers."""

from __future__ import annotations

import functools
import json
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import numpy.typing as npt
import torch
import torch_peer as peer
from timing import Sampler, calls
from torch import Tensor

import helpnas

#: Ways of doing a thing, by "library/threads".
Ways = Dict[str, Sampler]

TOLERANCE = 1e-4
TASKS, SUPPORT, QUERY = 8, 10, 200
_EPISODES = 3


def read_references(card: Path) -> Tuple[List[str], npt.NDArray[np.float64]]:
    """The reference architectures of a device card and their milliseconds."""
    entries = json.loads(card.read_text())["references"]
    return [entry["arch"] for entry in entries], np.array([e["latency_ms"] for e in entries])


def with_threads(count: int, sampler: Sampler) -> Sampler:
    """The sampler with PyTorch on so many threads; setting them is not timed."""

    def sample() -> List[float]:
        torch.set_num_threads(count)
        return sampler()

    return sample


def torch_ways(action: Callable[[], object]) -> Ways:
    """PyTorch's two ways of running an action."""
    ways = {}
    for count in (1, 2):
        torch.set_num_threads(count)
        ways[f"torch/{count}"] = with_threads(count, calls(action))
    return ways


class Inference:
    """Predicting on, and adapting to, one device."""

    def __init__(self, model_path: Path, card: Path) -> None:
        self._model = helpnas.load(model_path)
        self._space = self._model.space
        self._rows = self._space.sample(1000, seed=1)
        archs, self._ms = read_references(card)
        self._references = self._space.genes(archs)
        span = (float(self._ms.min()), float(self._ms.max()))  # so that nothing is fitted after
        self._predictor = self._model.adapt(
            self._references, self._ms, method="help", label_range_ms=span, steps=2
        )

        self._meta = peer.read_model(model_path)
        low, high = self._ms.min(), self._ms.max()
        self._embedding = torch.tensor((self._ms - low) / (high - low), dtype=torch.float32)
        self._labels = self._embedding * 0.9 + 0.05
        self._support = self._encoded(self._references)
        self._weights = peer.adapt(self._meta, self._support, self._labels, self._embedding)

    def _encoded(self, rows: npt.NDArray[np.int32]) -> Tensor:
        features = torch.from_numpy(self._space.encode(rows))
        return features.view(-1, peer.NODES, peer.NODE_FEATURES)

    def check(self) -> float:
        """The largest difference between both predictions, in the network's unit.

        Raises:
            AssertionError: they do not compute the same thing.
        """
        low, high = self._ms.min(), self._ms.max()
        ours = (self._predictor.predict(self._rows) - low) / (high - low) * 0.9 + 0.05
        theirs = peer.predict(self._weights, self._encoded(self._rows), self._embedding)
        difference = float(np.abs(ours - theirs).max())
        assert difference < TOLERANCE, f"predictions differ by {difference}"
        return difference

    def predicting(self, count: int) -> Ways:
        """Rows of genes to milliseconds for libhelp, encoded features to latencies for PyTorch."""
        rows = self._rows[:count]
        encoded = self._encoded(rows)
        return {
            "libhelp/1": calls(functools.partial(self._predictor.predict, rows)),
            **torch_ways(functools.partial(peer.predict, self._weights, encoded, self._embedding)),
        }

    def adapting(self) -> Ways:
        """Ten measurements to weights that are ready to predict."""
        return {
            "libhelp/1": calls(functools.partial(self._model.adapt, self._references, self._ms)),
            **torch_ways(
                functools.partial(
                    peer.adapt, self._meta, self._support, self._labels, self._embedding
                )
            ),
        }


def synthetic_table(rows: int = 900, devices: int = 9) -> helpnas.LatencyTable:
    """Made-up devices: each charges its own price for each operation, with 3 % noise."""
    random = np.random.default_rng(1)
    space = helpnas.Space("nasbench201")
    archs = space.sample(rows, seed=2)
    columns: Dict[str, Any] = {}
    for number in range(devices):
        prices = random.lognormal(0, 1, size=5)
        noise = random.lognormal(0, 0.03, size=rows)
        columns[f"device {number}"] = (1 + prices[archs].sum(axis=1)) * noise
    return helpnas.LatencyTable(space, archs, columns, references=range(SUPPORT))


class Training:
    """One episode of second-order meta-training on synthetic devices."""

    def __init__(self, model_path: Path) -> None:
        self._table = synthetic_table()
        self._trainer = peer.Trainer(peer.read_model(model_path))
        self._tasks = self._drawn_tasks()

    def ways(self) -> Ways:
        """An episode of each; PyTorch's tasks are drawn and encoded beforehand."""
        ways = {f"libhelp/{count}": functools.partial(self._sample, count) for count in (1, 2)}
        return {**ways, **torch_ways(lambda: self._trainer.episode(self._tasks))}

    def _sample(self, threads: int) -> List[float]:
        """Seconds from one episode's end to the next's."""
        ends: List[float] = []
        helpnas.meta_train(
            self._table,
            list(self._table.devices),
            episodes=_EPISODES,
            threads=threads,
            tasks=TASKS,
            support=SUPPORT,
            query=QUERY,
            bayes=False,
            progress=lambda now: ends.append(time.perf_counter()),
        )
        return [float(seconds) for seconds in np.diff(ends)]

    def _drawn_tasks(self) -> peer.Task:
        random = np.random.default_rng(3)
        encoded = self._table.space.encode(self._table.archs)
        nodes = torch.from_numpy(encoded).view(-1, peer.NODES, peer.NODE_FEATURES)
        tasks = [
            self._drawn_task(column, nodes, random)
            for column in list(self._table.devices.values())[:TASKS]
        ]
        return peer.Task(*(torch.stack(parts) for parts in zip(*tasks)))

    def _drawn_task(
        self, column: npt.NDArray[np.float64], nodes: Tensor, random: np.random.Generator
    ) -> Tuple[Tensor, ...]:
        scaled = (column - column.min()) / (column.max() - column.min())
        labels = torch.tensor(scaled, dtype=torch.float32)
        drawn = torch.from_numpy(random.permutation(len(labels)))
        support, query = drawn[:SUPPORT], drawn[SUPPORT : SUPPORT + QUERY]
        noise = torch.tensor(random.normal(size=603), dtype=torch.float32)
        return (
            labels[:SUPPORT],
            nodes[support],
            labels[support] * 0.9 + 0.05,
            nodes[query],
            labels[query] * 0.9 + 0.05,
            noise,
        )
