"""``helpnas search``."""

from pathlib import Path
from typing import Annotated, Any, Callable, Dict, List, Optional

import typer

from .. import plots
from ..goals import Goal, read_goal
from ..limits import Limit
from ..models import Predictor, load_predictor
from ..search import SearchResult
from . import _inputs
from ._output import AsJSON, recording, show, table
from .predict import LEVEL, latencies

ACCURACY_HELP = (
    "An accuracy model (.safetensors, or a bundled one's name), a .csv file with the columns "
    "'arch' and 'accuracy', or 'macs'."
)
SEED = typer.Option(min=0, help="The same seed finds the same.")
POPULATION = typer.Option(min=1, help="Architectures in a generation.")
GENERATIONS = typer.Option(min=0, help="Maximum number of generations.")


def command(
    predictor: Annotated[Path, typer.Argument(help=_inputs.PREDICTOR_HELP)],
    limit: Annotated[float, typer.Option(metavar="MS", help="Latency limit, milliseconds.")],
    accuracy: Annotated[
        str, typer.Option(help=ACCURACY_HELP, autocompletion=_inputs.accuracy_names)
    ],
    confidence: Annotated[
        Optional[float],
        typer.Option(
            min=0.5,
            max=1,
            help="How surely the limit is kept; 0.5 limits the predicted latency itself. "
            "Default: 0.95, or 0.5 for predictors without an interval.",
        ),
    ] = None,
    min_latency: Annotated[
        Optional[float], typer.Option(metavar="MS", help="Minimum latency, as surely as --limit.")
    ] = None,
    max_macs: Annotated[
        Optional[float], typer.Option(help="Maximum number of multiply-accumulates, such as 300e6.")
    ] = None,
    min_macs: Annotated[
        Optional[float], typer.Option(help="Minimum number of multiply-accumulates.")
    ] = None,
    max_parameters: Annotated[
        Optional[float], typer.Option(help="Maximum number of parameters.")
    ] = None,
    min_parameters: Annotated[
        Optional[float], typer.Option(help="Minimum number of parameters.")
    ] = None,
    also: Annotated[
        Optional[List[str]],
        typer.Option(
            metavar="PREDICTOR=MS", help="A further device and its limit; can be repeated."
        ),
    ] = None,
    candidates: Annotated[
        Optional[str], typer.Option(help="Search these only. " + _inputs.ARCHS_HELP)
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Maximum number of architectures to show.")] = 10,
    seed: Annotated[int, SEED] = 0,
    population: Annotated[Optional[int], POPULATION] = None,
    generations: Annotated[Optional[int], GENERATIONS] = None,
    patience: Annotated[
        Optional[int],
        typer.Option(min=1, help="Stop after this many generations without improvement."),
    ] = None,
    preset: Annotated[
        Optional[str],
        typer.Option(
            help="Settings of a published search: ofa, hat.",
            autocompletion=_inputs.one_of("ofa", "hat"),
        ),
    ] = None,
    level: Annotated[float, LEVEL] = 0.9,
    plot: Annotated[
        Optional[Path], typer.Option(help="Draw the progress to this file, .png or .svg.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Find the most accurate architectures under a latency limit."""
    opened = load_predictor(predictor)
    goal = read_goal(accuracy, opened.space)
    options = {
        "seed": seed,
        "population": population,
        "generations": generations,
        "limits": [
            *_range(Limit.macs, max_macs, min_macs),
            *_range(Limit.parameters, max_parameters, min_parameters),
            *_slowness(opened, min_latency, confidence),
            *map(_device_limit, also or []),
        ],
        "patience": patience,
        "preset": preset,
        "confidence": confidence,
        "top_k": top,
        "candidates": None if candidates is None else _inputs.read_archs(candidates, opened.space),
    }
    with recording("searching") as progress:
        found = run(opened, goal, max_latency_ms=limit, progress=progress, **options)
    if plot is not None:
        plots.search_progress(progress.steps, accuracy_label=goal.label).savefig(plot, dpi=150)
    _show(opened, found, limit, level, as_json)


def _range(
    make: Callable[[Optional[float], Optional[float]], Limit],
    maximum: Optional[float],
    minimum: Optional[float],
) -> List[Limit]:
    return [] if maximum is None and minimum is None else [make(maximum, minimum)]


def _slowness(
    predictor: Predictor, minimum: Optional[float], confidence: Optional[float]
) -> List[Limit]:
    if minimum is None:
        return []
    return [Limit.latency(predictor, None, confidence, min_latency_ms=minimum)]


def _device_limit(text: str) -> Limit:
    path, _, milliseconds = text.rpartition("=")
    try:
        return Limit.latency(load_predictor(path), float(milliseconds))
    except ValueError:
        raise typer.BadParameter(f"--also {text!r} is not PREDICTOR=MS") from None


def run(predictor: Predictor, goal: Goal, **options: Any) -> SearchResult:
    """Call ``Predictor.search`` with the options that are not None."""
    given = {name: value for name, value in options.items() if value is not None}
    return predictor.search(**goal.options, **given)


def _show(
    predictor: Predictor, found: SearchResult, limit: float, level: float, as_json: bool
) -> None:
    columns: Dict[str, Any] = {
        "accuracy": found.accuracy.tolist(),
        **latencies(predictor, found.genes, level),
    }
    rows = list(zip(*columns.values()))
    data = {
        "limit_ms": limit,
        "level": level,
        "found": [
            {"arch": arch, **dict(zip(columns, row))} for arch, row in zip(found.archs, rows)
        ],
        "strategy": found.strategy,
        "evaluations": found.evaluations,
        "predictions": found.predictions,
        "generations": found.generations,
        "smallest_latency_ms": found.smallest_latency_ms,
    }
    texts = predictor.space.format(found.genes)
    lines = [(*row, text) for row, text in zip(rows, texts)]
    show(as_json, data, table((*columns, "architecture"), lines), _effort(found))


def _effort(found: SearchResult) -> str:
    evaluated = f"{found.evaluations:,} architectures evaluated"
    if found.strategy == "evolve":
        return f"{evaluated} in {found.generations} generations"
    return f"{evaluated}, all that are within the limits"
