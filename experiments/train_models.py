"""Train the models in data/models from published latency tables and data/latencies.

    .venv/bin/python experiments/train_models.py --datasets ../shared/datasets [MODEL ...]

Hyper-parameters were chosen on the paper's training and validation devices only.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Callable, Dict

import helpnas
from helpnas.published import help_splits as splits

REPOSITORY = Path(__file__).parents[1]
SEED = 3
EPISODES = {"nasbench201": 3000, "fbnet": 4000, "ofa-mbv3": 4000}
HAT_SPACES = ("hat-wmt14-en-de", "hat-wmt14-en-fr", "hat-wmt19-en-de", "hat-iwslt14-de-en")
Trainer = Callable[[Path, str], helpnas.Model]


def report(progress: helpnas.Progress) -> None:
    """A line now and then."""
    if progress.done % 250 == 0:
        best = f"best validation Spearman {progress.best:.4f}"
        print(f"  episode {progress.done}: loss {progress.loss:.4f}, {best}", flush=True)


def train_paper(datasets: Path, space: str) -> helpnas.Model:
    """HELP's split: its training devices, the first rows of its table."""
    split = splits.PAPER[space]
    return helpnas.meta_train(
        helpnas.LatencyTable.from_help_repository(datasets / "help", space),
        train=split.train,
        valid=split.valid,
        train_rows=split.pool_rows,
        valid_rows=split.query_rows,
        seed=SEED,
        episodes=EPISODES[space],
        progress=report,
    )


def train_all(datasets: Path, space: str) -> helpnas.Model:
    """Every device and architecture of every table, and our own measurements: none is left to
    judge the model by."""
    table = helpnas.LatencyTable.from_help_repository(datasets / "help", space)
    if space == "nasbench201":
        table = table.merge(helpnas.LatencyTable.from_oneproxy(datasets / "oneproxy"))
    own = REPOSITORY / "data" / "latencies" / f"{space}.csv"
    table = table.merge(helpnas.LatencyTable.from_csv(own, space))
    return helpnas.meta_train(
        table, train=list(table.devices), seed=SEED, episodes=EPISODES[space], progress=report
    )


def train_hat(datasets: Path, space: str) -> helpnas.Model:
    """Method "bayes" alone, on the tables of all tasks: they have no references."""
    table = helpnas.LatencyTable.from_hat(datasets / "hat", space, every_task=True)
    return helpnas.meta_train(table, train=list(table.devices), help=False, seed=SEED)


def main() -> None:
    """Train what is asked for into data/models."""
    trainers: Dict[str, Trainer] = {}
    for space in EPISODES:
        trainers[f"{space}-paper"], trainers[space] = train_paper, train_all
    trainers.update(dict.fromkeys(HAT_SPACES, train_hat))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--datasets", type=Path, required=True, help="folder with help/, oneproxy/, hat/"
    )
    parser.add_argument("models", nargs="*", default=list(trainers), metavar="MODEL")
    arguments = parser.parse_args()
    for name in arguments.models:
        print(name, flush=True)
        start = time.perf_counter()
        model = trainers[name](arguments.datasets, name.replace("-paper", ""))
        path = REPOSITORY / "data/models" / f"{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save(path)
        print(
            f"  {path.relative_to(REPOSITORY)} in {time.perf_counter() - start:.0f} s", flush=True
        )


if __name__ == "__main__":
    main()
