"""Write the tables of docs/results/accuracy.md: every method on every published table.

    .venv/bin/python experiments/accuracy.py --shared ../shared [--only "OneProxy"]

Everything is computed anew but what is marked as published, and BRP-NAS's network, which
needs PyTorch: experiments/brpnas.py leaves its figures in data/baselines.  The page is kept up to
the marker; the sections below it are replaced.
"""

from __future__ import annotations

import argparse
import functools
import json
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from brpnas_graphs import SAMPLES, graph_means, graphs_of, scores
from help_markdown import replace_section
from published import HELP_FOLDERS, HELP_TABLES, NASFLAT_PEERS, NASFLAT_TASKS

import helpnas
from helpnas.published import help_splits as splits

REPOSITORY = Path(__file__).parents[1]
#: What experiments/brpnas.py writes.
BRPNAS = REPOSITORY / "data" / "baselines" / "brpnas.json"
MARKER = "<!-- below this line experiments/accuracy.py writes -->"
Row = Dict[str, Any]
Cells = List[Optional[float]]
#: Other methods, on the same measurements.
BASELINES = ("help", "macs", "parameters", "ridge", "nearest")

#: What is measured where no references are.
WAYS = (("random", 10), ("chosen", 10), ("random", 20), ("chosen", 20))
#: The gene of HAT's spaces with the number of decoder layers.
DECODER_LAYERS = 15


class Page:
    """The document as it grows."""

    def __init__(self) -> None:
        self.text: List[str] = []

    def add(self, *paragraphs: str) -> None:
        """Paragraphs."""
        self.text += [*paragraphs]

    def table(self, columns: Sequence[str], lines: Mapping[str, Cells], mean: bool = True) -> None:
        """A line a name, with the mean of its numbers at the end."""
        heads = [*columns, "mean"] if mean else list(columns)
        rows = [
            "| |" + "|".join(f" {head} " for head in heads) + "|",
            "|---" * (len(heads) + 1) + "|",
        ]
        for name, cells in lines.items():
            known = [cell for cell in cells if cell is not None and np.isfinite(cell)]
            shown = [*cells, float(np.mean(known)) if known else None] if mean else list(cells)
            rows.append(f"| {name} |" + "|".join(f" {number(cell)} " for cell in shown) + "|")
        self.text.append("\n".join(rows))


def number(value: Optional[float]) -> str:
    """.954, 1.000, -.12, or a dash."""
    if value is None or not np.isfinite(value):
        return "-"
    text = f"{value:.3f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def column(rows: Iterable[Row], method: str, key: str, devices: Sequence[str]) -> Cells:
    """One method's numbers by device."""
    found = {row["device"]: row[key] for row in rows if row["method"] == method}
    return [found.get(device) for device in devices]


@functools.lru_cache(maxsize=None)
def help_table(data: Path, space: str) -> helpnas.LatencyTable:
    """HELP's devices, read once for all sections."""
    return helpnas.LatencyTable.from_help_repository(data, space)


