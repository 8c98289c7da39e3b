"""``helpnas predict``."""

import csv
import io
from pathlib import Path
from typing import Annotated, Any, Dict, List, Optional

import typer

from .._c.errors import UnsupportedError
from ..models import Predictor, load_predictor
from ..spaces import Archs
from . import _inputs
from ._output import AsJSON, show, table, write_lines

LEVEL = typer.Option(min=0, max=1, help="Probability that the interval is to have.")


def command(
    predictor: Annotated[Path, typer.Argument(help=_inputs.PREDICTOR_HELP)],
    archs: Annotated[str, typer.Argument(help=_inputs.ARCHS_HELP)],
    level: Annotated[float, LEVEL] = 0.9,
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", help="CSV file for the predictions.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Predict latencies, with intervals if the method has them."""
    opened = load_predictor(predictor)
    space = opened.space
    rows = _inputs.read_archs(archs, space)
    columns = latencies(opened, rows, level)
    texts = space.format(rows)
    if output is not None:
        _write(output, texts, columns)
        if str(output) == _inputs.STDOUT:
            return
    listed = [dict(zip(columns, values)) for values in zip(*columns.values())]
    data = {
        "space": space.name,
        "level": level,
        "predictions": [
            {"arch": arch, **values} for arch, values in zip(space.notation(rows), listed)
        ],
    }
    show(as_json, data, table((*columns, "architecture"), zip(*columns.values(), texts)))


def latencies(predictor: Predictor, rows: Archs, level: float) -> Dict[str, List[Any]]:
    """Predicted milliseconds, and the ends of the intervals where there are any."""
    columns = {"latency_ms": predictor.predict(rows).tolist()}
    try:
        lower, upper = predictor.interval(rows, level)
    except UnsupportedError:
        return columns
    return {**columns, "lower_ms": lower.tolist(), "upper_ms": upper.tolist()}


def _write(path: Path, texts: List[str], columns: Dict[str, List[Any]]) -> None:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["arch", *columns])
    writer.writerows(zip(texts, *columns.values()))
    write_lines(path, table.getvalue().splitlines())
