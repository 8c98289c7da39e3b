"""Layers measured one by one, and networks predicted as the sum of theirs.

A baseline, and what is left where whole networks cannot be measured: it does not know what a
runtime merges across layers, nor what stays in the caches between them.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import partial
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Set, Tuple, Union

import numpy as np

from .._c.arrays import FloatArray, seed_number, whole
from .._c.errors import ArgumentError, FormatError, MeasurementError, UnsupportedError
from .._c.handles import Path
from ..csv_files import CSVLines
from ..spaces import Archs, Space
from .builders import fbnet as _fbnet
from .builders import nasbench201 as _nasbench201
from .builders.single_layer import Layer, layer_model
from .clocks import find_clock
from .measure_device import device_identity
from .network import ModelList
from .round_robin import ModelVisits, ProgressFunction, RoundRobin
from .rounds_file import Record, smallest
from .runtimes import Runtime, find_runtime

#: Genes -> the layers that run, each as often as it does.
LayerLister = Callable[[Sequence[int]], List[Layer]]
#: And how many choices a gene has.
_LAYERS: Dict[str, Tuple[LayerLister, int]] = {
    "nasbench201": (_nasbench201.layers, 5),
    "fbnet": (_fbnet.layers, 9),
}
#: All layers together are far smaller.
_OPEN_BYTES = 2**31
#: Next to nothing: what every run costs, of a layer or of a network.
_CALL = Layer("call", (1, 1, 1), (1, 1, 1), lambda graph, x, _: graph.node("Relu", x))


class LayerTable:
    """Latencies of a space's layers, each measured alone.

    Args:
        space: "nasbench201" or "fbnet", or its name.
        devices: name -> milliseconds of each layer by its name; a run of almost nothing,
            "call", among them.

    Raises:
        ArgumentError: a layer is missing or unknown, or a latency is not above 0.
        UnsupportedError: another space.
    """

    def __init__(
        self, space: Union[Space, str], devices: Mapping[str, Mapping[str, float]]
    ) -> None:
        self.space = Space(space) if isinstance(space, str) else space
        names = [layer.name for layer in _every_layer(self.space)]
        for device, latency in devices.items():
            for name in sorted(set(names) ^ set(latency)):
                what = "no latency of" if name in names else "an unknown"
                raise ArgumentError(f"{device}: {what} layer {name!r}")
            if not all(0 < float(ms) < float("inf") for ms in latency.values()):
                raise ArgumentError(f"{device}: a latency is not a finite number above 0")
        self.devices = {
            device: {name: float(latency[name]) for name in names}
            for device, latency in devices.items()
        }

    def latency(self, device: str, archs: Archs) -> FloatArray:
        """Milliseconds of architectures, float64 [n]: the layers' sum, and one call.

        Raises:
            ArgumentError: no such device.
            ArchitectureError: one is outside the space.
        """
        if device not in self.devices:
            names = ", ".join(self.devices)
            raise ArgumentError(f"no device {device!r} in the table; it has {names}")
        known = self.devices[device]
        call = known[_CALL.name]
        layers, _ = _layers_of(self.space)
        sums = [
            sum(
                count * max(known[name] - call, 0.0)
                for name, count in Counter(layer.name for layer in layers(row)).items()
            )
            for row in self.space.canonicalize(archs).tolist()
        ]
        return call + np.array(sums, np.float64)

    @classmethod
    def from_csv(cls, path: Path, space: Union[Space, str]) -> "LayerTable":
        """Read a CSV file: column ``layer``, then milliseconds for each device.

        Raises:
            FormatError: names the file and what is wrong.
        """
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = CSVLines(path, file)
            rows = iter(lines)
            header = next(rows, [])
            if not header or header[0] != "layer" or len({*header}) < len(header):
                raise lines.error("the columns must be 'layer', then devices' names, each once")
            devices: Dict[str, Dict[str, float]] = {name: {} for name in header[1:]}
            seen: Set[str] = set()
            for fields in rows:
                if len(fields) != len(header):
                    raise lines.error(f"{len(fields)} fields, not {len(header)}")
                if fields[0] in seen:
                    raise lines.error(f"{fields[0]!r} is given twice")
                seen.add(fields[0])
                for name, field in zip(header[1:], fields[1:]):
                    devices[name][fields[0]] = lines.latency(field, name)
        try:
            return cls(space, devices)
        except ArgumentError as error:
            raise FormatError(f"{path}: {error}") from None

    def to_csv(self, path: Path) -> None:
        """Write the file that ``from_csv`` reads."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["layer", *self.devices])
            for layer in _every_layer(self.space):
                columns = self.devices.values()
                writer.writerow([layer.name, *(repr(known[layer.name]) for known in columns)])


def measure_layers(
    space: Union[Space, str],
    *,
    runtime: Union[str, Runtime] = "onnxruntime",
    threads: int = 1,
    batch: int = 1,
    rounds: int = 10,
    runs: int = 3,
    clock: Optional[str] = None,
    resume: Optional[Path] = None,
    progress: Optional[ProgressFunction] = None,
    name: Optional[str] = None,
    seed: int = 0,
) -> LayerTable:
    """Measure every layer of a space alone, on this machine; layers of one shape once.

    The arguments are those of ``measure``.

    Returns:
        A table with one device.

    Raises:
        UnsupportedError: not "nasbench201" or "fbnet".
        MeasurementError: a layer cannot be run; names it.
        ImportError: the runtime, or onnx, is not installed; the message has the command.
    """
    opened = Space(space) if isinstance(space, str) else space
    layers = _every_layer(opened)
    found = find_runtime(runtime)
    threads, batch = whole(threads, "threads", 1, 1024), whole(batch, "batch", 1, 4096)
    rounds, runs = whole(rounds, "rounds", 1, 10_000), whole(runs, "runs", 1, 10_000)
    timer = find_clock(clock, threads)
    identity = device_identity(found, threads, batch, timer.name, name)
    setup = {"space": opened.name, "layers": True, **identity, "runs": runs, "seed": seed}
    models = [partial(layer_model, layer, batch, seed_number(seed)) for layer in layers]
    visits = ModelVisits(ModelList(models), found, threads, timer, runs, _OPEN_BYTES)
    record = Record(setup, [layer.name for layer in layers], resume)
    robin = RoundRobin(visits, record, len(layers), rounds, seed, progress)
    robin.go()
    if robin.failures:
        index, reason = min(robin.failures.items())
        raise MeasurementError(f"layer {layers[index].name!r} could not be measured: {reason}")
    best = smallest(record.rounds, len(layers)).tolist()
    return LayerTable(opened, {identity["name"]: dict(zip((e.name for e in layers), best))})


def _layers_of(space: Space) -> Tuple[LayerLister, int]:
    known = _LAYERS.get(space.name)
    if known is None or space != Space(space.name):
        names = ", ".join(_LAYERS)
        raise UnsupportedError(f"no layers are known of the space {space.name!r}, only of {names}")
    return known


def _every_layer(space: Space) -> List[Layer]:
    """All that an architecture may have: a layer depends on its own gene and on its place."""
    layers, choices = _layers_of(space)
    uniform = [layer for gene in range(choices) for layer in layers([gene] * space.width)]
    return list({layer.name: layer for layer in [_CALL, *uniform]}.values())
