"""Models of a space alone, and living with a predictor: updates, comparisons, tables."""

from __future__ import annotations

from pathlib import Path
from typing import Tuple

import numpy as np
import pytest

import helpnas

REPOSITORY = Path(__file__).resolve().parents[3]
VIT = REPOSITORY / "examples" / "spaces" / "vit.json"
SPACES = ("nasbench201", "fbnet", "ofa-mbv3", "hat-wmt14-en-de", str(VIT))


def model_of(name: str) -> helpnas.Model:
    return helpnas.load(name) if name.endswith(".json") else helpnas.Model.for_space(name)


def device(
    model: helpnas.Model, count: int = 80, noise: float = 0.02
) -> Tuple[np.ndarray, np.ndarray]:
    """Architectures and milliseconds of a device: affine in the space's costs, with noise."""
    rows = model.space.sample(count, seed=5)
    costs = model.space.costs(rows)
    scaled = [costs[name] / costs[name].mean() for name in ("macs", "activations")]
    random = np.random.default_rng(2)
    return rows, (2 + 5 * scaled[0] + 3 * scaled[1]) * (1 + noise * random.normal(size=count))


@pytest.mark.parametrize("name", SPACES)
def test_a_description_is_enough(name: str) -> None:
    model = model_of(name)
    rows, ms = device(model)
    ten = model.select(rows, 10)
    predictor = model.adapt(rows[ten], ms[ten])
    rest = np.setdiff1d(np.arange(len(rows)), ten)
    scores = helpnas.score(predictor.predict(rows[rest]), ms[rest])
    assert scores["spearman"] > 0.9 and scores["within10"] > 0.9
    assert helpnas.coverage(predictor, rows[rest], ms[rest]) > 0.7
    assert predictor.diagnostics["rests_on"] == "description"
    assert predictor.diagnostics["nearest_device"] is None


@pytest.mark.parametrize("name", SPACES)
def test_saved_models_of_a_space_adapt_alike(name: str, tmp_path: Path) -> None:
    model = model_of(name)
    model.save(tmp_path / "m.safetensors")
    read = helpnas.load(tmp_path / "m.safetensors")
    rows, ms = device(model)
    one, other = (each.adapt(rows[:12], ms[:12]).predict(rows) for each in (model, read))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("method", ["nearest", "proxy", "help"])
def test_what_needs_devices_says_so(method: str) -> None:
    model = helpnas.Model.for_space("fbnet")
    rows, ms = device(model)
    with pytest.raises(helpnas.UnsupportedError):
        model.adapt(rows[:12], ms[:12], method=method)


@pytest.mark.parametrize("method", ["bayes", "macs", "parameters", "ridge"])
def test_updating_is_adapting_to_all(method: str, tmp_path: Path) -> None:
    model = helpnas.load("fbnet-paper")
    rows, ms = device(model)
    first = model.adapt(rows[:12], ms[:12], method=method)
    first.save(tmp_path / "p.safetensors")
    for predictor in (first, helpnas.load_predictor(tmp_path / "p.safetensors")):
        updated = predictor.update(rows[12:20], ms[12:20])
        whole = model.adapt(rows[:20], ms[:20], method=method)
        assert np.array_equal(updated.predict(rows), whole.predict(rows))
        archs, latency = updated.measurements
        assert np.array_equal(model.space.genes(archs), rows[:20])
        assert np.array_equal(latency, ms[:20])


def test_repeated_architectures_count_once() -> None:
    model = helpnas.Model.for_space("nasbench201")
    rows, ms = device(model)
    again = np.array([0, 1, 2, 3, 4, 5, 1, 1])
    latency = ms[again] * np.array([1, 1, 1, 1, 1, 1, 1.2, 1.1])
    predictor = model.adapt(rows[again], latency)
    latency[1] *= 1.1
    assert np.array_equal(predictor.predict(rows), model.adapt(rows[:6], latency[:6]).predict(rows))
    settings = predictor.description["record"]["settings"]
    assert settings["used_rows"] == 6 and settings["repeatability"] > 0.003


def test_what_cannot_be_updated_says_so() -> None:
    model = helpnas.load("nasbench201")
    rows = model.reference_genes
    predictor = model.adapt(rows, model.space.macs(rows) / 1e7 + 3, method="help")
    with pytest.raises(helpnas.UnsupportedError, match="adapt the model"):
        predictor.update(rows[:1], [3.0])
    with pytest.raises(helpnas.UnsupportedError):
        predictor.table()
    with pytest.raises(helpnas.UnsupportedError):
        predictor.probability_faster(rows[:1], rows[1:2])


def test_what_to_measure_next() -> None:
    model = helpnas.Model.for_space("fbnet")
    rows, ms = device(model)
    predictor = model.adapt(rows[:10], ms[:10])
    assert np.array_equal(predictor.select(rows, 5), model.select(rows, 5, measured=rows[:10]))


@pytest.mark.parametrize("name", SPACES)
def test_comparisons_are_calibrated(name: str) -> None:
    """Of pairs that are said to be ordered with probability p, about that share is."""
    model = model_of(name)
    rows, ms = device(model, 400, noise=0.05)
    predictor = model.adapt(rows[:20], ms[:20])
    a, b = np.arange(20, 210), np.arange(210, 400)
    said = predictor.probability_faster(rows[a], than=rows[b])
    assert np.allclose(said + predictor.probability_faster(rows[b], than=rows[a]), 1)
    true = ms[a] < ms[b]
    assert abs(np.mean(np.where(said > 0.5, said, 1 - said)) - np.mean((said > 0.5) == true)) < 0.08
    with pytest.raises(helpnas.ArgumentError, match="than has 3"):
        predictor.probability_faster(rows[:2], than=rows[:3])


@pytest.mark.parametrize("name", SPACES)
def test_the_table_is_the_predictor(name: str) -> None:
    model = model_of(name)
    rows, ms = device(model)
    predictor = model.adapt(rows[:20], ms[:20])
    table = predictor.table()
    assert np.allclose(table.predict(rows), predictor.predict(rows), rtol=1e-9, atol=0)
    for term in table.terms:
        assert term.std_ms is not None and term.std_ms.shape == term.latency_ms.shape
        assert term.latency_ms.shape == tuple(map(len, term.choices))
