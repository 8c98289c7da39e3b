"""``helpnas references``."""

from typing import Annotated

import typer

from .._c.errors import ArgumentError
from ..models import load
from . import _inputs
from ._output import ArchsOutput, AsJSON, show_archs


def command(
    model: Annotated[
        str, typer.Argument(help=_inputs.MODEL_HELP, autocompletion=_inputs.model_names)
    ],
    output: ArchsOutput = None,
    as_json: AsJSON = False,
) -> None:
    """Print a model's reference architectures, one per line: those to measure for method 'help'."""
    opened = load(model)
    if not len(opened.reference_genes):
        raise ArgumentError(
            f"{model} has no references: 'helpnas select {model}' chooses what to measure"
        )
    show_archs(model, opened.space, opened.reference_genes, output, as_json)
