"""Method "bayes", what to measure for it, the methods to compare with, and monotonicity."""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import numpy as np
import pytest
from conftest import REPOSITORY
from scipy import stats

import helpnas
from helpnas import LatencyTable

EXAMPLE = REPOSITORY / "examples" / "spaces" / "mobilenetv2.json"
SPACES = ["nasbench201", "fbnet", "ofa-mbv3", "hat-iwslt14-de-en", "mobilenetv2"]
BASELINES = ["macs", "parameters", "ridge", "nearest", "proxy"]
NOISE = 0.01


class Made(NamedTuple):
    """A model without network, and a table whose last devices it has not seen."""

    model: helpnas.Model
    table: LatencyTable
    new: List[str]


def made_up_table(
    space: helpnas.Space, rows: int = 300, devices: int = 9, costs: bool = True
) -> LatencyTable:
    """Each device charges its own prices for MACs and for three mixtures of features."""
    random = np.random.default_rng(3)
    archs = space.sample(rows, seed=3)
    features = space.encode(archs).astype(float)
    mixtures = features @ random.lognormal(0, 1, (features.shape[1], 3))
    if space.name == "ofa-mbv3":
        mixtures *= (archs[:, -1:] / 224) ** 2
    parts = np.column_stack([np.ones(rows), mixtures / mixtures.mean(axis=0)])
    if costs:
        parts = np.column_stack([parts, space.macs(archs) / space.macs(archs).mean()])
    columns = {}
    for number in range(devices):
        prices = random.lognormal(0, 1, parts.shape[1]) * random.lognormal(2, 1)
        columns[f"device{number}"] = parts @ prices * random.lognormal(0, NOISE, rows)
    return LatencyTable(space, archs, columns)


@functools.lru_cache(None)
def made(name: str) -> Made:
    space = helpnas.Space.from_file(EXAMPLE) if name == "mobilenetv2" else helpnas.Space(name)
    table = made_up_table(space)
    names = list(table.devices)
    model = helpnas.meta_train(table, names[:5], help=False, seed=1)
    return Made(model, table, names[5:])


@pytest.fixture(params=SPACES)
def each(request: Any) -> Made:
    return made(request.param)


@pytest.fixture
def one() -> Made:
    return made("nasbench201")


def split(made: Made, count: int, seed: int) -> Any:
    """Rows to measure, and the others."""
    order = np.random.default_rng(seed).permutation(len(made.table))
    return order[:count], order[count:]


def adapted(made: Made, rows: Any, device: str, **settings: Any) -> helpnas.Predictor:
    archs, ms = made.table.archs[rows], made.table.latency(device)[rows]
    return made.model.adapt(archs, ms, **settings)


def spearman(made: Made, rows: Any, device: str, **settings: Any) -> float:
    """Over the rows that are not measured."""
    others = np.setdiff1d(np.arange(len(made.table)), rows)
    predicted = adapted(made, rows, device, **settings).predict(made.table.archs[others])
    return helpnas.score(predicted, made.table.latency(device)[others])["spearman"]


# ---- adapting and predicting


@pytest.mark.parametrize(("count", "least"), [(3, 0.6), (10, 0.9), (30, 0.92)])
def test_a_few_rows_rank_the_others(each: Made, count: int, least: float) -> None:
    found = []
    for seed, device in enumerate(each.new):
        rows, others = split(each, count, seed)
        phone = adapted(each, rows, device)
        assert phone.method == "bayes"
        assert (phone.predict(each.table.archs) > 0).all()
        found.append(spearman(each, rows, device))
    assert np.mean(found) >= least


def test_the_order_of_measurements_does_not_matter(each: Made) -> None:
    rows, others = split(each, 10, 0)
    archs, device = each.table.archs[others], each.new[0]
    mean, std = adapted(each, rows, device).predict(archs, return_std=True)
    turned_mean, turned_std = adapted(each, rows[::-1], device).predict(archs, return_std=True)
    np.testing.assert_allclose(turned_mean, mean, rtol=1e-9)
    np.testing.assert_allclose(turned_std, std, rtol=1e-6)


