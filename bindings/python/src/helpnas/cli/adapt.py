"""``helpnas adapt``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional, Tuple

import typer

from ..models import load
from . import _inputs
from ._output import AsJSON, show


def command(
    model: Annotated[str, typer.Argument(help=_inputs.MODEL_HELP)],
    measurements: Annotated[Path, typer.Argument(help=_inputs.MEASUREMENTS_HELP)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File for the predictor, .safetensors.")
    ],
    method: Annotated[
        Optional[str],
        typer.Option(help="bayes, help; to compare with: macs, parameters, ridge, nearest, proxy."),
    ] = None,
    unit: Annotated[Optional[str], typer.Option(help=_inputs.UNIT_HELP)] = None,
    label_range: Annotated[
        Optional[Tuple[float, float]],
        typer.Option(metavar="LOW HIGH", help="Of 'help': the device's range, milliseconds."),
    ] = None,
    steps: Annotated[
        Optional[int], typer.Option(min=0, max=100, help="Of 'help': inner steps.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Fit a model to a device's measurements; says what to make of them."""
    opened = load(model)
    rows, latency = _inputs.read_measured(measurements, opened.space, unit)
    predictor = opened.adapt(rows, latency, method=method, label_range_ms=label_range, steps=steps)
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
    show(as_json, data, text, *filter(None, [diagnostics.get("summary")]))
