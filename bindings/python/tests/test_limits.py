"""What the limits of a search mean: the confidence, several limits, and what they refuse."""

from __future__ import annotations

import functools
import math
from typing import Any, Optional

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import helpnas
from helpnas import Limit

SMALL = {"strategy": "evolve", "population": 20, "generations": 5}


def upper_ms(predictor: helpnas.Predictor, rows: Any, confidence: float) -> Any:
    """Below which a measurement falls with this probability, by the predictor's interval."""
    if confidence == 0.5:
        return predictor.predict(rows)
    return predictor.interval(rows, 2 * confidence - 1)[1]


def everything(space: helpnas.Space) -> Any:
    return space.from_index(np.arange(space.count))


@pytest.mark.parametrize("confidence", [None, 0.5, 0.6, 0.9, 0.95, 0.999])
def test_the_upper_end_is_limited(
    phone: helpnas.Predictor, space: helpnas.Space, confidence: Optional[float]
) -> None:
    every = everything(space)
    upper = upper_ms(phone, every, 0.95 if confidence is None else confidence)
    limit = float(np.median(upper))
    found = phone.search(
        max_latency_ms=limit,
        accuracy=space.macs,
        confidence=confidence,
        strategy="exhaustive",
        top_k=20_000,
    )
    border = np.isclose(upper, limit, rtol=1e-12)
    expected = {row.tobytes() for row in every[(upper <= limit) & ~border]}
    allowed = expected | {row.tobytes() for row in every[border]}
    assert expected <= {row.tobytes() for row in found.genes} <= allowed
    assert found.smallest_latency_ms == pytest.approx(upper.min(), rel=1e-12)
    assert (found.latency_ms == phone.predict(found.genes)).all()


def test_by_default_the_interval_is_below_the_limit(phone: helpnas.Predictor) -> None:
    limit = float(np.median(phone.interval(phone.space.sample(100))[1]))
    found = phone.search(max_latency_ms=limit, accuracy=phone.space.macs, **SMALL)
    assert (found.upper_ms <= limit * (1 + 1e-12)).all()
    assert (found.lower_ms < found.latency_ms).all() and (found.latency_ms < found.upper_ms).all()
    assert (found.margin_ms == limit - found.latency_ms).all() and (found.margin_ms > 0).all()
    lower, upper = phone.interval(found.genes, 0.9)
    assert (found.lower_ms == lower).all() and (found.upper_ms == upper).all()
    bolder = phone.search(max_latency_ms=limit, accuracy=phone.space.macs, confidence=0.5, **SMALL)
    assert bolder.margin_ms[0] < found.margin_ms[0]


def test_without_an_interval_the_prediction_is_limited(predictor: helpnas.Predictor) -> None:
    space = predictor.space
    ms = predictor.predict(everything(space))
    limit = float(np.median(ms))
    for confidence in (None, 0.5):
        found = predictor.search(
            max_latency_ms=limit,
            accuracy=space.macs,
            confidence=confidence,
            strategy="exhaustive",
            top_k=20_000,
        )
        assert found.evaluations == len(found) == (ms <= limit).sum()
        assert np.isnan(found.lower_ms).all() and np.isnan(found.upper_ms).all()
        assert (found.margin_ms == limit - found.latency_ms).all()
    with pytest.raises(helpnas.UnsupportedError, match="no deviations"):
        predictor.search(max_latency_ms=limit, accuracy=space.macs, confidence=0.9)


def test_draws_of_z_are_deviations_too(model: helpnas.Model) -> None:
    rows = model.reference_genes
    spread = model.adapt(rows, 2 + 1e-7 * model.space.macs(rows), samples=4)
    pool = model.space.sample(300, seed=8)
    upper = upper_ms(spread, pool, 0.95)
    limit = float(np.median(upper))
    found = spread.search(max_latency_ms=limit, accuracy=model.space.macs, candidates=pool)
    assert found.evaluations == (upper <= limit).sum() < (spread.predict(pool) <= limit).sum()


@pytest.mark.parametrize("confidence", [0.4, 1.0, -0.1, math.nan, math.inf, 1e-300])
def test_impossible_confidences_are_refused(phone: helpnas.Predictor, confidence: float) -> None:
    with pytest.raises(helpnas.ArgumentError, match="confidence"):
        phone.search(max_latency_ms=1.0, accuracy=phone.space.macs, confidence=confidence)
    with pytest.raises(helpnas.ArgumentError, match="confidence"):
        phone.search(
            max_latency_ms=1.0,
            accuracy=phone.space.macs,
            limits=[Limit.latency(phone, 1.0, confidence)],
        )


