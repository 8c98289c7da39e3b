"""Goals of a search: accuracy models, tables of accuracies, and MACs in their place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_accuracy import small_file

import helpnas
from helpnas.goals import bundled_goal, read_goal


def test_a_space_with_an_accuracy_model_is_searched_by_it(
    monkeypatch: pytest.MonkeyPatch, space: helpnas.Space
) -> None:
    class Model:
        description = {"record": {"unit": "top-1"}}

    monkeypatch.setattr("helpnas.goals.load_accuracy", lambda name: Model())
    goal = bundled_goal(space)
    assert isinstance(goal.accuracy, Model) and goal.label == "accuracy (top-1)"
    assert not goal.accuracy_genes and "top-1" in goal.note


def test_without_an_accuracy_model_macs_stand_in() -> None:
    space = helpnas.Space("fbnet")
    goal = bundled_goal(space)
    rows = space.sample(3)
    assert goal.accuracy_genes and (goal.accuracy(rows) == space.macs(rows)).all()
    assert "stands in" in goal.note and "fbnet" in goal.note


def test_macs_by_name(predictor: helpnas.Predictor) -> None:
    space = predictor.space
    goal = read_goal("macs", space)
    found = predictor.search(max_latency_ms=9, **goal.options, generations=3)
    assert found.accuracy.tolist() == space.macs(found.genes).tolist()


def test_an_accuracy_model_by_its_file(space: helpnas.Space, tmp_path: Path) -> None:
    path = tmp_path / "accuracy.safetensors"
    helpnas.AccuracyModel.from_bytes(small_file("nasbench201", 30)).save(path)
    goal = read_goal(str(path), space)
    assert isinstance(goal.accuracy, helpnas.AccuracyModel) and not goal.accuracy_genes
    assert goal.label.startswith("accuracy") and str(path) in goal.note
    with pytest.raises(helpnas.HelpIOError, match="nowhere"):
        read_goal(str(tmp_path / "nowhere.safetensors"), space)


def test_a_table_by_its_file(space: helpnas.Space, tmp_path: Path) -> None:
    rows = space.sample(4)
    path = tmp_path / "accuracies.csv"
    lines = [f"{text},{number}" for number, text in enumerate(space.format(rows))]
    path.write_text("\n".join(["arch,accuracy", *lines, ""]))
    goal = read_goal(str(path), space)
    assert goal.label == "accuracy" and str(path) in goal.note
    assert (goal.accuracy.genes == space.canonicalize(rows)).all()
    assert goal.accuracy(rows[::-1]).tolist() == [3, 2, 1, 0]
    assert np.array_equal(goal.accuracy.accuracy, np.arange(4.0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "row 1: the columns must be 'arch' and 'accuracy'"),
        ("arch,latency_ms\n{0},1\n", "row 1: the columns must be"),
        ("arch,accuracy\n{0}\n", "row 2: 1 fields, not 2"),
        ("arch,accuracy\n{0},1\nnonsense,2\n", "row 3, column 'arch': 'nonsense' is not"),
        ("arch,accuracy\n{0},good\n", "row 2, column 'accuracy': 'good' is not a number"),
        ("arch,accuracy\n{0},1\n{1},2\n{0},3\n", "row 4, column 'arch': .* in row 2"),
    ],
)
def test_a_malformed_table_is_refused(
    space: helpnas.Space, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "accuracies.csv"
    path.write_text(text.format(*space.format(space.sample(2))))
    with pytest.raises(helpnas.FormatError, match="accuracies.csv: " + message):
        helpnas.AccuracyTable.from_csv(path, space)