def test_a_row_gets_the_same_bits_in_any_batch(each: Made) -> None:
    rows, _ = split(each, 10, 0)
    archs, phone = each.table.archs[:67], adapted(each, rows, each.new[0])
    mean, std = phone.predict(archs, return_std=True)
    low, high = phone.interval(archs)
    for i in (0, 1, 33, 66):
        alone = phone.predict(archs[i : i + 1], return_std=True)
        assert (alone[0][0], alone[1][0]) == (mean[i], std[i])
        assert [end[0] for end in phone.interval(archs[i : i + 1])] == [low[i], high[i]]
    assert (phone.predict(archs[::-1]) == mean[::-1]).all()
    assert (phone.predict(each.table.space.notation(archs)) == mean).all()


@pytest.mark.parametrize("factor", [1e-6, 0.125, 1000.0])
@pytest.mark.parametrize("method", ["bayes", *BASELINES])
def test_other_units_give_the_same_in_those(one: Made, method: str, factor: float) -> None:
    rows, _ = split(one, 10, 0)
    archs, ms = one.table.archs, one.table.latency(one.new[0])[rows]
    plain = one.model.adapt(archs[rows], ms, method=method)
    scaled = one.model.adapt(archs[rows], factor * ms, method=method)
    np.testing.assert_allclose(scaled.predict(archs), factor * plain.predict(archs), rtol=1e-6)
    if method == "bayes":
        for one_end, other_end in zip(scaled.interval(archs), plain.interval(archs)):
            np.testing.assert_allclose(one_end, factor * other_end, rtol=1e-6)


def test_files_come_back_the_same(each: Made, tmp_path: Path) -> None:
    each.model.save(tmp_path / "model.safetensors")
    model = helpnas.load(tmp_path / "model.safetensors")
    assert model.to_bytes() == each.model.to_bytes()
    rows, _ = split(each, 10, 0)
    archs, phone = each.table.archs, adapted(each, rows, each.new[0])
    assert adapted(each._replace(model=model), rows, each.new[0]).to_bytes() == phone.to_bytes()
    phone.save(tmp_path / "phone.safetensors")
    again = helpnas.load_predictor(tmp_path / "phone.safetensors")
    assert again.method == "bayes" and again.diagnostics == phone.diagnostics
    for found, wanted in zip(again.predict(archs, True), phone.predict(archs, True)):
        assert (found == wanted).all()
    for found, wanted in zip(again.interval(archs, 0.5), phone.interval(archs, 0.5)):
        assert (found == wanted).all()


def test_a_model_without_network_has_no_references(each: Made) -> None:
    model, archs = each.model, each.table.archs[:10]
    assert model.references == [] and model.noise_count == 0
    assert model.reference_genes.shape == (0, model.space.width)
    with pytest.raises(helpnas.UnsupportedError, match='"help"'):
        model.adapt(archs, each.table.latency(each.new[0])[:10], method="help")


@pytest.mark.parametrize("count", [0, 2])
def test_two_rows_are_too_few(one: Made, count: int) -> None:
    with pytest.raises(helpnas.MeasurementError, match="at least 3"):
        adapted(one, np.arange(count), one.new[0])


def test_measurements_are_checked(one: Made) -> None:
    archs = one.table.archs[:5]
    for bad in (0.0, -1.0):
        with pytest.raises(helpnas.MeasurementError):
            one.model.adapt(archs, [3.0, 4.0, bad, 5.0, 6.0])


def test_equal_latencies_are_refused(one: Made) -> None:
    """A clock too coarse has measured nothing."""
    with pytest.raises(helpnas.MeasurementError, match="6 measured latencies are all 2 ms"):
        one.model.adapt(one.table.archs[:6], [2.0] * 6)


