"""Loading, adapting, predicting and saving."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import REFERENCES, latency_of

import helpnas


def measured(model: helpnas.Model, extra: int = 0) -> Any:
    """The references and some other rows, with latencies."""
    pool = model.space.sample(200, seed=9)
    refs = model.reference_genes
    known = {row.tobytes() for row in refs}
    others = [row for row in pool if row.tobytes() not in known][:extra]
    rows = np.vstack([refs, *others]) if extra else refs
    return rows, latency_of(model.space, rows)


def test_references_are_in_the_spaces_notation(model: helpnas.Model, space: helpnas.Space) -> None:
    assert model.references == space.format(space.from_index(REFERENCES))
    assert (space.parse(model.references) == model.reference_genes).all()


def test_description_is_a_dictionary(model: helpnas.Model, predictor: helpnas.Predictor) -> None:
    assert isinstance(model.description, dict)
    assert isinstance(predictor.description, dict)


def test_prediction_is_milliseconds_for_each_row(predictor: helpnas.Predictor) -> None:
    archs = predictor.space.sample(40)
    latency = predictor.predict(archs)
    assert latency.shape == (40,) and latency.dtype == np.float64
    assert np.isfinite(latency).all()
    assert (predictor.predict(predictor.space.format(archs)) == latency).all()


def test_a_rows_latency_does_not_depend_on_its_neighbours(predictor: helpnas.Predictor) -> None:
    archs = predictor.space.sample(67)
    alone = np.array([predictor.predict(archs[i : i + 1])[0] for i in range(len(archs))])
    assert (predictor.predict(archs) == alone).all()
    assert (predictor.predict(archs[::-1]) == alone[::-1]).all()


def test_a_bad_row_fails_the_call(predictor: helpnas.Predictor) -> None:
    archs = predictor.space.sample(5)
    archs[2, 0] = -1
    with pytest.raises(helpnas.ArchitectureError, match="2"):
        predictor.predict(archs)


def test_std_needs_draws(model: helpnas.Model) -> None:
    rows, ms = measured(model)
    archs = model.space.sample(20)
    _, std = model.adapt(rows, ms).predict(archs, return_std=True)
    assert np.isnan(std).all()
    _, std = model.adapt(rows, ms, samples=5).predict(archs, return_std=True)
    assert (std >= 0).all() and (std > 0).any()


def test_the_order_of_measurements_does_not_matter(model: helpnas.Model) -> None:
    rows, ms = measured(model, extra=7)
    archs = model.space.sample(30)
    order = np.random.default_rng(0).permutation(len(rows))
    found = model.adapt(rows[order], ms[order]).predict(archs)
    np.testing.assert_allclose(found, model.adapt(rows, ms).predict(archs), rtol=1e-4)


def test_texts_and_rows_adapt_alike(model: helpnas.Model) -> None:
    rows, ms = measured(model)
    archs = model.space.sample(10)
    one = model.adapt(model.space.format(rows), ms.tolist(), method="help").predict(archs)
    phone = model.adapt(rows, ms)
    assert phone.method == "help"
    assert phone.diagnostics["kept"] in ("start", "end") and phone.diagnostics["summary"]
    assert (one == phone.predict(archs)).all()


def test_steps_and_support_change_the_fit(model: helpnas.Model) -> None:
    rows, ms = measured(model, extra=5)
    archs = model.space.sample(10)
    plain = model.adapt(rows, ms).predict(archs)
    assert (model.adapt(rows, ms, steps=0).predict(archs) != plain).any()
    assert (model.adapt(rows, ms, support="all").predict(archs) != plain).any()
    assert (model.adapt(rows, ms, steps=2).predict(archs) == plain).all()


def test_label_range_scales_predictions(model: helpnas.Model) -> None:
    rows, ms = measured(model)
    lowest, highest = float(ms.min()), float(ms.max())
    archs = model.space.sample(100)
    given = model.adapt(rows, ms, label_range_ms=(lowest, highest)).predict(archs)
    fitted = model.adapt(rows, ms).predict(archs)  # on a line of those, bent below the lowest
    straight = fitted > lowest
    line = np.polyfit(given[straight], fitted[straight], 1)
    np.testing.assert_allclose(np.polyval(line, given[straight]), fitted[straight], rtol=1e-6)
    assert (fitted > 0).all() and (np.argsort(given) == np.argsort(fitted)).all()
    wider = model.adapt(rows, ms, label_range_ms=(lowest, 2 * highest)).predict(archs)
    assert (wider != given).any()


def test_noise_given_is_the_noise_used(model: helpnas.Model) -> None:
    rows, ms = measured(model)
    archs = model.space.sample(10)
    assert model.noise_count > 0
    zero = np.zeros((1, model.noise_count))
    mean = model.adapt(rows, ms).predict(archs)
    np.testing.assert_allclose(model.adapt(rows, ms, noise=zero).predict(archs), mean, rtol=1e-6)
    draws = np.random.default_rng(1).normal(size=(2, model.noise_count))
    span = (float(ms.min()), float(ms.max()))
    both = model.adapt(rows, ms, label_range_ms=span, noise=draws, samples=2).predict(archs)
    each = [
        model.adapt(rows, ms, label_range_ms=span, noise=draw[None]).predict(archs)
        for draw in draws
    ]
    np.testing.assert_allclose(both, np.mean(each, axis=0), rtol=1e-6)


def test_draws_follow_the_seed(model: helpnas.Model) -> None:
    rows, ms = measured(model)
    archs = model.space.sample(10)
    first = model.adapt(rows, ms, samples=4, seed=3).predict(archs)
    assert (model.adapt(rows, ms, samples=4, seed=3).predict(archs) == first).all()
    assert (model.adapt(rows, ms, samples=4, seed=4).predict(archs) != first).any()


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "bayes"},
        {"support": "none"},
        {"steps": 101},
        {"steps": 2**32},
        {"samples": 101},
        {"samples": -1},
        {"seed": -1},
        {"noise": [[0.0, 1.0]]},
        {"noise": [0.0]},
        {"label_range_ms": (2.0,)},
        {"label_range_ms": (3.0, 2.0)},
        {"label_range_ms": (0.0, 0.0)},
        {"label_range_ms": (-1.0, 2.0)},
        {"label_range_ms": (np.nan, 2.0)},
    ],
)
def test_settings_out_of_range_are_refused(model: helpnas.Model, wrong: Any) -> None:
    rows, ms = measured(model)
    with pytest.raises((helpnas.ArgumentError, helpnas.UnsupportedError)):
        model.adapt(rows, ms, **wrong)


@pytest.mark.parametrize("count", [9, 11])
def test_a_latency_for_each_architecture(model: helpnas.Model, count: int) -> None:
    rows, _ = measured(model)
    with pytest.raises(helpnas.ArgumentError, match=r"\[10\]"):
        model.adapt(rows, np.ones(count))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_latencies_are_finite(model: helpnas.Model, bad: float) -> None:
    rows, ms = measured(model)
    ms[3] = bad
    with pytest.raises((helpnas.ArgumentError, helpnas.MeasurementError)):
        model.adapt(rows, ms)


def test_saved_files_come_back_the_same(
    model: helpnas.Model, predictor: helpnas.Predictor, tmp_path: Any
) -> None:
    model.save(tmp_path / "model.safetensors")
    predictor.save(str(tmp_path / "phone.safetensors"))
    loaded = helpnas.load(tmp_path / "model.safetensors")
    assert loaded.to_bytes() == model.to_bytes()
    phone = helpnas.load_predictor(tmp_path / "phone.safetensors")
    archs = model.space.sample(50)
    assert (phone.predict(archs) == predictor.predict(archs)).all()
    assert phone.to_bytes() == predictor.to_bytes()


def test_a_path_with_nul_is_refused(model: helpnas.Model) -> None:
    with pytest.raises(helpnas.ArgumentError, match="NUL"):
        model.save("a\0b")


def test_bundled_models_load(space: helpnas.Space) -> None:
    bundled = helpnas.bundled_models()
    if not bundled:
        pytest.skip("no model is bundled")
    for name in bundled:
        loaded = helpnas.load(name)
        assert len(loaded.references) >= 2 or "bayes" in loaded.description
