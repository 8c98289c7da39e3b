"""The whole story, on a device that is made up."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
from conftest import REPOSITORY, latency_of
from simulated import Device

import helpnas
from helpnas.measuring import build_model
from helpnas.quickstart import Quickstart, quickstart

MODEL = "nasbench201-paper"


@pytest.fixture(scope="module")
def device() -> Device:
    return Device()


@pytest.fixture(scope="module")
def told(device: Device, tmp_path_factory: pytest.TempPathFactory) -> Quickstart:
    folder = tmp_path_factory.mktemp("story") / "new"
    return quickstart(MODEL, directory=folder, measure_with=device.measure)


def test_thirty_are_measured_then_what_was_found(told: Quickstart, device: Device) -> None:
    first, second = (rows for rows, _ in device.calls)
    assert len(first) == 30 and len({row.tobytes() for row in first}) == 30
    # In turn with the ten that the predictor was given.
    assert second[:1].tolist() == told.predictor.space.canonicalize([told.arch]).tolist()
    assert {row.tobytes() for row in second[1:]} == {row.tobytes() for row in first[:10]}


def test_the_predictor_is_given_the_ten_alone(told: Quickstart, device: Device) -> None:
    space = told.predictor.space
    known = told.predictor.description["record"]["measurements"]
    assert len(known["archs"]) == 10
    given = {row.tobytes() for row in space.canonicalize(known["archs"])}
    assert given == {row.tobytes() for row in device.calls[0][0][:10]}
    assert told.check[0]["n_query"] == 20
    assert [row["method"] for row in told.check] == ["bayes", "macs", "ridge"]


def test_the_ten_are_those_that_the_model_chooses(told: Quickstart, device: Device) -> None:
    model = helpnas.load(MODEL)
    pool = model.space.sample(500, seed=0)
    chosen = model.space.canonicalize(pool[model.select(pool, 10)])
    assert device.calls[0][0][:10].tolist() == chosen.tolist()


def test_what_is_found_is_within_the_median_limit(told: Quickstart) -> None:
    space, predictor = told.predictor.space, told.predictor
    assert told.limit_ms == np.median(predictor.predict(space.sample(500, seed=0)))
    assert told.predicted_ms == predictor.predict([told.arch])[0] <= told.limit_ms
    assert told.lower_ms < told.predicted_ms < told.upper_ms
    assert told.measured_ms == pytest.approx(latency_of(space, [told.arch])[0], rel=0.05)
    assert told.within_limit == (told.measured_ms <= told.limit_ms)
    assert told.report.chosen is not None
    front_ms, front_accuracy = told.report.chosen.front
    beaten = (front_ms < told.predicted_ms) & (front_accuracy > told.accuracy)
    assert not beaten.any()
    assert told.accuracy == helpnas.load_accuracy("nasbench201").predict([told.arch])[0]
    assert "bundled model" in told.note


def test_the_files_are_what_their_names_say(told: Quickstart) -> None:
    given, held_out, predictor, report = told.files
    assert len(helpnas.LatencyTable.from_csv(given)) == 10
    assert len(helpnas.LatencyTable.from_csv(held_out)) == 20
    loaded = helpnas.load_predictor(predictor)
    assert loaded.predict([told.arch])[0] == told.predicted_ms
    text = report.read_text(encoding="utf-8").replace("\u00a0", " ")
    for part in ("made-up", f"{told.measured_ms:.4g} ms", html.escape(told.note)):
        assert part in text


def test_the_limit_may_be_given_and_nothing_written() -> None:
    steps: List[Any] = []
    told = quickstart(
        MODEL,
        limit_ms=6.0,
        count=5,
        held_out=4,
        measure_with=Device().measure,
        progress=lambda step, done, total: steps.append(step),
    )
    assert told.limit_ms == 6.0 and told.predicted_ms <= 6.0 and not told.files
    assert list(dict.fromkeys(steps)) == ["measuring", "searching", "measuring what was found"]


def test_too_little_measured_is_an_error() -> None:
    with pytest.raises(helpnas.MeasurementError, match="9 of 10 to adapt to"):
        quickstart(MODEL, measure_with=Device(failing=1).measure)
    with pytest.raises(helpnas.MeasurementError, match="1 to judge by"):
        quickstart(MODEL, measure_with=Device().measure, held_out=1)


def test_a_limit_below_everything_is_infeasible(tmp_path: Path) -> None:
    with pytest.raises(helpnas.InfeasibleError):
        quickstart(MODEL, limit_ms=0.001, measure_with=Device().measure, directory=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_intervals_are_as_wide_as_the_measurements_were_unsteady() -> None:
    told = quickstart(MODEL, measure_with=Device().measure)
    assert told.predictor.description["record"]["settings"]["repeatability"] == 0.01


def test_a_warning_of_both_measurements_is_said_once() -> None:
    class Busy(Device):
        def measure(self, space: Any, archs: Any, progress: Any = None, **options: Any) -> Any:
            done = super().measure(space, archs, progress, **options)
            busy = [f"the load was 0.{len(self.calls)} on 2 cores"]
            return replace(done, warnings=[*done.warnings, *busy])

    told = quickstart(MODEL, measure_with=Busy().measure)
    assert told.warnings == ["it is not real", "the load was 0.1 on 2 cores"]
    assert told.report.warnings == told.warnings


def test_a_surprise_is_told_to_the_predictor() -> None:
    class Drifting(Device):
        """What is measured after the first time is half as slow again."""

        def measure(self, space: Any, archs: Any, progress: Any = None, **options: Any) -> Any:
            done = super().measure(space, archs, progress, **options)
            slower = 1.5 if len(self.calls) > 1 else 1.0
            return helpnas.Measurements(
                space, done.archs, done.latency_ms * slower, 0.99, done.device, []
            )

    device = Drifting()
    told = quickstart(MODEL, measure_with=device.measure)
    assert 1 < told.tries <= 3 and len(device.calls) == 1 + told.tries
    known = told.predictor.description["record"]["measurements"]["latency_ms"]
    assert len(known) == 9 + told.tries
    assert told.check[0]["n_query"] == 20


def test_a_description_is_enough(tmp_path: Path) -> None:
    """Its layers are built and measured, or what a function makes of the architectures."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    file = REPOSITORY / "examples" / "spaces" / "small_vit.json"
    space, built = helpnas.Space.from_file(file), []

    def build(arch: Any) -> bytes:
        built.append(arch)
        return build_model(space, arch)

    made = quickstart(file, count=4, held_out=2, directory=tmp_path)
    own = quickstart(file, count=4, held_out=2, build=build)
    assert made.device["build"] == "the description's layers"
    assert own.device["build"].endswith("build") and own.arch in built
    for told in (made, own):
        assert told.predictor.space == space and told.predicted_ms <= told.limit_ms
        assert told.check[0]["n_query"] == 2
    assert helpnas.load_predictor(tmp_path / "predictor.safetensors").space == space
