"""The accuracy models in data/accuracy: what they claim, and how far off they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import shared_folder

import helpnas

NAMES = ["ofa-mbv3", "nasbench201"]


@pytest.fixture(scope="module")
def data() -> Path:
    return shared_folder("LIBHELP_DATASETS", "datasets")


@pytest.mark.parametrize("name", NAMES)
def test_they_load_by_name_and_tell_their_origin_and_error(name: str) -> None:
    model = helpnas.load_accuracy(name)
    record = model.description["record"]
    assert model.space.name == name
    assert set(record) == {"unit", "learnt_from", "architectures", "held_out"}
    assert np.isfinite(model.predict(model.space.sample(1000))).all()


def test_a_path_still_loads(tmp_path: Path) -> None:
    model = helpnas.load_accuracy("ofa-mbv3")
    model.save(tmp_path / "ofa-mbv3")
    assert helpnas.load_accuracy(tmp_path / "ofa-mbv3").to_bytes() == model.to_bytes()


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(helpnas.HelpIOError, match=r"\(there are: nasbench201, ofa-mbv3\)"):
        helpnas.load_accuracy("fbnet")


def test_larger_inputs_are_more_accurate_between_and_below_what_was_learnt() -> None:
    model = helpnas.load_accuracy("ofa-mbv3")
    means = []
    for resolution in range(128, 225, 4):
        rows = model.space.sample(500, seed=1)
        rows[:, 45] = resolution
        means.append(model.predict(rows).mean())
    assert (np.diff(means) > 0).all()


def test_the_network_stands_for_once_for_alls(data: Path) -> None:
    published = helpnas.import_accuracy_model(data / "ofa" / "acc_predictor.pth")
    model = helpnas.load_accuracy("ofa-mbv3")
    rows = model.space.sample(3000, seed=77)
    scores = helpnas.score(model.predict(rows), published.predict(rows))
    claimed = model.description["record"]["held_out"]["uniform"]
    assert scores["rmse"] == pytest.approx(claimed["rmse_points"] / 100, rel=0.1)
    assert scores["rmse"] < 0.0020 and scores["spearman"] > 0.99


def test_the_network_follows_metad2as_candidates(data: Path) -> None:
    file = data / "help" / "nasbench201" / "arch_generated_by_metad2a.txt"
    candidates = helpnas.read_candidates(file)
    model = helpnas.load_accuracy("nasbench201")
    predicted = model.predict([each.arch for each in candidates])
    scores = helpnas.score(predicted, [each.accuracy for each in candidates])
    assert scores["spearman"] > 0.9  # on what it was fitted to; held out below
    held_out = model.description["record"]["held_out"]
    assert held_out["spearman_of_it"] > 0.85 > held_out["spearman_of_metad2a"]