def paper_tables(page: Page, space: str, data: Path) -> None:
    """HELP's split of one space."""
    table = help_table(data, space)
    devices = splits.PAPER[space].test
    model = helpnas.load(f"{space}-paper")
    official = helpnas.import_checkpoint(
        data / HELP_FOLDERS[space] / "checkpoint/help_max_corr.pt", space
    )
    page.add(f"### {space}")
    lines: Dict[str, Cells] = {f"{k}, published": v for k, v in HELP_TABLES[space].items()}
    for name, judged in (("official HELP checkpoint", official), ("our HELP network", model)):
        rows = helpnas.evaluate(judged, table, devices, "paper", method="help", baselines=())
        lines[f"{name}, 10 + 10"] = column(rows, "help", "spearman", devices)
    twenty = helpnas.evaluate(model, table, devices, "paper", method="bayes", baselines=())
    lines["**bayes, 10 + 10**"] = column(twenty, "bayes", "spearman", devices)
    page.add("Protocol `paper`, trimmed queries, Spearman:")
    page.table(devices, lines)

    found = {}
    for measure, count in (("references", 10), *WAYS):
        name = "ten references" if measure == "references" else f"{count} {measure}"
        others = BASELINES if measure == "references" else ("macs", "ridge")
        found[name] = helpnas.evaluate(
            model,
            table,
            devices,
            "ten",
            method="bayes",
            baselines=others,
            measure=measure,
            count=count,
        )
    rows = helpnas.evaluate(official, table, devices, "ten", method="help", baselines=())
    for key, title in (
        ("spearman_trimmed", "Protocol `ten`, trimmed queries, Spearman:"),
        ("spearman", "Protocol `ten`, all other architectures, Spearman:"),
        ("within10", "Share within 10 % of the measured milliseconds, all others:"),
        ("coverage90", "Share inside the 90 % interval, all others:"),
    ):
        lines = {}
        for name, judged_rows in found.items():
            lines[f"**bayes, {name}**"] = column(judged_rows, "bayes", key, devices)
        if key != "coverage90":
            lines["official HELP checkpoint, ten references"] = column(rows, "help", key, devices)
            for method in BASELINES:
                lines[f"{method}, ten references"] = column(
                    found["ten references"], method, key, devices
                )
            lines["ridge, 10 chosen"] = column(found["10 chosen"], "ridge", key, devices)
        page.add(title)
        page.table(devices, lines)


def training_tables(page: Page, space: str, data: Path) -> None:
    """The paper's baselines as settings of our trainer; MAML and Meta-SGD keep the embedding."""
    table = help_table(data, space)
    split = splits.PAPER[space]
    common = {"bayes": False, "modulation": False, "train_rows": split.pool_rows, "seed": 3}
    lines: Dict[str, Cells] = {}
    for name, settings in (("MAML", {"learn_rates": False, "inner_rate": 0.01}), ("Meta-SGD", {})):
        model = helpnas.meta_train(
            table,
            train=split.train,
            valid=split.valid,
            valid_rows=split.query_rows,
            episodes=2000,
            **common,
            **settings,
        )
        rows = helpnas.evaluate(model, table, split.test, "paper", method="help", baselines=())
        lines[f"{name}, 10 + 10"] = column(rows, "help", "spearman", split.test)
    page.add(f"### {space}")
    page.table(split.test, lines)


def from_scratch_tables(page: Page, space: str, data: Path) -> None:
    """Networks without meta-learning, each trained on one device's samples."""
    table = help_table(data, space)
    devices = splits.PAPER[space].test
    runs = json.loads(BRPNAS.read_text("utf-8"))[space]["devices"]
    seeds = min(map(len, runs.values()))
    published = HELP_TABLES[space].get(f"BRP-NAS, {SAMPLES} samples")
    model = helpnas.load(f"{space}-paper")
    graphs = graphs_of(space, table.archs)
    name = f"BRP-NAS's network, {SAMPLES} samples" + f", mean of {seeds} seeds" * (seeds > 1)
    found = {name: [mean_run(runs[device][:seeds]) for device in devices]}
    ceiling = [
        scores(table, device, graph_means(graphs, table.latency(device))) for device in devices
    ]
    if min(row["spearman"] for row in ceiling) < 1:  # else no two architectures are one graph
        found["the same graphs, each with the mean of all its latencies"] = ceiling
    found[f"our HELP network from scratch, {SAMPLES} samples"] = [
        from_scratch(table, device) for device in devices
    ]
    found["**bayes, ten references**"] = [
        ten_references(model, table, device) for device in devices
    ]
    page.add(f"### {space}")
    for key, title in (
        ("spearman_trimmed", "Trimmed queries, Spearman:"),
        ("spearman", "All architectures beyond the samples, Spearman:"),
    ):
        lines: Dict[str, Cells] = {}
        if key == "spearman_trimmed" and published:
            lines[f"BRP-NAS, {SAMPLES} samples, published"] = published
        for name, rows in found.items():
            lines[name] = [row[key] for row in rows]
        page.add(title)
        page.table(devices, lines)


