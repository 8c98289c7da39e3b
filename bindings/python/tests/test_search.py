"""Searching: results, and callbacks that fail, in every way they can."""

from __future__ import annotations

import contextlib
import math
import signal
import sys
import threading
from typing import Any, List

import numpy as np
import pytest

import helpnas

SMALL = {"population": 20, "generations": 5}


def by_macs(predictor: helpnas.Predictor) -> Any:
    space = predictor.space
    return lambda archs: space.macs(archs)


def test_exhaustive_finds_the_best(predictor: helpnas.Predictor) -> None:
    space = predictor.space
    every = space.from_index(np.arange(space.count))
    ms = predictor.predict(every)
    limit = float(np.median(ms))
    found = predictor.search(
        max_latency_ms=limit, accuracy=by_macs(predictor), strategy="exhaustive", top_k=5
    )
    best = np.sort(space.macs(every)[ms <= limit])[::-1][:5]
    assert (found.accuracy == best).all()
    assert (found.latency_ms <= limit).all() and len(found) == 5
    assert (found.latency_ms == predictor.predict(found.archs)).all()
    assert found.archs == space.format(found.genes)
    assert found.evaluations == (ms <= limit).sum()
    assert found.smallest_latency_ms == ms.min()


def test_where_nothing_evolves_patience_changes_nothing(predictor: helpnas.Predictor) -> None:
    rows = predictor.space.sample(3000, seed=2)
    goal = {"max_latency_ms": math.inf, "accuracy": by_macs(predictor)}
    evolution = {"seed": 4, "patience": 1, "warm_start": rows[:5]}
    for strategy, own in (("exhaustive", {}), ("candidates", {"candidates": rows})):
        plain = predictor.search(strategy=strategy, **goal, **own)
        found = predictor.search(**goal, **own, **evolution)  # auto
        assert found.strategy == plain.strategy == strategy
        assert found.archs == plain.archs and found.evaluations == plain.evaluations
    assert predictor.search(strategy="evolve", **goal, **evolution).strategy == "evolve"
    with pytest.raises(helpnas.ArgumentError, match="patience is 1000000001"):
        predictor.search(strategy="exhaustive", patience=10**9 + 1, **goal)


def test_evolution_repeats_itself(predictor: helpnas.Predictor) -> None:
    def run(seed: int) -> helpnas.SearchResult:
        return predictor.search(
            max_latency_ms=math.inf,
            accuracy=by_macs(predictor),
            seed=seed,
            strategy="evolve",
            **SMALL,
        )

    assert run(1).archs == run(1).archs
    assert run(1).evaluations > 20 and run(1).generations >= 1


def test_candidates(predictor: helpnas.Predictor) -> None:
    pool = predictor.space.sample(30, seed=4)
    for candidates in (pool, predictor.space.format(pool)):
        found = predictor.search(
            max_latency_ms=math.inf, accuracy=by_macs(predictor), candidates=candidates, top_k=30
        )
        assert len(found) == 30
        assert set(found.archs) == set(predictor.space.format(pool))
        assert (np.diff(found.accuracy) <= 0).all()


def test_accuracy_receives_texts_or_genes(predictor: helpnas.Predictor) -> None:
    seen: List[Any] = []

    def accuracy(archs: Any) -> Any:
        seen.append(archs)
        return np.zeros(len(archs))

    predictor.search(max_latency_ms=math.inf, accuracy=accuracy, **SMALL)
    assert all(isinstance(text, str) for batch in seen for text in batch)
    assert len({text for batch in seen for text in batch}) == sum(map(len, seen))
    seen.clear()
    predictor.search(max_latency_ms=math.inf, accuracy=accuracy, accuracy_genes=True, **SMALL)
    assert all(batch.dtype == np.int32 and batch.shape[1] == 6 for batch in seen)


def test_rows_given_to_accuracy_outlive_the_search(predictor: helpnas.Predictor) -> None:
    kept: List[Any] = []

    def accuracy(rows: Any) -> Any:
        kept.append((rows, rows.copy()))
        rows[:] = 77  # the library's own rows stay as they are
        return np.zeros(len(rows))

    result = predictor.search(
        max_latency_ms=math.inf, accuracy=accuracy, accuracy_genes=True, **SMALL
    )
    assert all((rows == 77).all() for rows, _ in kept)
    predictor.space.check(result.genes)


class Failure(Exception):
    pass


@pytest.mark.parametrize("kind", [Failure, KeyboardInterrupt, SystemExit, MemoryError])
@pytest.mark.parametrize("callback", ["accuracy", "progress"])
def test_an_exception_ends_the_search_unchanged(
    predictor: helpnas.Predictor, kind: Any, callback: str, capfd: Any
) -> None:
    error = kind("mine")
    calls = []

    def fail(argument: Any) -> Any:
        calls.append(argument)
        raise error

    callbacks = {"accuracy": by_macs(predictor), callback: fail}
    with pytest.raises(kind) as caught:
        predictor.search(max_latency_ms=math.inf, **callbacks, **SMALL)
    assert caught.value is error and error.__cause__ is None and error.__context__ is None
    assert len(calls) == 1
    assert capfd.readouterr() == ("", "")


def test_the_predictor_works_after_a_failed_search(predictor: helpnas.Predictor) -> None:
    rows = predictor.space.sample(3)
    with pytest.raises(ZeroDivisionError):
        predictor.search(max_latency_ms=math.inf, accuracy=lambda archs: 1 / 0, **SMALL)
    assert np.isfinite(predictor.predict(rows)).all()


