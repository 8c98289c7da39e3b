"""Fleets: hundreds of devices, limits and settings on many processors (docs/guide/fleets.md).

from helpnas import fleet

work = fleet.search(model, fleet.devices_of(table), limits=[5.0, 10.0], accuracy="macs")
fleet.map(work, "results", fleet.RayPool("auto"))  # or fleet.LocalPool(8)
fleet.read_results("results").to_pandas()

It needs ``helpnas[fleet]``; without Ray the same calls run in processes of this machine.
"""

from .devices import Device, devices_of
from .errors import FleetError
from .farm import Coordinator
from .farm_agent import Agent, HttpDesk, RayDesk, ray_coordinator, runtime_bench
from .farm_folder import farm_devices
from .farm_plan import FarmPlan
from .farm_server import FarmServer, read_token
from .island_search import IslandResult, search_islands
from .mapping import Outcome, Progress, map
from .pools import InProcess, LocalPool, Pool
from .ray_pool import RayActors, RayPool
from .results import Results, read_results, write_table
from .work import Work, adapt, evaluate, pareto, search, select, train_folds

__all__ = [
    "Agent",
    "Coordinator",
    "Device",
    "FarmPlan",
    "FarmServer",
    "FleetError",
    "HttpDesk",
    "InProcess",
    "IslandResult",
    "LocalPool",
    "Outcome",
    "Pool",
    "Progress",
    "RayActors",
    "RayDesk",
    "RayPool",
    "Results",
    "Work",
    "adapt",
    "devices_of",
    "evaluate",
    "farm_devices",
    "map",
    "pareto",
    "ray_coordinator",
    "read_results",
    "read_token",
    "runtime_bench",
    "search",
    "search_islands",
    "select",
    "train_folds",
    "write_table",
]
