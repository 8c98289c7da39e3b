"""Fleets: hundreds of devices, limits and settings on many processors (docs/guide/fleets.md).

from helpnas import fleet

work = fleet.search(model, fleet.devices_of(table), limits=[5.0, 10.0], accuracy="macs")
fleet.map(work, "results", fleet.RayPool("auto"))  # or fleet.LocalPool(8)
fleet.read_results("results").to_pandas()

It needs ``helpnas[fleet]``; without Ray the same calls run in processes of this machine.
"""

from .devices import Device, devices_of
from .errors import FleetError
from .island_search import IslandResult, search_islands
from .mapping import Outcome, Progress, map
from .pools import InProcess, LocalPool, Pool
from .ray_pool import RayActors, RayPool
from .results import Results, read_results
from .work import Work, adapt, evaluate, pareto, search, select, train_folds

__all__ = [
    "Device",
    "FleetError",
    "InProcess",
    "IslandResult",
    "LocalPool",
    "Outcome",
    "Pool",
    "Progress",
    "RayActors",
    "RayPool",
    "Results",
    "Work",
    "adapt",
    "devices_of",
    "evaluate",
    "map",
    "pareto",
    "read_results",
    "search",
    "search_islands",
    "select",
    "train_folds",
]
