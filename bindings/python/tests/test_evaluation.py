"""Scores against SciPy, and what the two protocols measure and query."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from conftest import REFERENCES, latency_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

import helpnas
from helpnas import LatencyTable, evaluation
from helpnas.published import help_splits as splits

NUMBERS = st.floats(0.01, 100) | st.integers(1, 5).map(float)


@given(st.integers(2, 60).flatmap(lambda n: hnp.arrays(np.float64, (2, n), elements=NUMBERS)))
def test_scores_are_scipys(pair: Any) -> None:
    predicted, truth = pair
    found = helpnas.score(predicted, truth)
    if np.ptp(predicted) == 0 or np.ptp(truth) == 0:
        assert math.isnan(found["spearman"]) and math.isnan(found["kendall"])
    else:
        assert found["spearman"] == pytest.approx(stats.spearmanr(predicted, truth)[0], abs=1e-9)
        assert found["kendall"] == pytest.approx(stats.kendalltau(predicted, truth)[0], abs=1e-9)
        assert found["pearson"] == pytest.approx(stats.pearsonr(predicted, truth)[0], abs=1e-6)
    error = np.abs(predicted - truth)
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)))
    assert found["mape"] == pytest.approx(np.mean(error / truth))
    close = np.abs(error / truth - 0.1) < 1e-12
    if not close.any():
        assert found["within10"] == pytest.approx(np.mean(error / truth <= 0.1))


@pytest.mark.parametrize(
    ("predicted", "truth"),
    [
        ([1.0], [1.0]),
        ([], []),
        ([1.0, 2.0], [1.0]),
        ([1.0, np.nan], [1.0, 2.0]),
        ([1.0, 2.0], [1.0, np.inf]),
        ([1.0, 2.0], [0.0, 1.0]),
    ],
)
def test_scores_refuse_what_has_none(predicted: Any, truth: Any) -> None:
    with pytest.raises(helpnas.ArgumentError):
        helpnas.score(predicted, truth)


@pytest.fixture(scope="module")
def table(space: helpnas.Space) -> LatencyTable:
    """The whole space on two made-up devices, the second with gaps."""
    rows = space.from_index(np.arange(space.count))
    ms = latency_of(space, rows) * np.random.default_rng(0).lognormal(0, 0.1, len(rows))
    gaps = np.where(np.arange(len(rows)) % 7 == 3, np.nan, ms)
    gaps[REFERENCES] = ms[REFERENCES]
    return LatencyTable(space, rows, {"full": ms, "gaps": gaps}, REFERENCES)


class Recorder:
    """A model that notes what it is asked to adapt to."""

    def __init__(self, model: helpnas.Model) -> None:
        self._model, self.calls = model, []  # type: ignore[var-annotated]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def adapt(self, archs: Any, latency_ms: Any, **settings: Any) -> Any:
        self.calls.append((self.space.to_index(archs), latency_ms, settings))
        return self._model.adapt(archs, latency_ms, **settings)


def recorded(model: Any, table: Any, **settings: Any) -> Any:
    recorder = Recorder(model)
    found = evaluation.evaluate(recorder, table, **settings)  # type: ignore[arg-type]
    return found, recorder.calls


def test_ten_measures_the_references_alone(model: helpnas.Model, table: LatencyTable) -> None:
    rows, calls = recorded(model, table, devices=["full", "gaps"], protocol="ten", baselines=())
    assert [call[0].tolist() for call in calls] == [REFERENCES, REFERENCES]
    assert all(call[2]["label_range_ms"] is None for call in calls)
    full, gaps = rows
    assert full["n_query"] == 15615
    assert gaps["n_query"] == np.isfinite(table.latency("gaps")).sum() - 10


def test_paper_measures_ten_more_from_the_trimmed_pool(
    model: helpnas.Model, table: LatencyTable
) -> None:
    rows, calls = recorded(model, table, devices=["full"], protocol="paper", draws=3, baselines=())
    ms = table.latency("full")
    pool = np.argsort(ms[:900], kind="stable")[90:810]
    for measured, _, settings in calls:
        assert measured[:10].tolist() == REFERENCES
        support = set(measured[10:].tolist())
        assert len(support) == 10 and support <= set(pool) - set(REFERENCES)
        assert settings["label_range_ms"] == (ms[pool].min(), ms[pool].max())
    assert len({tuple(call[0]) for call in calls}) == 3
    assert rows[0]["n_query"] == 800 and rows[0]["spearman"] == rows[0]["spearman_trimmed"]


def test_rows_are_the_scores_of_the_predictions(model: helpnas.Model, table: LatencyTable) -> None:
    row = evaluation.evaluate(model, table, devices=["full"], baselines=())[0]
    ms = table.latency("full")
    predicted = model.adapt(model.references, ms[REFERENCES]).predict(table.archs)
    rest = np.setdiff1d(np.arange(len(ms)), REFERENCES)
    trimmed = 900 + np.argsort(ms[900:1900])[100:900]
    assert row["spearman"] == pytest.approx(stats.spearmanr(predicted[rest], ms[rest])[0])
    assert row["spearman_trimmed"] == pytest.approx(
        stats.spearmanr(predicted[trimmed], ms[trimmed])[0]
    )
    assert math.isnan(row["coverage90"]) and row["spearman_sd"] == 0


@pytest.mark.parametrize("protocol", ["ten", "paper"])
def test_the_baseline_ranks_by_operations(
    model: helpnas.Model, table: LatencyTable, protocol: str
) -> None:
    row = evaluation.evaluate(model, table, devices=["full"], protocol=protocol)[1]
    assert row["method"] == "macs"
    macs, ms = table.space.macs(table.archs), table.latency("full")
    trimmed = 900 + np.argsort(ms[900:1900])[100:900]
    assert row["spearman_trimmed"] == pytest.approx(stats.spearmanr(macs[trimmed], ms[trimmed])[0])
    assert 0 < row["mape"] < 1 and math.isnan(row["coverage90"])


def test_baselines_get_the_same_measurements(model: helpnas.Model, table: LatencyTable) -> None:
    baselines = ("macs", "parameters", "ridge")
    rows, calls = recorded(model, table, devices=["gaps"], baselines=baselines)
    assert [row["method"] for row in rows] == ["help", *baselines]
    assert [call[2]["method"] for call in calls] == ["help", *baselines]
    assert all(call[0].tolist() == REFERENCES for call in calls)
    assert all(set(call[2]) == {"method"} for call in calls[1:])  # the network's options are not
    alone = evaluation.evaluate(model, table, ["gaps"], method="ridge", baselines=())
    assert repr(alone) == repr(rows[3:])


@pytest.mark.parametrize("protocol", ["ten", "paper"])
def test_any_function_can_be_compared_with(
    model: helpnas.Model, table: LatencyTable, protocol: str
) -> None:
    asked = []

    def layers(archs: Any) -> Any:
        asked.append(archs)
        return 1.05 * latency_of(table.space, archs)

    row = evaluation.evaluate(
        model, table, ["full"], protocol, draws=2, baselines=(), extra={"layer-wise": layers}
    )[1]
    rows = table.rows(asked[0])
    assert len(asked) == 1 and (protocol == "ten") == (len(rows) == 15615)
    scores = helpnas.score(layers(table.archs[rows]), table.latency("full")[rows])
    assert row["method"] == "layer-wise" and row["spearman_sd"] == 0
    for name in ("spearman", "kendall", "mape", "within10"):
        assert row[name] == pytest.approx(scores[name])
    assert math.isnan(row["coverage90"]) and math.isfinite(row["spearman_trimmed"])


@pytest.mark.parametrize(
    ("extra", "match"),
    [
        ({"macs": np.ravel}, "'macs'"),
        ({"mine": np.ravel}, "extra 'mine' must be of shape"),
        ({"mine": lambda archs: np.where(archs[:, 0] == 3, np.nan, 1.0)}, r"'mine'.*row 1\b"),
        ({"mine": lambda archs: ["fast"] * len(archs)}, "extra 'mine'"),
    ],
)
def test_functions_that_give_no_latencies(
    model: helpnas.Model, table: LatencyTable, extra: Any, match: str
) -> None:
    with pytest.raises(helpnas.ArgumentError, match=match):
        evaluation.evaluate(model, table, ["full"], extra=extra)


def same(first: Any, second: Any) -> bool:
    return repr(first) == repr(second)


@pytest.mark.parametrize("protocol", ["ten", "paper"])
def test_the_seed_decides_everything(
    model: helpnas.Model, table: LatencyTable, protocol: str
) -> None:
    def run(seed: int, devices: Any = ("gaps",)) -> Any:
        return evaluation.evaluate(
            model, table, devices=devices, protocol=protocol, draws=2, seed=seed, samples=2
        )

    assert same(run(1), run(1)) and not same(run(1), run(2))
    assert same(run(1, ("full", "gaps"))[2:], run(1))


def test_mean_rows(model: helpnas.Model, table: LatencyTable) -> None:
    rows = evaluation.evaluate(model, table) + evaluation.evaluate(model, table, protocol="paper")
    means = helpnas.mean_rows(rows)
    assert [(row["protocol"], row["method"]) for row in means] == [
        ("ten", "help"),
        ("ten", "macs"),
        ("paper", "help"),
        ("paper", "macs"),
    ]
    assert means[0]["spearman"] == np.mean([rows[0]["spearman"], rows[2]["spearman"]])
    assert means[0]["device"] == "mean"


def test_a_small_table_has_no_trimmed_queries(model: helpnas.Model, table: LatencyTable) -> None:
    rows = np.union1d(np.arange(30), REFERENCES)
    small = LatencyTable(table.space, table.archs[rows], {"a": table.latency("full")[rows]})
    found = evaluation.evaluate(model, small)[0]
    assert found["n_query"] == len(rows) - 10 and math.isnan(found["spearman_trimmed"])
    with pytest.raises(helpnas.MeasurementError, match="a: .*fewer"):
        evaluation.evaluate(model, small, protocol="paper")


def test_mistakes_are_named(model: helpnas.Model, table: LatencyTable) -> None:
    with pytest.raises(helpnas.ArgumentError, match="protocol"):
        evaluation.evaluate(model, table, protocol="twenty")
    with pytest.raises(helpnas.ArgumentError, match="tablet"):
        evaluation.evaluate(model, table, devices=["tablet"])
    with pytest.raises(helpnas.UnsupportedError, match="flops"):
        evaluation.evaluate(model, table, baselines=["flops"])
    with pytest.raises(helpnas.UnsupportedError, match="nearest"):  # no training devices
        evaluation.evaluate(model, table, baselines=["nearest"])
    with pytest.raises(helpnas.UnsupportedError, match="bayes"):
        evaluation.evaluate(model, table, method="bayes")
    with pytest.raises(helpnas.ArgumentError, match="'fastest'"):
        evaluation.evaluate(model, table, measure="fastest")
    with pytest.raises(helpnas.ArgumentError, match="'random'.*'paper'"):
        evaluation.evaluate(model, table, protocol="paper", measure="random")
    gaps = table.latency("full").copy()
    gaps[REFERENCES[2]] = np.nan
    lacking = LatencyTable(table.space, table.archs, {"a": gaps})
    with pytest.raises(helpnas.MeasurementError, match="a: the reference in row 55"):
        evaluation.evaluate(model, lacking)


def test_the_papers_split_is_of_the_published_devices(published: Any) -> None:
    split = splits.PAPER["nasbench201"]
    names = [*split.train, *split.valid, *split.test]
    assert len(names) == len(set(names)) == 19
    assert set(names) <= {file.stem for file in (published / "latency").iterdir()}


def test_the_published_checkpoint_scores_as_published(published: Any) -> None:
    model = helpnas.import_checkpoint(published / "checkpoint/help_max_corr.pt", "nasbench201")
    table = LatencyTable.from_help_repository(published)
    devices = splits.PAPER["nasbench201"].test
    ten = helpnas.mean_rows(evaluation.evaluate(model, table, devices, "ten", "help"))
    paper = helpnas.mean_rows(evaluation.evaluate(model, table, devices, "paper", "help"))
    # 0.909 and 0.931: what the official code gives with z at its mean.
    assert ten[0]["spearman_trimmed"] == pytest.approx(0.909, abs=0.004)
    assert paper[0]["spearman"] == pytest.approx(0.931, abs=0.01)


@pytest.mark.parametrize(
    ("predicted", "truth"),
    [([0.1] * 10, [0.3] * 10), ([0.1] * 10, list(range(1, 11))), (list(range(10)), [0.7] * 10)],
)
def test_a_constant_side_has_no_correlation(predicted: Any, truth: Any) -> None:
    scores = helpnas.score(predicted, truth)
    assert all(np.isnan(scores[name]) for name in ("spearman", "kendall", "pearson"))


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_pearson_does_not_overflow_or_vanish(scale: float) -> None:
    predicted, truth = np.array([1.0, 2, 4, 8]), np.array([1.0, 3, 2, 5])
    expected = helpnas.score(predicted, truth)["pearson"]
    assert helpnas.score(predicted * scale, truth * scale)["pearson"] == pytest.approx(expected)
