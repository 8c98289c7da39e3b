"""Write the tables of docs/results/any-space.md: spaces without a training device.

    .venv/bin/python experiments/any_space.py --shared ../shared

Every model is made of its space's description alone.  The page is kept up to the marker; the
tables below it are replaced.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
from accuracy import REPOSITORY, Cells, Page, Row
from published import HELP_FOLDERS

import helpnas

sys.path.insert(0, str(REPOSITORY / "examples" / "spaces"))
from published_spaces import GPT_SCALES, gpt

MARKER = "<!-- below this line experiments/any_space.py writes -->"
#: Rows that measurements are drawn or chosen from; the queries are the next.
POOL = {"nasbench201": 900, "fbnet": 4000, "ofa-mbv3": 4000}
GPT_POOL = 8000
QUERIES = 1000
#: Sets of rows that each device is judged over.
DRAWS = 5
#: How many random rows of the pool a set is chosen from.
CHOICE = 500
METHODS = ("bayes", "macs", "ridge")
#: How many rows, and how they come about.
WAYS = ((10, "random"), (10, "chosen"), (20, "chosen"))
KEYS = (("spearman", "Spearman"), ("within10", "within 10 %"), ("coverage90", "90 % intervals"))


def gpt_table(data: Path, scale: str) -> helpnas.LatencyTable:
    """HW-GPT-Bench's medians of one scale: 10,000 architectures, 14 devices."""
    space = helpnas.Space.from_json(gpt(scale).description())
    with (data / f"hw-gpt-bench/gpt_{scale}_latency_ms_median.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    archs = space.genes([own_notation(json.loads(row[0])) for row in rows])
    columns = {
        name: np.array([float(row[3 + place]) for row in rows])
        for place, name in enumerate(head[3:])
    }
    return helpnas.LatencyTable(space, archs, columns)


def own_notation(arch: Dict[str, Any]) -> Dict[str, int]:
    """One of HW-GPT-Bench's dicts as genes."""
    genes = {"embed_dim": arch["embed_dim"], "n_layer": arch["n_layer"], "bias": int(arch["bias"])}
    for layer in range(arch["n_layer"]):
        genes[f"n_head_{layer}"] = arch["n_head"][layer]
        genes[f"mlp_ratio_{layer}"] = arch["mlp_ratio"][layer]
    return genes


def tables(data: Path) -> Iterator[Tuple[helpnas.LatencyTable, int]]:
    """Every table, and the size of its pool."""
    for space in HELP_FOLDERS:
        yield whole(helpnas.LatencyTable.from_help_repository(data / "help", space)), POOL[space]
    for scale in GPT_SCALES:
        yield gpt_table(data, scale), GPT_POOL


def whole(table: helpnas.LatencyTable) -> helpnas.LatencyTable:
    """The devices on which every architecture was measured."""
    columns = {
        name: latency for name, latency in table.devices.items() if not np.isnan(latency).any()
    }
    return helpnas.LatencyTable(table.space, table.archs, columns)


def judge(table: helpnas.LatencyTable, pool: int, count: int, measure: str) -> List[Row]:
    """All devices by the description alone and by the baselines, over the same sets of rows."""
    model = helpnas.Model.for_space(table.space)
    sets = [measured(model, table, pool, count, measure, draw) for draw in range(DRAWS)]
    queries = table.archs[pool : pool + QUERIES]
    rows: List[Row] = []
    for device in table.devices:
        latency = table.latency(device)
        for method in METHODS:
            scores = [
                judge_one(
                    model.adapt(table.archs[chosen], latency[chosen], method=method),
                    queries, latency[pool : pool + QUERIES],
                )
                for chosen in sets
            ]  # fmt: skip
            means = {key: float(np.mean([row[key] for row in scores])) for key, _ in KEYS}
            rows.append({"device": device, "method": method, **means})
    return rows


def measured(
    model: helpnas.Model,
    table: helpnas.LatencyTable,
    pool: int,
    count: int,
    measure: str,
    draw: int,
) -> Any:
    """Rows of the pool: random ones, or those that ``select`` chooses from a random part of it."""
    random = np.random.default_rng(draw)
    if measure == "random":
        return random.choice(pool, count, replace=False)
    part = random.choice(pool, min(pool, CHOICE), replace=False)
    return part[model.select(table.archs[part], count)]


def judge_one(predictor: helpnas.Predictor, queries: Any, latency: Any) -> Dict[str, float]:
    """Scores of one predictor."""
    scores = helpnas.score(predictor.predict(queries), latency)
    return {**scores, "coverage90": helpnas.coverage(predictor, queries, latency)}


def line(rows: List[Row], method: str) -> Cells:
    """Means over the devices, and the worst device's rank correlation."""
    own = [row for row in rows if row["method"] == method]
    means: Cells = [float(np.mean([row[key] for row in own])) for key, _ in KEYS]
    return [*means, min(float(row["spearman"]) for row in own)]


def space_tables(page: Page, table: helpnas.LatencyTable, pool: int) -> None:
    """One table for a space."""
    page.add(f"## {table.space.name}, {len(table.devices)} devices")
    lines: Dict[str, Cells] = {}
    for count, measure in WAYS:
        rows = judge(table, pool, count, measure)
        for method in METHODS:
            lines[f"{method}, {count} {measure}"] = line(rows, method)
    page.table([name for _, name in KEYS] + ["worst device"], lines, mean=False)


def main() -> None:
    """All spaces, then the page in one go."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with datasets/")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs/results/any-space.md")
    arguments = parser.parse_args()
    kept, _, _ = arguments.output.read_text("utf-8").partition(MARKER)
    page = Page()
    for table, pool in tables(arguments.shared / "datasets"):
        print(table.space.name, flush=True)
        space_tables(page, table, pool)
    arguments.output.write_text(kept + MARKER + "\n\n" + "\n\n".join(page.text) + "\n", "utf-8")


if __name__ == "__main__":
    main()
