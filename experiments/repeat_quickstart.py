"""The quickstart with many seeds: how often what is found keeps its limit and its interval.

    .venv/bin/python experiments/repeat_quickstart.py [SPACE] [--times 20]

Every repetition measures ten other networks and judges by twenty others.
"""

from __future__ import annotations

import argparse
import time
from typing import List

import numpy as np

from helpnas.quickstart import Quickstart, quickstart


def line(told: Quickstart, seed: int, seconds: float) -> str:
    """One repetition."""
    spearman = {row["method"]: row["spearman"] for row in told.check}
    scores = ", ".join(f"{method} {value:.3f}" for method, value in spearman.items())
    return (
        f"{seed:3d}  limit {told.limit_ms:.3f}  predicted {told.predicted_ms:.3f} "
        f"({told.lower_ms:.3f} to {told.upper_ms:.3f})  measured {told.measured_ms:.3f} ms  "
        f"at try {told.tries}  {'kept' if told.within_limit else 'over'}  {scores}  {seconds:.0f} s"
    )


def main() -> None:
    """Repeat, then count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("space", nargs="?", default="ofa-mbv3")
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    runs: List[Quickstart] = []
    for seed in range(options.times):
        begin = time.monotonic()
        runs.append(quickstart(options.space, seed=seed))
        print(line(runs[-1], seed, time.monotonic() - begin), flush=True)
    kept = sum(told.within_limit for told in runs)
    inside = sum(told.lower_ms <= told.measured_ms <= told.upper_ms for told in runs)
    both = sum(
        told.within_limit and told.lower_ms <= told.measured_ms <= told.upper_ms for told in runs
    )
    print(f"of {len(runs)}: {kept} keep the limit, {inside} are inside their interval, {both} both")
    for method in (row["method"] for row in runs[0].check):
        rows = [row for told in runs for row in told.check if row["method"] == method]
        means = {key: np.mean([row[key] for row in rows]) for key in ("spearman", "within10")}
        print(f"{method}: Spearman {means['spearman']:.3f}, within 10 % {means['within10']:.2f}")


if __name__ == "__main__":
    main()
