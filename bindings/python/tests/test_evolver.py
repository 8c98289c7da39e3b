"""Asking and telling: what ``search`` finds, whatever happens between the steps."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import pickle
import threading
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import helpnas
from helpnas import Evolver, Limit

SMALL = {"strategy": "evolve", "population": 20, "generations": 6, "seed": 9}
RELOAD: Dict[str, Callable[[Evolver, Path], Evolver]] = {
    "bytes": lambda evolver, _: Evolver.from_bytes(evolver.to_bytes()),
    "pickle": lambda evolver, _: pickle.loads(pickle.dumps(evolver)),
    "file": lambda evolver, path: (evolver.save(path), helpnas.load_evolver(path))[1],
}


def same(one: helpnas.SearchResult, other: helpnas.SearchResult) -> bool:
    """To the bit; NaN is NaN."""
    fields = (dataclasses.astuple(each) for each in (one, other))
    return all(
        np.array_equal(a, b, equal_nan=True)
        if isinstance(a, (np.ndarray, float, tuple))
        else a == b
        for a, b in zip(*fields)
    )


def step(evolver: Evolver) -> bool:
    """Asks and tells once; whether there was anything to ask for."""
    rows = evolver.ask_genes()
    if len(rows):
        evolver.tell(evolver.space.macs(rows))
    return len(rows) > 0


def finish(evolver: Evolver) -> helpnas.SearchResult:
    while step(evolver):
        pass
    return evolver.result()


def kinds(predictor: helpnas.Predictor) -> List[Dict[str, Any]]:
    """Settings of searches of all kinds."""
    rows = predictor.space.sample(30, seed=3)
    limit = float(np.quantile(predictor.predict(rows), 0.7))
    return [
        {"max_latency_ms": math.inf},
        {"max_latency_ms": limit, "confidence": 0.5, "patience": 2},
        {"max_latency_ms": math.inf, "limits": [Limit.latency(predictor, limit), Limit.macs(1e8)]},
        {"max_latency_ms": limit, "objective": "pareto", "reference": (limit, 0.0)},
        {"max_latency_ms": math.inf, "objective": "pareto", "warm_start": rows, "top_k": 3},
    ]


@pytest.mark.parametrize("kind", range(5))
def test_it_finds_what_a_search_finds(predictor: helpnas.Predictor, kind: int) -> None:
    request = {**kinds(predictor)[kind], **SMALL}
    found = predictor.search(accuracy=predictor.space.macs, **request)
    assert same(finish(Evolver(predictor, **request)), found)
    assert same(predictor.search(accuracy=predictor.space.macs, **request), found)
    assert not same(
        predictor.search(accuracy=predictor.space.macs, **{**request, "seed": 10}), found
    )


def test_with_deviations_too(phone: helpnas.Predictor) -> None:
    limit = float(np.median(phone.interval(phone.space.sample(100))[1]))
    request = {"max_latency_ms": limit, **SMALL}
    found = finish(Evolver(phone, **request))
    assert same(found, phone.search(accuracy=phone.space.macs, **request))
    assert (found.upper_ms <= limit * (1 + 1e-12)).all()


@pytest.mark.parametrize("way", RELOAD)
@pytest.mark.parametrize("kind", range(5))
def test_it_goes_on_where_it_was(
    predictor: helpnas.Predictor, kind: int, way: str, tmp_path: Path
) -> None:
    request = {**kinds(predictor)[kind], **SMALL}
    straight = finish(Evolver(predictor, **request))
    evolver, path = Evolver(predictor, **request), tmp_path / "search.safetensors"
    more = True
    while more:
        evolver = RELOAD[way](evolver, path)
        asked = evolver.ask()
        evolver = RELOAD[way](evolver, path)
        assert evolver.ask() == asked
        more = step(evolver)
    assert same(evolver.result(), straight)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    deeds=st.lists(st.sampled_from(["step", "ask", "reload", "wrong", "result", "describe"])),
    kind=st.integers(0, 4),
)
def test_no_deed_between_the_steps_changes_the_search(
    predictor: helpnas.Predictor, deeds: List[str], kind: int
) -> None:
    request = {**kinds(predictor)[kind], **SMALL}
    evolver = Evolver(predictor, **request)
    for deed in deeds:
        if deed == "step":
            step(evolver)
        elif deed == "ask":
            evolver.ask()
        elif deed == "reload":
            evolver = Evolver.from_bytes(evolver.to_bytes())
        elif deed == "wrong":
            with pytest.raises((helpnas.CallbackError, helpnas.ArgumentError)):
                evolver.tell([math.nan])
        elif deed == "result":
            assert len(evolver.result()) <= request.get("top_k", 10)
        else:
            assert evolver.description["state"]["evaluations"].isdigit()
    assert same(finish(evolver), finish(Evolver(predictor, **request)))


def test_wrong_accuracies_leave_it_as_it_was(predictor: helpnas.Predictor) -> None:
    evolver = Evolver(predictor, max_latency_ms=math.inf, **SMALL)
    with pytest.raises(helpnas.ArgumentError, match="nothing was asked"):
        evolver.tell([1.0])
    asked = evolver.ask()
    before = evolver.to_bytes()
    for wrong in (
        [],
        [1.0],
        np.zeros(19),
        np.zeros(21),
        np.zeros(100_000),
        np.full(20, math.nan),
        [0.0] * 19 + [math.nan],
    ):
        with pytest.raises(helpnas.CallbackError):
            evolver.tell(wrong)
    for wrong in (None, "x", 1.0, np.zeros((20, 1))):
        with pytest.raises((helpnas.ArgumentError, TypeError)):
            evolver.tell(wrong)
    assert evolver.to_bytes() == before and evolver.ask() == asked
    evolver.tell(np.arange(20))
    assert evolver.result().accuracy[0] == 19


def test_failed_trainings_survive_a_restart(predictor: helpnas.Predictor) -> None:
    """They are outside the reference of the hypervolume, before and after."""
    evolver = Evolver(predictor, max_latency_ms=math.inf, objective="pareto", **SMALL)
    evolver.tell(np.where(np.arange(len(evolver.ask())) < 3, -math.inf, 1.0))
    again = Evolver.from_bytes(evolver.to_bytes())
    assert evolver.result().reference[1] == again.result().reference[1] == 1.0
    assert same(finish(again), finish(evolver))


def test_it_keeps_its_predictors(model: helpnas.Model) -> None:
    rows = model.reference_genes
    pair = [model.adapt(rows, ms + 1e-7 * model.space.macs(rows)) for ms in (2.0, 3.0)]
    evolver = Evolver(
        pair[0], max_latency_ms=math.inf, limits=[Limit.latency(pair[1], 1e6)], **SMALL
    )
    sample = model.space.sample(5)
    before = pair[0].predict(sample)
    for each in pair:
        each.close()
    found = finish(evolver)
    assert (evolver.predictor.predict(sample) == before).all()
    assert (evolver.predictor.predict(found.genes) == found.latency_ms).all()
    evolver.close()
    with pytest.raises(helpnas.HelpError):
        evolver.ask()


def test_cancelling_ends_an_ask(predictor: helpnas.Predictor) -> None:
    flag = helpnas.CancelFlag()
    evolver = Evolver(predictor, max_latency_ms=math.inf, cancel=flag, **SMALL)
    step(evolver)
    flag.request()
    for _ in range(2):
        with pytest.raises(helpnas.CancelledError):
            evolver.ask()
    assert len(evolver.result()) == 10
    # A file has no flag: what is loaded goes on.
    straight = finish(Evolver(predictor, max_latency_ms=math.inf, **SMALL))
    assert same(finish(Evolver.from_bytes(evolver.to_bytes())), straight)
    evolver.set_cancel(helpnas.CancelFlag())
    assert same(finish(evolver), straight)


def test_what_is_loaded_can_be_cancelled(predictor: helpnas.Predictor, tmp_path: Path) -> None:
    evolver, flag = Evolver(predictor, max_latency_ms=math.inf, **SMALL), helpnas.CancelFlag()
    step(evolver)
    evolver.save(tmp_path / "search")
    loaded = helpnas.load_evolver(tmp_path / "search", cancel=flag)
    step(loaded)
    flag.request()
    with pytest.raises(helpnas.CancelledError):
        loaded.ask()
    flag.close()
    loaded.set_cancel(None)
    assert same(finish(loaded), finish(evolver))
    loaded.close()
    with pytest.raises(helpnas.HandleError):
        loaded.set_cancel(None)


CALLS: Dict[str, Callable[[Evolver], Any]] = {
    "space": lambda evolver: evolver.space,
    "predictor": lambda evolver: evolver.predictor,
    "describe": lambda evolver: evolver.description,
    "ask": lambda evolver: evolver.ask_genes(),
    "tell": lambda evolver: evolver.tell(np.zeros(20)),
    "results": lambda evolver: evolver.result(),
    "save": lambda evolver: evolver.save(os.devnull),
    "write": lambda evolver: evolver.to_bytes(),
    "set_cancel": lambda evolver: evolver.set_cancel(None),
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_calls_wait_for_each_other(
    predictor: helpnas.Predictor, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    evolver = Evolver(predictor, max_latency_ms=math.inf, **SMALL)
    evolver.ask()
    inside, ask_may_end, other_began = threading.Event(), threading.Event(), threading.Event()
    library, order = helpnas._c.library.library(), []
    other = getattr(library, f"help_evolver_{name}")

    def slow_batch(pointer: Any) -> int:
        inside.set()
        ask_may_end.wait(10)
        order.append("ask")
        return 20

    def noted(*arguments: Any) -> Any:
        order.append(name)
        return other(*arguments)

    def call() -> None:
        inside.wait(10)
        other_began.set()
        with contextlib.suppress(helpnas.HelpError):
            CALLS[name](evolver)

    monkeypatch.setattr(library, "help_evolver_batch", slow_batch)
    asking = threading.Thread(target=evolver.ask_genes)
    asking.start()
    assert inside.wait(10)
    monkeypatch.setattr(library, "help_evolver_batch", lambda pointer: 20)
    monkeypatch.setattr(library, f"help_evolver_{name}", noted)
    calling = threading.Thread(target=call)
    calling.start()
    assert other_began.wait(10)
    calling.join(0.2)
    waited = order == []
    ask_may_end.set()
    asking.join(10)
    calling.join(10)
    assert waited and order[0] == "ask" and name in order


def test_threads_that_share_one_find_the_same(predictor: helpnas.Predictor) -> None:
    """Whoever comes first scores what is asked; the others' accuracies are refused."""
    request = {**SMALL, "max_latency_ms": math.inf}
    evolver = Evolver(predictor, **request)

    def work() -> None:
        done = False
        while not done:
            rows = evolver.ask_genes()
            done = len(rows) == 0
            evolver.result(), evolver.to_bytes(), evolver.description
            with lock:  # to tell what this thread asked, and not what another did since
                if not done and np.array_equal(rows, evolver.ask_genes()):
                    evolver.tell(predictor.space.macs(rows))

    lock = threading.Lock()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert same(evolver.result(), finish(Evolver(predictor, **request)))


