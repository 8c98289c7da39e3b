"""HELP's network in batched PyTorch: what a careful user would write without libhelp.

The same mathematics as the library's, on tensors: a graph network over nine nodes, a device
branch over the reference latencies, the task modulation z, and inner gradient steps with a
learnt rate for each weight.  Architectures come encoded, tasks come drawn.

Whatever does not depend on the batch is left out of the timed part, and tasks of an episode
run together under ``vmap``, which is faster here than a loop over them.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.func import grad, vmap
from torch.nn import functional

Weights = Dict[str, Tensor]

#: The nodes each node of a NAS-Bench-201 cell reads: input, six operations, output, global.
_READS = [[0], [0, 1], [0, 2], [1, 3], [0, 4], [1, 5], [2, 3, 6], [4, 5, 6, 7], list(range(9))]
NODES, NODE_FEATURES = 9, 8

# Twice as fast on a thousand architectures as all at once: activations stay in the cache.
_CHUNK = 256

#: Layers that z modulates.
_MODULATED = ("fc3", "fc4", "fc5")


def _adjacency() -> Tensor:
    matrix = torch.zeros(NODES, NODES)
    for node, read in enumerate(_READS):
        matrix[node, read] = 1
    return matrix


ADJACENCY = _adjacency()


@dataclass(frozen=True)
class Task:
    """A device's share of an episode; with a leading axis, all of an episode's tasks."""

    embedding: Tensor
    support: Tensor
    support_labels: Tensor
    query: Tensor
    query_labels: Tensor
    noise: Tensor


@dataclass(frozen=True)
class MetaModel:
    """What meta-training learns."""

    network: Weights
    rates: Weights
    inference: Weights
    steps: int
    scale: float

    def parameters(self) -> List[Tensor]:
        """Every tensor, for an optimiser."""
        return [*self.network.values(), *self.rates.values(), *self.inference.values()]

    def trainable(self) -> "MetaModel":
        """A copy whose tensors collect gradients."""
        return MetaModel(
            _leaves(self.network),
            _leaves(self.rates),
            _leaves(self.inference),
            self.steps,
            self.scale,
        )


def _leaves(weights: Weights) -> Weights:
    return {name: tensor.clone().requires_grad_() for name, tensor in weights.items()}


def read_model(path: Path) -> MetaModel:
    """Read the network of a model file (docs/internals/file-format.md)."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header: Dict[str, Any] = json.loads(data[8 : 8 + length])
    description = json.loads(header.pop("__metadata__")["description"])
    parts: Dict[str, Weights] = {"network": {}, "rates": {}, "inference": {}}
    for name, entry in header.items():
        if not name.startswith("help."):
            continue
        _, part, own = name.split(".", 2)
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[8 + length + begin : 8 + length + end], "<f4")
        parts[part][own] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    settings = description["help"]
    return MetaModel(
        parts["network"],
        parts["rates"],
        parts["inference"],
        settings["inner_steps"],
        settings["modulation_scale"],
    )


def forward(weights: Weights, nodes: Tensor, embedding: Tensor) -> Tensor:
    """Normalised latencies [n] of encoded architectures [n, 9, 8] on a device [references]."""
    for layer in ("gc1", "gc2", "gc3"):
        nodes = torch.relu(
            (ADJACENCY @ nodes) @ weights[f"{layer}.weight"] + weights[f"{layer}.bias"]
        )
    # Only the global node's row of the last convolution is used.
    read = ADJACENCY[-1] @ nodes
    body = torch.relu(read @ weights["gc4.weight"] + weights["gc4.bias"])
    device = torch.relu(_linear(weights, "fc_hw1", embedding))
    device = torch.relu(_linear(weights, "fc_hw2", device))
    both = torch.cat([body, device.expand(len(body), -1)], dim=-1)
    hidden = torch.relu(_linear(weights, "fc3", both))
    hidden = torch.relu(_linear(weights, "fc4", hidden))
    return _linear(weights, "fc5", hidden).squeeze(-1)


