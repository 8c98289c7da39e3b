"""Whether a predictor is still right: a test for each verdict, on simulated devices."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_tools import run, run_json, write_csv
from conftest import REPOSITORY
from simulated import work_and_memory_ms

import helpnas
from helpnas.checking import (
    Scale,
    Verdict,
    check,
    common_scale,
    device_factor,
    intervals_hold,
    judge,
    next_to_measure,
)

VIT = REPOSITORY / "examples" / "spaces" / "vit.json"
POOL = 60
GIVEN = 10


class Case:
    """A space, a predictor of ten measurements, and the architectures that remain."""

    def __init__(self) -> None:
        model = helpnas.load(VIT)
        self.space = model.space
        pool = self.space.sample(POOL, seed=4)
        chosen = model.select(pool, GIVEN)
        self.given = pool[chosen]
        self.others = np.delete(pool, chosen, axis=0)
        self.predictor = model.adapt(self.given, work_and_memory_ms(self.space, self.given))

    def measure(self, archs: Any, factor: float = 1.0) -> Any:
        return work_and_memory_ms(self.space, archs, factor, seed=1)

    def some(self, repeated: int, new: int) -> Any:
        return np.vstack([self.given[:repeated], self.others[:new]])


@pytest.fixture(scope="module")
def case() -> Case:
    return Case()


def test_a_device_as_it_was_leaves_the_predictor_right(case: Case) -> None:
    archs = case.some(3, 15)
    found = check(case.predictor, archs, case.measure(archs))
    assert found.verdict is Verdict.RIGHT and found.factor == 1 and not found.odd
    assert (found.repeated.count, found.new.count) == (3, 15)
    assert found.spearman > 0.95 and found.median_error < 0.05 and found.coverage > 0.8
    assert found.summary == "The predictor is still right."


@pytest.mark.parametrize("factor, words", [(1.2, "20.0 % slower"), (0.9, "10.0 % faster")])
def test_a_device_at_another_speed_has_changed(case: Case, factor: float, words: str) -> None:
    archs = case.some(4, 12)
    latency = factor * work_and_memory_ms(case.space, archs, noise=0)
    given = work_and_memory_ms(case.space, case.given, noise=0)
    predictor = helpnas.load(VIT).adapt(case.given, given)
    found = check(predictor, archs, latency)
    assert found.verdict is Verdict.SCALE and found.factor == pytest.approx(factor)
    assert words in found.summary and "Ranks still hold" in found.summary
    # The earlier measurements are what is out of date.
    wanted = next_to_measure(predictor, found, archs, case.others, 20)
    assert wanted.tolist() == case.space.canonicalize(case.given[4:]).tolist()


def test_new_architectures_alone_say_it_less_surely(case: Case) -> None:
    archs = case.some(0, 12)
    found = check(case.predictor, archs, case.measure(archs, 1.5))
    assert found.verdict is Verdict.SCALE and found.repeated.count == 0
    assert found.factor == pytest.approx(1.5, rel=0.05)
    assert "measure 2 or more of the earlier ones again" in found.summary


@pytest.mark.parametrize("factor", [1.0, 1.3])
def test_rows_that_the_predictor_has_wrong_are_a_fit_that_is_off(case: Case, factor: float) -> None:
    archs = case.some(4, 12)
    latency = case.measure(archs, factor)
    # Depth is much more expensive than the ten measurements said.
    latency[4:] *= np.linspace(0.5, 2.0, 12)
    found = check(case.predictor, archs, latency)
    assert found.verdict is Verdict.FIT
    assert found.factor == pytest.approx(factor, abs=0.03 * (factor - 1))
    assert len(found.odd) >= 6 and min(found.odd) >= 4
    assert ("30." in found.summary or "29." in found.summary) == (factor > 1)
    wanted = next_to_measure(case.predictor, found, archs, case.others, 5)
    measured = {row.tobytes() for row in case.space.canonicalize(archs)}
    assert len(wanted) == 5 and not measured & {row.tobytes() for row in wanted}


def test_one_disturbed_measurement_is_named_and_no_more(case: Case) -> None:
    archs = case.some(3, 15)
    latency = case.measure(archs)
    latency[7] *= 1.5
    found = check(case.predictor, archs, latency)
    assert found.verdict is Verdict.RIGHT and found.odd == (7,)


def test_one_disturbed_repetition_is_no_change_of_the_device(case: Case) -> None:
    archs = case.some(2, 8)
    latency = case.measure(archs)
    latency[0] *= 1.3
    assert check(case.predictor, archs, latency).factor == 1


def test_everything_may_have_been_measured_before(case: Case) -> None:
    archs = case.some(5, 0)
    found = check(case.predictor, archs, case.measure(archs))
    assert found.verdict is Verdict.RIGHT and math.isnan(found.new.factor)


def test_a_pool_that_is_used_up_leaves_nothing_to_measure(case: Case) -> None:
    archs = case.some(3, 15)
    found = check(case.predictor, archs, case.measure(archs))
    assert len(next_to_measure(case.predictor, found, archs, archs, 5)) == 0


def test_bad_measurements_are_refused(case: Case) -> None:
    with pytest.raises(helpnas.MeasurementError, match="2 measurements are given, not 3 or more"):
        check(case.predictor, case.others[:2], [1.0, 2.0])
    with pytest.raises(helpnas.MeasurementError, match=r"latency_ms\[1\] is -1.0, not above 0"):
        check(case.predictor, case.others[:3], [1.0, -1.0, 2.0])
    with pytest.raises(helpnas.ArgumentError, match="latency_ms"):
        check(case.predictor, case.others[:3], [1.0, 2.0])
    plain = helpnas.load(VIT).adapt(case.given, case.measure(case.given), method="macs")
    with pytest.raises(helpnas.UnsupportedError, match="interval"):
        check(plain, case.others[:3], [1.0, 2.0, 3.0])


def test_the_decision_alone() -> None:
    still, slower = Scale(3, 1.01, 0.004), Scale(3, 1.2, 0.004)
    doubtful, nothing = Scale(12, 1.2, 0.1), Scale(0, math.nan, math.nan)
    assert device_factor(still, slower) == 1  # that the fit is off is no change of the device
    assert device_factor(slower, still) == 1.2
    assert device_factor(nothing, slower) == 1.2
    assert device_factor(nothing, doubtful) == device_factor(nothing, nothing) == 1
    assert judge(1.2, 9, 10, 0.9) is Verdict.SCALE and judge(1.0, 9, 10, 0.9) is Verdict.RIGHT
    assert judge(1.2, 5, 10, 0.9) is judge(1.0, 5, 10, 0.9) is Verdict.FIT
    assert intervals_hold(0, 0, 0.9)
    # P(at most 5 of 10) is 0.0016, of at most 6 it is 0.0128.
    assert not intervals_hold(5, 10, 0.9) and intervals_hold(6, 10, 0.9)


def test_a_scale_is_the_median_with_its_error() -> None:
    found = common_scale(np.array([1.1, 1.2, 1.3, 5.0]), 0.0)
    assert found.factor == pytest.approx(math.sqrt(1.2 * 1.3))
    assert common_scale(np.full(4, 1.1), 0.02).error == pytest.approx(1.2533 * 0.01, rel=1e-4)
    assert common_scale(np.full(4, 1.1), 0.02, shared=0.3).error == 0.3


# ---- the command -----------------------------------------------------------------


@pytest.fixture
def predictor_file(case: Case, tmp_path: Path) -> Path:
    file = tmp_path / "here.safetensors"
    case.predictor.save(file)
    return file


def table_file(case: Case, path: Path, archs: Any, **columns: Any) -> Path:
    rows = zip(case.space.format(archs), *columns.values())
    return write_csv(path, ["arch", *columns], rows)


def test_the_command_says_what_the_module_found(
    case: Case, predictor_file: Path, tmp_path: Path
) -> None:
    archs = case.some(3, 15)
    latency = case.measure(archs)
    latency[7] *= 1.5
    file = table_file(case, tmp_path / "more.csv", archs, latency_ms=latency)
    found = run_json("check", predictor_file, file, "--count", 4)
    expected = check(case.predictor, archs, latency)
    assert found["verdict"] == "right" and found["summary"] == expected.summary
    assert found["spearman"] == expected.spearman and found["coverage"] == expected.coverage
    assert found["repeated"] == vars(expected.repeated)
    assert [each["row"] for each in found["odd"]] == [7]
    pool = case.space.sample(1000, seed=0)
    wanted = next_to_measure(case.predictor, expected, archs, pool, 4)
    assert found["measure_next"] == case.space.notation(wanted) and found["updated"] is None
    out = run("check", predictor_file, file).out
    assert "The predictor is still right." in out and "Measure next:" in out
    assert f"Does not fit: {case.space.format(archs)[7]}" in out
    assert "3 measured before: " in out and "15 new: " in out


def test_the_command_updates(case: Case, predictor_file: Path, tmp_path: Path) -> None:
    archs, output = case.some(0, 8), tmp_path / "new.safetensors"
    file = table_file(case, tmp_path / "more.csv", archs, latency_ms=case.measure(archs))
    done = run("check", predictor_file, file, "--update", output)
    assert done.code == 0 and f"{output}: updated" in done.out and "warning" not in done.err
    updated = helpnas.load_predictor(output)
    expected = case.predictor.update(archs, case.measure(archs))
    assert len(updated.measurements[1]) == GIVEN + 8
    assert updated.predict(case.others) == pytest.approx(expected.predict(case.others))
    latency = case.measure(case.given, 2)
    slower = table_file(case, tmp_path / "slower.csv", case.given, latency_ms=latency)
    done = run("check", predictor_file, slower, "--update", output)
    assert "the update mixes measurements" in done.err


def test_the_command_takes_a_device_of_a_table_and_a_pool(
    case: Case, predictor_file: Path, tmp_path: Path
) -> None:
    archs = case.some(2, 6)
    columns = {"phone": case.measure(archs), "other": case.measure(archs, 3)}
    file = table_file(case, tmp_path / "table.csv", archs, **columns)
    pool = tmp_path / "pool.txt"
    pool.write_text("\n".join(case.space.format(case.others)))
    check_it = ("check", predictor_file, file, "--pool", pool)
    found = run_json(*check_it, "--device", "phone")
    assert found["verdict"] == "right" and len(found["measure_next"]) == 5
    assert run_json(*check_it, "--device", "other")["verdict"] == "scale"
    refused = run(*check_it)
    assert refused.code == 3 and "phone, other" in refused.err
    refused = run(*check_it, "--device", "toaster")
    assert refused.code == 3 and "no device 'toaster'" in refused.err
