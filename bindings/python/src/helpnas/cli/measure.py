"""``helpnas measure``."""

from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer

from .. import measuring
from .._c.arrays import Int32Array
from ..measuring import Measurements
from ..models import Model, bundled_models, load
from ..spaces import Space
from . import _inputs
from ._output import AsJSON, counting, show, table, warn


def command(
    space: Annotated[
        str, typer.Argument(help=_inputs.SPACE_HELP, autocompletion=_inputs.space_names)
    ],
    archs: Annotated[
        Optional[str], typer.Option(help="Measure these. " + _inputs.ARCHS_HELP)
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, help="Without --archs: how many the space's model chooses.")
    ] = 10,
    random: Annotated[
        bool,
        typer.Option("--random", metavar="", help="Random ones instead, to judge a predictor by."),
    ] = False,
    runtime: Annotated[
        str,
        typer.Option(
            help="Runtime: onnxruntime, openvino, pytorch or ncnn.",
            autocompletion=_inputs.one_of("onnxruntime", "openvino", "pytorch", "ncnn"),
        ),
    ] = "onnxruntime",
    threads: Annotated[int, typer.Option(min=1, help="Threads of the runtime.")] = 1,
    batch: Annotated[int, typer.Option(min=1, help="Images in one run.")] = 1,
    dataset: Annotated[
        Optional[str],
        typer.Option(
            help="Build the networks for this data set; 'helpnas spaces SPACE' lists a space's.",
            autocompletion=_inputs.one_of("cifar10", "cifar100", "imagenet16-120", "imagenet"),
        ),
    ] = None,
    rounds: Annotated[Optional[int], typer.Option(min=1, help="Rounds over all of them.")] = None,
    runs: Annotated[
        Optional[int], typer.Option(min=1, help="Timed runs of an architecture in each round.")
    ] = None,
    export: Annotated[
        Optional[Path], typer.Option(help="Write the networks here, measure nothing.")
    ] = None,
    resume: Annotated[
        Optional[Path],
        typer.Option(help="Keep finished rounds in this file, and continue from it."),
    ] = None,
    clock: Annotated[
        Optional[str],
        typer.Option(
            help="cpu or wall; default cpu for one thread.",
            autocompletion=_inputs.one_of("cpu", "wall"),
        ),
    ] = None,
    name: Annotated[Optional[str], typer.Option(help="What to call the device.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of choice, weights and order.")] = 0,
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", help="CSV file for the measurements.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Measure architectures on this machine, or write their networks for another one."""
    opened = _inputs.open_space(space)
    if archs is not None:
        rows = _inputs.read_archs(archs, opened)
    elif random:
        rows = opened.sample(min(count, opened.count), seed=seed)
    else:
        rows = _choose(opened, count, seed)
    if export is not None:
        networks = {"batch": batch, "seed": seed, "dataset": dataset}
        _export(opened, rows, export, networks, as_json)
        return
    options = {
        "runtime": runtime,
        "threads": threads,
        "batch": batch,
        "dataset": dataset,
        "rounds": rounds,
        "runs": runs,
        "resume": resume,
        "clock": clock,
        "name": name,
        "seed": seed,
    }
    with counting("measuring") as progress:
        done = measuring.measure(opened, rows, progress=progress, **_drop_none(options))
    if output is not None:
        done.to_csv(output)
    _show(done, as_json)


def _drop_none(options: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _choose(space: Space, count: int, seed: int) -> Int32Array:
    """What the space's model would have measured."""
    pool = space.sample(min(1000, space.count), seed=seed)
    bundled = space.name in bundled_models()
    with load(space.name) if bundled else Model.for_space(space) as model:
        return pool[model.select(pool, min(count, len(pool)))]


def _export(
    space: Space, rows: Int32Array, directory: Path, networks: Dict[str, Any], as_json: bool
) -> None:
    written = measuring.export_models(space, rows, directory, **networks)
    data = {"space": space.name, "directory": directory, "archs": space.notation(rows)}
    text = f"{len(rows)} networks in {directory}; README.txt there says how to continue"
    show(as_json, {**data, "files": written}, text)


def _show(done: Measurements, as_json: bool) -> None:
    warn(done.warnings)
    warn(f"{arch} was not measured: {reason}" for arch, reason in done.failures.items())
    texts = done.space.format(done.archs)
    data = {
        "space": done.space.name,
        "device": done.device,
        "stability": done.stability,
        "repeatability": done.repeatability,
        "warnings": done.warnings,
        "failures": done.failures,
        "measurements": [
            {"arch": arch, "latency_ms": ms}
            for arch, ms in zip(done.space.notation(done.archs), done.latency_ms)
        ],
    }
    show(as_json, data, table(("ms", "architecture"), zip(done.latency_ms, texts)))
