"""What the examples with a table share: a described space, and a device that is made up."""

from __future__ import annotations

from typing import Any, List

import numpy as np
import numpy.typing as npt

import helpnas

Floats = npt.NDArray[np.float64]

KERNELS, EXPANSIONS = (3, 5, 7), (3, 4, 6)
WIDTHS = (16, 24, 40, 80, 112, 160)


def space_of_blocks(blocks: int) -> helpnas.Space:
    """Inverted bottlenecks with a kernel and an expansion each; two of them share a width."""
    builder = helpnas.SpaceBuilder(f"blocks-{blocks}")
    side = 112
    for number in range(blocks):
        width = WIDTHS[min(number // 2, len(WIDTHS) - 1)]
        kernel = builder.gene(f"kernel_{number}", KERNELS)
        expansion = builder.gene(f"expansion_{number}", EXPANSIONS)
        hidden = f"{width} * {expansion}"
        builder.conv(side, width, hidden, 1, norm=True)
        builder.conv(side, hidden, hidden, kernel, groups=hidden, norm=True)
        builder.conv(side, hidden, width, 1, norm=True)
        side = max(side // 2, 7) if number % 2 else side
    return builder.space()


def measure(space: helpnas.Space, archs: Any, seed: int = 1) -> Floats:
    """Milliseconds of a made-up device: arithmetic, memory and a fixed part, 0.5 % noise."""
    costs = space.costs(archs)
    usual = 1.5 + 3e-9 * costs["macs"] + 1.5e-8 * costs["activations"]
    noise = np.random.default_rng(seed).standard_normal(len(usual))
    return np.asarray(usual * (1 + 0.005 * noise), np.float64)


def adapted(space: helpnas.Space, count: int = 10) -> helpnas.Predictor:
    """A predictor of the device from ten measurements that the model chooses."""
    model = helpnas.Model.for_space(space)
    pool = space.sample(500, seed=0)
    chosen = pool[model.select(pool, count)]
    return model.adapt(chosen, measure(space, chosen))


def made_up_score(space: helpnas.Space) -> List[Floats]:
    """What each choice of each gene is worth: the larger the better, by less and less."""
    random = np.random.default_rng(3)
    return [
        np.cumsum(random.exponential(1.0, len(gene["choices"])) / np.arange(1, 4))
        for gene in space.description["genes"]
    ]


def score_of(space: helpnas.Space, worth: List[Floats], rows: Any) -> Floats:
    """The score of rows of genes [n, width]: a sum over the genes."""
    genes = space.description["genes"]
    return np.sum(
        [
            values[np.searchsorted(gene["choices"], rows[:, place])]
            for place, (gene, values) in enumerate(zip(genes, worth))
        ],
        axis=0,
        dtype=np.float64,
    )
