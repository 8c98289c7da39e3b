"""Write what the golden tests read, from the published checkpoints, tables and recorded numbers.

    python Tests/HelpGoldenTests/prepare.py ../shared build/golden

The recorded tasks used a drawn z: PyTorch's generator was seeded with 5, made the two
networks, shuffled the pool once, then drew z.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bindings/python/tests"))

from torch_random import after_building_the_network

import helpnas
from helpnas.splits import PAPER

#: Our name of a space -> the published files'.
NAMES = {"nasbench201": "nasbench201", "fbnet": "fbnet", "ofa-mbv3": "ofa"}


def write_space(space: str, shared: Path, target: Path) -> None:
    """Write the checkpoint as a model file, and the recorded task with its draw of z."""
    name, data = NAMES[space], shared / "datasets/help"
    model = helpnas.import_checkpoint(data / name / "checkpoint/help_max_corr.pt", space)
    model.save(target / f"{space}-official.safetensors")

    text = (shared / "golden/official_help_meta_gradient.json").read_text()
    record = json.loads(text)[name]
    random = after_building_the_network(5, name)
    random.randperm(PAPER[space].pool_rows * 8 // 10)
    record["noise"] = random.normal(model.noise_count).tolist()
    archs = helpnas.LatencyTable.from_help_repository(data, space).archs
    for part in ("support", "query"):
        record[part] = model.space.format(archs[record[f"{part}_index"]])
    (target / f"{space}-gradient.json").write_text(json.dumps(record))


def main(shared: Path, target: Path) -> None:
    """Write all three spaces."""
    target.mkdir(parents=True, exist_ok=True)
    for space in NAMES:
        write_space(space, shared, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
