"""Two devices, three limits, two seeds: searches in processes beside this one, or on Ray.

fleet.py [MODEL] [--folder FOLDER] [--ray ADDRESS]

Stopped at any time, the same command goes on.  It needs helpnas[fleet].
"""

from __future__ import annotations

from pathlib import Path

from common import REPOSITORY, arguments, read_card

import helpnas
from helpnas import fleet


def main() -> None:
    """Search on each device within each limit, then show the best of each."""
    parser = arguments("Search on many devices within many limits.")
    parser.add_argument("--folder", type=Path, default=Path("fleet-rows"), help="of the rows")
    parser.add_argument("--ray", help="address of a Ray cluster; default two processes")
    options = parser.parse_args()
    model = helpnas.load(options.model)
    devices = []
    for name in ("gold_6226", "raspi4"):
        card = read_card(REPOSITORY / "data" / "devices" / "nasbench201" / f"{name}.json")
        measured = card.references
        devices.append(fleet.Device.of(name, model.space, measured.archs, measured.latency_ms))
    limits = [10.0, 20.0, 40.0]
    settings = [{"top_k": 1, "strategy": "evolve", "generations": 20, "seed": n} for n in (1, 2)]
    work = fleet.search(model, devices, limits, "macs", settings)
    pool = fleet.RayPool(options.ray) if options.ray else fleet.LocalPool(2)
    outcome = fleet.map(
        work, options.folder, pool,
        progress=lambda step: print(f"  {step.done} of {step.total}, {step.eta_s:.0f} s left"),
    )  # fmt: skip
    print(f"{outcome.done} rows, {outcome.before} before, {outcome.failed} within no limit")
    for row in fleet.read_results(options.folder).to_pylist():
        found = f"{row['latency_ms'][0]:.1f} ms  {row['archs'][0]}" if row["archs"] else "nothing"
        print(f"  {row['device']:10} {row['limit_ms']:4.0f} ms  {found}")


if __name__ == "__main__":
    main()
