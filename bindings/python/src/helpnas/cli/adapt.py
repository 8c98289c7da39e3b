"""``helpnas adapt``."""

import math
from pathlib import Path
from typing import Annotated, Iterator, List, Optional, Sequence, Tuple

import typer

from ..models import Predictor, load
from ..spaces import Space
from . import _inputs
from ._methods import method_option
from ._output import AsJSON, show


def command(
    model: Annotated[
        str, typer.Argument(help=_inputs.MODEL_HELP, autocompletion=_inputs.model_names)
    ],
    measurements: Annotated[
        List[Path],
        typer.Argument(help=_inputs.MEASUREMENTS_HELP + " Several of one device are put together."),
    ],
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
            "its latency; only for method bayes. Default: by what was measured more than once, "
            "else what 'helpnas measure' recorded in the .json beside MEASUREMENTS, else the "
            "library's.",
        ),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Fit a model to a device's measurements, and report how well they fit."""
    opened = load(model)
    parts = [_inputs.read_measured(file, opened.space, unit) for file in measurements]
    read = _inputs.Measured.together(parts)
    share, source = repeatability, "as given"
    if share is None and (method or opened.default_method) == "bayes":
        share, source = _repeatability(read, opened.space, measurements)
    predictor = opened.adapt(
        read.archs,
        read.latency_ms,
        method=method,
        label_range_ms=label_range,
        steps=steps,
        repeatability=share,
    )
    predictor.save(output)
    data = {
        "predictor": output,
        "space": opened.space.name,
        "method": predictor.method,
        "measurements": len(read.archs),
        "diagnostics": predictor.diagnostics,
    }
    lines = [f"{output}: method {predictor.method}, {len(read.archs)} measurements"]
    if share is not None:
        used = predictor.description["repeatability"]
        data["repeatability"] = {"value": used, "source": source}
        lines.append(f"Repeatability: {100 * used:.2f} % of a latency, {source}")
    show(as_json, data, *lines, *findings(predictor))


def _repeatability(
    read: _inputs.Measured, space: Space, files: Sequence[Path]
) -> Tuple[float, str]:
    """The repeatability to use unless one is given, and where it is from.

    What was measured twice says more than the rounds of one run.
    """
    if read.repeats(space):
        return math.nan, "by what was measured more than once"
    if math.isnan(read.repeatability):
        return math.nan, "the library's default"
    beside = [file.with_suffix(".json") for file in files]
    found = ", ".join(str(file) for file in beside if file.exists())
    return min(read.repeatability, 1.0), f"from {found}"


def findings(predictor: Predictor) -> Iterator[str]:
    """What adapting found out: the summary, errors of rows left out, and which rows are meant."""
    found = predictor.diagnostics
    if "summary" in found:
        yield found["summary"]
    if "leave_one_out" in found:
        errors = found["leave_one_out"]
        yield (
            f"Left out one at a time, rows are off by {100 * errors['mape']:.1f} % on average; "
            + _describe_ranking(errors["spearman"])
        )
    archs = predictor.description["record"]["measurements"]["archs"]
    for row in found.get("suspicious_rows", []):
        yield f"Row {row} is {archs[row]}"


def _describe_ranking(spearman: Optional[float]) -> str:
    if spearman is None:
        return "equal latencies have no rank correlation."
    return f"rank correlation {spearman:.3f}."
