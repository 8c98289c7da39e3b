"""Writes data/ofa_accuracy.json: what PyTorch makes of once-for-all's accuracy predictor.

    python make_ofa_accuracy.py acc_predictor.pth      (needs torch, not helpnas)

Twenty architectures, random ones and the smallest and largest, over all 25 resolutions'
range; inputs and network are written down here anew from the paper's code.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any, Dict, List

import torch

_DEPTHS, _KERNELS, _EXPANSIONS = (2, 3, 4), (3, 5, 7), (3, 4, 6)


def architectures(count: int) -> List[Dict[str, Any]]:
    """The smallest, the largest, and random ones; blocks beyond a stage's depth hold 3."""
    draw = random.Random(11)
    found = [build([2] * 5, [3] * 20, [3] * 20, 128), build([4] * 5, [7] * 20, [6] * 20, 224)]
    while len(found) < count:
        depths = draw.choices(_DEPTHS, k=5)
        kernels, expansions = draw.choices(_KERNELS, k=20), draw.choices(_EXPANSIONS, k=20)
        found.append(build(depths, kernels, expansions, 128 + 4 * draw.randrange(25)))
    return found


def build(depths: Any, kernels: Any, expansions: Any, resolution: int) -> Dict[str, Any]:
    alive = [place < depths[stage] for stage in range(5) for place in range(4)]
    return {
        "ks": [kernel if is_alive else 3 for kernel, is_alive in zip(kernels, alive)],
        "e": [expansion if is_alive else 3 for expansion, is_alive in zip(expansions, alive)],
        "d": list(depths),
        "r": resolution,
    }


def inputs(arch: Dict[str, Any]) -> torch.Tensor:
    """128 numbers: 60 for kernels, 60 for expansions, 8 for the resolution."""
    row = torch.zeros(128)
    for block in range(20):
        if block % 4 < arch["d"][block // 4]:
            row[3 * block + _KERNELS.index(arch["ks"][block])] = 1
            row[60 + 3 * block + _EXPANSIONS.index(arch["e"][block])] = 1
    row[120 + (arch["r"] - 112) // 16] = 1
    return row


def main() -> None:
    linear = torch.nn.Linear
    sizes = [(128, 400), (400, 400), (400, 400), (400, 1)]
    layers = [layer for size in sizes for layer in (linear(*size), torch.nn.ReLU())]
    network = torch.nn.Sequential(*layers[:-1])
    network.load_state_dict(torch.load(sys.argv[1], map_location="cpu", weights_only=True))
    archs = architectures(20)
    with torch.no_grad():
        scores = network(torch.stack([inputs(arch) for arch in archs])).squeeze(1)
    target = Path(__file__).parent / "data" / "ofa_accuracy.json"
    target.parent.mkdir(exist_ok=True)
    lines = [
        json.dumps({"arch": arch, "accuracy": score}) for arch, score in zip(archs, scores.tolist())
    ]
    target.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