def test_every_limit_holds(phone: helpnas.Predictor, predictor: helpnas.Predictor) -> None:
    space = phone.space
    every = everything(space)
    here, there, macs = upper_ms(phone, every, 0.8), predictor.predict(every), space.macs(every)
    most = float(np.quantile(here, 0.6)), float(np.quantile(there, 0.5)), 6e7
    within = (here <= most[0]) & (there <= most[1]) & (macs <= most[2])
    limits = [Limit.latency(predictor, most[1]), Limit.macs(most[2])]
    for strategy in ("exhaustive", "evolve"):
        found = phone.search(
            max_latency_ms=most[0],
            limits=limits,
            confidence=0.8,
            seed=3,
            accuracy=lambda rows: phone.predict(rows),
            strategy=strategy,
            generations=10,
            top_k=20_000,
        )
        allowed = {row.tobytes() for row in every[within]}
        assert {row.tobytes() for row in found.genes} <= allowed
        if strategy == "exhaustive":
            assert len(found) == within.sum() > 0


def test_another_device_has_a_confidence_of_its_own(phone: helpnas.Predictor) -> None:
    space, pool = phone.space, phone.space.sample(400, seed=2)
    for confidence in (None, 0.5, 0.99):
        upper = upper_ms(phone, pool, 0.95 if confidence is None else confidence)
        limit = float(np.quantile(upper, 0.3))
        found = phone.search(
            max_latency_ms=math.inf,
            accuracy=space.macs,
            candidates=pool,
            limits=[Limit.latency(phone, limit, confidence)],
        )
        assert abs(found.evaluations - (upper <= limit).sum()) <= 1  # the border


def test_parameters_are_limited(phone: helpnas.Predictor) -> None:
    space, pool = phone.space, phone.space.sample(400, seed=2)
    evaluations = [
        phone.search(
            max_latency_ms=math.inf,
            accuracy=space.macs,
            candidates=pool,
            limits=[Limit.parameters(most)],
        ).evaluations
        for most in (2e5, 4e5, 8e5, math.inf)
    ]
    assert evaluations == sorted(evaluations) and 0 < evaluations[0] < evaluations[-1] == 400


@pytest.mark.parametrize("kind", ["macs", "parameters"])
def test_a_cost_has_a_lower_end(phone: helpnas.Predictor, kind: str) -> None:
    space, pool = phone.space, phone.space.sample(300, seed=2)
    make = getattr(Limit, kind)

    def evaluations(*limits: Limit) -> int:
        options: Any = {"max_latency_ms": math.inf, "accuracy": space.macs}
        return phone.search(candidates=pool, limits=limits, **options).evaluations

    border = 5e5 if kind == "parameters" else float(np.median(space.macs(pool))) + 0.5
    below, above = evaluations(make(border)), evaluations(make(minimum=border))
    assert below + above == 300 and 0 < above < 300
    between = evaluations(make(2 * border, minimum=border))
    assert between == evaluations(make(2 * border)) - below > 0
    if kind == "macs":
        assert above == (space.macs(pool) >= border).sum()


def test_a_latency_stays_above_its_lower_end(phone: helpnas.Predictor) -> None:
    space, pool = phone.space, phone.space.sample(400, seed=2)
    for confidence in (None, 0.5, 0.99):
        sure = 0.95 if confidence is None else confidence
        lower = phone.predict(pool)
        if sure > 0.5:
            lower = phone.interval(pool, 2 * sure - 1)[0]
        minimum = float(np.quantile(lower, 0.3))
        found = phone.search(
            max_latency_ms=math.inf,
            accuracy=lambda rows: -space.macs(rows),
            accuracy_genes=True,
            candidates=pool,
            limits=[Limit.latency(phone, None, confidence, min_latency_ms=minimum)],
            top_k=400,
        )
        assert abs(found.evaluations - (lower >= minimum).sum()) <= 1  # the border
        assert (found.latency_ms >= minimum).all()


def test_lower_ends_that_nothing_meets_or_can_meet(phone: helpnas.Predictor) -> None:
    def search(limit: Limit) -> None:
        phone.search(max_latency_ms=math.inf, accuracy=phone.space.macs, limits=[limit])

    with pytest.raises(helpnas.InfeasibleError, match="the minimum is 1000000000, the largest"):
        search(Limit.macs(minimum=1e9))
    for limit in (Limit.macs(5.0, minimum=5.0), Limit.macs(minimum=-1), Limit.parameters(1, 2)):
        with pytest.raises(helpnas.ArgumentError, match="a limit's minimum is"):
            search(limit)
    with pytest.raises(helpnas.ArgumentError, match=r"limits\[0\].minimum must be a number"):
        search(Limit.macs(minimum="5e7"))  # type: ignore[arg-type]
    with pytest.raises(helpnas.ArgumentError, match=r"limits\[0\].maximum must be a number"):
        search(Limit("macs", None))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    confidence=st.floats(0.5, 0.999),
    share=st.floats(0.05, 1),
    macs=st.floats(1e7, 3e8),
    seed=st.integers(0, 2**64 - 1),
)
def test_what_is_scored_is_within_the_limits(
    phone: helpnas.Predictor, confidence: float, share: float, macs: float, seed: int
) -> None:
    space = phone.space
    limit = float(np.quantile(upper_ms(phone, space.sample(200), confidence), share))
    scored = []

    def accuracy(rows: Any) -> Any:
        scored.append(rows.copy())
        return np.zeros(len(rows))

    search = functools.partial(
        phone.search,
        max_latency_ms=limit,
        limits=[Limit.macs(macs)],
        confidence=confidence,
        accuracy=accuracy,
        accuracy_genes=True,
        seed=seed,
        attempts=200,
        **SMALL,
    )
    try:
        found = search()
    except helpnas.InfeasibleError as error:
        assert not scored and error.smallest_latency_ms > 0
        return
    rows = np.concatenate(scored)
    assert (upper_ms(phone, rows, confidence) <= limit * (1 + 1e-12)).all()
    assert (space.macs(rows) <= macs).all()
    assert len(np.unique(rows, axis=0)) == len(rows) == found.evaluations


