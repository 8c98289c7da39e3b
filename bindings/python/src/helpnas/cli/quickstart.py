"""``helpnas quickstart``."""

import zlib
from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer

from .._c.arrays import Int32Array
from ..measuring import Measurements
from ..measuring.round_robin import ProgressFunction
from ..quickstart import MeasureFunction, Quickstart, measure_here, quickstart
from ..spaces import Space
from . import _inputs
from ._output import AsJSON, counting, facts, show, table, warn
from .adapt import findings


def command(
    model: Annotated[
        str,
        typer.Argument(
            help="A space's name, or a model: " + _inputs.MODEL_HELP,
            autocompletion=_inputs.model_names,
        ),
    ] = "ofa-mbv3",
    limit: Annotated[
        Optional[float],
        typer.Option(metavar="MS", help="Latency limit; default: the median of a sample."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Directory for the report and its data.")
    ] = Path("quickstart"),
    count: Annotated[int, typer.Option(min=3, help="Measurements to adapt to.")] = 10,
    held_out: Annotated[int, typer.Option(min=2, help="More of them, to judge by.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Of the sample and the search.")] = 0,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", metavar="", help="Go on from what an interrupted one measured into -o."
        ),
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Try it all on this machine: measure, adapt, check, search, build and measure again."""
    with counting("starting") as update:
        told = quickstart(
            model, limit_ms=limit, directory=output, count=count, held_out=held_out, seed=seed,
            measure_with=_keeping(output, resume),
            progress=lambda step, done, total: update(done, total, step),
        )  # fmt: skip
    warn(told.warnings)
    show(as_json, _data(told), *_story(told))


def _keeping(folder: Path, resume: bool) -> MeasureFunction:
    """Measures on this machine, and keeps the rounds of each set of networks in the folder."""

    def measured(space: Space, archs: Int32Array, progress: ProgressFunction) -> Measurements:
        folder.mkdir(parents=True, exist_ok=True)
        rounds = folder / f"rounds-{zlib.crc32(archs.tobytes()):08x}.json"
        if not resume:
            rounds.unlink(missing_ok=True)
        return measure_here(space, archs, progress, resume=rounds)

    return measured


def _data(told: Quickstart) -> Dict[str, Any]:
    return {
        "device": told.device,
        "diagnostics": told.predictor.diagnostics,
        "check": told.check,
        "limit_ms": told.limit_ms,
        "arch": told.arch,
        "tries": told.tries,
        "accuracy": told.accuracy,
        "accuracy_label": told.accuracy_label,
        "predicted_ms": told.predicted_ms,
        "lower_ms": told.lower_ms,
        "upper_ms": told.upper_ms,
        "measured_ms": told.measured_ms,
        "within_limit": told.within_limit,
        "warnings": told.warnings,
        "note": told.note,
        "files": told.files,
    }


def _story(told: Quickstart) -> Any:
    scores = ("spearman", "within10", "mape", "coverage90")
    kept = "kept" if told.within_limit else "missed"
    yield f"Adapted to {told.device['name']}."
    yield from findings(told.predictor)
    yield f"\nCheck on {told.check[0]['n_query']} measurements that were kept aside:"
    yield table(
        ("method", *scores),
        [(row["method"], *(row[name] for name in scores)) for row in told.check],
    )
    yield told.note
    yield ""
    yield facts(
        {
            "limit": f"{told.limit_ms:.4g} ms, {kept}",
            "predicted": f"{told.predicted_ms:.4g} ms",
            "90 % interval": f"{told.lower_ms:.4g} to {told.upper_ms:.4g} ms",
            "measured": f"{told.measured_ms:.4g} ms",
            "found at try": told.tries,
            told.accuracy_label: told.accuracy,
            "architecture": told.predictor.space.format([told.arch])[0],
        }
    )
    yield f"\nReport: {told.files[-1]}"
