"""Write the tables of docs/results/real-devices.md: runtimes that no model has seen.

    .venv/bin/python experiments/real_devices.py --shared ../shared

Reads data/latencies.  The page is kept up to the marker; the tables below it are replaced.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
from accuracy import REPOSITORY, Cells, Page, Row, column
from published import HELP_FOLDERS

import helpnas
from helpnas.measuring import LayerTable

MARKER = "<!-- below this line experiments/real_devices.py writes -->"
LATENCIES = REPOSITORY / "data" / "latencies"
#: Rows that "chosen" chooses from and "random" draws from; the others are the queries.
POOL = 200
#: Of ten random measurements: one set of ten, chosen or not, can be lucky.
DRAWS = 30
#: Method "bayes" of a model whose training devices include the other runtimes on the machine.
INFORMED = "informed"
#: Sums of layers measured alone: as they are, and times a factor that the ten measurements give.
SUM, SCALED = "layer-wise sum", "layer-wise sum, scaled by the ten"
NAMES = {
    "bayes": "**bayes**",
    "help": "official HELP checkpoint",
    INFORMED: "bayes, trained on the other runtimes too",
}
KEYS = (
    ("spearman", "Spearman:"),
    ("within10", "Share within 10 % of the measured milliseconds:"),
    ("coverage90", "Share inside the 90 % interval:"),
)


def judge(model: helpnas.Model, table: helpnas.LatencyTable, measure: str) -> List[Row]:
    """The default and the simple methods, ten measurements each."""
    return helpnas.evaluate(
        model,
        table,
        list(table.devices),
        "ten",
        method="bayes",
        baselines=("macs", "parameters", "ridge", "nearest"),
        measure=measure,
        pool_rows=POOL,
        draws=DRAWS,
    )


def judge_layers(model: helpnas.Model, table: helpnas.LatencyTable, measure: str) -> List[Row]:
    """The sums, in spaces whose layers were measured."""
    file = LATENCIES / f"layers-{table.space.name}.csv"
    if not file.exists():
        return []
    layers = LayerTable.from_csv(file, table.space)
    ten = table.rows(model.reference_genes)
    if measure == "chosen":
        ten = model.select(table.archs[:POOL], 10)
    rows: List[Row] = []
    for device in layers.devices:
        add = partial(layers.latency, device)
        factor = float(np.median(table.latency(device)[ten] / add(table.archs[ten])))
        rows += helpnas.evaluate(
            model,
            table,
            [device],
            "ten",
            method="macs",
            baselines=(),
            measure=measure,
            pool_rows=POOL,
            extra={SUM: add, SCALED: partial(scale, add, factor)},
        )[1:]
    return rows


def scale(latency: Any, factor: float, archs: Any) -> Any:
    """Milliseconds times a factor."""
    return factor * latency(archs)


def judge_told(table: helpnas.LatencyTable, published: helpnas.LatencyTable) -> List[Row]:
    """Of models that learnt from HELP's devices and all runtimes but the one judged."""
    rows: List[Row] = []
    for device in table.devices:
        others = {name: column for name, column in table.devices.items() if name != device}
        known = published.merge(helpnas.LatencyTable(table.space, table.archs, others))
        model = helpnas.meta_train(known, train=list(known.devices), help=False, seed=3)
        (row,) = helpnas.evaluate(
            model,
            table,
            [device],
            "ten",
            method="bayes",
            baselines=(),
            measure="chosen",
            pool_rows=POOL,
        )
        rows.append({**row, "method": INFORMED})
    return rows


def space_tables(page: Page, space: str, data: Path) -> None:
    """One space: references, then rows that ``select`` chooses, then random ones."""
    table = helpnas.LatencyTable.from_csv(LATENCIES / f"{space}.csv", space)
    recorded = json.loads((LATENCIES / "devices.json").read_text("utf-8"))[space]
    devices = list(table.devices)
    page.add(f"## {space}")
    stability: Cells = [recorded[name]["stability"] for name in devices]
    median: Cells = [float(np.nanmedian(table.latency(name))) for name in devices]
    page.table(
        heads(devices),
        {"the two halves of the rounds, Spearman": stability, "median, ms": median},
        mean=False,
    )
    model = helpnas.load(f"{space}-paper")
    official = helpnas.import_checkpoint(
        data / HELP_FOLDERS[space] / "checkpoint/help_max_corr.pt", space
    )
    rows = judge(model, table, "references") + judge_layers(model, table, "references")
    rows += helpnas.evaluate(official, table, devices, "ten", method="help", baselines=())
    measure_tables(page, f"Ten references, {len(table) - 10} others", rows, devices)
    published = helpnas.LatencyTable.from_help_repository(data, space)
    rows = judge(model, table, "chosen") + judge_layers(model, table, "chosen")
    rows += judge_told(table, published)
    others = len(table) - POOL
    measure_tables(page, f"Ten chosen of {POOL}, {others} others", rows, devices)
    rows = judge(model, table, "random")
    measure_tables(page, f"Ten random of {POOL}, {others} others, {DRAWS} draws", rows, devices)


def measure_tables(page: Page, title: str, rows: List[Row], devices: List[str]) -> None:
    """A table for each of ``KEYS``."""
    for key, what in KEYS:
        lines: Dict[str, Cells] = {}
        for method in dict.fromkeys(row["method"] for row in rows):
            if said(method, key):
                lines[NAMES.get(method, method)] = column(rows, method, key, devices)
        page.add(f"{title}. {what}")
        page.table(heads(devices), lines)


def said(method: str, key: str) -> bool:
    """Whether the method has a line: few have intervals, and a factor changes no ranking."""
    if key == "coverage90":
        return method in ("bayes", INFORMED)
    return key != "spearman" or method != SCALED


def heads(devices: List[str]) -> List[str]:
    """The settings without the processor, which is the same for all."""
    return [name.replace(f"{devices[0].rsplit('_', 1)[0]}_", "") for name in devices]


def main() -> None:
    """All spaces, then the page in one go."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with datasets/")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs/results/real-devices.md")
    arguments = parser.parse_args()
    kept, _, _ = arguments.output.read_text("utf-8").partition(MARKER)
    page = Page()
    for space in HELP_FOLDERS:
        print(space, flush=True)
        space_tables(page, space, arguments.shared / "datasets" / "help")
    arguments.output.write_text(kept + MARKER + "\n\n" + "\n\n".join(page.text) + "\n", "utf-8")


if __name__ == "__main__":
    main()
