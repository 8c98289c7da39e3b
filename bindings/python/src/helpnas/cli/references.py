"""``helpnas references``."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from .._c.errors import ArgumentError
from ..models import load
from . import _inputs
from ._output import AsJSON, show, write_lines


def command(
    model: Annotated[
        str, typer.Argument(help=_inputs.MODEL_HELP, autocompletion=_inputs.model_names)
    ],
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", help="Write them to this file.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Print a model's reference architectures, one a line: what to measure for method 'help'."""
    opened = load(model)
    if not len(opened.reference_genes):
        raise ArgumentError(
            f"{model} has no references: 'helpnas select {model}' chooses what to measure"
        )
    lines = opened.space.format(opened.reference_genes)
    if output is not None:
        write_lines(output, lines)
    data = {"model": model, "space": opened.space.name, "archs": opened.references}
    if as_json or output is None:
        show(as_json, data, *lines)
