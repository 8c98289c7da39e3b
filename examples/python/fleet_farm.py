"""A farm in one process: a coordinator behind HTTP, and two agents that measure this machine.

fleet_farm.py [MODEL] [--folder FOLDER]

On a real farm, 'helpnas fleet serve' runs here and 'helpnas fleet agent' beside each device.  It
needs helpnas[fleet] and helpnas[measure].
"""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

from common import arguments

import helpnas
from helpnas import fleet


def main() -> None:
    """Measure one thread and two as devices, until each is known well enough."""
    parser = arguments("Measure this machine as two devices of a farm.")
    parser.add_argument("--folder", type=Path, default=Path("farm-rows"), help="of the rows")
    options = parser.parse_args()
    model = helpnas.load(options.model)
    plan = fleet.FarmPlan(rows=4, narrow=0.15, most=12, rounds=3, runs=2)
    with fleet.Coordinator(model, options.folder, plan, say=print) as farm:
        token = secrets.token_urlsafe()
        server = fleet.FarmServer(farm, token)
        serving = threading.Thread(target=server.run)
        serving.start()
        desk = fleet.HttpDesk(server.url, token)
        for threads in (1, 2):
            bench = fleet.runtime_bench("onnxruntime", threads)
            fleet.Agent(desk, f"agent{threads}", f"{threads} threads", bench).run()
        server.stop()
        serving.join()
    for device in fleet.farm_devices(options.folder, model):
        print(f"{device.name}: {len(device.archs)} rows, {device.latency_ms.min():.2f} ms at least")


if __name__ == "__main__":
    main()