def test_predictors_can_be_searched(each: Made) -> None:
    rows, _ = split(each, 10, 0)
    space, phone = each.table.space, adapted(each, rows, each.new[0])
    limit = float(np.median(phone.predict(each.table.archs)))
    found = phone.search(max_latency_ms=limit, accuracy=space.macs, generations=5, seed=2)
    assert len(found) == 10 and (found.latency_ms <= limit).all()
    assert (phone.predict(found.genes) == found.latency_ms).all()


# ---- intervals


@pytest.mark.parametrize("count", [3, 10, 30])
def test_deviations_are_above_0_and_intervals_nested(each: Made, count: int) -> None:
    rows, _ = split(each, count, 1)
    archs, phone = each.table.archs, adapted(each, rows, each.new[1])
    mean, std = phone.predict(archs, return_std=True)
    assert (std > 0).all()
    low, high = mean, mean
    for level in (0.01, 0.5, 0.9, 0.999):
        lower, upper = phone.interval(archs, level)
        assert (lower > 0).all() and (lower < low).all() and (upper > high).all()
        low, high = lower, upper
    wanted = mean + stats.norm.ppf(0.95) * std
    np.testing.assert_allclose(phone.interval(archs)[1], wanted, rtol=1e-9)


@pytest.mark.parametrize("count", [3, 10, 30])
def test_intervals_hold_about_as_often_as_they_say(each: Made, count: int) -> None:
    inside: Dict[float, List[float]] = {0.5: [], 0.9: []}
    for device in each.new:
        for seed in range(5):
            rows, others = split(each, count, seed)
            phone, ms = adapted(each, rows, device), each.table.latency(device)[others]
            for level, shares in inside.items():
                low, high = phone.interval(each.table.archs[others], level)
                shares.append(float(np.mean((low <= ms) & (ms <= high))))
    assert np.mean(inside[0.9]) >= 0.85
    assert 0.4 <= np.mean(inside[0.5]) < np.mean(inside[0.9])


def test_repeatability_adds_its_square(each: Made) -> None:
    rows, _ = split(each, 10, 2)
    archs, device = each.table.archs, each.new[0]
    mean, std = adapted(each, rows, device, repeatability=0.0).predict(archs, return_std=True)
    phone = adapted(each, rows, device, repeatability=0.2)
    again, wider = phone.predict(archs, return_std=True)
    assert (again == mean).all()
    assert phone.description["record"]["settings"]["repeatability"] == 0.2
    floor = 0.15 * each.table.latency(device)[rows].mean()
    assert mean.min() > floor  # else the share is of the floor
    np.testing.assert_allclose(wider**2, std**2 + (0.2 * mean) ** 2, rtol=1e-9)


@pytest.mark.parametrize("share", [-0.01, 1.01, math.inf])
def test_repeatability_is_a_share(one: Made, share: float) -> None:
    with pytest.raises(helpnas.ArgumentError, match="repeatability"):
        adapted(one, np.arange(10), one.new[0], repeatability=share)


@pytest.mark.parametrize("method", BASELINES)
def test_repeatability_is_of_bayes(one: Made, method: str) -> None:
    with pytest.raises(helpnas.ArgumentError, match="repeatability is set"):
        adapted(one, np.arange(10), one.new[0], method=method, repeatability=0.1)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 90.0, math.nan])
def test_levels_lie_between_0_and_1(one: Made, level: float) -> None:
    phone = adapted(one, np.arange(10), one.new[0])
    with pytest.raises(helpnas.ArgumentError, match="level"):
        phone.interval(one.table.archs, level)


def test_other_methods_have_no_intervals(one: Made, predictor: helpnas.Predictor) -> None:
    ridge = adapted(one, np.arange(10), one.new[0], method="ridge")
    for phone in (predictor, ridge):
        with pytest.raises(helpnas.UnsupportedError, match=f'"{phone.method}"'):
            phone.interval(one.table.archs)
    assert np.isnan(ridge.predict(one.table.archs, return_std=True)[1]).all()


