"""``helpnas train``."""

from pathlib import Path
from typing import Annotated, List, Optional

import typer

from .. import plots
from ..tables import LatencyTable
from ..training import meta_train
from . import _inputs
from ._output import AsJSON, recording, show


def command(
    table: Annotated[
        Path, typer.Argument(help="CSV: a column 'arch', then one of milliseconds per device.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File for the model.")],
    space: Annotated[
        str, typer.Option(help=_inputs.SPACE_HELP, autocompletion=_inputs.space_names)
    ] = "nasbench201",
    device: Annotated[
        Optional[List[str]],
        typer.Option(help="Train on this device; may be repeated. Default: all not held back."),
    ] = None,
    valid: Annotated[
        Optional[List[str]],
        typer.Option(help="Choose the best network by this device; may be repeated."),
    ] = None,
    references: Annotated[
        Optional[str],
        typer.Option(help="The network's reference architectures. " + _inputs.ARCHS_HELP),
    ] = None,
    network: Annotated[
        bool, typer.Option(help="Train HELP's network (method help) too; it needs --references.")
    ] = True,
    episodes: Annotated[Optional[int], typer.Option(min=1, help="Number of episodes.")] = None,
    threads: Annotated[
        Optional[int], typer.Option(min=1, help="Number of threads. Default: one per processor.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    plot: Annotated[
        Optional[Path], typer.Option(help="Draw the curves to this file, .png or .svg.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Meta-train a model on the latencies of many devices."""
    opened = _inputs.open_space(space)
    data = LatencyTable.from_csv(table, opened)
    kept = valid or []
    names = device or [name for name in data.devices if name not in kept]
    rows = None if references is None else _inputs.read_archs(references, opened)
    with recording("training") as progress:
        model = meta_train(
            data,
            names,
            kept,
            references=rows,
            seed=seed,
            episodes=episodes,
            threads=threads,
            progress=progress,
            help=network,
        )
    model.save(output)
    if plot is not None:
        plots.training_curves(progress.steps).savefig(plot, dpi=150)
    record = model.description["record"]
    facts = {
        "model": output,
        "space": opened.name,
        "train": names,
        "valid": kept,
        "chosen_episode": record.get("chosen_episode"),
    }
    show(as_json, facts, f"{output}: a model of {opened.name} from {len(names)} devices")
