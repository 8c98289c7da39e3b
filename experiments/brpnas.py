"""Train BRP-NAS's latency predictor on one device after another: data/baselines/brpnas.json.

    PYTHONPATH=bindings/python/src .venv-bench/bin/python experiments/brpnas.py --shared ../shared

A graph convolutional network (Dudziak et al., "BRP-NAS: Prediction-based NAS using GCNs",
NeurIPS 2020) from scratch on 900 architectures of each test device, with 100 more to stop by,
as the paper trains it.  It needs PyTorch, which scripts/bench.sh installs.  ``--trial`` prints
what training devices say of the batch size and writes nothing.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import torch
from brpnas_graphs import Graphs, graphs_of, scores, split_rows
from torch import nn

import helpnas
from helpnas.published import help_splits as splits

REPOSITORY = Path(__file__).parents[1]
SPACES = ("nasbench201", "fbnet")
#: Training devices of HELP's split that settings are chosen on.
TRIAL = ("1080ti_1", "silver_4114", "samsung_s7")


@dataclass(frozen=True)
class Settings:
    """The official repository's, but for the batch (1 there) and single precision."""

    layers: int = 4
    hidden: int = 600
    dropout: float = 0.002
    learning_rate: float = 4e-4
    weight_decay: float = 5e-4
    batch: int = 32
    epochs: int = 250
    #: Epochs without a better validation loss until the rate is halved, and until the end.
    patience: int = 10
    stop_patience: int = 35
    #: Both count from here.
    settled: int = 21


