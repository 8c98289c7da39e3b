"""Print the accuracy table of the README: both protocols, test devices, baselines beside.

    .venv/bin/python scripts/evaluate_models.py --shared ../shared
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Dict, Iterator, List

import helpnas
from helpnas import splits

REPOSITORY = Path(__file__).parents[1]
PUBLISHED = {
    "titan_rtx_256": 0.987, "gold_6226": 0.989, "fpga": 0.985,
    "pixel2": 0.802, "raspi4": 0.890, "eyeriss": 0.940,
}  # fmt: skip
Row = Dict[str, Any]


def judged(
    name: str, model: helpnas.Model, table: helpnas.LatencyTable, protocol: str, draws: int
) -> Iterator[Row]:
    """The model's rows, then the MACs baseline's, each with the name to print."""
    devices = splits.PAPER["nasbench201"].test
    for row in helpnas.evaluate(model, table, devices, protocol=protocol, draws=draws):
        yield {**row, "name": name if row["method"] == "help" else "MACs"}


def print_table(title: str, key: str, rows: List[Row]) -> None:
    """A line a name, a column a device, and the mean."""
    devices = list(PUBLISHED)
    print(f"\n{title}\n{'':34}" + "".join(f"{device:>15}" for device in devices) + f"{'mean':>8}")
    for name in dict.fromkeys(row["name"] for row in rows):
        values = {row["device"]: row[key] for row in rows if row["name"] == name}
        mean = sum(values.values()) / len(values)
        print(f"{name:34}" + "".join(f"{values[d]:15.3f}" for d in devices) + f"{mean:8.4f}")


def main() -> None:
    """Evaluate the official checkpoint and the shipped paper-split model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with datasets/help")
    parser.add_argument("--draws", type=int, default=5, help="random supports of `paper` (seed 0)")
    arguments = parser.parse_args()
    data = arguments.shared / "datasets/help"
    table = helpnas.LatencyTable.from_help_repository(data, "nasbench201")
    checkpoint = data / "nasbench201/checkpoint/help_max_corr.pt"
    models = {
        "official checkpoint, this library": helpnas.import_checkpoint(checkpoint, "nasbench201"),
        "nasbench201-paper, trained here": helpnas.load("nasbench201-paper"),
    }
    published = [{"name": "HELP, published", "device": d, "s": v} for d, v in PUBLISHED.items()]
    for protocol, titles in {
        "paper": {"spearman": "paper: 10 references + 10 random, trimmed queries (Spearman)"},
        "ten": {
            "spearman_trimmed": "ten: 10 measurements in all, trimmed queries (Spearman)",
            "spearman": "ten: 10 measurements in all, the other 15,615 cells (Spearman)",
            "within10": "ten: share of the other 15,615 cells within 10 % of their milliseconds",
        },
    }.items():
        rows = [
            row for name, model in models.items()
            for row in judged(name, model, table, protocol, arguments.draws)
        ]  # fmt: skip
        for key, title in titles.items():
            quoted = [{**p, key: p["s"]} for p in published] if protocol == "paper" else []
            print_table(title, key, quoted + rows)


if __name__ == "__main__":
    main()
