"""``helpnas monotonicity``."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from .. import plots
from ..monotonicity import monotonicity
from ..tables import LatencyTable
from . import _inputs
from ._output import AsJSON, show, table


def command(
    latencies: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE", help="CSV: a column 'arch', then one of milliseconds per device."
        ),
    ],
    space: Annotated[
        str, typer.Option(help=_inputs.SPACE_HELP, autocompletion=_inputs.space_names)
    ] = "nasbench201",
    plot: Annotated[
        Optional[Path], typer.Option(help="Draw a heat map to this file, .png or .svg.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Show which devices rank architectures similarly, so that one can stand for another."""
    found = monotonicity(LatencyTable.from_csv(latencies, _inputs.open_space(space)))
    if plot is not None:
        plots.heat_map(found).savefig(plot, dpi=150)
    show(
        as_json,
        {"devices": found.devices, "spearman": found.spearman},
        table(
            ("", *found.devices),
            [(name, *row) for name, row in zip(found.devices, found.spearman)],
        ),
    )