class GraphConvolutions(nn.Module):
    """Graph convolutions with layer normalization and ReLU; the global node is read out."""

    def __init__(self, kinds: int, settings: Settings) -> None:
        super().__init__()
        widths = [kinds, *[settings.hidden] * settings.layers]
        self.linear = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        self.norm = nn.ModuleList(nn.LayerNorm(settings.hidden) for _ in self.linear)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.hidden, 1)
        bound = settings.hidden**-0.5
        for layer in self.linear:
            nn.init.uniform_(layer.weight, -bound, bound)
            nn.init.uniform_(layer.bias, -bound, bound)

    def forward(self, adjacency: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Scaled latencies [n]."""
        x = features
        last = len(self.linear) - 1
        for place, (linear, norm) in enumerate(zip(self.linear, self.norm)):
            # Of the last layer nothing but the global node is read.
            reads = adjacency[:, :1] if place == last else adjacency
            x = self.dropout(torch.relu(norm(linear(reads @ x))))
        return self.output(x[:, 0])[:, 0]


class Predictor:
    """A network and the scale of a device's latencies."""

    def __init__(self, graphs: Graphs, latency: Any, settings: Settings, seed: int) -> None:
        torch.manual_seed(seed)
        self._adjacency, self._features = (torch.from_numpy(part) for part in graphs)
        self._settings, self._seed = settings, seed
        self._network = GraphConvolutions(self._features.shape[-1], settings)
        self._latency = torch.tensor(latency, dtype=torch.float32)
        self.losses: List[Tuple[float, float]] = []

    def fit(self, samples: Any, validation: Any) -> None:
        """Keeps the weights of the smallest mean absolute error on the validation rows."""
        known = self._latency[samples]
        self._mean, self._scale = known.mean(), known.std()
        settings, network = self._settings, self._network
        optimiser = torch.optim.AdamW(
            network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
        )
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimiser, factor=0.5, patience=settings.patience, threshold=0.01
        )
        best, worse = np.inf, 0
        kept = copy.deepcopy(network.state_dict())
        for epoch in range(settings.epochs):
            trained = self._epoch(optimiser, np.random.default_rng([self._seed, epoch]), samples)
            loss = (self._run(validation) - self._targets(validation)).abs().mean().item()
            self.losses.append((trained, loss))
            worse = 0 if loss < best else worse + 1
            if loss < best:
                best, kept = loss, copy.deepcopy(network.state_dict())
            if epoch >= settings.settled:
                plateau.step(loss)
                if worse >= settings.stop_patience:
                    break
        network.load_state_dict(kept)

    def _epoch(self, optimiser: Any, random: np.random.Generator, samples: Any) -> float:
        """Mean absolute error on the way."""
        self._network.train()
        total = 0.0
        rows = random.permutation(samples)
        for begin in range(0, len(rows), self._settings.batch):
            some = rows[begin : begin + self._settings.batch]
            optimiser.zero_grad()
            predicted = self._network(self._adjacency[some], self._features[some])
            loss = (predicted - self._targets(some)).abs().sum()
            loss.backward()
            optimiser.step()
            total += loss.item()
        return total / len(rows)

    def _targets(self, rows: Any) -> torch.Tensor:
        return (self._latency[rows] - self._mean) / self._scale

    @torch.no_grad()
    def _run(self, rows: Any) -> torch.Tensor:
        self._network.eval()
        parts = [
            self._network(self._adjacency[some], self._features[some])
            for some in np.array_split(rows, len(rows) // 500 + 1)
        ]
        return torch.cat(parts)

    def predict(self, rows: Any) -> Any:
        """Milliseconds, float64 [n]."""
        return (self._run(rows) * self._scale + self._mean).numpy().astype(np.float64)


def judge(
    table: helpnas.LatencyTable, graphs: Graphs, device: str, settings: Settings, seed: int
) -> Dict[str, float]:
    """Trained with one seed: its scores, and how training went."""
    begin = time.monotonic()
    latency = table.latency(device)
    samples, validation, _ = split_rows(table.space.name, len(table))
    predictor = Predictor(graphs, latency, settings, seed)
    predictor.fit(samples, validation)
    found = scores(table, device, predictor.predict(np.arange(len(table))))
    validated = [loss for _, loss in predictor.losses]
    return {
        **{name: round(found[name], 4) for name in ("spearman_trimmed", "spearman", "within10")},
        "validation_loss": round(min(validated), 4),
        "best_epoch": int(np.argmin(validated)) + 1,
        "epochs": len(validated),
        "seconds": round(time.monotonic() - begin),
    }


def tables(shared: Path, space: str) -> Tuple[helpnas.LatencyTable, Graphs]:
    """A space's published latencies, and its architectures as graphs."""
    table = helpnas.LatencyTable.from_help_repository(shared / "datasets" / "help", space)
    return table, graphs_of(space, table.archs)


def trial(table: helpnas.LatencyTable, graphs: Graphs, batches: List[int]) -> None:
    """What training devices say."""
    for batch in batches:
        for device in TRIAL:
            found = judge(table, graphs, device, replace(Settings(), batch=batch), 0)
            print(table.space.name, f"batch {batch}", device, found, flush=True)


def add_runs(
    devices: Dict[str, List[Dict[str, float]]],
    table: helpnas.LatencyTable,
    graphs: Graphs,
    seed: int,
) -> None:
    """One seed on each test device, unless it is there."""
    for device in splits.PAPER[table.space.name].test:
        runs = devices.setdefault(device, [])
        if len(runs) <= seed:
            runs.append(judge(table, graphs, device, Settings(), seed))
            print(table.space.name, device, seed, runs[-1], flush=True)


def main() -> None:
    """All test devices; the file is written after each seed, and a new run continues from it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with datasets/")
    parser.add_argument("--spaces", nargs="+", choices=SPACES, default=SPACES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trial", nargs="+", type=int, metavar="BATCH")
    parser.add_argument(
        "--output", type=Path, default=REPOSITORY / "data" / "baselines" / "brpnas.json"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    known = [(space, *tables(arguments.shared, space)) for space in arguments.spaces]
    if arguments.trial:
        for _, table, graphs in known:
            trial(table, graphs, arguments.trial)
        return
    found: Dict[str, Any] = {}
    if arguments.output.exists():
        found = json.loads(arguments.output.read_text("utf-8"))
    for seed in range(arguments.seeds):
        for space, table, graphs in known:
            entry = found.setdefault(space, {"settings": asdict(Settings()), "devices": {}})
            add_runs(entry["devices"], table, graphs, seed)
            arguments.output.parent.mkdir(exist_ok=True)
            arguments.output.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
