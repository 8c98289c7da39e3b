"""Searches on islands: the same result whatever the order and the workers, and stragglers."""

from __future__ import annotations

import os
import random
import signal
import time
import zlib
from pathlib import Path
from typing import Any, Callable, List

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from conftest import latency_of  # noqa: E402

import helpnas  # noqa: E402
from helpnas import fleet  # noqa: E402
from helpnas.fleet.islands import Archipelago, IslandPlan, IslandsHere  # noqa: E402

SETTINGS = {
    "max_latency_ms": 10.0, "islands": 3, "epochs": 2, "generations": 3, "migrants": 2,
    "population": 8, "top_k": 3,
}  # fmt: skip
PLAN = IslandPlan(10.0, 3, 2, 2, 1, {"population": 8})


@pytest.fixture(scope="module")
def phone(space: helpnas.Space) -> helpnas.Predictor:
    rows = space.sample(12, seed=1)
    return helpnas.load("nasbench201-paper").adapt(rows, latency_of(space, rows))


def convolutions(archs: List[str]) -> List[float]:
    """Made-up accuracies."""
    return [arch.count("conv_3x3") + 0.3 * arch.count("conv_1x1") for arch in archs]


def load_convolutions() -> Callable[[List[str]], List[float]]:
    return convolutions


def slow_for_some(archs: List[str]) -> List[float]:
    """Never ends for architectures without a skip connection."""
    if "skip" not in archs[0]:
        time.sleep(600)
    return convolutions(archs)


def deadly_for_some(archs: List[str]) -> List[float]:
    """Ends its worker for architectures with two skip connections."""
    if archs[0].count("skip") == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return convolutions(archs)


def not_a_number(archs: List[str]) -> List[float]:
    return [float("nan")]


def bits(result: fleet.IslandResult) -> Any:
    """What must be the same."""
    found = result.found
    return found.archs, found.accuracy.tolist(), found.latency_ms.tolist(), found.evaluations


def search(phone: helpnas.Predictor, results: Path, **options: Any) -> fleet.IslandResult:
    return fleet.search_islands(
        phone, results, **{"accuracy": convolutions, "seed": 1, **SETTINGS, **options}
    )


def test_islands_find_the_best_and_score_nothing_twice(
    phone: helpnas.Predictor, tmp_path: Path
) -> None:
    calls: List[str] = []

    def counted(archs: List[str]) -> List[float]:
        calls.extend(archs)
        return convolutions(archs)

    result = search(phone, tmp_path, accuracy=counted)
    assert len(calls) == len(set(calls)) == result.scored == result.found.evaluations
    assert (np.diff(result.found.accuracy) <= 0).all()
    assert (result.found.upper_ms <= 10.5).all() and result.dropped == {}
    assert fleet.read_results(tmp_path).num_rows == result.scored


def test_islands_exchange_their_best(phone: helpnas.Predictor) -> None:
    """With migrants, an island's second epoch begins with its neighbour's best."""

    def scored(plan: IslandPlan) -> Any:
        archipelago = Archipelago(IslandsHere(phone, plan, 2), 2, plan)
        while not archipelago.over:
            row = archipelago.question()
            assert row is not None
            archipelago.tell(row, float(zlib.crc32(row.tobytes())))
        return archipelago.scores

    alone = IslandPlan(10.0, 3, 2, 0, 1, {"population": 8})
    assert set(scored(PLAN)) != set(scored(alone))


def test_the_order_of_tells_does_not_change_the_result(phone: helpnas.Predictor) -> None:
    space = phone.own_space

    def scored(shuffle: random.Random) -> Any:
        archipelago = Archipelago(IslandsHere(phone, PLAN, 3), 3, PLAN)
        waiting: List[Any] = []
        while not archipelago.over:
            while (row := archipelago.question()) is not None:
                waiting.append(row)
            row = waiting.pop(shuffle.randrange(len(waiting)))
            archipelago.tell(row, convolutions([space.format(row)])[0])
        return archipelago.scores

    assert scored(random.Random(1)) == scored(random.Random(2))


def test_workers_find_what_one_process_finds(phone: helpnas.Predictor, tmp_path: Path) -> None:
    one = search(phone, tmp_path / "one")
    two = search(
        phone, tmp_path / "two", accuracy=None, load=load_convolutions, pool=fleet.LocalPool(2)
    )
    assert bits(one) == bits(two)


def test_an_interrupted_search_continues(phone: helpnas.Predictor, tmp_path: Path) -> None:
    def stop(known: int) -> None:
        if known == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(phone, tmp_path / "stopped", progress=stop)
    resumed = search(phone, tmp_path / "stopped")
    assert resumed.before == 20
    assert bits(resumed) == bits(search(phone, tmp_path / "whole"))


def test_a_repeated_search_scores_nothing(phone: helpnas.Predictor, tmp_path: Path) -> None:
    first = search(phone, tmp_path)
    again = search(phone, tmp_path)
    assert (again.scored, again.before) == (0, first.scored)
    assert bits(again) == bits(first)


def test_stragglers_are_dropped_and_the_search_repeats(
    phone: helpnas.Predictor, tmp_path: Path
) -> None:
    options = {"islands": 2, "epochs": 1, "generations": 1, "population": 4}
    result = search(
        phone, tmp_path, accuracy=slow_for_some, pool=fleet.LocalPool(2), straggler_s=1.0,
        **options,
    )  # fmt: skip
    assert result.dropped and all("skip" not in arch for arch in result.dropped)
    assert set(result.dropped.values()) == {"no accuracy after 1 s"}
    assert all("skip" in arch for arch in result.found.archs)
    again = search(phone, tmp_path, accuracy=slow_for_some, **options)
    assert bits(again) == bits(result) and again.dropped == result.dropped


def test_what_ends_its_worker_again_and_again_is_dropped(
    phone: helpnas.Predictor, tmp_path: Path
) -> None:
    options = {"islands": 1, "epochs": 1, "generations": 1, "population": 6, "retries": 1}
    result = search(phone, tmp_path, accuracy=deadly_for_some, pool=fleet.LocalPool(1), **options)
    assert result.dropped and all(arch.count("skip") == 2 for arch in result.dropped)
    assert all("ended with code -9" in reason for reason in result.dropped.values())


def test_an_accuracy_that_is_wrong_is_refused(phone: helpnas.Predictor, tmp_path: Path) -> None:
    with pytest.raises(fleet.FleetError, match="accuracy function failed for .* is NaN"):
        search(phone, tmp_path, accuracy=not_a_number)
    with pytest.raises(fleet.FleetError, match="accuracy must be"):
        search(phone, tmp_path, accuracy=lambda archs: "many")


def test_settings_are_checked(phone: helpnas.Predictor, tmp_path: Path) -> None:
    with pytest.raises(helpnas.ArgumentError, match="give either accuracy"):
        search(phone, tmp_path, load=load_convolutions)
    with pytest.raises(helpnas.ArgumentError, match="epochs is 0"):
        search(phone, tmp_path, epochs=0)
    with pytest.raises(helpnas.InfeasibleError):
        search(phone, tmp_path, max_latency_ms=0.001)
    # Nothing is locked.
    assert search(phone, tmp_path).scored > 0
