"""Print HELP's tables, published and of HELP's network here, as Markdown, under both protocols.

.venv/bin/python experiments/evaluate_models.py --shared ../shared
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
from published import HELP_FOLDERS, HELP_TABLES

import helpnas
from helpnas.published import hat_files as hat
from helpnas.published import help_splits as splits

HAT_SPACES = ("hat-wmt14-en-de", "hat-wmt14-en-fr", "hat-wmt19-en-de", "hat-iwslt14-de-en")
#: The gene with the number of decoder layers.
DECODER_LAYERS = 15
BASELINE = "multiply-accumulates"
Row = Dict[str, Any]
Line = Tuple[str, List[Optional[float]]]


TITLES = {
    "fbnet": "FBNet (HELP's Table 2)",
    "nasbench201": "NAS-Bench-201 (HELP's Table 3)",
    "ofa-mbv3": "OFA-MobileNetV3 (no table in the paper)",
}
#: What each protocol's predictions are scored by.
MEASURES = {
    "paper": {"spearman": "`paper`: 10 references + 10 random, trimmed queries, Spearman"},
    "ten": {
        "spearman_trimmed": "`ten`: 10 measurements in all, trimmed queries, Spearman",
        "spearman": "`ten`: all other architectures, Spearman",
        "within10": "`ten`: all other architectures, share within 10 % of their milliseconds",
    },
}


def print_table(title: str, columns: Sequence[str], lines: Sequence[Line]) -> None:
    """A Markdown table with the mean of each line at its end."""
    print(f"\n{title}\n\n| |" + "|".join(f" {column} " for column in [*columns, "mean"]) + "|")
    print("|---" * (len(columns) + 2) + "|")
    for name, values in lines:
        known = [value for value in values if value is not None]
        cells = [" - " if value is None else f" {value:.3f} " for value in values]
        print(f"| {name} |" + "|".join(cells) + f"| {np.mean(known):.4f} |")


def judge(
    models: Dict[str, helpnas.Model], table: helpnas.LatencyTable, protocol: str, draws: int
) -> Iterator[Row]:
    """Each model's rows, then the baseline's, with the name to print."""
    devices = splits.PAPER[table.space.name].test
    for name, model in models.items():
        for row in helpnas.evaluate(
            model, table, devices, protocol=protocol, method="help", draws=draws
        ):
            yield {**row, "name": name if row["method"] == "help" else BASELINE}


def print_space(space: str, data: Path, draws: int) -> None:
    """The tables of one space."""
    table = helpnas.LatencyTable.from_help_repository(data, space)
    checkpoint = data / HELP_FOLDERS[space] / "checkpoint/help_max_corr.pt"
    models = {
        "official checkpoint, this library": helpnas.import_checkpoint(checkpoint, space),
        f"`{space}-paper`, trained here": helpnas.load(f"{space}-paper"),
    }
    devices = splits.PAPER[space].test
    print(f"\n## {TITLES[space]}")
    for protocol, measures in MEASURES.items():
        rows = list(judge(models, table, protocol, draws))
        for key, title in measures.items():
            quoted = HELP_TABLES[space] if protocol == "paper" else {}
            lines: List[Line] = [(f"{name}, published", list(v)) for name, v in quoted.items()]
            for name in (*models, BASELINE):
                found = {row["device"]: row[key] for row in rows if row["name"] == name}
                lines.append((name, [found[device] for device in devices]))
            print_table(title, devices, lines)


def print_hat(folder: Path) -> None:
    """How baselines and HAT's own predictors rank the architectures of HAT's eight tables."""
    print("\n## HAT (every row of each published table; no architectures that all devices share)")
    columns: List[str] = []
    lines: Dict[str, List[Optional[float]]] = {
        "number of decoder layers": [],
        BASELINE: [],
        "HAT's predictor, trained on most of these rows": [],
    }
    for space in map(helpnas.Space, HAT_SPACES):
        for device, file in hat.hat_csv_files(folder, space.name).items():
            genes, latency_ms = hat.read_hat_csv(file, space)
            published = folder / "predictors" / file.name.replace("_all.csv", ".pt")
            predictor = helpnas.import_hat_predictor(published, space)
            columns.append(f"{space.name[4:]} {device}")
            ranked = genes[:, DECODER_LAYERS], space.macs(genes), predictor.predict(genes)
            for line, predicted in zip(lines.values(), ranked):
                line.append(helpnas.score(predicted, latency_ms)["spearman"])
    print_table("Spearman", columns, list(lines.items()))


def main() -> None:
    """Evaluate the official checkpoints and the shipped paper-split models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with datasets/")
    parser.add_argument("--draws", type=int, default=5, help="random supports of `paper` (seed 0)")
    parser.add_argument("spaces", nargs="*", default=[*TITLES, "hat"], metavar="SPACE")
    arguments = parser.parse_args()
    for space in arguments.spaces:
        if space == "hat":
            print_hat(arguments.shared / "datasets/hat")
        else:
            print_space(space, arguments.shared / "datasets/help", arguments.draws)


if __name__ == "__main__":
    main()
