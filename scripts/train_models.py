"""Train the models in data/models from HELP's published latency tables.

    .venv/bin/python scripts/train_models.py --datasets ../shared/datasets/help

Hyper-parameters were chosen on the paper's training and validation devices only.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import helpnas
from helpnas import splits

REPOSITORY = Path(__file__).parents[1]
SEED = 3
EPISODES = 3000


def report(progress: helpnas.Progress) -> None:
    """A line now and then."""
    if progress.done % 250 == 0:
        best = f"best validation Spearman {progress.best:.4f}"
        print(f"  episode {progress.done}: loss {progress.loss:.4f}, {best}", flush=True)


def train_paper(table: helpnas.LatencyTable) -> helpnas.Model:
    """HELP's split: nine devices, the first 900 architectures."""
    split = splits.PAPER["nasbench201"]
    return helpnas.meta_train(
        table, train=split.train, valid=split.valid, train_rows=900, valid_rows=1000,
        seed=SEED, episodes=EPISODES, progress=report,
    )  # fmt: skip


def train_all(table: helpnas.LatencyTable) -> helpnas.Model:
    """Every device and architecture of the table, for real use: none is left to judge it by."""
    return helpnas.meta_train(
        table, train=list(table.devices), seed=SEED, episodes=EPISODES, progress=report
    )


def main() -> None:
    """Train what is asked for into data/models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=Path, required=True, help="folder with nasbench201/")
    parser.add_argument("models", nargs="*", default=["nasbench201-paper", "nasbench201"])
    arguments = parser.parse_args()
    table = helpnas.LatencyTable.from_help_repository(arguments.datasets, "nasbench201")
    trainers = {"nasbench201-paper": train_paper, "nasbench201": train_all}
    for name in arguments.models:
        print(name, flush=True)
        start = time.perf_counter()
        model = trainers[name](table)
        path = REPOSITORY / "data/models" / f"{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save(path)
        print(f"  {path.relative_to(REPOSITORY)} in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
