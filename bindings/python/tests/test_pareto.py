"""Pareto fronts: nothing in them is beaten, and their hypervolume is that of the definition."""

from __future__ import annotations

import math
from typing import Any, List, Tuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import helpnas

RELAXED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def front_of(latency: Any, accuracy: Any) -> List[Tuple[float, float]]:
    """What no other beats, by comparing all pairs, most accurate first."""
    points = set(zip(latency.tolist(), accuracy.tolist()))
    kept = [p for p in points if not any(q != p and q[0] <= p[0] and q[1] >= p[1] for q in points)]
    return sorted(kept, key=lambda point: -point[1])


def hypervolume_of(front: Any, reference: Tuple[float, float]) -> float:
    """The area of the union of rectangles, on the grid of all their sides."""
    inside = [p for p in front if p[0] < reference[0] and p[1] > reference[1]]
    xs = np.array(sorted({p[0] for p in inside} | {reference[0]}))
    ys = np.array(sorted({p[1] for p in inside} | {reference[1]}))
    area = 0.0
    for x, width in zip(xs, np.diff(xs)):
        for y, height in zip(ys[1:], np.diff(ys)):
            area += width * height * any(p[0] <= x and p[1] >= y for p in inside)
    return float(area)


def pairs(found: helpnas.SearchResult) -> List[Tuple[float, float]]:
    return list(zip(found.latency_ms.tolist(), found.accuracy.tolist()))


@pytest.mark.parametrize("limit", [math.inf, 0.5])
def test_exhaustive_finds_the_front(phone: helpnas.Predictor, limit: float) -> None:
    space = phone.space
    every = space.from_index(np.arange(space.count))
    ms, macs = phone.predict(every), np.round(space.macs(every) / 1e6)
    upper = phone.interval(every, 0.9)[1]
    limit = float(np.quantile(upper, limit)) if limit < 1 else limit
    found = phone.pareto(
        accuracy=lambda rows: np.round(space.macs(rows) / 1e6),
        max_latency_ms=limit,
        strategy="exhaustive",
        top_k=5000,
    )
    within = upper <= limit
    assert pairs(found) == front_of(ms[within], macs[within])
    reference = (limit if limit < math.inf else ms.max(), macs[within].min())
    assert found.reference == reference
    assert found.hypervolume == pytest.approx(hypervolume_of(pairs(found), reference), rel=1e-12)


@RELAXED
@given(
    scores=st.lists(st.integers(0, 6), min_size=1, max_size=40),
    seed=st.integers(0, 1000),
    reference=st.tuples(st.floats(1, 300), st.floats(-2, 8)),
)
def test_candidates_give_their_own_front(
    predictor: helpnas.Predictor, scores: List[int], seed: int, reference: Tuple[float, float]
) -> None:
    rows = predictor.space.sample(len(scores), seed=seed)
    table = helpnas.AccuracyTable(predictor.space, rows, scores)
    found = predictor.pareto(accuracy=table, reference=reference)
    assert pairs(found) == front_of(predictor.predict(rows), np.array(scores, float))
    assert found.reference == reference
    area = hypervolume_of(pairs(found), reference)
    assert found.hypervolume == pytest.approx(area, rel=1e-9, abs=1e-9)
    few = predictor.pareto(accuracy=table, top_k=2)
    assert pairs(few)[0] == pairs(found)[0] and len(few) == min(2, len(found))
    assert few.hypervolume == predictor.pareto(accuracy=table).hypervolume


@pytest.mark.parametrize("population", [2, 3, 40])
def test_evolution_keeps_the_front_of_what_it_scored(
    phone: helpnas.Predictor, population: int
) -> None:
    space = phone.space
    scored: List[Any] = []

    def accuracy(rows: Any) -> Any:
        scored.append(rows.copy())
        return np.round(space.macs(rows) / 1e7)

    found = phone.pareto(
        accuracy=accuracy,
        accuracy_genes=True,
        strategy="evolve",
        seed=4,
        population=population,
        generations=12,
    )
    rows = np.concatenate(scored)
    assert pairs(found) == front_of(phone.predict(rows), np.round(space.macs(rows) / 1e7))
    assert len(rows) == found.evaluations <= 13 * population
    assert found.reference == (phone.predict(rows).max(), (space.macs(rows) / 1e7).round().min())


def test_evolution_comes_close_to_the_front(phone: helpnas.Predictor) -> None:
    space = phone.space
    limit = float(phone.predict(space.sample(500)).max())
    reference = (limit, 0.0)
    whole = phone.pareto(
        accuracy=space.macs, max_latency_ms=limit, strategy="exhaustive", reference=reference
    )
    for seed in range(3):
        found = phone.pareto(
            accuracy=space.macs,
            max_latency_ms=limit,
            strategy="evolve",
            generations=30,
            seed=seed,
            reference=reference,
        )
        assert 0.98 * whole.hypervolume < found.hypervolume <= whole.hypervolume


def test_a_search_for_accuracy_has_no_hypervolume(phone: helpnas.Predictor) -> None:
    found = phone.search(max_latency_ms=math.inf, accuracy=phone.space.macs, generations=1)
    assert math.isnan(found.hypervolume) and np.isnan(found.reference).all()


@pytest.mark.parametrize(
    "reference", [(math.inf, 0.0), (1.0, -math.inf), (-math.inf, 0.0), (1.0, math.inf)]
)
def test_infinite_references_are_refused(phone: helpnas.Predictor, reference: Any) -> None:
    with pytest.raises(helpnas.ArgumentError, match="reference_"):
        phone.pareto(accuracy=phone.space.macs, reference=reference)


def test_nan_in_a_reference_is_the_default(phone: helpnas.Predictor) -> None:
    rows = phone.space.sample(50)
    found = phone.pareto(accuracy=phone.space.macs, candidates=rows, reference=(math.nan, 1.0))
    assert found.reference == (phone.predict(rows).max(), 1.0)


def test_infinite_accuracies_have_a_place(phone: helpnas.Predictor) -> None:
    def accuracy(rows: Any) -> Any:
        macs = phone.space.macs(rows)
        macs[rows[:, 0] == 0] = -math.inf
        macs[rows[:, 0] == 4] = math.inf
        return macs

    found = phone.pareto(accuracy=accuracy, accuracy_genes=True, strategy="evolve", generations=5)
    assert found.accuracy[0] == math.inf and found.hypervolume == math.inf


def test_failed_trainings_leave_the_hypervolume_finite(phone: helpnas.Predictor) -> None:
    rows = phone.space.sample(3)
    texts = phone.space.format(rows[np.argsort(phone.predict(rows))])
    found = phone.pareto(accuracy=dict(zip(texts, (-math.inf, 1.0, 2.0))))
    assert found.archs == [texts[2], texts[1]] and found.reference[1] == 1.0
    assert 0 <= found.hypervolume < math.inf


def test_the_objective_is_one_of_two(phone: helpnas.Predictor) -> None:
    with pytest.raises(helpnas.ArgumentError, match="'accuracy', 'pareto'"):
        phone.search(max_latency_ms=1.0, accuracy=phone.space.macs, objective="latency")