# ---- diagnostics


def test_a_sound_fit_is_called_sound(one: Made) -> None:
    found = adapted(one, split(one, 30, 0)[0], one.new[0]).diagnostics
    assert found["summary"].startswith("The fit is sound")
    assert found["suspicious_rows"] == [] and found["rows"] == list(range(30))
    assert len(found["leave_one_out"]["latency_ms"]) == len(found["row_weights"]) == 30
    assert found["leave_one_out"]["median_error"] <= found["prior"]["median_error"]
    assert 0 <= found["pool_weight"] <= 1
    assert found["nearest_device"]["name"] in list(one.table.devices)[:5]


@pytest.mark.parametrize("factor", [0.3, 3.0])
@pytest.mark.parametrize("name", ["nasbench201", "fbnet", "hat-iwslt14-de-en"])
def test_a_spoilt_measurement_is_named(name: str, factor: float) -> None:
    made_up = made(name)
    for seed in range(5):
        rows, others = split(made_up, 15, seed)
        archs, ms = made_up.table.archs, made_up.table.latency(made_up.new[-1])
        spoilt = np.where(np.arange(15) == 4, factor, 1) * ms[rows]
        phone = made_up.model.adapt(archs[rows], spoilt)
        assert 4 in phone.diagnostics["suspicious_rows"]
        assert "row 4 again" in phone.diagnostics["summary"]
        # It counts little.
        assert helpnas.score(phone.predict(archs[others]), ms[others])["spearman"] > 0.8


# ---- choosing what to measure


def test_chosen_rows_are_different_and_always_the_same(each: Made) -> None:
    archs = each.table.archs
    chosen = each.model.select(archs, 20)
    assert chosen.dtype == np.int64 and chosen.shape == (20,) and len(set(chosen)) == 20
    assert (chosen == each.model.select(each.table.space.notation(archs), 20)).all()
    assert (each.model.select(archs) == chosen[:10]).all()


def test_measured_rows_are_not_chosen_again(each: Made) -> None:
    archs = each.table.archs[:40]
    first = each.model.select(archs, 15)
    second = each.model.select(archs, 25, measured=archs[first])
    assert sorted([*first, *second]) == list(range(40))
    twice = each.model.select(np.vstack([archs, archs]), 40)
    assert sorted(twice % 40) == list(range(40))


def test_chosen_rows_tell_more_than_random_ones() -> None:
    chosen, random = [], []
    for made_up in map(made, SPACES):
        rows = made_up.model.select(made_up.table.archs, 6)
        for device in made_up.new:
            chosen.append(spearman(made_up, rows, device))
            draws = (split(made_up, 6, seed)[0] for seed in range(8))
            random.append(np.mean([spearman(made_up, draw, device) for draw in draws]))
    assert np.mean(chosen) > np.mean(random)


def test_mistakes_in_choosing_are_named(one: Made, model: helpnas.Model) -> None:
    archs = one.table.archs[:20]
    assert len(one.model.select(archs, 0)) == len(one.model.select([], 0)) == 0
    with pytest.raises(helpnas.ArgumentError, match="21"):
        one.model.select(archs, 21)
    with pytest.raises(helpnas.ArgumentError, match="has 15 different rows"):
        one.model.select(archs, 16, measured=archs[:5])
    for wrong in (-1, 2.5, 2**63):
        with pytest.raises(helpnas.ArgumentError, match="count"):
            one.model.select(archs, wrong)  # type: ignore[arg-type]
    with pytest.raises(helpnas.ArchitectureError):
        one.model.select([[9] * 6], 1)
    with pytest.raises(helpnas.UnsupportedError, match='"bayes"'):
        model.select(archs, 3)


# ---- methods to compare with