def test_nothing_within_the_limits(predictor: helpnas.Predictor) -> None:
    evolver = Evolver(predictor, max_latency_ms=1e-9, attempts=50, **SMALL)
    smallest = math.inf
    for _ in range(2):
        with pytest.raises(helpnas.InfeasibleError, match="architectures tried") as caught:
            evolver.ask()
        assert caught.value.smallest_latency_ms <= smallest
        smallest = caught.value.smallest_latency_ms
    assert len(evolver.result()) == 0 and evolver.result().evaluations == 0
    started = Evolver(
        predictor, max_latency_ms=1e-9, warm_start=predictor.space.sample(3, seed=1), **SMALL
    )
    with pytest.raises(helpnas.InfeasibleError, match="tried .those of warm_start, random ones"):
        started.ask()


def test_the_end_stays_the_end(predictor: helpnas.Predictor) -> None:
    for request in (
        SMALL,
        {**SMALL, "patience": 1, "generations": 1000},
        {**SMALL, "mutation_probability": 0.0, "attempts": 100},
    ):
        evolver = Evolver(predictor, max_latency_ms=math.inf, **request)
        found = finish(evolver)
        for _ in range(3):
            assert evolver.ask() == [] and evolver.ask_genes().shape == (0, 6)
        assert evolver.result().archs == found.archs
        assert Evolver.from_bytes(evolver.to_bytes()).ask() == []


