"""What fleets say where a package is missing or too old."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpnas import fleet
from helpnas.fleet import ray_pool


def test_without_ray_the_pool_says_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"pip install 'helpnas\[fleet\]'"):
        fleet.RayPool()


def test_an_old_ray_is_refused(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(__version__="1.13.0"))
    with pytest.raises(ImportError, match="ray 1.13.0 is installed; 2.9 or later is needed"):
        fleet.RayPool()


def test_no_cluster_at_an_address_says_so(monkeypatch: Any) -> None:
    def init(**options: Any) -> None:
        raise ConnectionError("nobody answers")

    found = SimpleNamespace(__version__="2.60.0", is_initialized=lambda: False, init=init)
    monkeypatch.setitem(sys.modules, "ray", found)
    with pytest.raises(fleet.FleetError, match="no Ray cluster at 10.0.0.1:6379: nobody answers"):
        ray_pool.connect("10.0.0.1:6379")


def test_without_pyarrow_results_say_what_to_install(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportError, match=r"pyarrow.parquet is needed.*helpnas\[fleet\]"):
        fleet.Results(tmp_path, "test", {"key": "text"})
