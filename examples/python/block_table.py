"""A table of block latencies, corrected by ten whole networks:  block_table.py

Many searches add up the latencies of blocks that were measured alone.  Whole networks take
another time: what runs between blocks is missing, and caches and fused operations help some
blocks more than others.  Here the sum is a further cost of a described space.  Method bayes
takes it for what to expect, and ten whole-network measurements say what is wrong with it.
"""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
from own_device import EXPANSIONS, KERNELS, Floats

import helpnas

BLOCKS = 10
OPERATIONS = [f"k{kernel}_e{expansion}" for kernel in KERNELS for expansion in EXPANSIONS]


def block_table() -> Dict[str, List[float]]:
    """Milliseconds of each operation at each place, measured alone: made up here."""
    random = np.random.default_rng(11)
    usual = np.array([0.02 * k + 0.11 * e for k in KERNELS for e in EXPANSIONS])
    return {
        f"block_{number}": (usual * (1 + number / 8) * random.lognormal(0, 0.15, 9)).tolist()
        for number in range(BLOCKS)
    }


def described(blocks: Dict[str, List[float]]) -> helpnas.Space:
    """The space, with the table as a cost."""
    builder = helpnas.SpaceBuilder("block-table")
    for name in blocks:
        builder.gene(name, OPERATIONS)
    builder.cost("block_table", genes=blocks)
    return builder.space()


def measure(space: helpnas.Space, archs: Any, seed: int = 1) -> Floats:
    """Whole networks: a fixed part, 0.7 of the sum, and large kernels cost more than alone."""
    rows = space.genes(archs)
    large = np.sum(rows >= 2 * len(EXPANSIONS), axis=1)
    usual = 1.2 + 0.7 * space.cost(rows, "block_table") + 0.12 * large
    noise = np.random.default_rng(seed).standard_normal(len(usual))
    return np.asarray(usual * (1 + 0.005 * noise), np.float64)


def error(predicted: Floats, measured: Floats) -> float:
    """Median error as a share."""
    return float(np.median(np.abs(predicted / measured - 1)))


def main() -> None:
    """Correct the table, and search under a limit that then holds."""
    space = described(block_table())
    model = helpnas.Model.for_space(space)
    pool = space.sample(500, seed=0)
    chosen = pool[model.select(pool, 10)]
    predictor = model.adapt(chosen, measure(space, chosen))

    others = space.sample(300, seed=9)
    truth, sums = measure(space, others, seed=2), space.cost(others, "block_table")
    factor = float(np.median(measure(space, chosen) / space.cost(chosen, "block_table")))
    plain, scaled = error(sums, truth), error(factor * sums, truth)
    corrected = error(predictor.predict(others), truth)
    print(f"median error: sums {100 * plain:.1f} %, sums times one factor {100 * scaled:.1f} %,")
    print(f"corrected by ten networks {100 * corrected:.1f} %")
    assert corrected < scaled < plain

    limit = float(np.quantile(truth, 0.3))
    worth = np.random.default_rng(5).random((BLOCKS, len(OPERATIONS))) + np.arange(9) / 9
    found = predictor.search(
        max_latency_ms=limit,
        accuracy=lambda rows: worth[np.arange(BLOCKS), rows].sum(axis=1),
        accuracy_genes=True,
        seed=0,
    )
    taken = measure(space, found.genes[:1], seed=3)[0]
    print(f"limit {limit:.2f} ms: what was found is predicted {found.latency_ms[0]:.2f} ms,")
    print(f"at most {found.upper_ms[0]:.2f} ms, and takes {taken:.2f} ms")
    assert taken <= limit


if __name__ == "__main__":
    main()
