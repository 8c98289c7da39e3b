"""Accuracy models: the published one against PyTorch, files, and searches without Python."""

from __future__ import annotations

import copy
import json
import math
import pickle
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest
import torch_files as tf
from conftest import shared_folder
from safetensors.numpy import load as load_tensors

import helpnas
from helpnas.model_file import model_bytes
from helpnas.search import _library_score

#: Written by make_ofa_accuracy.py, with PyTorch and the published file.
EXPECTED = Path(__file__).parent / "data" / "ofa_accuracy.json"
WIDTHS = [40, 9, 1]


def small_file(space: Any, inputs: int, **changes: Any) -> bytes:
    """An accuracy model with random weights over one-hot genes."""
    random = np.random.default_rng(3)
    tensors: Dict[str, Any] = {}
    for number, (outputs, width) in enumerate(zip(WIDTHS, [inputs, *WIDTHS])):
        weight = random.normal(0, width**-0.5, (outputs, width))
        tensors[f"layers.{number}.weight"] = weight.astype(np.float32)
        tensors[f"layers.{number}.bias"] = random.normal(0, 1, outputs).astype(np.float32)
    description = {
        "format_version": 1,
        "space": space,
        "layers": WIDTHS,
        "features": [{"kind": "one_hot"}],
        "base": 0.25,
        "record": {"origin": "the tests' own"},
        **changes,
    }
    return model_bytes(tensors, description, "accuracy")


@pytest.fixture(scope="module")
def accuracy() -> helpnas.AccuracyModel:
    return helpnas.AccuracyModel.from_bytes(small_file("nasbench201", 30))


@pytest.fixture(scope="module")
def published_file() -> Path:
    file = shared_folder("LIBHELP_DATASETS", "datasets") / "ofa" / "acc_predictor.pth"
    if not file.is_file():
        pytest.skip(f"no {file}")
    return file


@pytest.fixture(scope="module")
def published_model(published_file: Path) -> helpnas.AccuracyModel:
    return helpnas.import_accuracy_model(published_file)


def test_the_published_model_agrees_with_pytorch(published_model: helpnas.AccuracyModel) -> None:
    expected = json.loads(EXPECTED.read_text())
    found = published_model.predict([item["arch"] for item in expected])
    assert found.dtype == np.float64 and found.shape == (20,)
    assert np.abs(found - [item["accuracy"] for item in expected]).max() < 1e-5


def test_blocks_beyond_the_depth_do_not_matter(published_model: helpnas.AccuracyModel) -> None:
    rows = published_model.space.sample(20, seed=2)
    other = rows.copy()
    for block in range(20):
        dead = block % 4 >= rows[:, 40 + block // 4]
        other[dead, block], other[dead, 20 + block] = 7, 6
    assert (other != rows).any()
    assert (published_model.predict(other) == published_model.predict(rows)).all()


def test_resolutions_come_in_steps_of_16(published_model: helpnas.AccuracyModel) -> None:
    rows = np.repeat(published_model.space.sample(1, seed=5), 25, axis=0)
    rows[:, 45] = np.arange(128, 228, 4)
    found = published_model.predict(rows)
    for start in range(0, 25, 4):
        assert len(set(found[start : start + 4])) == 1
    assert len(set(found)) == 7


def test_the_published_model_tells_its_origin(published_model: helpnas.AccuracyModel) -> None:
    description = published_model.description
    assert description["space"] == "ofa-mbv3" and description["layers"] == [400, 400, 400, 1]
    assert description["record"]["provenance"]["file"] == "acc_predictor.pth"
    assert len(description["features"]) == 41


def test_predictions_are_the_networks(accuracy: helpnas.AccuracyModel) -> None:
    rows = accuracy.space.sample(100, seed=1)
    values = np.eye(5)[rows].reshape(100, 30)
    tensors = tensors_of(accuracy)
    for number in range(3):
        weight, bias = (tensors[f"layers.{number}.{part}"] for part in ("weight", "bias"))
        values = values @ weight.T.astype(float) + bias
        values = np.maximum(values, 0) if number < 2 else values
    wanted = 0.25 + values[:, 0]
    found = accuracy.predict(rows)
    assert np.allclose(found, wanted, rtol=0, atol=1e-5)
    assert (accuracy(accuracy.space.format(rows)) == found).all()
    assert (np.concatenate([accuracy.predict([row]) for row in rows]) == found).all()
    assert accuracy.predict([]).shape == (0,)


def tensors_of(accuracy: helpnas.AccuracyModel) -> Dict[str, Any]:
    return dict(load_tensors(accuracy.to_bytes()))


def test_files_and_copies_predict_the_same(accuracy: helpnas.AccuracyModel, tmp_path: Path) -> None:
    path = tmp_path / "accuracy.safetensors"
    accuracy.save(path)
    rows = accuracy.space.sample(30)
    loaded = helpnas.load_accuracy(path)
    assert loaded.to_bytes() == accuracy.to_bytes() == path.read_bytes()
    for other in (loaded, pickle.loads(pickle.dumps(accuracy)), copy.copy(accuracy)):
        assert (other.predict(rows) == accuracy.predict(rows)).all()
    assert repr(loaded) == "AccuracyModel('nasbench201')"
    assert loaded.description["record"] == {"origin": "the tests' own"}


def test_kinds_of_files_are_not_confused(
    accuracy: helpnas.AccuracyModel, small_model_file: bytes, tmp_path: Path
) -> None:
    with pytest.raises(helpnas.FormatError, match="holds a model, not an accuracy model"):
        helpnas.AccuracyModel.from_bytes(small_model_file)
    with pytest.raises(helpnas.FormatError, match="holds an accuracy model, not a model"):
        helpnas.Model.from_bytes(accuracy.to_bytes())
    with pytest.raises(helpnas.HelpIOError):
        helpnas.load_accuracy(tmp_path / "none")


def test_rows_are_checked(accuracy: helpnas.AccuracyModel) -> None:
    with pytest.raises(helpnas.ArchitectureError, match="row 1"):
        accuracy.predict([[0] * 6, [5] * 6])
    with pytest.raises(helpnas.ArgumentError):
        accuracy.predict(np.zeros((2, 5), np.int32))


@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "evolve", "population": 30, "generations": 8, "seed": 4},
        {"strategy": "exhaustive", "top_k": 25},
        {"candidates": np.arange(60).reshape(10, 6) % 5, "max_latency_ms": math.inf},
    ],
)
def test_a_search_inside_the_library_finds_the_same(
    predictor: helpnas.Predictor, accuracy: helpnas.AccuracyModel, options: Any
) -> None:
    limit = float(np.median(predictor.predict(predictor.space.sample(300))))
    settings = {"max_latency_ms": limit, **options}
    inside = predictor.search(accuracy=accuracy, **settings)
    through_python = predictor.search(accuracy=lambda archs: accuracy.predict(archs), **settings)
    for name in ("genes", "accuracy", "latency_ms"):
        assert (getattr(inside, name) == getattr(through_python, name)).all()
    assert inside.archs == through_python.archs and len(inside) > 0
    for name in ("evaluations", "predictions", "generations", "smallest_latency_ms"):
        assert getattr(inside, name) == getattr(through_python, name)


