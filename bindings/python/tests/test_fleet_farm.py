"""Device farms: what is measured next, when it is enough, and what agents get away with."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, Iterator, List

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from fleet_agents import SPACE, Gone, MadeUpDevice  # noqa: E402

import helpnas  # noqa: E402
from helpnas import fleet  # noqa: E402
from helpnas.fleet.farm_plan import LateError, UnknownAgentError  # noqa: E402

PLAN = fleet.FarmPlan(rows=4, narrow=0.06, most=24, lease_s=60)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def model() -> helpnas.Model:
    return helpnas.load("nasbench201-paper")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> List[str]:
    return []


@pytest.fixture
def farm(
    model: helpnas.Model, tmp_path: Path, clock: Clock, said: List[str]
) -> Iterator[fleet.Coordinator]:
    with opened(model, tmp_path, clock, said) as made:
        yield made


def opened(model: helpnas.Model, path: Path, clock: Clock, said: List[str]) -> fleet.Coordinator:
    return fleet.Coordinator(
        model, path / "rows", PLAN, pool=SPACE.sample(60, seed=1), say=said.append, now=clock
    )


def agent(farm: Any, name: str, bench: Any, device: str = "phone") -> fleet.Agent:
    return fleet.Agent(farm, name, device, bench, sleep=lambda seconds: None)


def test_an_agent_measures_until_the_interval_is_narrow(
    farm: fleet.Coordinator, model: helpnas.Model, tmp_path: Path
) -> None:
    bench = MadeUpDevice(1)
    why = agent(farm, "a", bench).run()
    assert "the interval is within" in why and farm.over
    status = farm.status()["devices"]["phone"]
    assert status["width"] <= PLAN.narrow and 4 < status["rows"] < PLAN.most
    held_out = SPACE.sample(50, seed=9)
    error = np.abs(farm.predictor("phone").predict(held_out) / bench.true_ms(held_out) - 1)
    assert np.median(error) < 0.1
    (device,) = fleet.farm_devices(tmp_path / "rows", model)
    assert device.name == "phone" and len(device.archs) == status["rows"]
    assert device.repeatability == 0.005


def test_the_model_chooses_what_is_measured(farm: fleet.Coordinator, model: helpnas.Model) -> None:
    pool = SPACE.sample(60, seed=1)
    farm.join("a", "phone")
    order = farm.order("a")
    first = pool[model.select(pool, 4)]
    assert order["archs"] == SPACE.format(first)
    farm.post("a", order["order"], [2.0, 3.0, 5.0, 7.0])
    rest = np.array([row for row in pool if row.tolist() not in first.tolist()], np.int32)
    taken = np.array(sorted(first.tolist(), key=lambda row: np.int32(row).tobytes()), np.int32)
    chosen = rest[model.select(rest, 4, measured=taken)]
    # The anchor, then what is most informative about the rest.
    assert farm.order("a")["archs"] == SPACE.format(np.concatenate([first[:1], chosen]))


def test_the_rows_of_an_agent_that_vanishes_go_to_another(
    farm: fleet.Coordinator, clock: Clock, said: List[str], tmp_path: Path
) -> None:
    with pytest.raises(Gone) as gone:
        agent(farm, "mortal", MadeUpDevice(1, dies_at=1)).run()
    lost = gone.value.args[0]
    assert len(lost) == 5
    clock.seconds += PLAN.lease_s + 1
    farm.check()
    assert said == ["mortal, beside phone, has not answered for 60 s: its 4 rows are queued again"]
    farm.join("heir", "phone")
    assert farm.order("heir")["archs"] == lost
    agent(farm, "heir", MadeUpDevice(1)).run()
    rows = fleet.read_results(tmp_path / "rows").to_pylist()
    measured = [row["arch"] for row in rows if row["status"] == "measured"]
    assert len(measured) == len(set(measured))


def test_a_beat_keeps_an_order(farm: fleet.Coordinator, clock: Clock) -> None:
    farm.join("a", "phone")
    order = farm.order("a")
    for _ in range(3):
        clock.seconds += PLAN.lease_s - 1
        farm.beat("a", order["order"])
    farm.post("a", order["order"], [2.0, 3.0, 5.0, 7.0])
    clock.seconds += PLAN.lease_s
    late = farm.order("a")["order"]
    clock.seconds += PLAN.lease_s + 1
    with pytest.raises(LateError, match="is not, or no longer, one of a's"):
        farm.post("a", late, [2.0, 3.0, 5.0, 7.0, 9.0])


def test_an_agent_that_lies_is_refused_and_its_rows_measured_by_another(
    farm: fleet.Coordinator, said: List[str], model: helpnas.Model, tmp_path: Path
) -> None:
    why = agent(farm, "liar", MadeUpDevice(1, constant=True)).run()
    assert "its 4 latencies are all 7 ms" in why and "not measurements" in why
    assert "liar, beside phone, is refused" in said[-1]
    assert "its rows wait for another agent" in said[-1]
    agent(farm, "honest", MadeUpDevice(2)).run()
    assert farm.over
    rows = fleet.read_results(tmp_path / "rows").to_pylist()
    assert {row["agent"] for row in rows if row["status"] == "measured"} == {"honest"}
    (device,) = fleet.farm_devices(tmp_path / "rows", model)
    assert 7.0 not in device.latency_ms


def test_a_lie_that_begins_later_takes_back_all_rows(
    farm: fleet.Coordinator, model: helpnas.Model, tmp_path: Path, said: List[str]
) -> None:
    farm.join("a", "phone")
    order = farm.order("a")
    farm.post("a", order["order"], [7.0, 7.01, 7.0, None])
    order = farm.order("a")
    assert farm.post("a", order["order"], [7.0] * order["count"])["accepted"] == 0
    assert said[-2] == "a: its 3 rows of phone are taken back"
    assert farm.status()["devices"]["phone"]["width"] is None
    assert fleet.farm_devices(tmp_path / "rows", model) == []
    # So it is after the coordinator began anew, and the agent stays out.
    farm.close()
    with opened(model, tmp_path, Clock(), []) as again:
        again.join("a", "phone")
        assert "refused before" in again.order("a")["over"]


def test_a_drift_is_told_and_corrected(farm: fleet.Coordinator, said: List[str]) -> None:
    bench = MadeUpDevice(1, slower=0.1)
    agent(farm, "hot", bench).run()
    assert any("hot: phone became 10% slower since its first order" in text for text in said)
    held_out = SPACE.sample(50, seed=9)
    error = np.abs(farm.predictor("phone").predict(held_out) / bench.true_ms(held_out) - 1)
    assert np.median(error) < 0.1


def test_a_drift_that_is_too_large_is_refused(farm: fleet.Coordinator, said: List[str]) -> None:
    bench = MadeUpDevice(1, slower=0.8)
    why = agent(farm, "broken", bench).run()
    assert "its device became" in why and "slower, 3 orders in a row" in why
    assert bench.orders == 4 and "not accepted" in said[-2]
    # What it measured before is as good as any.
    assert farm.status()["devices"]["phone"]["rows"] == 4


def test_a_coordinator_that_begins_anew_goes_on(
    farm: fleet.Coordinator, model: helpnas.Model, tmp_path: Path
) -> None:
    worker = agent(farm, "a", MadeUpDevice(1))
    assert worker.step() is None and worker.step() is None
    before = farm.status()["devices"]["phone"]
    farm.close()
    with opened(model, tmp_path, Clock(), []) as again:
        assert again.status()["devices"]["phone"] == before
        with pytest.raises(UnknownAgentError, match="'a' has not joined"):
            again.order("a")
        agent(again, "a", MadeUpDevice(1)).run()
        assert again.over


def test_a_device_is_done_after_the_most_rows(model: helpnas.Model, tmp_path: Path) -> None:
    plan = fleet.FarmPlan(rows=3, narrow=1e-6, most=6)
    with fleet.Coordinator(model, tmp_path, plan, pool=SPACE.sample(30, seed=1)) as farm:
        assert "6 rows, the most that are measured" in agent(farm, "a", MadeUpDevice(1)).run()


def test_rows_that_cannot_be_measured_are_left_out(
    farm: fleet.Coordinator, said: List[str]
) -> None:
    farm.join("a", "phone")
    order = farm.order("a")
    verdict = farm.post("a", order["order"], [2.0, None, 5.0, 7.0])
    assert verdict["accepted"] == 3
    assert "1 of 4 architectures could not be measured on phone" in verdict["said"][0]
    assert order["archs"][1] not in farm.order("a")["archs"]


@pytest.mark.parametrize(
    "values, reason",
    [
        ([1.0], "latency_ms must be a list of 4, not 1"),
        ("1234", "must be a list of 4"),
        ([1.0, 2.0, 3.0, 0], "a latency is 0"),
        ([1.0, 2.0, 3.0, float("nan")], "a latency is nan"),
        ([1.0, 2.0, 3.0, True], "a latency is True"),
        ([1.0, 2.0, 3.0, 1e9], "a latency is 1000000000.0"),
    ],
)
def test_what_are_no_latencies_is_refused(
    farm: fleet.Coordinator, values: Any, reason: str
) -> None:
    farm.join("a", "phone")
    order = farm.order("a")
    with pytest.raises(helpnas.ArgumentError, match=reason):
        farm.post("a", order["order"], values)
    assert farm.post("a", order["order"], [2.0, 3.0, 5.0, 7.0])["accepted"] == 4


def test_a_full_disk_keeps_the_order(farm: fleet.Coordinator, monkeypatch: Any) -> None:
    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    farm.join("a", "phone")
    order = farm.order("a")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(helpnas.HelpIOError, match="No space left"):
            farm.post("a", order["order"], [2.0, 3.0, 5.0, 7.0])
    assert farm.status()["devices"]["phone"]["rows"] == 0
    assert farm.post("a", order["order"], [2.0, 3.0, 5.0, 7.0])["accepted"] == 4


def test_names_and_plans_are_checked(farm: fleet.Coordinator) -> None:
    for name in ("", "x" * 65, 3):
        with pytest.raises(helpnas.ArgumentError, match="agent is not a name"):
            farm.join(name, "phone")  # type: ignore[arg-type]
    with pytest.raises(helpnas.ArgumentError, match="cannot be printed"):
        farm.join("a", "ph\none")
    with pytest.raises(helpnas.ArgumentError, match="rows is 2"):
        fleet.FarmPlan(rows=2)
    with pytest.raises(helpnas.ArgumentError, match="narrow is 0"):
        fleet.FarmPlan(narrow=0)
    with pytest.raises(helpnas.ArgumentError, match="has 0 rows; 3 are needed"):
        farm.predictor("phone")


def test_an_agent_measures_models_with_a_runtime(farm: fleet.Coordinator) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    worker = fleet.Agent(farm, "a", "here", fleet.runtime_bench())
    assert worker.step() is None
    assert farm.status()["devices"]["here"]["rows"] == 4
    assert farm.predictor("here").predict(SPACE.sample(3)).min() > 0