@pytest.mark.parametrize("answer", [None, 1.0, "x", [], [1.0], [[1.0]], np.ones(10_000)])
def test_answers_of_another_shape_are_refused(predictor: helpnas.Predictor, answer: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        predictor.search(max_latency_ms=math.inf, accuracy=lambda archs: answer, **SMALL)


def test_an_answer_half_nan_is_a_callback_error(predictor: helpnas.Predictor) -> None:
    def accuracy(archs: Any) -> Any:
        return [0.5 if i % 2 else math.nan for i in range(len(archs))]

    with pytest.raises(helpnas.CallbackError):
        predictor.search(max_latency_ms=math.inf, accuracy=accuracy, **SMALL)


def test_ctrl_c_ends_the_search(predictor: helpnas.Predictor) -> None:
    def accuracy(archs: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return np.zeros(len(archs))

    with pytest.raises(KeyboardInterrupt):
        predictor.search(max_latency_ms=math.inf, accuracy=accuracy, **SMALL)


def test_cancel_keeps_what_was_found(predictor: helpnas.Predictor) -> None:
    flag = helpnas.CancelFlag()
    evaluated = []

    def accuracy(archs: Any) -> Any:
        evaluated.extend(archs)
        flag.request()
        return np.zeros(len(archs))

    with pytest.raises(helpnas.CancelledError) as caught:
        predictor.search(
            max_latency_ms=math.inf,
            accuracy=accuracy,
            cancel=flag,
            strategy="evolve",
            population=20,
            generations=50,
        )
    result = caught.value.result
    assert isinstance(result, helpnas.SearchResult)
    assert 0 < len(result) <= 10 and set(result.archs) <= set(evaluated)


def test_cancel_from_another_thread(predictor: helpnas.Predictor) -> None:
    flag, started = helpnas.CancelFlag(), threading.Event()

    def accuracy(archs: Any) -> Any:
        started.set()
        return np.zeros(len(archs))

    def cancel() -> None:
        started.wait()
        flag.request()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(helpnas.CancelledError):
        predictor.search(
            max_latency_ms=math.inf,
            accuracy=accuracy,
            cancel=flag,
            strategy="evolve",
            population=50,
            generations=1_000_000,
        )
    thread.join()


def test_progress_reports_generations(predictor: helpnas.Predictor) -> None:
    seen: List[helpnas.Progress] = []
    predictor.search(
        max_latency_ms=math.inf,
        accuracy=by_macs(predictor),
        progress=seen.append,
        strategy="evolve",
        **SMALL,
    )
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert seen and math.isnan(seen[-1].loss) and seen[-1].best > 0


def test_accuracy_may_predict_and_search(predictor: helpnas.Predictor) -> None:
    def accuracy(archs: Any) -> Any:
        inner = predictor.search(
            max_latency_ms=math.inf, accuracy=by_macs(predictor), candidates=archs[:2], top_k=1
        )
        assert len(inner) == 1
        return -predictor.predict(archs)

    found = predictor.search(max_latency_ms=math.inf, accuracy=accuracy, **SMALL)
    assert (found.accuracy == -found.latency_ms).all()


def test_searches_run_in_threads(predictor: helpnas.Predictor) -> None:
    results: List[Any] = []

    def run() -> None:
        results.append(
            predictor.search(
                max_latency_ms=math.inf,
                accuracy=by_macs(predictor),
                strategy="evolve",
                seed=5,
                **SMALL,
            ).archs
        )

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4 and all(each == results[0] for each in results)


def test_the_hook_for_dropped_exceptions_is_put_back(predictor: helpnas.Predictor) -> None:
    before = sys.unraisablehook
    for accuracy in (by_macs(predictor), lambda archs: 1 / 0):
        with contextlib.suppress(ZeroDivisionError):
            predictor.search(max_latency_ms=math.inf, accuracy=accuracy, **SMALL)
        assert sys.unraisablehook is before


def test_unknown_settings_are_named(predictor: helpnas.Predictor) -> None:
    with pytest.raises(TypeError, match="'speed'.*parent_ratio"):
        predictor.search(max_latency_ms=1.0, accuracy=by_macs(predictor), speed=1.0)


def test_a_signal_between_callbacks_ends_the_search(predictor: helpnas.Predictor) -> None:
    old = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            predictor.search(
                max_latency_ms=math.inf,
                accuracy=lambda archs: np.zeros(len(archs)),
                accuracy_genes=True,
                strategy="evolve",
                population=1000,
                generations=1_000_000,
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


@pytest.mark.parametrize(
    "wrong",
    [
        {"top_k": 0},
        {"top_k": -1},
        {"top_k": 2**62},
        {"strategy": "best"},
        {"population": -1},
        {"seed": 2**64},
        {"max_latency_ms": math.nan},
        {"candidates": np.zeros((0, 6), np.int32), "strategy": "candidates"},
    ],
)
def test_settings_out_of_range_are_refused(predictor: helpnas.Predictor, wrong: Any) -> None:
    settings = {"max_latency_ms": math.inf, "accuracy": by_macs(predictor), **SMALL, **wrong}
    with pytest.raises(helpnas.ArgumentError):
        predictor.search(**settings)
