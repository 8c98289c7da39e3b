"""Where the milliseconds of a network go, by the predictor's additive table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

import numpy as np

from .._c.arrays import FloatArray, Int32Array
from .._c.errors import UnsupportedError
from ..additive_table import AdditiveTable, TableTerm
from ..models import Predictor
from ..spaces import Archs, Space
from .architectures import kind_of_gene

#: Architectures that the descent to the fastest network begins with the best of.
_SAMPLE = 500
#: Groups that add less than this share of the fastest network's latency are not shown.
_LEAST = 0.001
#: Bars of a chart; if there are several more, they are summed up in one.
_MOST_GROUPS = 12


@dataclass(frozen=True)
class Breakdown:
    """A network beside the fastest of its space.

    Attributes:
        fastest_ms: predicted latency of the fastest network.
        groups: what each group of genes adds to it, by name, milliseconds, largest first; their
            sum and ``fastest_ms`` are the network's predicted latency, but for groups that add
            less than a thousandth.
    """

    fastest_ms: float
    groups: Tuple[Tuple[str, float], ...]


def breakdown(predictor: Predictor, archs: Archs) -> Optional[Breakdown]:
    """The breakdown of the only one of ``archs``.

    None where there is nothing to show: the predictor has no table, or the network is the
    fastest.
    """
    try:
        table = predictor.table()
    except UnsupportedError:
        return None
    space = predictor.space
    row, fastest = space.canonicalize(archs), _fastest(space, table)
    genes: Dict[str, float] = {}
    for term in table.terms:
        for gene, added in zip(term.genes, _shares(term, row, fastest)):
            genes[gene] = genes.get(gene, 0.0) + float(added)
    fastest_ms = float(table.predict(fastest)[0])
    groups = {
        name: added
        for name, added in _by_kind(genes).items()
        if abs(added) >= _LEAST * abs(fastest_ms)
    }
    return Breakdown(fastest_ms, _largest(groups)) if groups else None


def _shares(term: TableTerm, row: Int32Array, base: Int32Array) -> FloatArray:
    """What each gene of a term adds from one row, [1, width], to another, milliseconds.

    Genes of a term interact: a gene's share is what it adds on average over all orders in which
    they can be changed (Shapley value).  The shares sum to the difference of the rows.
    """
    count, places = len(term.places), list(term.places)
    subsets = np.arange(2**count)
    changed = (subsets[:, None] >> np.arange(count)) & 1
    rows = np.repeat(base, len(subsets), axis=0)
    rows[:, places] = np.where(changed, row[:, places], base[:, places])
    latency, size = term.of(rows), changed.sum(axis=1)
    orders = [math.factorial(each) * math.factorial(count - each - 1) for each in range(count)]
    shares = np.empty(count)
    for gene in range(count):
        without = subsets[changed[:, gene] == 0]
        added = latency[without | 1 << gene] - latency[without]
        shares[gene] = np.take(orders, size[without]) @ added / math.factorial(count)
    return shares


def _by_kind(genes: Dict[str, float]) -> Dict[str, float]:
    """Genes of a kind together; each for itself if all are of one kind."""
    kinds: Dict[str, float] = {}
    for gene, added in genes.items():
        kind = kind_of_gene(gene)
        kinds[kind] = kinds.get(kind, 0.0) + added
    return kinds if len(kinds) > 1 else genes


def _largest(groups: Dict[str, float]) -> Tuple[Tuple[str, float], ...]:
    """By what they add, and those beyond the most that are shown as one."""
    ordered = sorted(groups.items(), key=lambda group: -abs(group[1]))
    shown, rest = ordered[:_MOST_GROUPS], ordered[_MOST_GROUPS:]
    if len(rest) == 1:
        shown += rest
    elif rest:
        shown.append((f"{len(rest)} others", sum(added for _, added in rest)))
    return tuple(sorted(shown, key=lambda group: -group[1]))


def _fastest(space: Space, table: AdditiveTable) -> Int32Array:
    """The row, [1, width], that no change of a single gene makes faster."""
    rows = space.canonicalize(space.sample(min(_SAMPLE, space.count)))
    best = rows[[np.argmin(table.predict(rows))]]
    while True:
        near = space.canonicalize(np.vstack([best, *_neighbours(table, best)]))
        latency = table.predict(near)
        if latency.min() >= latency[0]:
            return best
        best = near[[np.argmin(latency)]]


def _neighbours(table: AdditiveTable, row: Int32Array) -> List[Int32Array]:
    """The rows that differ from a row in one gene."""
    found = []
    for place, values in _choices(table).items():
        changed = np.repeat(row, len(values), axis=0)
        changed[:, place] = values
        found.append(changed)
    return found


def _choices(table: AdditiveTable) -> Dict[int, Tuple[int, ...]]:
    """The values of each gene, by its place in a row."""
    return {
        place: values for term in table.terms for place, values in zip(term.places, term.choices)
    }
