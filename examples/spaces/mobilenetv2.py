"""Write mobilenetv2.json: MobileNetV2-style networks as a search space of one's own.

    python examples/spaces/mobilenetv2.py

Stages as in MobileNetV2 (Sandler et al., CVPR 2018) on 224 x 224 pixels; each stage has two
to four inverted bottlenecks, each with a kernel of 3, 5 or 7 and an expansion of 3 or 6.
docs/guide/own-spaces.md explains the format.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

STAGES = [(24, 2), (32, 2), (64, 2), (96, 1), (160, 2)]  # channels, stride
BLOCKS = 4
OPERATIONS = {f"k{k}_e{e}": (k, e) for k in (3, 5, 7) for e in (3, 6)}


def block_macs(inputs: int, outputs: int, side: int, stride: int) -> List[int]:
    """Multiply-accumulates of one inverted bottleneck, for each operation."""
    after = side // stride
    return [
        side**2 * inputs * inputs * expansion
        + after**2 * inputs * expansion * (kernel**2 + outputs)
        for kernel, expansion in OPERATIONS.values()
    ]


def space() -> Dict[str, Any]:
    """The description, as ``helpnas.Space.from_json`` takes it."""
    depths = [{"name": f"depth{s}", "choices": [2, 3, 4]} for s in range(len(STAGES))]
    blocks: List[Dict[str, Any]] = []
    macs: Dict[str, List[int]] = {}
    inputs, side = 16, 112
    for stage, (channels, stride) in enumerate(STAGES):
        for place in range(BLOCKS):
            name = f"block{stage}.{place}"
            block: Dict[str, Any] = {"name": name, "choices": list(OPERATIONS)}
            if place >= 2:  # the block is there only where the stage is deep enough
                deep = [depth for depth in (2, 3, 4) if depth > place]
                block["alive_if"] = [{"gene": f"depth{stage}", "in": deep}]
            blocks.append(block)
            macs[name] = block_macs(inputs, channels, side, stride if place == 0 else 1)
            inputs, side = channels, side // (stride if place == 0 else 1)
    stem = 112**2 * 32 * 27 + 112**2 * (32 * 9 + 32 * 16)
    head = 7**2 * 160 * 1280 + 1280 * 1000
    names = [block["name"] for block in blocks]
    return {
        "name": "mobilenetv2",
        "genes": depths + blocks,
        "features": [
            {"kind": "one_hot", "genes": names},
            {"kind": "number", "genes": [gene["name"] for gene in depths], "divide_by": 4},
            {"kind": "count", "genes": names, "choices": ["k7_e3", "k7_e6"], "divide_by": 20},
            {"kind": "cost", "cost": "macs", "divide_by": 1e8},
        ],
        "costs": {"macs": {"fixed": stem + head, "genes": macs}},
    }


if __name__ == "__main__":
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(space(), indent=1) + "\n")
    print(f"wrote {target}")
