"""``fleet.map``: the same rows whatever the pool, and whatever goes wrong on the way."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from conftest import REPOSITORY  # noqa: E402
from fleet_programs import rows_by_key, squares, tries  # noqa: E402

import helpnas  # noqa: E402
from helpnas import fleet  # noqa: E402


@pytest.fixture(scope="module")
def table(space: helpnas.Space) -> helpnas.LatencyTable:
    """Made-up devices, all rows measured."""
    random = np.random.default_rng(3)
    rows = space.sample(60, seed=3)
    macs = space.macs(rows)
    columns = {
        f"device{n}": (2 + (1 + n / 10) * 1e-7 * macs) * random.lognormal(0, 0.02, len(rows))
        for n in range(5)
    }
    return helpnas.LatencyTable(space, rows, columns, references=np.arange(10))


@pytest.fixture(scope="module")
def bayes() -> helpnas.Model:
    return helpnas.load("nasbench201-paper")


@pytest.fixture(scope="module")
def devices(table: helpnas.LatencyTable) -> List[fleet.Device]:
    return fleet.devices_of(table, archs=table.archs[:12])


def test_rows_have_what_the_calls_they_stand_for_return(
    tmp_path: Path, bayes: helpnas.Model, devices: List[fleet.Device], space: helpnas.Space
) -> None:
    settings = [{"top_k": 2}, {"top_k": 3, "adapt": {"repeatability": 0.05}}]
    work = fleet.search(bayes, devices, [5.0, 8], "macs", settings)
    outcome = fleet.map(work, tmp_path)
    assert (outcome.done, outcome.failed, outcome.lost) == (len(work), 0, {}) == (20, 0, {})
    for row in fleet.read_results(tmp_path).to_pylist():
        (device,) = [each for each in devices if each.name == row["device"]]
        narrow = row["setting"] == '{"top_k":2}'
        predictor = bayes.adapt(
            device.archs, device.latency_ms, repeatability=None if narrow else 0.05
        )
        found = predictor.search(
            max_latency_ms=row["limit_ms"], accuracy=space.macs, accuracy_genes=True,
            top_k=2 if narrow else 3,
        )  # fmt: skip
        assert row["archs"] == found.archs
        assert row["upper_ms"] == found.upper_ms.tolist()
        assert row["smallest_latency_ms"] == found.smallest_latency_ms


def test_every_kind_of_work_has_its_rows(
    tmp_path: Path,
    bayes: helpnas.Model,
    devices: List[fleet.Device],
    table: helpnas.LatencyTable,
    space: helpnas.Space,
) -> None:
    accuracy = helpnas.AccuracyTable(space, table.archs, np.arange(60.0))
    pool = space.sample(30, seed=9)
    judging = {"measure": "chosen", "pool_rows": 40, "query_rows": 20}
    network = {"bayes": False, "episodes": 1, "hidden": 4, "support": 5, "query": 10}
    training = {**network, "evaluate": {"query_rows": 40}}
    works = {
        "adapt": fleet.adapt(bayes, devices[:2]),
        "select": fleet.select(bayes, devices[:2], pool, [{"count": 3}]),
        "pareto": fleet.pareto(bayes, devices[:2], accuracy),
        "evaluate": fleet.evaluate(bayes, table, ["device4"], [judging]),
        "train": fleet.train_folds(table, {"last": ["device4"]}, [training]),
    }
    rows = {}
    for name, work in works.items():
        assert fleet.map(work, tmp_path / name).failed == 0
        rows[name] = fleet.read_results(tmp_path / name).to_pylist()
    predictor = helpnas.Predictor.from_bytes(rows["adapt"][0]["predictor"])
    expected = bayes.adapt(devices[0].archs, devices[0].latency_ms)
    assert (predictor.predict(pool) == expected.predict(pool)).all()
    chosen = bayes.select(pool, 3, measured=devices[0].archs)
    assert rows["select"][0]["rows"] == chosen.tolist()
    assert rows["pareto"][0]["archs"] == expected.pareto(accuracy=accuracy).archs
    judged = helpnas.evaluate(bayes, table, ["device4"], **judging)
    assert rows["evaluate"][0]["method"] == ["bayes", "macs"]
    assert rows["evaluate"][0]["spearman"] == [row["spearman"] for row in judged]
    assert rows["train"][0]["device"] == "last"
    model = helpnas.Model.from_bytes(rows["train"][0]["model"])
    alone = helpnas.meta_train(table, list(table.devices)[:4], threads=1, **network)
    assert model.to_bytes() == alone.to_bytes()


def test_an_infeasible_limit_is_a_row_that_says_so(
    tmp_path: Path, bayes: helpnas.Model, devices: List[fleet.Device]
) -> None:
    outcome = fleet.map(fleet.search(bayes, devices[:1], [1e-3, 8.0], "macs"), tmp_path)
    assert (outcome.done, outcome.failed) == (2, 1)
    failed, done = fleet.read_results(tmp_path).to_pylist()
    assert failed["status"] == "failed" and "InfeasibleError" in failed["error"]
    assert failed["archs"] is None and done["status"] == "done"


def test_processes_give_the_rows_of_one_process(
    tmp_path: Path, bayes: helpnas.Model, devices: List[fleet.Device]
) -> None:
    work = fleet.search(bayes, devices, [5.0, 8.0], "macs", [{"top_k": 2}])
    fleet.map(work, tmp_path / "one")
    fleet.map(work, tmp_path / "two", fleet.LocalPool(2))
    assert rows_by_key(tmp_path / "one") == rows_by_key(tmp_path / "two")


def test_progress_counts_and_estimates(tmp_path: Path) -> None:
    seen: List[fleet.Progress] = []
    fleet.map(squares(tmp_path, 4), tmp_path / "rows", progress=seen.append)
    assert [each.done for each in seen] == [1, 2, 3, 4]
    assert {each.total for each in seen} == {4}
    assert seen[-1].eta_s == 0 and 0 < seen[0].eta_s < math.inf
    assert seen[0].row["device"] == "n0"


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    work = squares(tmp_path, 4)
    fleet.map(work, tmp_path / "rows")
    outcome = fleet.map(work, tmp_path / "rows")
    assert (outcome.done, outcome.before) == (0, 4)
    assert tries(tmp_path, 0) == 1


def test_an_interrupted_run_continues(tmp_path: Path) -> None:
    def stop(step: fleet.Progress) -> None:
        if step.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fleet.map(squares(tmp_path, 6), tmp_path / "rows", progress=stop)
    outcome = fleet.map(squares(tmp_path, 6), tmp_path / "rows")
    assert outcome.before + outcome.done == 6 and outcome.before >= 2
    fleet.map(squares(tmp_path, 6), tmp_path / "undisturbed")
    assert rows_by_key(tmp_path / "rows") == rows_by_key(tmp_path / "undisturbed")


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    for name in ("marks", "others"):
        (tmp_path / name).mkdir()
    work = squares(tmp_path / "marks", 12, deadly=(3, 7))
    outcome = fleet.map(work, tmp_path / "rows", fleet.LocalPool(2))
    assert (outcome.done, outcome.lost) == (12, {}) and outcome.again >= 2
    fleet.map(squares(tmp_path / "others", 12), tmp_path / "undisturbed")
    assert rows_by_key(tmp_path / "rows") == rows_by_key(tmp_path / "undisturbed")


def test_a_task_that_always_ends_its_worker_is_given_up(tmp_path: Path) -> None:
    work = squares(tmp_path, 4, deadly=(2,), always=True)
    outcome = fleet.map(work, tmp_path / "rows", fleet.LocalPool(1), retries=1)
    assert outcome.done == 3 and tries(tmp_path, 2) == 2
    (reason,) = outcome.lost.values()
    assert "ended with code -9" in reason
    # It is no row, so that another run tries it again.
    assert fleet.map(squares(tmp_path, 4), tmp_path / "rows").done == 1


def test_what_the_system_refuses_is_tried_again(tmp_path: Path) -> None:
    outcome = fleet.map(squares(tmp_path, 3, refused=1), tmp_path / "rows")
    assert (outcome.done, outcome.again, tries(tmp_path, 1)) == (3, 1, 2)


def test_an_error_of_a_task_is_its_row_and_not_tried_again(tmp_path: Path) -> None:
    outcome = fleet.map(squares(tmp_path, 3, wrong=1), tmp_path / "rows")
    assert (outcome.done, outcome.failed, tries(tmp_path, 1)) == (3, 1, 1)
    rows = fleet.read_results(tmp_path / "rows").to_pylist()
    (row,) = [row for row in rows if row["device"] == "n1"]
    assert row["error"] == "ValueError: 1 is wrong"


def test_a_function_that_cannot_be_sent_is_refused(
    tmp_path: Path, bayes: helpnas.Model, devices: List[fleet.Device]
) -> None:
    work = fleet.search(bayes, devices, [8.0], lambda archs: [0.0] * len(archs))
    with pytest.raises(fleet.FleetError, match="at the top of a module"):
        fleet.map(work, tmp_path, fleet.LocalPool(1))
    # The folder is free again.
    assert fleet.map(work, tmp_path).done == len(devices)


class Unopenable:
    """Cannot be unpickled where it arrives."""

    kind, columns, identity = "square", {"square": "number", "raw": "bytes"}, "x"

    def __reduce__(self) -> Any:
        return helpnas.load, ("a model that is only here",)


def test_a_worker_without_the_model_says_so(tmp_path: Path) -> None:
    work = fleet.Work(Unopenable(), [("n", "n", {})], (None,), ({},))  # type: ignore[arg-type]
    with pytest.raises(fleet.FleetError, match="cannot begin.*a model that is only here"):
        fleet.map(work, tmp_path, fleet.LocalPool(1))


def test_work_is_checked_before_it_begins(
    bayes: helpnas.Model, devices: List[fleet.Device], table: helpnas.LatencyTable
) -> None:
    with pytest.raises(helpnas.ArgumentError, match="two devices are called 'device0'"):
        fleet.adapt(bayes, [devices[0], devices[0]])
    with pytest.raises(helpnas.ArgumentError, match="a limit is -1.0 ms, not above 0"):
        fleet.search(bayes, devices, [-1], "macs")
    with pytest.raises(helpnas.ArgumentError, match="5 devices x 0 limits x 1 settings"):
        fleet.search(bayes, devices, [], "macs")
    with pytest.raises(helpnas.ArgumentError, match="a setting is <object"):
        fleet.adapt(bayes, devices, [{"seed": object()}])
    with pytest.raises(helpnas.ArgumentError, match="no device 'x'"):
        fleet.evaluate(bayes, table, ["x"])
    with pytest.raises(helpnas.ArgumentError, match="fold 'all' leaves out 5 of 5"):
        fleet.train_folds(table, {"all": list(table.devices)})
    with pytest.raises(helpnas.ArgumentError, match="accuracy is 3, not"):
        fleet.search(bayes, devices, [8.0], 3)
    with pytest.raises(helpnas.ArgumentError, match="workers is 0"):
        fleet.LocalPool(0)


def test_keys_depend_on_all_that_rows_depend_on(
    bayes: helpnas.Model, devices: List[fleet.Device], table: helpnas.LatencyTable
) -> None:
    slower = [fleet.Device(each.name, each.archs, each.latency_ms * 2) for each in devices]
    works = [
        fleet.search(bayes, devices, [5.0, 6.0], "macs"),
        fleet.search(bayes, devices, [5.0], "macs", [{"top_k": 1}, {"top_k": 2}]),
        fleet.search(bayes, slower, [5.0], "macs"),
        fleet.search(bayes, devices, [5.0], table_accuracy(table)),
        fleet.pareto(bayes, devices, "macs", [5.0]),
        fleet.adapt(bayes, devices),
    ]
    keys = [task.key for work in works for task in work.tasks()]
    assert len(set(keys)) == len(keys)
    again = fleet.search(bayes, devices, [5, 6], "macs")
    assert [task.key for task in again.tasks()] == keys[: len(again)]


def table_accuracy(table: helpnas.LatencyTable) -> helpnas.AccuracyTable:
    return helpnas.AccuracyTable(table.space, table.archs, np.arange(60.0))


def test_spaces_and_tables_can_be_pickled(table: helpnas.LatencyTable) -> None:
    copy = pickle.loads(pickle.dumps(table))
    assert copy.space == table.space and (copy.archs == table.archs).all()
    own = helpnas.Space.from_file(REPOSITORY / "examples" / "spaces" / "mobilenetv2.json")
    assert pickle.loads(pickle.dumps(own)) == own
