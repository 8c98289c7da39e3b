"""``helpnas spaces check``: what a description amounts to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import numpy as np

from ..describing import extremes
from ..spaces import Space
from ._output import facts, show, table


def show_check(path: Path, as_json: bool) -> None:
    """Genes and architectures of a described space, and costs of three of its networks."""
    with Space.from_file(path) as space:
        networks = _networks(space)
        known = {
            "space": space.name,
            "genes": space.width,
            "architectures": space.count if space.count < 2**64 - 1 else "more than 2**64",
        }
    show(
        as_json,
        {**known, "networks": networks},
        facts(known),
        table(
            ("network", *networks[0]["costs"]),
            [(each["which"], *map(_plain, each["costs"].values())) for each in networks],
        ),
        facts({f"the {each['which']}": each["arch"] for each in networks}),
    )


def _networks(space: Space) -> List[Dict[str, Any]]:
    """One architecture and, of a space that has multiply-accumulates, the extremes."""
    rows = {"sampled": space.sample(1)[0]}
    if "macs" in space.description["cost_names"]:
        rows["smallest"], rows["largest"] = extremes(space)
    costs = space.costs(np.stack(list(rows.values())))
    return [
        {
            "which": which,
            "arch": space.format(row[None])[0],
            "costs": {name: float(values[place]) for name, values in costs.items()},
        }
        for place, (which, row) in enumerate(rows.items())
    ]


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number.is_integer() else f"{number:,.6g}"
