"""``helpnas check``."""

from pathlib import Path
from typing import Annotated, Any, Dict, Iterator, Optional

import typer

from ..checking import Check, Scale, Verdict, check, next_to_measure
from ..models import load_predictor
from . import _inputs
from ._output import AsJSON, say, show

#: Of the random pool that the next ones are chosen from.
_POOL_SIZE = 1000


def command(
    predictor: Annotated[Path, typer.Argument(help=_inputs.PREDICTOR_HELP)],
    measurements: Annotated[Path, typer.Argument(help=_inputs.MEASUREMENTS_HELP)],
    device: Annotated[
        Optional[str], typer.Option(help="Column of a table that has several devices.")
    ] = None,
    unit: Annotated[
        Optional[str],
        typer.Option(help=_inputs.UNIT_HELP, autocompletion=_inputs.one_of("ms", "s", "us")),
    ] = None,
    pool: Annotated[
        Optional[str],
        typer.Option(
            help="Choose from these what to measure next; default: random ones. "
            + _inputs.ARCHS_HELP
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many to measure next.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the pool.")] = 0,
    update: Annotated[
        Optional[Path],
        typer.Option(help="Write a predictor that knows the new measurements too, .safetensors."),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Say whether a predictor is still right, by new measurements of its device."""
    opened = load_predictor(predictor)
    space = opened.space
    read = _inputs.read_measured(measurements, space, unit, device)
    found = check(opened, read.archs, read.latency_ms)
    choices = _inputs.read_pool(pool, space, _POOL_SIZE, seed)
    wanted = next_to_measure(opened, found, read.archs, choices, count)
    if update is not None:
        if found.verdict is Verdict.SCALE:
            say("warning: the update mixes measurements of before and after the device changed")
        opened.update(read.archs, read.latency_ms).save(update)
    data = {
        **_data(found),
        "odd": [
            {"row": row, "arch": arch}
            for row, arch in zip(found.odd, space.notation(read.archs[list(found.odd)]))
        ],
        "measure_next": space.notation(wanted),
        "updated": update,
    }
    odd = (f"Does not fit: {text}" for text in space.format(read.archs[list(found.odd)]))
    following = ["Measure next:", *space.format(wanted)] if len(wanted) else []
    written = [f"{update}: updated with them"] if update is not None else []
    show(as_json, data, found.summary, *_evidence(found), *odd, *written, *following)


def _data(found: Check) -> Dict[str, Any]:
    return {
        "verdict": found.verdict.name.lower(),
        "summary": found.summary,
        "device_factor": found.factor,
        "repeated": vars(found.repeated),
        "new": vars(found.new),
        "spearman": found.spearman,
        "median_error": found.median_error,
        "coverage": found.coverage,
        "level": found.level,
    }


def _evidence(found: Check) -> Iterator[str]:
    """What the verdict rests on."""
    yield (
        f"Rank correlation {found.spearman:.3f}, median error {100 * found.median_error:.1f} %, "
        f"{100 * found.coverage:.0f} % inside their {100 * found.level:.0f} % intervals."
    )
    if found.repeated.count:
        yield _ratio(found.repeated, "measured before", "what they took then")
    if found.new.count:
        yield _ratio(found.new, "new", "their prediction")


def _ratio(scale: Scale, which: str, beside: str) -> str:
    return (
        f"{scale.count} {which}: {scale.factor:.3f} times {beside} (median, plus or minus "
        f"{100 * scale.error:.1f} %)."
    )
