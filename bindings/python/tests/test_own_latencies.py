"""data/latencies: our own measurements say what they are; models that never saw them hold up."""

from __future__ import annotations

import json
from typing import Any, Dict

import numpy as np
import pytest
from conftest import REPOSITORY

import helpnas

FOLDER = REPOSITORY / "data" / "latencies"
SPACES = ("nasbench201", "fbnet", "ofa-mbv3")


def table(space: str) -> helpnas.LatencyTable:
    return helpnas.LatencyTable.from_csv(FOLDER / f"{space}.csv", space)


@pytest.mark.parametrize("space", SPACES)
def test_every_column_says_what_it_is(space: str) -> None:
    recorded: Dict[str, Any] = json.loads((FOLDER / "devices.json").read_text("utf-8"))[space]
    latencies = table(space)
    assert set(latencies.devices) == set(recorded)
    for name, column in latencies.devices.items():
        entry = recorded[name]
        assert entry["measured"] == np.isfinite(column).sum() >= 300
        assert entry["runtime"]["name"] and entry["runtime"]["version"]
        assert entry["threads"] == 1 and entry["batch"] >= 1 and entry["clock"] == "cpu"
        # Halves of the rounds agree: a ranking can be judged by them.
        assert entry["stability"] > 0.9


@pytest.mark.parametrize("space", SPACES)
def test_the_references_come_first(space: str) -> None:
    references = helpnas.load(f"{space}-paper").reference_genes
    assert (table(space).archs[: len(references)] == references).all()


@pytest.mark.parametrize(
    "space, spearman, within10",
    [("nasbench201", 0.91, 0.65), ("fbnet", 0.9, 0.75), ("ofa-mbv3", 0.97, 0.85)],
)
def test_devices_that_no_paper_model_saw(space: str, spearman: float, within10: float) -> None:
    latencies = table(space)
    rows = helpnas.evaluate(
        helpnas.load(f"{space}-paper"),
        latencies,
        list(latencies.devices),
        "ten",
        method="bayes",
        baselines=("macs", "ridge"),
        measure="chosen",
        pool_rows=200,
    )
    means = {
        method: {
            key: np.mean([row[key] for row in rows if row["method"] == method])
            for key in ("spearman", "within10")
        }
        for method in ("bayes", "macs", "ridge")
    }
    assert means["bayes"]["spearman"] > spearman
    assert means["bayes"]["within10"] > within10
    for other in ("macs", "ridge"):
        assert means["bayes"]["spearman"] > means[other]["spearman"] - 0.005
