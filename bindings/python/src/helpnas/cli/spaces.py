"""``helpnas spaces``."""

from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer

from ..measuring import data_sets
from ..models import bundled_models, load
from ..spaces import Space
from . import _inputs
from ._output import AsJSON, facts, show, table
from ._space_check import show_check

#: ``Space.count`` of a space with more architectures than fit the number.
_UNCOUNTED = 2**64 - 1


def command(
    space: Annotated[
        Optional[str], typer.Argument(help=_inputs.SPACE_HELP, autocompletion=_inputs.space_names)
    ] = None,
    file: Annotated[
        Optional[Path], typer.Argument(help="After 'check': the JSON file to check.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """List search spaces and the models that come with them, or describe one space.

    'helpnas spaces check my.json' shows what a description amounts to: its genes, how many
    architectures, and the costs of one, the smallest and the largest.
    """
    if (space == "check") != (file is not None):
        raise typer.BadParameter("a file is given after 'check', and only there")
    if file is not None:
        show_check(file, as_json)
        return
    if space is not None:
        one = _inputs.open_space(space)
        _show_one(one, as_json)
        return
    rows = _by_space()
    show(
        as_json,
        {"spaces": list(rows.values())},
        table(
            ("space", "genes", "architectures", "models"),
            [(r["name"], r["width"], _count(r["count"]), r["models"]) for r in rows.values()],
        ),
    )


def _by_space() -> Dict[str, Dict[str, Any]]:
    rows: Dict[str, Dict[str, Any]] = {}
    for name, file in bundled_models().items():
        with load(file) as model:
            row = rows.setdefault(model.space.name, _summary(model.space))
        row["models"].append(name)
    return rows


def _summary(space: Space) -> Dict[str, Any]:
    return {
        "name": space.name,
        "width": space.width,
        "count": None if space.count == _UNCOUNTED else space.count,
        "models": [],
    }


def _count(count: Optional[int]) -> str:
    return "more than 2**64" if count is None else f"{count:,}"


def _show_one(space: Space, as_json: bool) -> None:
    described = space.description
    example = space.notation(space.sample(1))[0]
    sets = list(data_sets(space))
    show(
        as_json,
        {**_summary(space), "data_sets": sets, "example": example, "description": described},
        facts(
            {
                "space": space.name,
                "genes": space.width,
                "architectures": _count(_summary(space)["count"]),
                "features": space.feature_count,
                "data sets to measure for": sets or "none; measure its networks yourself",
                "an architecture": space.format(space.sample(1))[0],
            }
        ),
        table(
            ("gene", "choices"),
            [(gene["name"], gene["choices"]) for gene in described["genes"]],
        ),
    )