def mean_run(runs: List[Dict[str, float]]) -> Dict[str, float]:
    """Of a device's seeds."""
    return {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}


def from_scratch(table: helpnas.LatencyTable, device: str) -> Dict[str, float]:
    """HELP's network without meta-learning, trained on one device's samples."""
    model = helpnas.meta_train(
        table,
        train=[device],
        inner_steps=0,
        learn_rates=False,
        bayes=False,
        modulation=False,
        support=1,
        query=200,
        tasks=1,
        trim=0.0,
        meta_rate=1e-3,
        episodes=3000,
        train_rows=SAMPLES,
        seed=3,
    )
    return ten_references(model, table, device, method="help", steps=0)


def ten_references(
    model: helpnas.Model, table: helpnas.LatencyTable, device: str, **options: Any
) -> Dict[str, float]:
    """Scores on the rows that BRP-NAS's network is judged by."""
    rows = table.rows(model.reference_genes)
    measured = table.latency(device)[rows]
    with model.adapt(table.archs[rows], measured, **options) as predictor:
        return scores(table, device, predictor.predict(table.archs))


def nasflat_tables(page: Page, data: Path) -> None:
    """NASFLAT's tasks on FBNet: 800 source architectures, 20 samples, all other 4,200."""
    table = help_table(data, "fbnet")
    lines: Dict[str, Cells] = {
        "HELP (NASFLAT's repository)": [NASFLAT_PEERS[task][0] for task in NASFLAT_TASKS],
        "MultiPredict (the same)": [NASFLAT_PEERS[task][1] for task in NASFLAT_TASKS],
        "NASFLAT (the same)": [NASFLAT_PEERS[task][2] for task in NASFLAT_TASKS],
    }
    by_device: Dict[str, Dict[str, Cells]] = {}
    for task, (train, test) in NASFLAT_TASKS.items():
        model = helpnas.meta_train(table, train=train.split(), train_rows=800, help=False, seed=0)
        devices = test.split()
        for measure, count in WAYS:
            rows = helpnas.evaluate(
                model,
                table,
                devices,
                "ten",
                method="bayes",
                baselines=("macs", "ridge"),
                measure=measure,
                count=count,
                pool_rows=800,
                query_rows=4200,
            )
            for method in ("bayes", "macs", "ridge"):
                name = (
                    f"**bayes, {count} {measure}**"
                    if method == "bayes"
                    else f"{method}, {count} {measure}"
                )
                if method == "macs" and (measure, count) != ("chosen", 20):
                    continue
                cells = column(rows, method, "spearman", devices)
                lines.setdefault(name, []).append(
                    float(np.mean([c for c in cells if c is not None]))
                )
            if (measure, count) == ("chosen", 20):
                by_device[task] = {
                    "bayes": column(rows, "bayes", "spearman", devices),
                    "macs": column(rows, "macs", "spearman", devices),
                    "ridge": column(rows, "ridge", "spearman", devices),
                    "90 % interval covers": column(rows, "bayes", "coverage90", devices),
                    "within 10 %": column(rows, "bayes", "within10", devices),
                }
    page.add("Mean Spearman over a task's test devices:")
    page.table(list(NASFLAT_TASKS), lines, mean=False)
    for task, cells in by_device.items():
        page.add(f"{task} by device, 20 chosen:")
        page.table(NASFLAT_TASKS[task][1].split(), cells)


def families_tables(page: Page, space: str, data: Path) -> None:
    """The tuning ground: training and validation devices, their own family or kind left out."""
    table = help_table(data, space)
    page.add(f"### {space}, its family left out")
    gap_page(page, table, without(data, space, family))
    if len({kind(name) for name in tuned_on(space)}) > 1:
        page.add(f"### {space}, its kind left out (GPUs to others, others to GPUs)")
        gap_page(page, table, without(data, space, kind))


def tuned_on(space: str) -> List[str]:
    """Training and validation devices of HELP's split."""
    split = splits.PAPER[space]
    return [*split.train, *split.valid]


