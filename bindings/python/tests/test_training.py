"""Meta-training through the binding."""

from __future__ import annotations

import math
import signal
from typing import Any, Dict, List

import numpy as np
import pytest
from conftest import REFERENCES, latency_of

import helpnas
from helpnas import LatencyTable

SMALL: Dict[str, Any] = {
    "episodes": 6,
    "hidden": 8,
    "tasks": 2,
    "query": 20,
    "valid_interval": 3,
    "bayes": False,
}
NAMES = {"train": ["a", "b"], "valid": ["c"]}


@pytest.fixture(scope="module")
def table(space: helpnas.Space) -> LatencyTable:
    others = np.setdiff1d(np.arange(300), REFERENCES)
    rows = space.from_index(np.concatenate([REFERENCES, others]))
    random = np.random.default_rng(0)
    ms = latency_of(space, rows)
    devices = {name: ms * random.lognormal(0, 0.1, len(rows)) for name in "abc"}
    return LatencyTable(space, rows, devices, np.arange(10))


@pytest.mark.parametrize("bayes", [False, True])
def test_a_trained_model_adapts(table: LatencyTable, bayes: bool) -> None:
    model = helpnas.meta_train(table, **NAMES, **{**SMALL, "bayes": bayes})
    assert (model.reference_genes == table.archs[:10]).all()
    phone = model.adapt(model.references, table.latency("c")[:10])
    assert phone.method == ("bayes" if bayes else "help")
    assert np.isfinite(phone.predict(table.archs)).all()
    network = model.adapt(model.references, table.latency("c")[:10], method="help")
    assert network.method == "help" and np.isfinite(network.predict(table.archs)).all()


def test_the_network_does_not_depend_on_the_bayes_part(table: LatencyTable) -> None:
    alone = helpnas.meta_train(table, **NAMES, **SMALL)
    both = helpnas.meta_train(table, **NAMES, **{**SMALL, "bayes": True})
    ms = table.latency("c")[:10]
    one, two = (
        m.adapt(m.references, ms, method="help").predict(table.archs) for m in (alone, both)
    )
    assert (one == two).all() and "bayes" not in alone.description


def test_the_seed_decides_and_threads_do_not(table: LatencyTable) -> None:
    both = {**SMALL, "bayes": True}
    one = helpnas.meta_train(table, **NAMES, **both, seed=3, threads=1).to_bytes()
    assert helpnas.meta_train(table, **NAMES, **both, seed=3, threads=2).to_bytes() == one
    assert helpnas.meta_train(table, **NAMES, **SMALL, seed=4).to_bytes() != one


def test_references_may_be_given(table: LatencyTable) -> None:
    chosen = table.space.format(table.archs[[40, 30, 20]])
    assert helpnas.meta_train(table, **NAMES, **SMALL, references=chosen).references == chosen
    rows = helpnas.meta_train(table, **NAMES, **SMALL, references=[40, 30, 20])
    assert rows.references == chosen


def test_progress_counts_episodes(table: LatencyTable) -> None:
    seen: List[helpnas.Progress] = []
    helpnas.meta_train(table, **NAMES, **SMALL, progress=seen.append)
    assert [each.done for each in seen] == [1, 2, 3, 4, 5, 6]
    assert all(each.total == 6 and math.isfinite(each.loss) for each in seen)
    assert math.isnan(seen[0].best_latency_ms)


def test_an_exception_ends_training_unchanged(table: LatencyTable) -> None:
    error = RuntimeError("mine")

    def fail(progress: helpnas.Progress) -> None:
        raise error

    with pytest.raises(RuntimeError) as caught:
        helpnas.meta_train(table, **NAMES, **SMALL, progress=fail)
    assert caught.value is error


def test_ctrl_c_ends_training(table: LatencyTable) -> None:
    def interrupt(progress: helpnas.Progress) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        helpnas.meta_train(table, **NAMES, **SMALL, progress=interrupt)


def test_ctrl_c_is_noticed_without_a_progress_function(table: LatencyTable) -> None:
    old = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            helpnas.meta_train(
                table, **NAMES, **{**SMALL, "episodes": 10_000_000, "meta_rate": 1e-9}
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_cancel(table: LatencyTable) -> None:
    flag = helpnas.CancelFlag()
    flag.request()
    with pytest.raises(helpnas.CancelledError) as caught:
        helpnas.meta_train(table, **NAMES, **SMALL, cancel=flag)
    assert caught.value.result is None


def test_options_are_the_headers(table: LatencyTable) -> None:
    with pytest.raises(TypeError, match="'layers'.*inner_steps"):
        helpnas.meta_train(table, **NAMES, layers=3)
    for hidden in ("struct_size", "progress_user"):
        with pytest.raises(TypeError, match=hidden):
            helpnas.meta_train(table, **NAMES, **{hidden: 3})


@pytest.mark.parametrize(
    "wrong",
    [
        {"train": ["tablet"]},
        {"train": []},
        {"valid": ["a"]},
        {"references": [0]},
        {"references": [0, 0]},
        {"references": [0, 999]},
        {"tasks": 0},
        {"hidden": 0},
        {"trim": 0.5},
        {"inner_rate": math.nan},
        {"meta_rate": -1.0},
        {"seed": -1},
        {"inner_steps": 101},
        {"train_rows": 5},
        {"threads": 2**63},
        {"bayes": 2},
        {"help": False},
        {"help": -1, "bayes": True},
    ],
)
def test_settings_out_of_range_are_refused(table: LatencyTable, wrong: Any) -> None:
    with pytest.raises((helpnas.ArgumentError, helpnas.MeasurementError)):
        helpnas.meta_train(table, **{**NAMES, **SMALL, **wrong})


def test_an_unmeasured_reference_is_estimated(table: LatencyTable) -> None:
    gaps = table.latency("a").copy()
    gaps[4] = math.nan
    partly = LatencyTable(table.space, table.archs, {**table.devices, "a": gaps}, np.arange(10))
    model = helpnas.meta_train(partly, **NAMES, **SMALL)
    assert "a" in str(model.description["record"]["estimated_references"])


def test_too_few_rows_to_estimate_a_reference_are_named(table: LatencyTable) -> None:
    gaps = table.latency("a").copy()
    gaps[4] = math.nan
    gaps[90:] = math.nan
    lacking = LatencyTable(table.space, table.archs, {**table.devices, "a": gaps}, np.arange(10))
    with pytest.raises(helpnas.MeasurementError, match="a"):
        helpnas.meta_train(lacking, **NAMES, **SMALL)
