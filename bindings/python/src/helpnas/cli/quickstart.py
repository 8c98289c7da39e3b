"""``helpnas quickstart``."""

import zlib
from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer

from .._c.arrays import Int32Array
from ..measuring import Measurements
from ..measuring.own_networks import BuildFunction
from ..measuring.round_robin import ProgressFunction
from ..quickstart import MeasureFunction, Quickstart, measure_here, quickstart
from ..spaces import Space
from . import _builders, _inputs
from ._output import AsJSON, counting, facts, show, table, warn
from .adapt import findings


def command(
    model: Annotated[
        str,
        typer.Argument(
            help="A space's name, a JSON file that describes one, or a model's file.",
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
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the sample and the search.")] = 0,
    build: _builders.Build = None,
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
        result = quickstart(
            model,
            limit_ms=limit,
            directory=output,
            count=count,
            held_out=held_out,
            seed=seed,
            measure_with=_measure_into(output, resume, _builders.function(build)),
            progress=lambda step, done, total: update(done, total, step),
        )
    warn(result.warnings)
    show(as_json, _data(result), *_story(result))


def _measure_into(folder: Path, resume: bool, build: Optional[BuildFunction]) -> MeasureFunction:
    """Measures on this machine, and keeps the rounds of each set of networks in the folder."""

    def measure(space: Space, archs: Int32Array, progress: ProgressFunction) -> Measurements:
        folder.mkdir(parents=True, exist_ok=True)
        rounds = folder / f"rounds-{zlib.crc32(archs.tobytes()):08x}.json"
        if not resume:
            rounds.unlink(missing_ok=True)
        return measure_here(space, archs, progress, resume=rounds, build=build)

    return measure


def _data(result: Quickstart) -> Dict[str, Any]:
    return {
        "device": result.device,
        "diagnostics": result.predictor.diagnostics,
        "check": result.check,
        "limit_ms": result.limit_ms,
        "arch": result.arch,
        "tries": result.tries,
        "accuracy": result.accuracy,
        "accuracy_label": result.accuracy_label,
        "predicted_ms": result.predicted_ms,
        "lower_ms": result.lower_ms,
        "upper_ms": result.upper_ms,
        "measured_ms": result.measured_ms,
        "within_limit": result.within_limit,
        "warnings": result.warnings,
        "note": result.note,
        "files": result.files,
    }


def _story(result: Quickstart) -> Any:
    scores = ("spearman", "within10", "mape", "coverage90")
    kept = "kept" if result.within_limit else "missed"
    yield f"Adapted to {result.device['name']}."
    yield from findings(result.predictor)
    yield f"\nCheck on {result.check[0]['n_query']} measurements that were kept aside:"
    yield table(
        ("method", *scores),
        [(row["method"], *(row[name] for name in scores)) for row in result.check],
    )
    yield result.note
    yield ""
    yield facts(
        {
            "limit": f"{result.limit_ms:.4g} ms, {kept}",
            "predicted": f"{result.predicted_ms:.4g} ms",
            "90 % interval": f"{result.lower_ms:.4g} to {result.upper_ms:.4g} ms",
            "measured": f"{result.measured_ms:.4g} ms",
            "found at try": result.tries,
            result.accuracy_label: result.accuracy,
            "architecture": result.predictor.space.format([result.arch])[0],
        }
    )
    yield f"\nReport: {result.files[-1]}"