def _linear(weights: Weights, layer: str, values: Tensor) -> Tensor:
    return functional.linear(values, weights[f"{layer}.weight"], weights[f"{layer}.bias"])


def posterior(model: MetaModel, embedding: Tensor) -> Tuple[Tensor, Tensor]:
    """Mean and standard deviation of z for a device."""
    hidden = torch.relu(_linear(model.inference, "z_encoder.0", embedding))
    mean, raw = _linear(model.inference, "z_encoder.2", hidden).chunk(2)
    return mean, functional.softplus(raw)


def modulate(network: Weights, z: Tensor, scale: float) -> Weights:
    """The network's weights under z: one number for each input, then one for each bias."""
    result = dict(network)
    inputs = (len(z) - len(_MODULATED)) // len(_MODULATED)
    for number, layer in enumerate(_MODULATED):
        factor = 1 + scale * z[number * inputs : (number + 1) * inputs]
        shift = scale * z[len(_MODULATED) * inputs + number]
        result[f"{layer}.weight"] = network[f"{layer}.weight"] * factor
        result[f"{layer}.bias"] = network[f"{layer}.bias"] + shift
    return result


def _error(weights: Weights, nodes: Tensor, labels: Tensor, embedding: Tensor) -> Tensor:
    return functional.mse_loss(forward(weights, nodes, embedding), labels)


def fit(model: MetaModel, z: Tensor, support: Tensor, labels: Tensor, embedding: Tensor) -> Weights:
    """The weights after the inner steps on a support set."""
    weights = modulate(model.network, z, model.scale)
    for _ in range(model.steps):
        slope = grad(_error)(weights, support, labels, embedding)
        weights = {name: weights[name] - model.rates[name] * slope[name] for name in weights}
    return weights


def adapt(model: MetaModel, support: Tensor, labels: Tensor, embedding: Tensor) -> Weights:
    """Fit to one device with z at its mean; nothing is kept for a backward pass."""
    with torch.no_grad():
        mean, _ = posterior(model, embedding)
        return fit(model, mean, support, labels, embedding)


def predict(weights: Weights, nodes: Tensor, embedding: Tensor) -> npt.NDArray[np.float32]:
    """Normalised latencies as NumPy numbers, what a search would use."""
    with torch.inference_mode():
        parts = [forward(weights, part, embedding) for part in torch.split(nodes, _CHUNK)]
        return torch.cat(parts).numpy()


class Trainer:
    """Second-order meta-training with Adam, one episode at a time."""

    def __init__(self, model: MetaModel, rate: float = 1e-4, kl_weight: float = 0.1) -> None:
        self._model = model.trainable()
        self._kl_weight = kl_weight
        self._adam = torch.optim.Adam(self._model.parameters(), lr=rate)

    def episode(self, tasks: Task) -> float:
        """One step of Adam on stacked tasks; the loss before it."""
        self._adam.zero_grad()
        losses = vmap(self._task_loss)(
            tasks.embedding,
            tasks.support,
            tasks.support_labels,
            tasks.query,
            tasks.query_labels,
            tasks.noise,
        )
        loss = losses.mean()
        loss.backward()  # type: ignore[no-untyped-call]
        self._adam.step()
        return loss.item()

    def _task_loss(
        self,
        embedding: Tensor,
        support: Tensor,
        support_labels: Tensor,
        query: Tensor,
        query_labels: Tensor,
        noise: Tensor,
    ) -> Tensor:
        mean, deviation = posterior(self._model, embedding)
        z = mean + deviation * noise
        weights = fit(self._model, z, support, support_labels, embedding)
        divergence = ((mean**2 + deviation**2 - 1) / 2 - deviation.log()).sum()
        error = _error(weights, query, query_labels, embedding)
        return error + self._kl_weight * divergence
