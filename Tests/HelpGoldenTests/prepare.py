"""Write what OfficialGradientTests reads, from the published checkpoint and recorded gradient.

    python Tests/HelpGoldenTests/prepare.py ../shared build/golden

The recorded task used a drawn z: PyTorch's generator was seeded with 5, made the two
networks, shuffled the pool once, then drew z.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bindings/python/tests"))

from torch_random import after_building_the_network

import helpnas

POOL = 720  # rows of the trimmed pool that the official code shuffled
CHECKPOINT = "datasets/help/nasbench201/checkpoint/help_max_corr.pt"


def main(shared: Path, target: Path) -> None:
    """Write the checkpoint as a model file, and the recorded task with its draw of z."""
    target.mkdir(parents=True, exist_ok=True)
    model = helpnas.import_checkpoint(shared / CHECKPOINT, "nasbench201")
    model.save(target / "nasbench201-official.safetensors")

    text = (shared / "golden/official_help_meta_gradient.json").read_text()
    record = json.loads(text)["nasbench201"]
    random = after_building_the_network(5)
    random.randperm(POOL)
    record["noise"] = random.normal(model.noise_count).tolist()
    for part in ("support", "query"):
        genes = model.space.from_index(record[f"{part}_index"])
        record[part] = model.space.format(genes)
    (target / "meta-gradient.json").write_text(json.dumps(record))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
