"""Ray's workers: the same rows, whatever ends on the way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Iterator

import pytest
from conftest import REPOSITORY

pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("ray", reason="ray is not installed")

from fleet_programs import rows_by_key, squares  # noqa: E402

import helpnas  # noqa: E402
from helpnas import fleet  # noqa: E402
from helpnas.fleet import ray_pool  # noqa: E402


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
