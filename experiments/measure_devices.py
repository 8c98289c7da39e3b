"""Measure architectures on this machine in many settings, each a device: data/latencies.

    .venv/bin/python experiments/measure_devices.py [--count 300] [--settings onnxruntime ...]

For each of the spaces with networks: the published ten references first, then architectures
drawn with a seed.  SPACE.csv has a column for each device, devices.json what each is.  A run
that was stopped continues where it was: rounds are kept in build/measuring.  Settings whose
runtime is not installed are left out, and said so.  ``--layers`` measures the spaces' layers
alone, for devices whose architectures are measured: layers-SPACE.csv.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import shlex
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import numpy as np

import helpnas
from helpnas.measuring import (
    LayerTable,
    Ncnn,
    OnnxRuntime,
    OpenVino,
    Runtime,
    Torch,
    machine,
    measure_layers,
)
from helpnas.measuring.measurements import replace, write_json

REPOSITORY = Path(__file__).parents[1]
SPACES = ("nasbench201", "fbnet", "ofa-mbv3")
#: Those whose layers are few enough to be measured alone.
LAYERED = ("nasbench201", "fbnet")

#: Name -> the runtime, threads, batch size.
SETTINGS: Dict[str, Tuple[Callable[[], Runtime], int, int]] = {
    "onnxruntime": (OnnxRuntime, 1, 1),
    "onnxruntime_batch8": (OnnxRuntime, 1, 8),
    "onnxruntime_unoptimised": (lambda: OnnxRuntime(optimised=False), 1, 1),
    "onnxruntime_int8": (lambda: OnnxRuntime(int8=True), 1, 1),
    "openvino": (OpenVino, 1, 1),
    "openvino_batch8": (OpenVino, 1, 8),
    "pytorch": (Torch, 1, 1),
    "ncnn": (Ncnn, 1, 1),
}


def architectures(space: helpnas.Space, count: int, seed: int) -> Any:
    """The published references, then others drawn with the seed: int32 [count, width]."""
    references = helpnas.load(space.name).reference_genes
    drawn = space.canonicalize(space.sample(count, seed))
    known = {row.tobytes() for row in references}
    others = [row for row in drawn if row.tobytes() not in known]
    return np.vstack([references, *others])[:count]


class Collection:
    """The folder with the tables and the record of the devices."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "devices.json"
        known = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}
        self._devices: Dict[str, Dict[str, Any]] = known

    def has(self, space: str, device: str, archs: Any) -> bool:
        """Whether all of the architectures were measured on the device, or tried to be."""
        entry = self._devices.get(space, {}).get(device)
        return entry is not None and entry["asked"] >= len(archs)

    def add(self, found: helpnas.Measurements, asked: int, seconds: float) -> None:
        """A column, in place of an older one of the same device, and what there is to say."""
        file = self._folder / f"{found.space.name}.csv"
        table = found.table()
        if file.exists():
            known = helpnas.LatencyTable.from_csv(file, found.space)
            known.devices.pop(found.name, None)
            table = known.merge(table)
        replace(file, table.to_csv)
        entry = {
            **found.device,
            "asked": asked,
            "measured": len(found),
            "stability": None if np.isnan(found.stability) else round(found.stability, 4),
            "seconds": round(seconds),
            "warnings": found.warnings,
            "failures": found.failures,
            **origin(),
        }
        self._devices.setdefault(found.space.name, {})[found.name] = entry
        write_json(self._file, self._devices)

    def add_layers(self, found: LayerTable, device: str, how: Dict[str, Any]) -> None:
        """The same of layers: a column, and how it was measured beside what the device is."""
        file = self._folder / f"layers-{found.space.name}.csv"
        known = LayerTable.from_csv(file, found.space).devices if file.exists() else {}
        replace(file, LayerTable(found.space, {**known, **found.devices}).to_csv)
        self._devices[found.space.name][device]["layers"] = {**how, **origin()}
        write_json(self._file, self._devices)


def origin() -> Dict[str, str]:
    """The command that runs, and now."""
    return {
        "command": shlex.join(["python", *sys.argv]),
        "finished": datetime.datetime.now().isoformat(timespec="seconds"),
    }


def device_name(setting: str) -> str:
    """The processor and the setting in one word, as the published tables name devices."""
    processor = re.sub(r"[^a-z0-9]+", "_", machine.cpu_model().lower()).strip("_")
    return f"{processor}_{setting}"


def measure_setting(
    setting: str, space: helpnas.Space, archs: Any, options: Any, collection: Collection
) -> None:
    """Measure one space in one setting, unless it is there already."""
    make, threads, batch = SETTINGS[setting]
    name = device_name(setting)
    if collection.has(space.name, name, archs):
        print(f"{space.name} {name}: there already")
        return
    try:
        runtime = make()
    except ImportError as error:
        print(f"{space.name} {name}: left out: {error}")
        return
    options.work.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    found = helpnas.measure(
        space,
        archs,
        runtime=runtime,
        threads=threads,
        batch=batch,
        name=name,
        seed=options.seed,
        rounds=options.rounds,
        runs=options.runs,
        open_mb=options.open_mb,
        resume=options.work / f"{space.name}-{name}-{len(archs)}.json",
    )
    seconds = time.monotonic() - begin
    collection.add(found, len(archs), seconds)
    low, high = found.latency_ms.min(), found.latency_ms.max()
    print(
        f"{space.name} {name}: {len(found)} of {len(archs)} in {seconds:.0f} s, "
        f"{low:.2f} to {high:.2f} ms, stability {found.stability:.3f}"
    )
    for warning in found.warnings:
        print(f"  {warning}")


def measure_layers_in(
    setting: str, space: helpnas.Space, options: Any, collection: Collection
) -> None:
    """The layers of one space in one setting."""
    make, threads, batch = SETTINGS[setting]
    name = device_name(setting)
    how = {"rounds": options.rounds, "runs": options.runs, "seed": options.seed}
    try:
        found = measure_layers(
            space, runtime=make(), threads=threads, batch=batch, name=name, **how
        )
    except (ImportError, helpnas.MeasurementError) as error:
        print(f"{space.name} {name}: layers left out: {error}")
        return
    collection.add_layers(found, name, how)
    print(f"{space.name} {name}: {len(found.devices[name])} layers")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=300, help="architectures of each space")
    parser.add_argument("--spaces", nargs="+", choices=SPACES, default=SPACES)
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--layers", action="store_true", help="not architectures: layers alone")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3, help="in each visit")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--open-mb", type=int, default=2048, help="of models kept ready")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "data" / "latencies")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "build" / "measuring")
    return parser.parse_args()


def main() -> None:
    """All settings of all spaces."""
    options = arguments()
    collection = Collection(options.output)
    spaces: List[helpnas.Space] = [helpnas.Space(name) for name in options.spaces]
    for space in spaces:
        if options.layers:
            for setting in options.settings if space.name in LAYERED else ():
                measure_layers_in(setting, space, options, collection)
            continue
        archs = architectures(space, options.count, options.seed)
        for setting in options.settings:
            measure_setting(setting, space, archs, options, collection)


if __name__ == "__main__":
    main()
