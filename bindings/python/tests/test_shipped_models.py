"""The models in data/models: what they claim, and how well they do on devices never seen."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import REPOSITORY, shared_folder

import helpnas
from helpnas.published import help_splits as splits

#: Devices of every published table of a space.
ALL_DEVICES = {"nasbench201": 27 + 18, "fbnet": 27, "ofa-mbv3": 12}
HAT_SPACES = ["hat-wmt14-en-de", "hat-wmt14-en-fr", "hat-wmt19-en-de", "hat-iwslt14-de-en"]
#: Least mean Spearman on the test devices: `paper`, and `ten` over the trimmed queries.
#: The official checkpoints reach .927 .908, .911 .909 and .982 .973 here.
FLOORS = {"nasbench201": (0.925, 0.905), "fbnet": (0.905, 0.90), "ofa-mbv3": (0.978, 0.965)}

#: The same of method "bayes", over the trimmed queries, by what is measured.
BAYES_FLOORS = {
    ("nasbench201", "references", 10): 0.952,
    ("nasbench201", "chosen", 10): 0.956,
    ("fbnet", "references", 10): 0.955,
    ("fbnet", "chosen", 10): 0.960,
    ("fbnet", "chosen", 20): 0.976,
    ("ofa-mbv3", "references", 10): 0.998,
    ("ofa-mbv3", "chosen", 10): 0.998,
}


@pytest.mark.parametrize("space", ALL_DEVICES)
def test_the_model_for_use_has_seen_every_device(space: str) -> None:
    model = helpnas.load(space)
    assert model.space.name == space
    seen = set(model.description["record"]["devices"]["train"])
    own = helpnas.LatencyTable.from_csv(REPOSITORY / "data" / "latencies" / f"{space}.csv", space)
    assert set(own.devices) < seen
    assert len(seen - set(own.devices)) == ALL_DEVICES[space]


@pytest.mark.parametrize("space", HAT_SPACES)
def test_hats_models_need_no_references(space: str) -> None:
    model = helpnas.load(space)
    assert model.space.name == space and model.references == []
    assert len(model.description["record"]["devices"]["train"]) == 8  # of all four tasks
    data = shared_folder("LIBHELP_DATASETS", "datasets") / "hat"
    table = helpnas.LatencyTable.from_hat(data, space)
    rows = helpnas.evaluate(model, table, measure="chosen", baselines=())
    assert min(row["spearman"] for row in rows) >= 0.9


@pytest.mark.parametrize("space", FLOORS)
def test_the_paper_model_has_seen_its_split_only(space: str) -> None:
    record = helpnas.load(f"{space}-paper").description["record"]
    split = splits.PAPER[space]
    assert set(record["devices"]["train"]) == set(split.train)
    assert set(record["devices"]["valid"]) == set(split.valid)
    assert record["settings"]["train_rows"] == split.pool_rows


def test_only_devices_without_references_have_estimates() -> None:
    record = helpnas.load("nasbench201").description["record"]
    estimated = {entry["device"] for entry in record["estimated_references"]}
    assert len(estimated) == 18
    assert all(name.startswith(("eagle_", "rice_", "true_")) for name in estimated)
    assert helpnas.load("fbnet").description["record"]["estimated_references"] == []


@pytest.mark.parametrize("space", FLOORS)
def test_the_paper_model_reaches_the_published_accuracy(space: str) -> None:
    data = shared_folder("LIBHELP_DATASETS", "datasets") / "help"
    model = helpnas.load(f"{space}-paper")
    table = helpnas.LatencyTable.from_help_repository(data, space)
    devices = splits.PAPER[space].test
    paper, ten = (
        helpnas.evaluate(model, table, devices, protocol, method="help", baselines=())
        for protocol in ("paper", "ten")
    )
    assert np.mean([row["spearman"] for row in paper]) >= FLOORS[space][0]
    assert np.mean([row["spearman_trimmed"] for row in ten]) >= FLOORS[space][1]


@pytest.mark.parametrize(("space", "measure", "count"), BAYES_FLOORS)
def test_the_default_method_reaches_what_is_documented(
    space: str, measure: str, count: int
) -> None:
    data = shared_folder("LIBHELP_DATASETS", "datasets") / "help"
    model = helpnas.load(f"{space}-paper")
    table = helpnas.LatencyTable.from_help_repository(data, space)
    rows = helpnas.evaluate(
        model, table, splits.PAPER[space].test, measure=measure, count=count, baselines=()
    )
    assert {row["method"] for row in rows} == {"bayes"}
    floor = BAYES_FLOORS[space, measure, count]
    assert np.mean([row["spearman_trimmed"] for row in rows]) >= floor
    assert np.mean([row["coverage90"] for row in rows]) >= 0.8
