"""``helpnas adapt``."""

from pathlib import Path
from typing import Annotated, Iterator, Optional, Tuple

import typer

from ..models import Predictor, load
from . import _inputs
from ._methods import method_option
from ._output import AsJSON, show


def command(
    model: Annotated[
        str, typer.Argument(help=_inputs.MODEL_HELP, autocompletion=_inputs.model_names)
    ],
    measurements: Annotated[Path, typer.Argument(help=_inputs.MEASUREMENTS_HELP)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File for the predictor, .safetensors.")
    ],
    method: Annotated[
        Optional[str],
        method_option("How to predict; default bayes if the model has it, else help."),
    ] = None,
    unit: Annotated[
        Optional[str],
        typer.Option(help=_inputs.UNIT_HELP, autocompletion=_inputs.one_of("ms", "s", "us")),
    ] = None,
    label_range: Annotated[
        Optional[Tuple[float, float]],
        typer.Option(metavar="LOW HIGH", help="Label range in milliseconds; only for method help."),
    ] = None,
    steps: Annotated[
        Optional[int],
        typer.Option(min=0, max=100, help="Inner gradient steps; only for method help."),
    ] = None,
    repeatability: Annotated[
        Optional[float],
        typer.Option(
            min=0,
            max=1,
            help="Standard deviation between two measurements of one architecture, as a share of "
            "its latency; only for method bayes.",
        ),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Fit a model to a device's measurements, and report how well they fit."""
    opened = load(model)
    rows, latency = _inputs.read_measured(measurements, opened.space, unit)
    predictor = opened.adapt(
        rows,
        latency,
        method=method,
        label_range_ms=label_range,
        steps=steps,
        repeatability=repeatability,
    )
    predictor.save(output)
    diagnostics = predictor.diagnostics
    data = {
        "predictor": output,
        "space": opened.space.name,
        "method": predictor.method,
        "measurements": len(rows),
        "diagnostics": diagnostics,
    }
    text = f"{output}: method {predictor.method}, {len(rows)} measurements"
    show(as_json, data, text, *findings(predictor))


def findings(predictor: Predictor) -> Iterator[str]:
    """What adapting found out: the summary, errors of rows left out, and which rows are meant."""
    found = predictor.diagnostics
    if "summary" in found:
        yield found["summary"]
    if "leave_one_out" in found:
        errors = found["leave_one_out"]
        yield (
            f"Left out one at a time, rows are off by {errors['mape']:.1%} on average; "
            + _describe_ranking(errors["spearman"])
        )
    archs = predictor.description["record"]["measurements"]["archs"]
    for row in found.get("suspicious_rows", []):
        yield f"Row {row} is {archs[row]}"


def _describe_ranking(spearman: Optional[float]) -> str:
    if spearman is None:
        return "equal latencies have no rank correlation."
    return f"rank correlation {spearman:.3f}."
