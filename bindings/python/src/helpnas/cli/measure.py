"""``helpnas measure``."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer

from .._arrays import Int32Array
from ..models import bundled_models, load
from ..spaces import Space
from . import _inputs
from ._output import AsJSON, counting, say, show, table


def command(
    space: Annotated[str, typer.Argument(help=_inputs.SPACE_HELP)],
    archs: Annotated[
        Optional[str], typer.Option(help="Measure these. " + _inputs.ARCHS_HELP)
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, help="Without --archs: how many the space's model chooses.")
    ] = 10,
    runtime: Annotated[str, typer.Option(help="What runs the networks.")] = "onnxruntime",
    threads: Annotated[int, typer.Option(min=1, help="Threads of the runtime.")] = 1,
    batch: Annotated[int, typer.Option(min=1, help="Images in one run.")] = 1,
    rounds: Annotated[Optional[int], typer.Option(min=1, help="Rounds over all of them.")] = None,
    runs: Annotated[Optional[int], typer.Option(min=1, help="Runs a round.")] = None,
    export: Annotated[
        Optional[Path], typer.Option(help="Write the networks here, measure nothing.")
    ] = None,
    resume: Annotated[
        Optional[Path], typer.Option(help="Keep what is done in this file, and go on from it.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", help="CSV file for the measurements.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Measure architectures on this machine, or write their networks for another one."""
    opened = _inputs.open_space(space)
    rows = _chosen(opened, count, seed) if archs is None else _inputs.read_archs(archs, opened)
    if export is not None:
        _export(opened, rows, export, as_json)
        return
    options = {
        "runtime": runtime, "threads": threads, "batch": batch, "rounds": rounds, "runs": runs,
        "resume": resume, "seed": seed,
    }  # fmt: skip
    with counting("measuring") as progress:
        done = measure(opened, rows, progress=progress, **_given(options))
    if output is not None:
        done.to_csv(output)
    _show(done, as_json)


def measure(space: Space, archs: Int32Array, **options: Any) -> Any:
    """``helpnas.measure``."""
    return importlib.import_module("helpnas.measuring").measure(space, archs, **options)


def _given(options: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _chosen(space: Space, count: int, seed: int) -> Int32Array:
    """What the space's model would have measured; a sample where it has none."""
    if space.name not in bundled_models():
        return space.sample(count, seed=seed)
    pool = space.sample(min(1000, space.count), seed=seed)
    with load(space.name) as model:
        return pool[model.select(pool, count)]


def _export(space: Space, rows: Int32Array, directory: Path, as_json: bool) -> None:
    measuring = importlib.import_module("helpnas.measuring")
    written = measuring.export_models(space, rows, directory)
    data = {"space": space.name, "directory": directory, "archs": space.notation(rows)}
    show(as_json, {**data, "written": written}, f"{len(rows)} networks in {directory}")


def _show(done: Any, as_json: bool) -> None:
    for warning in done.warnings:
        say(f"warning: {warning}")
    texts = done.space.format(done.archs)
    data = {
        "space": done.space.name,
        "device": done.device,
        "stability": done.stability,
        "warnings": done.warnings,
        "measurements": [
            {"arch": arch, "latency_ms": ms}
            for arch, ms in zip(done.space.notation(done.archs), done.latency_ms)
        ],
    }
    show(as_json, data, table(("ms", "architecture"), zip(done.latency_ms, texts)))
