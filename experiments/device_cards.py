"""Write the device cards from the published latency table:

    .venv/bin/python experiments/device_cards.py PUBLISHED_DATA gold_6226 raspi4 ...

PUBLISHED_DATA is the ``data`` folder of github.com/HayeonLee/HELP.  A card holds the ten
reference architectures and twenty others: the measured latencies are cut into twenty bins
of equal count, and one architecture is drawn from each.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import numpy.typing as npt

import helpnas

FOLDER = Path(__file__).resolve().parents[1] / "data" / "devices"
SPACE = "nasbench201"
HELD_OUT, SEED = 20, 0
SOURCE = (
    "HELP, Lee et al., NeurIPS 2021, github.com/HayeonLee/HELP (MIT), "
    "data/nasbench201/latency/{device}.pt"
)


def held_out_rows(latency: npt.NDArray[np.float64], references: npt.NDArray[np.int64]) -> List[int]:
    """One row from each bin, fastest first; never a reference."""
    random = np.random.default_rng(SEED)
    others = np.setdiff1d(np.flatnonzero(~np.isnan(latency)), references)
    order = others[np.argsort(latency[others], kind="stable")]
    return [int(random.choice(part)) for part in np.array_split(order, HELD_OUT)]


def card(table: helpnas.LatencyTable, device: str) -> Dict[str, Any]:
    """A device's card, as it is written."""
    latency = table.latency(device)
    references = table.reference_rows()

    def entries(rows: Any) -> List[Dict[str, Any]]:
        texts = table.space.format(table.archs[rows])
        return [
            {"arch": text, "latency_ms": round(float(ms), 4)}
            for text, ms in zip(texts, latency[rows])
        ]

    return {
        "device": device,
        "space": SPACE,
        "source": SOURCE.format(device=device),
        "unit": "ms",
        "selection": f"held_out: one of each of {HELD_OUT} equal bins of the measured "
        f"latencies, numpy default_rng({SEED})",
        "references": entries(references),
        "held_out": entries(held_out_rows(latency, references)),
    }


def main() -> None:
    """Write one file for each device named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the published data folder")
    parser.add_argument("devices", nargs="+", help="names of devices")
    arguments = parser.parse_args()
    table = helpnas.LatencyTable.from_help_repository(arguments.data, SPACE)
    folder = FOLDER / SPACE
    folder.mkdir(exist_ok=True)
    for device in arguments.devices:
        text = json.dumps(card(table, device), indent=1)
        (folder / f"{device}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