@pytest.mark.parametrize("method", BASELINES)
def test_methods_to_compare_with(each: Made, method: str, tmp_path: Path) -> None:
    rows, _ = split(each, 12, 0)
    archs, phone = each.table.archs, adapted(each, rows, each.new[0], method=method)
    predicted = phone.predict(archs)
    assert phone.method == method and phone.diagnostics == {}
    assert np.isfinite(predicted).all() and (predicted > 0).all()
    phone.save(tmp_path / "phone.safetensors")
    again = helpnas.load_predictor(tmp_path / "phone.safetensors")
    assert again.method == method and (again.predict(archs) == predicted).all()
    turned = adapted(each, rows[::-1], each.new[0], method=method)
    np.testing.assert_allclose(turned.predict(archs), predicted, rtol=1e-6)


def test_macs_is_least_squares_in_relative_error(one: Made) -> None:
    rows, _ = split(one, 12, 0)
    ms, macs = one.table.latency(one.new[0])[rows], one.table.space.macs(one.table.archs)
    found = adapted(one, rows, one.new[0], method="macs").predict(one.table.archs)
    shares = macs[rows] / ms
    factor = shares.sum() / (shares**2).sum()
    np.testing.assert_allclose(found[macs > 0], factor * macs[macs > 0], rtol=1e-3)


def test_a_training_device_stands_for_itself(each: Made) -> None:
    rows, _ = split(each, 30, 0)
    for method in ("nearest", "proxy"):
        settings = adapted(each, rows, "device2", method=method).description["record"]["settings"]
        assert settings["proxy"] in list(each.table.devices)[:5]
        assert settings["proxy_spearman"] > 0.9
        assert spearman(each, rows, "device2", method=method) > 0.85
    given = adapted(each, rows, "device2", method="proxy", proxy="device4")
    assert given.description["record"]["settings"]["proxy"] == "device4"


def test_mistakes_in_comparing_are_named(one: Made, model: helpnas.Model) -> None:
    with pytest.raises(helpnas.ArgumentError, match='"tablet".*"device0", "device1"'):
        adapted(one, np.arange(10), one.new[0], method="proxy", proxy="tablet")
    with pytest.raises(helpnas.ArgumentError, match="NUL"):
        adapted(one, np.arange(10), one.new[0], method="proxy", proxy="device2\0")
    with pytest.raises(helpnas.ArgumentError, match="proxy"):
        adapted(one, np.arange(10), one.new[0], method="nearest", proxy="device2")
    with pytest.raises(helpnas.UnsupportedError, match="'flops'.*'nearest'"):
        adapted(one, np.arange(10), one.new[0], method="flops")
    for method in BASELINES:
        with pytest.raises(helpnas.MeasurementError, match="at least 2"):
            adapted(one, [0], one.new[0], method=method)
    archs = one.table.archs[:10]
    for method in ("ridge", "nearest", "proxy"):
        with pytest.raises(helpnas.MeasurementError, match="2 ms"):
            one.model.adapt(archs, [2.0] * 10, method=method)
    for method in ("nearest", "proxy", "bayes"):
        with pytest.raises(helpnas.UnsupportedError, match=f'"{method}"'):
            model.adapt(archs, np.arange(1.0, 11.0), method=method)


def test_a_space_without_costs_has_the_other_methods() -> None:
    description = json.loads(EXAMPLE.read_text())
    del description["costs"]
    description["features"] = [each for each in description["features"] if "cost" not in each]
    space = helpnas.Space.from_json(description)
    table = made_up_table(space, rows=80, devices=3, costs=False)
    model = helpnas.meta_train(table, ["device0", "device1"], help=False)
    made_up = Made(model, table, ["device2"])
    for method in ("macs", "parameters"):
        with pytest.raises(helpnas.UnsupportedError, match="costs"):
            adapted(made_up, np.arange(10), "device2", method=method)
    for method in ("bayes", "ridge", "nearest", "proxy"):
        phone = adapted(made_up, np.arange(10), "device2", method=method)
        assert (phone.predict(table.archs) > 0).all()


