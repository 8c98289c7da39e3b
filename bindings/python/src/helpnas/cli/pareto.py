"""``helpnas pareto``."""

from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer

from .. import plots
from ..goals import read_goal
from ..models import load_predictor
from . import _inputs
from ._output import AsJSON, recording, show, table
from .predict import LEVEL, latencies
from .search import ACCURACY_HELP, GENERATIONS, POPULATION, SEED


def command(
    predictor: Annotated[Path, typer.Argument(help=_inputs.PREDICTOR_HELP)],
    accuracy: Annotated[
        str, typer.Option(help=ACCURACY_HELP, autocompletion=_inputs.accuracy_names)
    ],
    points: Annotated[
        int, typer.Option(min=1, help="Maximum number of architectures on the front.")
    ] = 12,
    seed: Annotated[int, SEED] = 0,
    population: Annotated[Optional[int], POPULATION] = None,
    generations: Annotated[Optional[int], GENERATIONS] = None,
    level: Annotated[float, LEVEL] = 0.9,
    plot: Annotated[
        Optional[Path], typer.Option(help="Draw the front to this file, .png or .svg.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Find what accuracy each latency buys."""
    opened = load_predictor(predictor)
    goal = read_goal(accuracy, opened.space)
    options = {"seed": seed, "population": population, "generations": generations, **goal.options}
    with recording("searching") as progress:
        found = opened.pareto(top_k=points, progress=progress, **options)
    if plot is not None:
        figure = plots.pareto_front(found.latency_ms, found.accuracy, accuracy_label=goal.label)
        figure.savefig(plot, dpi=150)
    columns: Dict[str, Any] = {
        "accuracy": found.accuracy[::-1].tolist(),
        **latencies(opened, found.genes[::-1], level),
    }
    rows = list(zip(*columns.values()))
    data = {
        "level": level,
        "hypervolume": found.hypervolume,
        "reference": {"latency_ms": found.reference[0], "accuracy": found.reference[1]},
        "front": [
            {"arch": arch, **dict(zip(columns, row))} for arch, row in zip(found.archs[::-1], rows)
        ],
    }
    texts = opened.space.format(found.genes[::-1])
    lines = [(*row, text) for row, text in zip(rows, texts)]
    show(as_json, data, table((*columns, "architecture"), lines))
