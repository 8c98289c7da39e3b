"""``helpnas select``."""

from typing import Annotated, Optional

import typer

from ..models import load
from . import _inputs
from ._output import ArchsOutput, AsJSON, show_archs


def command(
    model: Annotated[
        str, typer.Argument(help=_inputs.MODEL_HELP, autocompletion=_inputs.model_names)
    ],
    count: Annotated[int, typer.Option(min=1, help="How many to choose.")] = 10,
    pool: Annotated[
        Optional[str], typer.Option(help="Choose from these. " + _inputs.ARCHS_HELP)
    ] = None,
    pool_size: Annotated[
        int, typer.Option(min=1, help="Without --pool: size of the random pool to choose from.")
    ] = 1000,
    measured: Annotated[
        Optional[str],
        typer.Option(help="Architectures that are measured already, in a file as for --pool."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the pool.")] = 0,
    output: ArchsOutput = None,
    as_json: AsJSON = False,
) -> None:
    """Choose which architectures to measure, the most informative first; print one per line."""
    opened = load(model)
    space = opened.space
    rows = _inputs.read_pool(pool, space, pool_size, seed)
    known = None if measured is None else _inputs.read_archs(measured, space)
    chosen = rows[opened.select(rows, count, measured=known)]
    show_archs(model, space, chosen, output, as_json)