# ---- training and evaluation


def test_training_needs_one_of_the_two_parts(one: Made) -> None:
    with pytest.raises(helpnas.ArgumentError, match='neither method "bayes" nor "help"'):
        helpnas.meta_train(one.table, ["device0"], help=False, bayes=False)


def test_the_seed_decides_and_threads_do_not(one: Made) -> None:
    rows = np.arange(80)
    columns = {name: one.table.latency(name)[rows] for name in ("device0", "device1", "device2")}
    small = LatencyTable(one.table.space, one.table.archs[rows], columns)
    first, second = (
        helpnas.meta_train(small, list(columns), help=False, seed=7, threads=threads)
        for threads in (1, 3)
    )
    assert first.to_bytes() == second.to_bytes()


@pytest.mark.parametrize("measure", ["random", "chosen"])
def test_evaluation_without_references(one: Made, measure: str) -> None:
    rows = helpnas.evaluate(
        one.model,
        one.table,
        one.new[:2],
        measure=measure,
        count=8,
        draws=3,
        pool_rows=200,
        query_rows=100,
        baselines=("ridge", "nearest"),
    )
    assert [row["method"] for row in rows] == ["bayes", "ridge", "nearest"] * 2
    assert all(row["n_query"] == 100 for row in rows)
    assert (rows[0]["spearman_sd"] > 0) == (measure == "random")
    assert 0.5 < rows[0]["coverage90"] <= 1 and math.isnan(rows[1]["coverage90"])
    if measure == "chosen":
        chosen = one.model.select(one.table.archs[:200], 8)
        phone = adapted(one, chosen, one.new[0])
        ms = one.table.latency(one.new[0])[200:]
        wanted = stats.spearmanr(phone.predict(one.table.archs[200:]), ms)[0]
        assert rows[0]["spearman"] == pytest.approx(wanted)


@pytest.mark.parametrize("measure", ["random", "chosen"])
def test_devices_without_common_rows_are_judged_on_their_own(measure: str) -> None:
    """As HAT's tables; the first device's rows are all within four fifths of the table."""
    one = made("hat-iwslt14-de-en")
    names, rows = one.new[:2], (np.arange(40), np.arange(100, 300))
    columns = {name: np.full(300, np.nan) for name in names}
    for name, own in zip(names, rows):
        columns[name][own] = one.table.latency(name)[own]
    table = LatencyTable(one.table.space, one.table.archs, columns)
    for settings in ({}, {"pool_rows": 30}):
        found = helpnas.evaluate(one.model, table, measure=measure, baselines=(), **settings)
        for name, own, row in zip(names, rows, found):
            alone = LatencyTable(table.space, table.archs[own], {name: columns[name][own]})
            wanted = helpnas.evaluate(one.model, alone, measure=measure, baselines=(), **settings)
            assert repr(wanted) == repr([row])
    assert [row["n_query"] for row in found] == [10, 170]
    table = LatencyTable(one.table.space, one.table.archs, {"few": columns[names[0]]})
    with pytest.raises(helpnas.MeasurementError, match=r"few: of its 40 .*pool_rows 39"):
        helpnas.evaluate(one.model, table, measure=measure, pool_rows=39)


def test_evaluation_says_what_a_model_without_references_needs(one: Made) -> None:
    with pytest.raises(helpnas.ArgumentError, match="no references.*'random' or 'chosen'"):
        helpnas.evaluate(one.model, one.table, one.new)
    with pytest.raises(helpnas.MeasurementError, match="fewer than 20"):
        helpnas.evaluate(one.model, one.table, one.new, measure="random", count=20, pool_rows=19)


# ---- monotonicity


