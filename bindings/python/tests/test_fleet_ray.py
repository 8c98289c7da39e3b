"""Ray's workers: the same rows, whatever ends on the way."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Iterator, List

import pytest
from conftest import REPOSITORY, latency_of

pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("ray", reason="ray is not installed")

from fleet_agents import SPACE, MadeUpDevice  # noqa: E402
from fleet_programs import rows_by_key, squares  # noqa: E402

import helpnas  # noqa: E402
from helpnas import fleet  # noqa: E402
from helpnas.fleet import ray_pool  # noqa: E402
from helpnas.fleet.farm_plan import UnknownAgentError  # noqa: E402
from helpnas.fleet.islands import IslandPlan, IslandsHere  # noqa: E402
from helpnas.fleet.ray_islands import RayIslands  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[Any]:
    """A small cluster of this machine, whose workers find the package and the tests."""
    ray = ray_pool.ray_module()
    paths = [str(REPOSITORY / "bindings" / "python" / "src"), str(Path(__file__).parent)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray_pool.connect(None, num_cpus=2, object_store_memory=10**8, include_dashboard=False)
        yield ray
        ray.shutdown()


def test_rows_are_those_of_one_process(tmp_path: Path, space: helpnas.Space) -> None:
    model = helpnas.load("nasbench201-paper")
    rows = space.sample(10, seed=1)
    devices = [
        fleet.Device.of(f"d{n}", space, rows, 2 + (1 + n / 10) * 1e-7 * space.macs(rows))
        for n in range(4)
    ]
    work = fleet.adapt(model, devices)
    outcome = fleet.map(work, tmp_path / "ray", fleet.RayPool())
    assert (outcome.done, outcome.failed) == (4, 0)
    fleet.map(work, tmp_path / "here")
    assert rows_by_key(tmp_path / "ray") == rows_by_key(tmp_path / "here")


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    for name in ("marks", "others"):
        (tmp_path / name).mkdir()
    work = squares(tmp_path / "marks", 12, deadly=(5,))
    outcome = fleet.map(work, tmp_path / "rows", fleet.RayPool())
    assert (outcome.done, outcome.lost) == (12, {}) and outcome.again >= 1
    fleet.map(squares(tmp_path / "others", 12), tmp_path / "undisturbed")
    assert rows_by_key(tmp_path / "rows") == rows_by_key(tmp_path / "undisturbed")


def test_a_worker_of_another_version_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ray_pool, "__version__", "0.9")
    work = squares(tmp_path, 1)
    with pytest.raises(fleet.FleetError, match=r"has helpnas 1\.0\.0, the driver 0\.9"):
        fleet.map(work, tmp_path / "rows", fleet.RayPool())


def test_a_process_in_a_cluster_stays_in_it(cluster: Any) -> None:
    assert ray_pool.connect("127.0.0.1:1") is cluster


def convolutions(archs: List[str]) -> List[float]:
    return [arch.count("conv_3x3") + 0.3 * arch.count("conv_1x1") for arch in archs]


def never_for_some(archs: List[str]) -> List[float]:
    """Does not end for architectures without a skip connection."""
    if "skip" not in archs[0]:
        time.sleep(600)
    return convolutions(archs)


def test_islands_and_accuracies_as_actors(tmp_path: Path, space: helpnas.Space) -> None:
    rows = space.sample(12, seed=1)
    phone = helpnas.load("nasbench201-paper").adapt(rows, latency_of(space, rows))
    options: Any = {
        "max_latency_ms": 10.0, "islands": 2, "epochs": 2, "generations": 1, "migrants": 2,
        "population": 4, "seed": 1,
    }  # fmt: skip
    result = fleet.search_islands(
        phone, tmp_path / "ray", accuracy=never_for_some, pool=fleet.RayActors(1),
        straggler_s=5.0, ray_islands=True, **options,
    )  # fmt: skip
    assert all("skip" in arch for arch in result.found.archs)
    assert all("skip" not in arch for arch in result.dropped)
    here = fleet.search_islands(phone, tmp_path / "ray", accuracy=never_for_some, **options)
    assert here.found.archs == result.found.archs and here.scored == 0


def test_an_island_whose_actor_is_killed_goes_on(cluster: Any, space: helpnas.Space) -> None:
    rows = space.sample(12, seed=1)
    phone = helpnas.load("nasbench201-paper").adapt(rows, latency_of(space, rows))
    plan = IslandPlan(10.0, 2, 1, 0, 1, {"population": 4})
    here = IslandsHere(phone, plan, 1)
    there = RayIslands(cluster, phone, plan, 1)
    first = there.call(0, "ask")
    assert (first == here.call(0, "ask")).all()
    cluster.kill(there.actors[0])
    scores = convolutions(space.format(first))
    assert (there.call(0, "tell", scores) == here.call(0, "tell", scores)).all()
    there.close()


def test_a_farm_as_an_actor(cluster: Any, tmp_path: Path) -> None:
    plan = fleet.FarmPlan(narrow=0.06)
    model = helpnas.load("nasbench201-paper")
    actor = fleet.ray_coordinator(cluster, model, tmp_path, plan, pool=SPACE.sample(60, seed=1))
    desk = fleet.RayDesk(cluster, actor)
    with pytest.raises(UnknownAgentError):
        desk.order("a")
    assert "the interval is within" in fleet.Agent(desk, "a", "phone", MadeUpDevice(1)).run()
    desk.close()
    (device,) = fleet.farm_devices(tmp_path, model)
    assert device.name == "phone"