def without(data: Path, space: str, group: Callable[[str], object]) -> Dict[str, helpnas.Model]:
    """For each of these devices, a model learnt from those of other groups."""
    devices = tuned_on(space)
    return {
        name: learnt(data, space, tuple(each for each in devices if group(each) != group(name)))
        for name in devices
    }


@functools.lru_cache(maxsize=None)
def learnt(data: Path, space: str, train: Tuple[str, ...]) -> helpnas.Model:
    """A model without network from some of HELP's devices, once for all tables."""
    table = help_table(data, space)
    rows = splits.PAPER[space].pool_rows
    return helpnas.meta_train(table, train=list(train), train_rows=rows, help=False, seed=0)


def family(device: str) -> str:
    """1080ti of 1080ti_32."""
    return device.rsplit("_", 1)[0] if device[-1].isdigit() else device


def kind(device: str) -> bool:
    """Whether it is a GPU."""
    return device.startswith(("1080ti", "2080ti", "titan", "v100"))


def interval_tables(page: Page, data: Path) -> None:
    """Coverage of 90 % intervals where measured and asked rows are of one kind."""
    for space in HELP_FOLDERS:
        table = help_table(data, space)
        split = splits.PAPER[space]
        mixed = shuffle(table)
        page.add(f"### {space}, test devices of HELP's split")
        interval_page(
            page, table, mixed, {name: helpnas.load(f"{space}-paper") for name in split.test}
        )
        page.add(f"### {space}, training devices, their family left out")
        interval_page(page, table, mixed, without(data, space, family))


def shuffle(table: helpnas.LatencyTable) -> helpnas.LatencyTable:
    """The same rows in a random order, so that a pool is a sample of all."""
    order = np.random.default_rng(0).permutation(len(table.archs))
    columns = {name: table.latency(name)[order] for name in table.devices}
    return helpnas.LatencyTable(table.space, table.archs[order], columns)


def interval_page(
    page: Page,
    table: helpnas.LatencyTable,
    mixed: helpnas.LatencyTable,
    models: Mapping[str, helpnas.Model],
) -> None:
    """Forty-eight draws a device; by rows in random order, and as the table has them."""
    lines: Dict[str, Cells] = {}
    for title, rows in (("random order", mixed), ("order of the table", table)):
        for count in (10, 20):
            lines[f"{count} random, {title}"] = [
                helpnas.evaluate(
                    model,
                    rows,
                    [name],
                    "ten",
                    method="bayes",
                    baselines=(),
                    measure="random",
                    count=count,
                    draws=48,
                    query_rows=1000,
                )[0]["coverage90"]
                for name, model in models.items()
            ]
    page.table(list(models), lines)


def gap_page(page: Page, table: helpnas.LatencyTable, models: Mapping[str, helpnas.Model]) -> None:
    """Ten measurements of each device, by its model."""
    lines: Dict[str, Cells] = {}
    for device, model in models.items():
        for measure in ("random", "chosen"):
            rows = helpnas.evaluate(
                model,
                table,
                [device],
                "ten",
                method="bayes",
                baselines=("macs", "ridge"),
                measure=measure,
            )
            bayes, macs, ridge = (row["spearman"] for row in rows)
            for name, value in (
                ("**bayes**", bayes),
                ("macs", macs),
                ("ridge", ridge),
                ("bayes less the better of the two", bayes - max(macs, ridge)),
                ("90 % interval covers", rows[0]["coverage90"]),
            ):
                lines.setdefault(f"{name}, 10 {measure}", []).append(value)
    page.table(list(models), lines)