def test_monotonicity_is_scipys_spearman(space: helpnas.Space) -> None:
    random = np.random.default_rng(0)
    columns = random.integers(1, 9, (4, 50)).astype(float)  # with ties
    columns[1] = columns[0] + random.lognormal(0, 1, 50)
    columns[2, ::3] = np.nan
    columns[3, 2:] = np.nan  # two are left
    names = ["a", "b", "gaps", "two"]
    table = LatencyTable(space, space.sample(50), dict(zip(names, columns)))
    found = helpnas.monotonicity(table)
    assert found.devices == names and found.spearman.shape == (4, 4)
    assert (np.diag(found.spearman)[:3] == pytest.approx(1)) and np.isnan(found.spearman[3]).all()
    np.testing.assert_array_equal(found.spearman, found.spearman.T)
    for i in range(3):
        for j in range(3):
            wanted = stats.spearmanr(columns[i], columns[j], nan_policy="omit")[0]
            assert found.spearman[i, j] == pytest.approx(wanted, abs=1e-12)
    gaps = len(range(0, 50, 3))
    assert found.rows[:3, 2].tolist() == [50 - gaps] * 3 and found.rows[3].tolist() == [2, 2, 1, 2]
    pair = found.test("a", "gaps")
    assert pair.spearman == found.spearman[0, 2] and pair.rows == 50 - gaps
    assert pair == helpnas.proxy_test(columns[0], columns[2])
    assert found.test("a", "two").verdict == "open"
    with pytest.raises(helpnas.ArgumentError, match="tablet"):
        found.test("a", "tablet")


@pytest.mark.parametrize(
    ("truth", "n", "threshold", "verdict"),
    [
        (0.5, 100, 0.9, "different"),
        (0.99, 100, 0.9, "similar"),
        (0.9, 10, 0.9, "open"),
        (0.5, 100, 0.1, "similar"),
    ],
)
def test_the_interval_is_bonett_and_wrights(
    truth: float, n: int, threshold: float, verdict: str
) -> None:
    random = np.random.default_rng(0)
    a, noise = random.normal(size=(2, n))
    b = truth * a + np.sqrt(1 - truth**2) * noise
    found = helpnas.proxy_test(a, b, threshold, level=0.8)
    rho = stats.spearmanr(a, b)[0]
    width = stats.norm.ppf(0.9) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    wanted = np.tanh(np.arctanh(rho) + width * np.array([-1, 1]))
    assert found.verdict == verdict and found.rows == n
    np.testing.assert_allclose([found.spearman, found.lower, found.upper], [rho, *wanted])


def test_three_rows_tell_nothing() -> None:
    found = helpnas.proxy_test([1, 2, 3, np.nan, 5], [1, 2, 3, 4, np.nan])
    assert found.spearman == pytest.approx(1) and found[1:] == (-1, 1, 3, "open")
    found = helpnas.proxy_test([1, np.nan], [np.nan, 1])
    assert np.isnan(found.spearman) and found[1:] == (-1, 1, 0, "open")


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"threshold": 1}, "threshold is 1"),
        ({"threshold": np.nan}, "threshold is nan"),
        ({"level": 0}, "level is 0"),
        ({"level": 1}, "level is 1"),
        ({"target_ms": [1, 2]}, r"target_ms must be of shape \[3\]"),
        ({"target_ms": [1, 2, np.inf]}, r"target_ms\[2\] is inf"),
        ({"proxy_ms": [], "target_ms": []}, "n is 0"),
    ],
)
def test_what_a_proxy_test_refuses(settings: Any, match: str) -> None:
    given = {"proxy_ms": [1, 2, 3], "target_ms": [1, 2, 3], **settings}
    with pytest.raises(helpnas.ArgumentError, match=match):
        helpnas.proxy_test(**given)


def test_an_empty_table_has_no_monotonicity(space: helpnas.Space) -> None:
    for table in (LatencyTable(space, space.sample(3), {}), LatencyTable(space, [], {"a": []})):
        with pytest.raises(helpnas.ArgumentError):
            helpnas.monotonicity(table)
