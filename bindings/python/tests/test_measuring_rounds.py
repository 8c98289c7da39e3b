"""Measuring in turn, with made-up devices and clocks: nothing here depends on time."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import pytest
from conftest import latency_of

import helpnas
from helpnas import DeviceLostError, Measurements, measure
from helpnas.measuring import clocks, machine
from helpnas.measuring.network import ModelList
from helpnas.measuring.round_robin import ModelVisits, RoundRobin
from helpnas.measuring.rounds_file import Record

ARCHS = [
    "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|%s~2|" % operation
    for operation in ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
]


class Device:
    """A made-up device: latencies by architecture, noise above them, and what it was asked."""

    def __init__(self, noise: float = 0.0, seed: int = 0) -> None:
        self.asked: List[str] = []
        self._random = np.random.default_rng(seed)
        self._noise = noise

    @staticmethod
    def truth(arch: str) -> float:
        return 1.0 + ARCHS.index(arch)

    def __call__(self, arch: str) -> float:
        self.asked.append(arch)
        return self.truth(arch) * (1 + self._noise * self._random.exponential())


def test_the_smallest_of_all_rounds_counts() -> None:
    device = Device(noise=0.5)
    found = measure("nasbench201", ARCHS, run=device, rounds=40, runs=2, name="phone")
    truth = [device.truth(arch) for arch in ARCHS]
    assert len(device.asked) == 40 * 2 * 5
    np.testing.assert_allclose(found.latency_ms, truth, rtol=0.05)
    assert (found.latency_ms >= truth).all()
    assert found.space.format(found.archs) == ARCHS
    assert found.stability == pytest.approx(1) and found.warnings == [] and found.failures == {}
    assert found.device["name"] == found.name == "phone"
    assert found.device["rounds"] == 40 and found.device["runs"] == 2


def test_every_round_visits_all_in_another_order() -> None:
    device = Device()
    measure("nasbench201", ARCHS, run=device, rounds=6)
    rounds = [tuple(device.asked[5 * i : 5 * i + 5]) for i in range(6)]
    assert all(sorted(asked) == sorted(ARCHS) for asked in rounds)
    assert len(set(rounds)) > 3
    again = Device()
    measure("nasbench201", ARCHS, run=again, rounds=6)
    assert again.asked == device.asked
    other = Device()
    measure("nasbench201", ARCHS, run=other, rounds=6, seed=1)
    assert other.asked != device.asked


@pytest.mark.parametrize(("slope", "told"), [(0.035, "64 % slower"), (-0.01, "19 % faster")])
def test_a_device_that_drifts_is_noticed_and_corrected(slope: float, told: str) -> None:
    model, calls = helpnas.load("nasbench201"), 0
    truth = latency_of(model.space, model.references)

    def run(arch: str) -> float:
        nonlocal calls
        calls += 1
        return float(latency_of(model.space, [arch])[0]) * (1 + slope * calls)

    found = measure(model, run=run, rounds=2)
    assert "the device became " + told in found.warnings[0] and "corrected" in found.warnings[0]
    assert found.repeatability < 0.01
    rates = found.latency_ms / truth
    assert rates.max() / rates.min() < 1.01


def test_noise_is_no_drift() -> None:
    for seed in range(30):
        device = Device(noise=0.1, seed=seed)
        found = measure("nasbench201", ARCHS, run=device, rounds=8, seed=seed)
        assert not any("became" in warning for warning in found.warnings)
        assert (found.latency_ms >= [device.truth(arch) for arch in ARCHS]).all()


def test_what_one_round_measured_can_be_adapted_to() -> None:
    model = helpnas.load("nasbench201")
    found = measure(
        "nasbench201",
        model.references,
        rounds=1,
        run=lambda arch: float(latency_of(model.space, [arch])[0]),
    )
    unknown = model.adapt(found.archs, found.latency_ms, repeatability=found.repeatability)
    default = model.adapt(found.archs, found.latency_ms)
    assert math.isnan(found.repeatability)
    assert (unknown.predict(found.archs) == default.predict(found.archs)).all()


def test_stability_compares_both_halves() -> None:
    asked: List[str] = []

    def run(arch: str) -> float:
        rank, is_first = ARCHS.index(arch), arch not in asked
        asked.append(arch)
        return 1.0 + (rank if is_first else 2 - rank)

    found = measure("nasbench201", ARCHS[:3], run=run, rounds=2)
    assert found.stability == pytest.approx(-1)
    assert "Spearman -1.000" in found.warnings[0]
    assert found.repeatability == pytest.approx(1.4826 * np.log(3), rel=1e-4)
    once = measure("nasbench201", ARCHS, run=Device(), rounds=1)
    assert math.isnan(once.stability) and math.isnan(once.repeatability) and once.warnings == []


def test_one_architecture_has_no_stability() -> None:
    assert math.isnan(measure("nasbench201", ARCHS[:1], run=Device()).stability)


def test_a_model_gives_its_references(model: helpnas.Model) -> None:
    asked: List[Any] = []

    def run(arch: Any) -> float:
        asked.append(arch)
        return 3.0 + len(asked)

    found = measure(model, run=run)
    assert set(asked) == set(model.references) and len(found) == 10
    assert model.adapt(found.archs, found.latency_ms).predict(found.archs).shape == (10,)


def test_architectures_come_in_the_notation_of_the_space() -> None:
    space = helpnas.Space("ofa-mbv3")
    seen: List[Any] = []
    measure(space, space.sample(2), run=lambda arch: seen.append(arch) or 1.0, rounds=1)
    assert all(set(arch) == {"ks", "e", "d", "r"} for arch in seen)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"archs": None}, "archs is missing"),
        ({"archs": []}, "archs is empty"),
        ({"rounds": 0}, "rounds is 0"),
        ({"runs": 1.5}, "runs must be an integer"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_arguments(options: Any, message: str) -> None:
    given = {"archs": ARCHS, "run": Device(), **options}
    with pytest.raises(helpnas.ArgumentError, match=message):
        measure("nasbench201", given.pop("archs"), **given)


def test_duplicates_are_refused_before_anything_is_measured() -> None:
    device = Device()
    with pytest.raises(helpnas.MeasurementError, match="rows 0 and 5"):
        measure("nasbench201", [*ARCHS, ARCHS[0]], run=device)
    assert device.asked == []


# Failures


def failing(bad: str, error: Callable[[], BaseException]) -> Callable[[str], float]:
    def run(arch: str) -> float:
        if arch == bad:
            raise error()
        return Device.truth(arch)

    return run


def test_a_failing_architecture_is_told_and_the_others_are_kept() -> None:
    found = measure("nasbench201", ARCHS, run=failing(ARCHS[2], lambda: RuntimeError("no pool")))
    assert found.space.format(found.archs) == ARCHS[:2] + ARCHS[3:]
    assert found.failures == {ARCHS[2]: "RuntimeError: no pool"}
    assert "1 of 5 architectures failed" in found.warnings[0]


@pytest.mark.parametrize("answer", [None, "fast", float("nan"), 0.0, -1.0, float("inf"), [1, 2]])
def test_an_answer_that_is_no_latency_fails(answer: Any) -> None:
    found = measure("nasbench201", ARCHS, run=lambda a: answer if a == ARCHS[0] else 1.0)
    assert "not milliseconds above 0" in found.failures[ARCHS[0]]
    assert len(found) == 4


def test_all_failing_is_an_error() -> None:
    def run(arch: str) -> float:
        raise RuntimeError("no such operator")

    with pytest.raises(helpnas.MeasurementError, match="none of the 5.*no such operator"):
        measure("nasbench201", ARCHS, run=run)


def test_a_broken_architecture_is_not_tried_again() -> None:
    tries: List[str] = []

    def run(arch: str) -> float:
        tries.append(arch)
        return failing(ARCHS[1], lambda: RuntimeError("no"))(arch)

    measure("nasbench201", ARCHS, run=run, rounds=5)
    assert tries.count(ARCHS[1]) == 1 and tries.count(ARCHS[0]) == 5


def test_a_short_silence_is_forgiven() -> None:
    answers: Dict[str, int] = {}

    def run(arch: str) -> float:
        answers[arch] = answers.get(arch, 0) + 1
        if arch == ARCHS[3] and answers[arch] == 1:
            raise ConnectionError("cable")
        return Device.truth(arch)

    found = measure("nasbench201", ARCHS, run=run, rounds=2)
    assert len(found) == 5 and found.failures == {}


@pytest.mark.parametrize("alive", [7, 0])
def test_a_lost_device_leaves_what_it_measured(tmp_path: Path, alive: int) -> None:
    device, file = Device(), tmp_path / "phone.json"

    def run(arch: str) -> float:
        if len(device.asked) >= alive:
            raise ConnectionResetError("device offline")
        return device(arch)

    with pytest.raises(DeviceLostError, match="device is lost.*3 architectures.*offline") as caught:
        measure("nasbench201", ARCHS, run=run, rounds=4, resume=file)
    assert isinstance(caught.value, helpnas.MeasurementError)
    kept = caught.value.measurements
    if alive == 0:
        assert kept is None and "0 of 5" in str(caught.value)
    else:
        assert kept is not None and len(kept) == 5 and str(file) in str(caught.value)
    again = Device()
    assert len(measure("nasbench201", ARCHS, run=again, rounds=4, resume=file)) == 5
    assert len(again.asked) == 20 - alive


# Interruption


@pytest.mark.parametrize("stop_at", [1, 5, 6, 13, 20])
def test_an_interrupted_measurement_goes_on(tmp_path: Path, stop_at: int) -> None:
    file, device = tmp_path / "here.json", Device()

    def run(arch: str) -> float:
        if len(device.asked) == stop_at:
            raise KeyboardInterrupt
        return device(arch)

    if stop_at < 20:
        with pytest.raises(KeyboardInterrupt):
            measure("nasbench201", ARCHS, run=run, rounds=4, resume=file)
    else:
        measure("nasbench201", ARCHS, run=run, rounds=4, resume=file)
    first = list(device.asked)
    whole = Device()
    expected = measure("nasbench201", ARCHS, run=whole, rounds=4)
    rest = Device()
    found = measure("nasbench201", ARCHS, run=rest, rounds=4, resume=file)
    assert first + rest.asked == whole.asked
    assert (found.latency_ms == expected.latency_ms).all()
    assert [path.name for path in tmp_path.iterdir()] == ["here.json"]


def test_more_rounds_can_be_added(tmp_path: Path) -> None:
    file, device = tmp_path / "here.json", Device(noise=1.0)
    few = measure("nasbench201", ARCHS, run=device, rounds=2, resume=file)
    more = measure("nasbench201", ARCHS, run=device, rounds=6, resume=file)
    assert len(device.asked) == 30 and more.device["rounds"] == 6
    assert (more.latency_ms <= few.latency_ms).all()


def test_an_exception_in_progress_loses_nothing(tmp_path: Path) -> None:
    file, seen = tmp_path / "here.json", []  # type: ignore[var-annotated]

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 3:
            raise RuntimeError("window closed")

    with pytest.raises(RuntimeError, match="window"):
        measure("nasbench201", ARCHS, run=Device(), resume=file, progress=progress)
    assert seen == [(1, 10), (2, 10), (3, 10)]
    rounds = json.loads(file.read_text())["rounds"]
    assert sum(value is not None for value in rounds[0]) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "tablet"}, "name 'phone'"),
        ({"runs": 2}, "runs 1"),
        ({"seed": 4}, "seed 0"),
        ({"archs": ARCHS[:4]}, "other architectures"),
    ],
)
def test_another_measurement_is_not_continued(tmp_path: Path, change: Any, message: str) -> None:
    file = tmp_path / "here.json"
    given = {"run": Device(), "resume": file, "name": "phone"}
    measure("nasbench201", ARCHS, **given)
    before = file.read_bytes()
    given.update(change)
    with pytest.raises(helpnas.MismatchError, match=message):
        measure("nasbench201", given.pop("archs", ARCHS), **given)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"format": 1, "setup": {}, "archs": [], "rounds": 3}', "[" * 100_000],
)
def test_damaged_files_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "here.json"
    file.write_text(text)
    with pytest.raises((helpnas.FormatError, helpnas.MismatchError), match="here.json"):
        measure("nasbench201", ARCHS, run=Device(), resume=file)


@pytest.mark.parametrize("row", [3, [1.0], [1, 2, 3, 4, "x"], [1, 2, 3, 4, -1], [1, 2, 3, 4, True]])
def test_damaged_rounds_are_refused(tmp_path: Path, row: Any) -> None:
    file = tmp_path / "here.json"
    measure("nasbench201", ARCHS, run=Device(), resume=file)
    record = json.loads(file.read_text())
    record["rounds"][0] = row
    file.write_text(json.dumps(record))
    with pytest.raises(helpnas.FormatError, match="here.json"):
        measure("nasbench201", ARCHS, run=Device(), resume=file)


def test_slow_rounds_are_saved_as_they_grow(tmp_path: Path) -> None:
    now = [0.0]
    file = tmp_path / "here.json"
    record = Record({}, ["a", "b", "c"], file, lambda: now[0])
    seen: List[Any] = []

    def visit(index: int) -> float:
        seen.append(json.loads(file.read_text())["rounds"] if file.exists() else None)
        now[0] += 1.5
        return 1.0

    RoundRobin(visit, record, 3, 1).go()
    assert seen[:2] == [None, None] and sum(value is not None for value in seen[2][0]) == 2


# Models, with a made-up runtime and clock


class FakeRuntime:
    """Each model takes as many seconds of a made-up clock as it says."""

    name, identity = "fake", {"name": "fake", "version": "1"}  # type: ignore[var-annotated]

    def __init__(self) -> None:
        self.now = 0.0
        self.prepared: List[bytes] = []
        self.runs: Dict[bytes, int] = {}

    def prepare(self, model: bytes, threads: int) -> Callable[[], object]:
        self.prepared.append(model)

        def run() -> None:
            self.runs[model] = self.runs.get(model, 0) + 1
            slow = 10 if self.runs[model] <= 2 else 1  # the first runs warm up
            self.now += slow * float(model)

        return run


def visits(runtime: FakeRuntime, open_bytes: int) -> ModelVisits:
    models = ModelList([lambda: b"0.001", lambda: b"0.002", lambda: b"0.003"])
    clock = clocks.Clock("wall", lambda: runtime.now)
    return ModelVisits(models, runtime, 1, clock, 2, open_bytes)


@pytest.mark.parametrize(("open_bytes", "times"), [(1000, 3), (10, 3 + 3), (0, 4 * 3)])
def test_models_are_timed_warm_and_kept_while_there_is_room(open_bytes: int, times: int) -> None:
    runtime = FakeRuntime()
    visit = visits(runtime, open_bytes)
    for _ in range(4):
        np.testing.assert_allclose([visit(i) for i in range(3)], [1, 2, 3])
    assert len(runtime.prepared) == times


def test_work_in_other_threads_is_noticed() -> None:
    visit = visits(FakeRuntime(), 1000)
    visit._clock = clocks.Clock("cpu", visit._clock.now)
    visit(0)
    visit.seconds_here, visit.seconds_in_all = 1.0, 1.1
    assert visit.warnings() == []
    visit.seconds_in_all = 4.0
    assert "75 % of the work" in visit.warnings()[0] and "clock='wall'" in visit.warnings()[0]


def test_clocks() -> None:
    assert clocks.find_clock("wall", 1) is clocks.WALL
    assert clocks.find_clock("cpu", 1) is clocks.CPU
    assert clocks.find_clock(None, 2) is clocks.WALL
    assert clocks.find_clock(None, 1) in (clocks.CPU, clocks.WALL)
    with pytest.raises(helpnas.ArgumentError, match="clock is 'sun'"):
        clocks.find_clock("sun", 1)
    with pytest.raises(helpnas.ArgumentError, match="threads is 2"):
        clocks.find_clock("cpu", 2)


# The machine


def test_names_of_processors(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor : 0\nmodel name : Swift 9000\nmodel name : other\n")
    assert machine.cpu_model(info) == "Swift 9000"
    info.write_text("processor : 0\nHardware : BCM2711\nModel : Raspberry Pi 4 Model B\n")
    assert machine.cpu_model(info) == "Raspberry Pi 4 Model B"
    assert machine.cpu_model(tmp_path / "missing")


def test_disturbances(tmp_path: Path) -> None:
    assert machine.warnings(0.1, "performance") == machine.warnings(None, None) == []
    busy, scaled = machine.warnings(1.9, "powersave")
    assert "load was 1.9 on" in busy and "'powersave'" in scaled
    folder = tmp_path / "cpu0" / "cpufreq"
    folder.mkdir(parents=True)
    (folder / "scaling_governor").write_text("schedutil\n")
    assert machine.governor(tmp_path) == "schedutil"
    assert machine.governor(tmp_path / "missing") is None


# Files of measurements


def test_measurements_round_trip(tmp_path: Path) -> None:
    bad = failing(ARCHS[4], lambda: RuntimeError("no"))
    found = measure("nasbench201", ARCHS, run=bad, name="a, b")
    found.to_csv(tmp_path / "phone.csv")
    again = Measurements.from_csv(tmp_path / "phone.csv")
    assert (again.archs == found.archs).all() and (again.latency_ms == found.latency_ms).all()
    assert again.device == found.device and again.stability == found.stability
    assert again.repeatability == found.repeatability == 0.0
    assert again.warnings == found.warnings and again.failures == found.failures
    table = helpnas.LatencyTable.from_csv(tmp_path / "phone.csv")
    assert list(table.devices) == ["a, b"] == list(found.table().devices)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["phone.csv", "phone.json"]


def test_rounds_are_not_written_over(tmp_path: Path) -> None:
    found = measure("nasbench201", ARCHS, run=Device(), resume=tmp_path / "phone.json")
    before = (tmp_path / "phone.json").read_bytes()
    with pytest.raises(helpnas.ArgumentError, match="phone.json has the rounds"):
        found.to_csv(tmp_path / "phone.csv")
    assert (tmp_path / "phone.json").read_bytes() == before


def test_a_table_alone_is_measurements_too(tmp_path: Path) -> None:
    file = tmp_path / "phone.csv"
    file.write_text(f"arch,phone\n{ARCHS[0]},1.5\n{ARCHS[1]},\n")
    with pytest.raises(helpnas.FormatError, match="space="):
        Measurements.from_csv(file)
    found = Measurements.from_csv(file, "nasbench201")
    assert found.name == "phone" and found.latency_ms.tolist() == [1.5]
    assert math.isnan(found.stability)
    (tmp_path / "phone.json").write_text('{"space": "fbnet"}')
    with pytest.raises(helpnas.MismatchError, match="fbnet"):
        Measurements.from_csv(file, "nasbench201")
    (tmp_path / "phone.json").write_text('{"space": "nasbench201", "warnings": 3}')
    with pytest.raises(helpnas.FormatError, match="phone.json"):
        Measurements.from_csv(file)
    file.write_text(f"arch,a,b\n{ARCHS[0]},1.5,2\n")
    with pytest.raises(helpnas.FormatError, match="one column of .* there are a, b"):
        Measurements.from_csv(file, "nasbench201")