def test_what_cannot_be_a_limit_is_refused(
    phone: helpnas.Predictor, predictor: helpnas.Predictor
) -> None:
    def search(*limits: Any) -> None:
        phone.search(max_latency_ms=math.inf, accuracy=phone.space.macs, limits=limits)

    for limit in (
        Limit.macs(0),
        Limit.macs(math.nan),
        Limit.parameters(-1),
        Limit("latency", 1.0),
        Limit("macs", 1.0, phone),
        Limit("macs", 1.0, None, 0.9),
    ):
        with pytest.raises(helpnas.ArgumentError):
            search(limit)
    with pytest.raises(helpnas.ArgumentError, match=r"limits\[1\]\.kind is 'watts'"):
        search(Limit.macs(1e9), Limit("watts", 1.0))
    with pytest.raises(helpnas.ArgumentError, match=r"limits\[0\] is 20, not a helpnas.Limit"):
        search(20)
    with pytest.raises(helpnas.ArgumentError, match="65"):
        search(*[Limit.macs(1e12)] * 65)
    search(*[Limit.macs(1e12)] * 64)
    with pytest.raises(helpnas.UnsupportedError):
        search(Limit.latency(predictor, 1e9, 0.9))
    foreign = helpnas.load("fbnet").adapt(*_fbnet())
    with pytest.raises(helpnas.MismatchError, match="fbnet"):
        search(Limit.latency(foreign, 1e9))


def _fbnet() -> Any:
    rows = helpnas.Space("fbnet").sample(5, seed=1)
    return rows, 1.0 + np.arange(5)


def test_the_limit_that_fails_is_named(phone: helpnas.Predictor) -> None:
    with pytest.raises(helpnas.InfeasibleError, match="parameters: the limit is") as caught:
        phone.search(max_latency_ms=1e9, accuracy=phone.space.macs, limits=[Limit.parameters(1)])
    assert 0 < caught.value.smallest_latency_ms < 1e9
    with pytest.raises(helpnas.InfeasibleError, match=r"confidence 0\.95") as caught:
        phone.search(max_latency_ms=1e-9, accuracy=phone.space.macs, strategy="exhaustive")
    least = caught.value.smallest_latency_ms
    assert len(phone.search(max_latency_ms=least, accuracy=phone.space.macs)) >= 1


@pytest.mark.parametrize("value", ["20", None, True, [20.0]])
def test_a_limit_that_is_no_number_is_named(phone: helpnas.Predictor, value: Any) -> None:
    options: Any = {"accuracy": phone.space.macs, "accuracy_genes": True}
    limited = helpnas.Limit.macs(value)
    for search in (
        lambda: phone.search(max_latency_ms=value, **options),
        lambda: phone.pareto(max_latency_ms=value, **options),
        lambda: helpnas.Evolver(phone, max_latency_ms=value),
    ):
        with pytest.raises(helpnas.ArgumentError, match="max_latency_ms must be a number, not"):
            search()
    with pytest.raises(helpnas.ArgumentError, match=r"limits\[0\].maximum must be a number, not"):
        phone.search(max_latency_ms=20.0, limits=[limited], **options)


def test_arguments_of_another_type_are_named(phone: helpnas.Predictor) -> None:
    options: Any = {"max_latency_ms": 20.0, "accuracy": phone.space.macs, "accuracy_genes": True}
    for name, value in {
        "confidence": "0.9",
        "limits": helpnas.Limit.macs(1e6),
        "reference": 5,
        "cancel": 5,
        "top_k": "3",
        "candidates": 5,
        "parent_ratio": "half",
    }.items():
        with pytest.raises(
            helpnas.ArgumentError, match="architectures" if name == "candidates" else name
        ):
            phone.search(**{**options, name: value})
    with pytest.raises(helpnas.ArgumentError, match="level must be a number, not '0.9'"):
        phone.interval(phone.space.sample(1), "0.9")  # type: ignore[arg-type]
    with pytest.raises(helpnas.ArgumentError, match=r"limits\[0\].predictor is 'watch'"):
        phone.search(limits=[helpnas.Limit.latency("watch", 3.0)], **options)  # type: ignore