def hat_tables(page: Page, folder: Path) -> None:
    """Leave one machine out: all of its tables, of whatever task."""
    table = helpnas.LatencyTable.from_hat(folder, "hat-wmt14-en-de", every_task=True)
    names = list(table.devices)
    lines: Dict[str, Cells] = {"number of decoder layers": [], "macs": []}
    for name in names:
        train = [other for other in names if other.split()[0] != name.split()[0]]
        model = helpnas.meta_train(table, train=train, help=False, seed=0)
        for measure, count in WAYS:
            rows = helpnas.evaluate(
                model,
                table,
                [name],
                "ten",
                method="bayes",
                baselines=("macs",),
                measure=measure,
                count=count,
                pool_rows=1000,
                query_rows=1000,
                extra={"decoder layers": lambda archs: archs[:, DECODER_LAYERS]},
            )
            for key, shown in (("spearman", ""), ("coverage90", "90 % interval covers, ")):
                line = (
                    f"**{shown}bayes, {count} {measure}**"
                    if not shown
                    else f"{shown}{count} {measure}"
                )
                lines.setdefault(line, []).append(rows[0][key])
            if (measure, count) == ("random", 10):
                lines["macs"].append(rows[1]["spearman"])
                lines["number of decoder layers"].append(rows[2]["spearman"])
    page.table(names, lines)


def oneproxy_tables(page: Page, folder: Path) -> None:
    """The raw heat-map row of the Myriad VPU, and AdaProxy from it."""
    table = helpnas.LatencyTable.from_oneproxy(folder)
    proxy = "true_vpu"
    others = [name for name in table.devices if name != proxy]
    found = helpnas.monotonicity(table)
    row = found.spearman[found.devices.index(proxy)]
    lines: Dict[str, Cells] = {
        "monotonicity, all 1,999": [float(row[found.devices.index(name)]) for name in others]
    }
    model = helpnas.meta_train(table, train=[proxy], help=False, seed=0)
    for count in (20, 70):
        for method in ("proxy", "ridge", "bayes"):
            cells: Cells = []
            for name in others:
                cells.append(_judge_proxy(model, table, name, method, count))
            lines[f"{method}, {count} samples"] = cells
    page.table(others, lines)


def _judge_proxy(
    model: helpnas.Model, table: helpnas.LatencyTable, device: str, method: str, count: int
) -> float:
    """Mean Spearman over five draws, all measured architectures, as OneProxy reports it."""
    latency = table.latency(device)
    measured = np.flatnonzero(~np.isnan(latency))
    options = {"proxy": "true_vpu"} if method == "proxy" else {}
    found = []
    for seed in range(5):
        rows = np.random.default_rng(seed).choice(measured, count, replace=False)
        predictor = model.adapt(table.archs[rows], latency[rows], method=method, **options)
        predicted = predictor.predict(table.archs[measured])
        found.append(helpnas.score(predicted, latency[measured])["spearman"])
    return float(np.mean(found))


def sections(shared: Path) -> Dict[str, Callable[[Page], Any]]:
    """Titles with what writes below them."""
    data = shared / "datasets"
    baselines = ("nasbench201", "fbnet")
    return {
        "HELP's splits": lambda page: [
            paper_tables(page, space, data / "help") for space in HELP_FOLDERS
        ],
        "The paper's baselines, trained here": lambda page: [
            training_tables(page, space, data / "help") for space in baselines
        ],
        "From scratch on 900 samples": lambda page: [
            from_scratch_tables(page, space, data / "help") for space in baselines
        ],
        "NASFLAT's tasks on FBNet": lambda page: nasflat_tables(page, data / "help"),
        "Families and kinds left out": lambda page: [
            families_tables(page, space, data / "help") for space in HELP_FOLDERS
        ],
        "Intervals": lambda page: interval_tables(page, data / "help"),
        "HAT, one machine left out": lambda page: hat_tables(page, data / "hat"),
        "OneProxy": lambda page: oneproxy_tables(page, data / "oneproxy"),
    }


def main() -> None:
    """Compute the sections, each written when it is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with datasets/")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "docs/results/accuracy.md")
    parser.add_argument("--only", metavar="TITLE", help="one section, the others are kept")
    arguments = parser.parse_args()
    known = sections(arguments.shared)
    if arguments.only not in (None, *known):
        parser.error(f"--only is {arguments.only!r}, not one of {', '.join(known)}")
    for title in [arguments.only] if arguments.only else known:
        print(title, flush=True)
        page = Page()
        known[title](page)
        replace_section(arguments.output, MARKER, list(known), title, page.text)


if __name__ == "__main__":
    main()