def test_no_python_scores(
    predictor: helpnas.Predictor, accuracy: helpnas.AccuracyModel, monkeypatch: Any
) -> None:
    def refuse(*arguments: Any) -> Any:
        raise AssertionError("called")

    for name in ("predict", "__call__"):
        monkeypatch.setattr(helpnas.AccuracyModel, name, refuse)
    seen = []
    found = predictor.search(
        max_latency_ms=math.inf,
        accuracy=accuracy,
        strategy="evolve",
        population=10,
        generations=3,
        progress=lambda state: seen.append(state.best),
        accuracy_genes=True,
    )
    assert found.accuracy[0] == seen[-1] and len(seen) == 4


def test_progress_may_stop_it(
    predictor: helpnas.Predictor, accuracy: helpnas.AccuracyModel
) -> None:
    def interrupt(state: helpnas.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predictor.search(max_latency_ms=math.inf, accuracy=accuracy, progress=interrupt)
    with helpnas.CancelFlag() as flag, pytest.raises(helpnas.CancelledError):
        flag.request()
        predictor.search(max_latency_ms=math.inf, accuracy=accuracy, cancel=flag)


def own_space(**changes: Any) -> Dict[str, Any]:
    genes = [{"name": name, "choices": [0, 1, 2, 3, 4]} for name in "abcdef"]
    return {"name": "own", "genes": genes, **changes}


def test_a_model_of_another_space_is_refused(predictor: helpnas.Predictor) -> None:
    some = [{"kind": "one_hot", "genes": ["ks[0]", "e[0]"]}]
    for data in (small_file("ofa-mbv3", 6, features=some), small_file(own_space(), 30)):
        other = helpnas.AccuracyModel.from_bytes(data)
        with pytest.raises(helpnas.MismatchError, match="the predictor of 'nasbench201'"):
            predictor.search(max_latency_ms=math.inf, accuracy=other)


def test_two_spaces_of_one_name_are_told_apart() -> None:
    model = helpnas.AccuracyModel.from_bytes(small_file(own_space(), 30))
    _library_score(helpnas.Space.from_json(own_space()), model)
    other = own_space(features=[{"kind": "number"}])
    with pytest.raises(helpnas.MismatchError, match="of another description"):
        _library_score(helpnas.Space.from_json(other), model)


def test_a_space_of_ones_own_is_carried_along() -> None:
    model = helpnas.AccuracyModel.from_bytes(small_file(own_space(), 30))
    assert model.space.name == "own" and model.space.width == 6
    again = helpnas.AccuracyModel.from_bytes(model.to_bytes())
    rows = model.space.sample(20)
    assert (again.predict(rows) == model.predict(rows)).all()


def test_a_closed_model_is_refused(predictor: helpnas.Predictor) -> None:
    model = helpnas.AccuracyModel.from_bytes(small_file("nasbench201", 30))
    model.close()
    with pytest.raises(helpnas.HandleError, match="closed"):
        predictor.search(max_latency_ms=math.inf, accuracy=model)
    with pytest.raises(helpnas.HandleError, match="closed"):
        model.predict([[0] * 6])


def linear(*sizes: int) -> Dict[str, Any]:
    """A state like the published one."""
    state: Dict[str, Any] = {}
    for number, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        state[f"{2 * number}.weight"] = np.full((outputs, inputs), 0.01, np.float32)
        state[f"{2 * number}.bias"] = np.zeros(outputs, np.float32)
    return state


def test_networks_of_other_widths_are_imported(tmp_path: Path) -> None:
    path = tf.write_value(tmp_path / "p.pth", linear(128, 7, 5, 1))
    model = helpnas.import_accuracy_model(path)
    assert model.description["layers"] == [7, 5, 1]
    assert np.isfinite(model.predict(model.space.sample(3))).all()


def packaged(resolutions: int, hidden: int = 6, layers: int = 3) -> Dict[str, Any]:
    """A state of ``ofa.nas.accuracy_predictor.AccuracyPredictor``."""
    random = np.random.default_rng(3)
    sizes = [120 + resolutions, *[hidden] * layers]
    state: Dict[str, Any] = {"base_acc": np.array([0.5], np.float32)}
    for number, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        state[f"layers.{number}.0.weight"] = random.normal(0, 0.2, (outputs, inputs))
        state[f"layers.{number}.0.bias"] = random.normal(0, 0.2, outputs)
    state[f"layers.{layers}.weight"] = random.normal(0, 0.2, (1, hidden))
    return {name: np.asarray(values, np.float32) for name, values in state.items()}


def packaged_features(arch: Dict[str, Any], resolutions: List[int]) -> Any:
    """What ``MobileNetArchEncoder.arch2feature`` makes of an architecture."""
    parts = [np.array([float(arch["r"] == each) for each in resolutions])]
    for key, choices in (("ks", [3, 5, 7]), ("e", [3, 4, 6])):
        for block, value in enumerate(arch[key]):
            alive = block % 4 < arch["d"][block // 4]
            parts.append(np.array([float(alive and value == each) for each in choices]))
    return np.concatenate(parts)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_packaged_predictor_is_imported(tmp_path: Path, wrapped: bool) -> None:
    state, sizes = packaged(4), [128, 160, 192, 224]
    value = {"state_dict": {"module." + k: v for k, v in state.items()}} if wrapped else state
    model = helpnas.import_accuracy_model(tf.write_value(tmp_path / "p.pth", value))
    archs = model.space.notation(model.space.sample(40))
    for number, arch in enumerate(archs):
        arch["r"] = sizes[number % 4]
    x = np.array([packaged_features(arch, sizes) for arch in archs])
    for layer in range(3):
        x = x @ state[f"layers.{layer}.0.weight"].T + state[f"layers.{layer}.0.bias"]
        x = np.maximum(x, 0)
    expected = (x @ state["layers.3.weight"].T)[:, 0] + 0.5
    np.testing.assert_allclose(model.predict(archs), expected, rtol=1e-4)


def test_a_packaged_predictor_of_other_resolutions(tmp_path: Path) -> None:
    file = tf.write_value(tmp_path / "p.pth", packaged(2))
    with pytest.raises(helpnas.ArgumentError, match="the network has 2 of them"):
        helpnas.import_accuracy_model(file)
    model = helpnas.import_accuracy_model(file, resolutions=[160, 224])
    (arch,) = model.space.notation(model.space.sample(1))
    low, middle, high = model.predict([{**arch, "r": r} for r in (160, 192, 224)])
    assert min(low, high) <= middle <= max(low, high) or abs(low - high) < 1


@pytest.mark.parametrize(
    "state, reason",
    [
        ({}, "its tensors are none"),
        ({"model": 1}, "its tensors are model"),
        ([1, 2], "no names"),
        ({**linear(128, 3, 1), "base_acc": np.zeros(1, np.float32)}, "base_acc"),
        (linear(127, 3, 1), "layer 0 has shapes"),
        ({**linear(128, 3, 1), "2.bias": np.zeros((1, 1), np.float32)}, "layer 2 has shapes"),
        ({**linear(128, 3, 1), "0.bias": np.zeros(3)}, "0.bias is not a float tensor"),
        ({**linear(128, 3, 1), "0.bias": "x"}, "0.bias is not a float tensor"),
        (linear(128, 3, 2), "the last 2"),
        (linear(128, *[2] * 16, 1), "17 widths"),
        ({**linear(128, 1), "0.bias": np.full(1, np.nan, np.float32)}, "not a finite number"),
    ],
)
def test_other_files_are_refused(state: Any, reason: str, tmp_path: Path) -> None:
    path = tf.write_value(tmp_path / "p.pth", state)
    with pytest.raises(helpnas.FormatError, match=reason):
        helpnas.import_accuracy_model(path)


def test_other_spaces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(helpnas.UnsupportedError, match="nasbench201"):
        helpnas.import_accuracy_model(tmp_path / "p.pth", space="nasbench201")
