"""``helpnas report``."""

import json
from pathlib import Path
from typing import Annotated, Any, Dict, List, Optional, Tuple

import typer

from .._c.errors import ArgumentError, FormatError, MeasurementError
from ..evaluation import check_held_out
from ..goals import Goal, read_goal
from ..models import Predictor, load, load_predictor
from ..report import Chosen, HeldOut, Report
from ..report.front import search_with_front
from ..report.record import Record
from . import _inputs
from ._output import AsJSON, recording, say, show
from .search import ACCURACY_HELP, GENERATIONS, SEED

#: Fewest held-out measurements that scores are computed from.
_FEWEST = 2


def command(
    predictor: Annotated[Path, typer.Argument(help=_inputs.PREDICTOR_HELP)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File for the page, .html; '-': standard output.")
    ],
    title: Annotated[Optional[str], typer.Option(help="Title of the page.")] = None,
    device: Annotated[
        Optional[Path],
        typer.Option(help="JSON file about the device, as 'helpnas measure -o' writes one."),
    ] = None,
    held_out: Annotated[
        Optional[Path],
        typer.Option(help="Judge by these measurements. " + _inputs.MEASUREMENTS_HELP),
    ] = None,
    model: Annotated[
        Optional[str],
        typer.Option(help="With --held-out: compare with simple methods of this model."),
    ] = None,
    limit: Annotated[
        Optional[float], typer.Option(metavar="MS", help="Search under this limit.")
    ] = None,
    accuracy: Annotated[
        Optional[str], typer.Option(help=ACCURACY_HELP, autocompletion=_inputs.accuracy_names)
    ] = None,
    measured: Annotated[
        Optional[float], typer.Option(metavar="MS", help="What the found one really takes.")
    ] = None,
    seed: Annotated[int, SEED] = 0,
    generations: Annotated[Optional[int], GENERATIONS] = None,
    as_json: AsJSON = False,
) -> None:
    """Write one page of HTML about a device: measurements, checks, pictures, a search."""
    opened = load_predictor(predictor)
    if as_json and str(output) == _inputs.STDOUT:
        raise ArgumentError("--json and -o - both write to standard output: give one of them")
    if (limit is None) != (accuracy is None):
        raise ArgumentError("--limit and --accuracy go together: give both or neither")
    chosen = None
    if limit is not None and accuracy is not None:
        goal = read_goal(accuracy, opened.space)
        chosen = _search(opened, goal, limit, measured, {"seed": seed, "generations": generations})
    identity, warnings = ({}, []) if device is None else _identity(device)
    page = Report(
        opened,
        title=title or f"{opened.space.name}: {predictor.stem}",
        device=identity,
        warnings=warnings,
        chosen=chosen,
        held_out=None if held_out is None else _judge(opened, held_out, model),
    )
    if str(output) == _inputs.STDOUT:
        print(page.html())
        return
    page.save(output)
    show(as_json, {"report": output}, f"{output}: written")


def _identity(path: Path) -> Tuple[Dict[str, Any], List[str]]:
    """A JSON object, or what it has under "device" with the warnings of measuring."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise FormatError(f"{path}: not a JSON object")
    if not isinstance(found.get("device"), dict):
        return found, []
    warnings = found.get("warnings")
    return found["device"], list(map(str, warnings)) if isinstance(warnings, list) else []


def _judge(predictor: Predictor, path: Path, model: Optional[str]) -> HeldOut:
    space = predictor.space
    given, given_ms = _read_given(predictor)
    rows, latency, _ = _inputs.read_measured(path, space)
    known = {row.tobytes() for row in space.canonicalize(given)}
    new = [row.tobytes() not in known for row in space.canonicalize(rows)]
    if not all(new):
        say(f"{path}: {len(new) - sum(new)} left out, which the predictor was made from")
    rows, latency = rows[new], latency[new]
    if len(rows) < _FEWEST:
        raise MeasurementError(f"{path}: {len(rows)} others are measured, not {_FEWEST} or more")
    checked = []
    if model is not None:
        methods = (predictor.method, "macs", "ridge")
        checked = check_held_out(load(model), given, given_ms, rows, latency, methods)
    return HeldOut(space.notation(rows), latency, checked)


def _read_given(predictor: Predictor) -> Tuple[Any, Any]:
    """What the predictor was made from; nothing of an imported one."""
    known = Record(predictor)
    return known.archs, known.latency_ms


def _search(
    predictor: Predictor,
    goal: Goal,
    limit: float,
    measured: Optional[float],
    options: Dict[str, Any],
) -> Chosen:
    given = {name: value for name, value in options.items() if value is not None}
    with recording("searching") as progress:
        found, front = search_with_front(
            predictor, max_latency_ms=limit, progress=progress, **goal.options, **given
        )
    return Chosen(
        found.archs[0],
        limit,
        float(found.accuracy[0]),
        goal.label,
        measured,
        (front.latency_ms, front.accuracy),
    )