def test_patience(predictor: helpnas.Predictor) -> None:
    best: List[float] = []
    evolver = Evolver(predictor, max_latency_ms=math.inf, strategy="evolve", patience=4)
    while step(evolver):
        best.append(float(evolver.result().accuracy[0]))
    assert 5 <= len(best) < 100 and len(set(best[-5:])) == 1
    assert len(best) == 5 or best[-6] < best[-5]


def test_a_warm_start_comes_first(predictor: helpnas.Predictor) -> None:
    space = predictor.space
    rows = space.sample(30, seed=2)
    ms = predictor.predict(rows)
    limit = float(np.median(ms))
    for start in (rows, np.concatenate([rows[:4], rows]), space.format(rows)):
        evolver = Evolver(predictor, max_latency_ms=limit, warm_start=start, **SMALL)
        asked = evolver.ask_genes()
        assert len(asked) == 20
        assert (asked[:15] == rows[ms <= limit]).all()
    full = Evolver(predictor, max_latency_ms=math.inf, warm_start=rows, **SMALL)
    assert (full.ask_genes() == rows[:20]).all()
    with pytest.raises(helpnas.ArchitectureError):
        Evolver(predictor, max_latency_ms=1.0, warm_start=[[9] * 6])


@pytest.mark.parametrize(("preset", "generations", "rate"), [("ofa", 500, 0.1), ("hat", 30, 0.3)])
def test_presets(predictor: helpnas.Predictor, preset: str, generations: int, rate: float) -> None:
    evolver = Evolver(predictor, max_latency_ms=math.inf, preset=preset)
    kept = evolver.description["settings"]
    assert (kept["population"], kept["generations"]) == (125, generations)
    assert kept["mutation_probability"] == rate and kept["parent_ratio"] == 0.2
    for expected in (125, 100, 100):
        assert len(evolver.ask()) == expected
        step(evolver)
    changed = Evolver(predictor, max_latency_ms=1.0, preset=preset, generations=3, patience=1)
    assert changed.description["settings"]["generations"] == 3
    assert changed.description["settings"]["mutation_probability"] == rate
    with pytest.raises(helpnas.ArgumentError, match="'ofa', 'hat'"):
        Evolver(predictor, max_latency_ms=1.0, preset="nsga")


