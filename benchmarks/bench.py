"""Time libhelp beside the same network in PyTorch, in one run:  bench.py [MODEL] [--json FILE]

Both compute the same predictions and train alike (checked first).  The two take turns,
repetition by repetition.  PyTorch gets its architectures encoded and its tasks drawn for free;
libhelp's time includes checking and encoding.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional

import numpy as np
import torch
from overhead import ROOT, RawCalls, starting_up
from parity import EPISODES, largest_difference
from timing import Times, interleave
from workloads import Inference, Training, Ways, synthetic_table

import helpnas

MODEL = ROOT / "data" / "models" / "nasbench201-paper.safetensors"
CARD = ROOT / "data" / "devices" / "nasbench201" / "gold_6226.json"


@dataclass(frozen=True)
class Row:
    """One line of the table; archs is what a repetition handles, 0 if that says nothing."""

    name: str
    archs: int
    times: Dict[str, Times]

    def fastest(self, library: str) -> Optional[float]:
        """The smallest time of a library at any number of threads, in seconds."""
        own = [t.minimum for way, t in self.times.items() if way.startswith(library)]
        return min(own, default=None)

    @property
    def ratio(self) -> Optional[float]:
        """PyTorch's time over libhelp's, one thread each: above 1, libhelp is faster."""
        theirs = self.times.get("torch/1")
        return None if theirs is None else theirs.minimum / self.times["libhelp/1"].minimum

    @property
    def best_ratio(self) -> Optional[float]:
        """The same with each at its best number of threads."""
        ours, theirs = self.fastest("libhelp"), self.fastest("torch")
        return None if ours is None or theirs is None else theirs / ours


def measure(model: Path, card: Path) -> List[Row]:
    """All rows.  Takes one to two minutes."""
    inference = Inference(model, card)
    print(f"same predictions: largest difference {inference.check():.1e}")
    relative = largest_difference(synthetic_table())
    print(f"same losses over {EPISODES} episodes: largest relative difference {relative:.1e}")
    sys.stdout.flush()
    rows = [
        _row(f"predict {count:,}", count, inference.predicting(count), 150)
        for count in (1, 100, 1000)
    ]
    rows.append(_row("adapt, 10 rows", 0, inference.adapting(), 100))
    rows.append(_row("train, 1 episode", 0, Training(model).ways(), 8))
    rows.append(_row("start, 1st predict", 0, starting_up(model, card), 5))
    raw = RawCalls(model, card)
    rows.append(_row("C call, predict 1", 1, {"libhelp/1": raw.predict_one()}, 100))
    rows.append(_row("C call, empty", 0, {"libhelp/1": raw.empty()}, 100))
    raw.close()
    return rows


def _row(name: str, archs: int, ways: Ways, repetitions: int) -> Row:
    print(f"  timing {name} ...", file=sys.stderr, flush=True)
    return Row(name, archs, interleave(ways, repetitions, budget_seconds=14))


_WAYS = ("libhelp/1", "libhelp/2", "torch/1", "torch/2")
_TITLES = ("libhelp, 1 t.", "libhelp, 2 t.", "PyTorch, 1 t.", "PyTorch, 2 t.")


def print_table(rows: List[Row]) -> None:
    """Smallest time and, in brackets, the median of the repetitions."""
    print(f"\n{'':19}" + "".join(f"{title:>20}" for title in _TITLES), end="")
    print(f"{'ratio':>7}{'best':>7}{'archs/s':>11}{'PyTorch':>11}")
    for row in rows:
        cells = "".join(f"{_cell(row.times.get(way)):>20}" for way in _WAYS)
        ratios = "".join(f"{_ratio(ratio):>7}" for ratio in (row.ratio, row.best_ratio))
        rates = "".join(f"{_rate(row, library):>11}" for library in ("libhelp", "torch"))
        print(f"{row.name:19}{cells}{ratios}{rates}")
    print(
        "\nSmallest time (median).  ratio: PyTorch's over libhelp's, one thread (t.) each, so"
        "\nabove 1 libhelp is faster; best: each at its best number of threads.  archs/s is"
        "\nalso at its best.  libhelp predicts and adapts on the caller's one thread.  start:"
        "\nimport, read the model, adapt, predict one, in a fresh process that has NumPy."
    )


def _ratio(ratio: Optional[float]) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _cell(times: Optional[Times]) -> str:
    return "" if times is None else f"{_time(times.minimum)} ({_time(times.median)})"


def _time(seconds: float) -> str:
    for unit, scale in (("us", 1e6), ("ms", 1e3)):
        if seconds * scale < 1000:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds:.3g} s"


def _rate(row: Row, library: str) -> str:
    fastest = row.fastest(library)
    return f"{row.archs / fastest:,.0f}" if row.archs and fastest else ""


def environment() -> Dict[str, str]:
    """What the times depend on."""
    return {
        "cpu": _processor(),
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": str(torch.__version__),
        "torch kernels": torch.backends.cpu.get_cpu_capability(),
        "helpnas": helpnas.__version__,
    }


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def as_json(rows: List[Row], facts: Dict[str, str]) -> str:
    """Every repetition, in seconds."""
    timed = [
        {
            "name": row.name,
            "archs": row.archs,
            "ratio": row.ratio,
            "best_ratio": row.best_ratio,
            "seconds": {way: times.seconds for way, times in row.times.items()},
        }
        for row in rows
    ]
    return json.dumps({"environment": facts, "rows": timed}, indent=1)


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", type=Path, default=MODEL, help="a model file")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every repetition there")
    arguments = parser.parse_args()
    if not arguments.model.is_file():
        parser.error(f"{arguments.model}: no such file; name a nasbench201 model")
    facts = environment()
    print(", ".join(f"{name}: {value}" for name, value in facts.items()))
    if os.getloadavg()[0] > 0.5 * (os.cpu_count() or 1):
        print("The machine is busy with other work: trust the smallest times only.")
    rows = measure(arguments.model, CARD)
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(as_json(rows, facts) + "\n")


if __name__ == "__main__":
    main()
