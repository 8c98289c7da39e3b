"""A space's genes as other frameworks see them: named variables with a few choices each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Mapping, Tuple

import numpy as np

from .._c.arrays import Int32Array
from .._c.errors import ArgumentError
from ..spaces import Space


@dataclass(frozen=True)
class Gene:
    """One gene.

    Attributes:
        name: as in ``space.description``.
        choices: what searches draw from, numbers or texts as the description has them.
        values: what a row holds for each of ``choices``.
    """

    name: str
    choices: Tuple[Any, ...]
    values: Tuple[int, ...]


def genes_of(space: Space) -> List[Gene]:
    """The genes of a space, in the order of its rows."""
    return [_gene(entry) for entry in space.description["genes"]]


def _gene(entry: Mapping[str, Any]) -> Gene:
    known = entry["choices"]
    drawn = tuple(entry.get("drawn", known))
    # Texts are numbered from 0; numbers stand for themselves.
    values = (known.index(choice) if isinstance(choice, str) else choice for choice in drawn)
    return Gene(entry["name"], drawn, tuple(values))


def row_of(genes: List[Gene], chosen: Mapping[str, Any]) -> Int32Array:
    """The row that has these choices, by the genes' names; int32 [width].

    Raises:
        ArgumentError: a gene has no choice, or not one of its own.
    """
    return np.array([_value(gene, chosen) for gene in genes], np.int32)


def _value(gene: Gene, chosen: Mapping[str, Any]) -> int:
    if gene.name not in chosen:
        raise ArgumentError(f"gene {gene.name!r} has no choice among {sorted(chosen)}")
    try:
        return gene.values[gene.choices.index(chosen[gene.name])]
    except ValueError:
        allowed = ", ".join(map(repr, gene.choices))
        raise ArgumentError(
            f"gene {gene.name!r} is {chosen[gene.name]!r}, not one of {allowed}"
        ) from None