def test_what_it_tells_of_itself(predictor: helpnas.Predictor) -> None:
    evolver = Evolver(predictor, max_latency_ms=20.0, limits=[Limit.macs(1e8)], top_k=4, **SMALL)
    assert evolver.space == predictor.space and repr(evolver) == "Evolver('nasbench201')"
    description = evolver.description
    assert description["limits"] == [
        {"kind": "latency", "maximum": 20.0, "confidence": 0.5},
        {"kind": "macs", "maximum": 1e8},
    ]
    assert description["top_k"] == 4 and description["state"]["generation"] is None
    finish(evolver)
    assert evolver.description["state"]["generation"] == 6
    assert Evolver.from_bytes(evolver.to_bytes()).description == evolver.description


@pytest.mark.parametrize(
    "wrong",
    [
        {"top_k": 0},
        {"top_k": -1},
        {"strategy": "exhaustive"},
        {"strategy": "candidates"},
        {"candidates": np.zeros((1, 6), np.int32)},
        {"population": 1},
        {"patience": -1},
        {"max_latency_ms": 0.0},
        {"max_latency_ms": math.nan},
    ],
)
def test_impossible_evolvers_are_refused(predictor: helpnas.Predictor, wrong: Any) -> None:
    with pytest.raises(helpnas.ArgumentError):
        Evolver(predictor, **{"max_latency_ms": 1.0, **wrong})
    with pytest.raises(TypeError, match="'speed'"):
        Evolver(predictor, max_latency_ms=1.0, speed=1.0)


def test_more_results_than_python_makes_room_for(predictor: helpnas.Predictor) -> None:
    evolver = Evolver(predictor, max_latency_ms=math.inf, top_k=100_000_000, **SMALL)
    step(evolver)
    assert len(evolver.result()) == 20


def test_other_files_are_no_evolvers(predictor: helpnas.Predictor, tmp_path: Path) -> None:
    with pytest.raises(helpnas.FormatError):
        Evolver.from_bytes(predictor.to_bytes())
    evolver = Evolver(predictor, max_latency_ms=1.0, **SMALL)
    with pytest.raises(helpnas.FormatError):
        helpnas.Predictor.from_bytes(evolver.to_bytes())
    with pytest.raises(helpnas.HelpIOError):
        helpnas.load_evolver(tmp_path / "none")
    with pytest.raises(helpnas.HelpIOError):
        evolver.save(tmp_path / "no" / "folder")
