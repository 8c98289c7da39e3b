"""The best architecture under a limit, with a proof:  table_integer_program.py

A predictor is a table, and so an integer linear program can search it.  A variable for each
choice of a gene and for each entry of a term is 0 or 1; each gene makes one choice; the entries of
a term agree with the choices of its genes.  Needs SciPy.
"""

from __future__ import annotations

import itertools
from typing import Any, Dict, List, Tuple

import numpy as np
from own_device import Floats, adapted, made_up_score, score_of, space_of_blocks
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

import helpnas


class Program:
    """Maximize a sum over choices, with the latency of a table below a limit.

    It takes the genes of ``space`` to be alive always.  Where some can be dead, add for each that
    its first choice is made then: rows are canonical so.
    """

    def __init__(self, space: helpnas.Space, table: Any) -> None:
        self.choices = [gene["choices"] for gene in space.description["genes"]]
        self.first = np.cumsum([0, *map(len, self.choices)])
        self.latency: List[float] = [0.0] * int(self.first[-1])
        self.constant_ms = table.constant_ms
        self._sums: List[Tuple[Dict[int, float], float]] = [
            ({int(first) + each: 1.0 for each in range(len(values))}, 1.0)
            for first, values in zip(self.first, self.choices)
        ]
        for term in table.terms:
            self._add_term(term)

    def _add_term(self, term: Any) -> None:
        """A variable for each entry; those with a choice are as many as that choice is made."""
        entries = np.arange(len(self.latency), len(self.latency) + term.latency_ms.size)
        self.latency += term.latency_ms.ravel().tolist()
        entries = entries.reshape(term.latency_ms.shape)
        for axis, (place, values) in enumerate(zip(term.places, term.choices)):
            for position, value in enumerate(values):
                chosen = int(self.first[place]) + self.choices[place].index(value)
                among = np.take(entries, position, axis).ravel().tolist()
                self._sums.append(({chosen: -1.0, **dict.fromkeys(among, 1.0)}, 0.0))

    def solve(self, worth: List[Floats], limit_ms: float) -> Tuple[Any, float]:
        """The best row of genes [1, width], and a bound that no row can exceed."""
        count = len(self.latency)
        gain = np.zeros(count)
        gain[: self.first[-1]] = np.concatenate(worth)
        sums = LinearConstraint(self._matrix(count), *[[total for _, total in self._sums]] * 2)
        latency = LinearConstraint(np.array([self.latency]), ub=limit_ms - self.constant_ms)
        found = milp(
            -gain,
            constraints=[sums, latency],
            bounds=Bounds(0, 1),
            integrality=np.arange(count) < self.first[-1],
            options={"mip_rel_gap": 0.0},
        )
        if not found.success:
            raise RuntimeError(f"no architecture within {limit_ms} ms: {found.message}")
        row = [
            values[int(np.argmax(found.x[first : first + len(values)]))]
            for first, values in zip(self.first, self.choices)
        ]
        return np.array([row], np.int32), -found.mip_dual_bound

    def _matrix(self, count: int) -> Any:
        entries = [
            (line, column, value)
            for line, (sums, _) in enumerate(self._sums)
            for column, value in sums.items()
        ]
        lines, columns, values = zip(*entries)
        return csr_matrix((values, (lines, columns)), shape=(len(self._sums), count))


def compare_with_all(blocks: int = 5) -> None:
    """In a space that is small enough the optimum is that of all architectures."""
    space = space_of_blocks(blocks)
    predictor, worth = adapted(space), made_up_score(space)
    every = itertools.product(*(gene["choices"] for gene in space.description["genes"]))
    rows = np.array(list(every), np.int32)
    latency, score = predictor.predict(rows), score_of(space, worth, rows)
    limit = float(np.quantile(latency, 0.3))
    row, bound = Program(space, predictor.table()).solve(worth, limit)
    best = float(score[latency <= limit].max())
    own = float(score_of(space, worth, row)[0])
    assert predictor.predict(row)[0] <= limit + 1e-9
    assert abs(own - best) < 1e-6 and abs(bound - best) < 1e-6
    print(f"{len(rows):,} architectures, limit {limit:.2f} ms: the best scores {best:.4f};")
    print(f"the integer program found {own:.4f}, and proved that none exceeds {bound:.4f}")


def compare_with_search(blocks: int = 14) -> None:
    """In a larger one a search comes close, and does not know how close."""
    space = space_of_blocks(blocks)
    predictor, worth = adapted(space), made_up_score(space)
    limit = float(np.quantile(predictor.predict(space.sample(1000, seed=2)), 0.3))
    row, bound = Program(space, predictor.table()).solve(worth, limit)
    own = float(score_of(space, worth, row)[0])
    searched = predictor.search(
        max_latency_ms=limit,
        accuracy=lambda rows: score_of(space, worth, rows),
        accuracy_genes=True,
        confidence=0.5,
        seed=0,
    )
    assert searched.accuracy[0] <= bound + 1e-6 and abs(own - bound) < 1e-4 * bound
    print(f"{space.count:.1e} architectures, limit {limit:.2f} ms: proved optimum {own:.4f},")
    print(f"the evolution found {searched.accuracy[0]:.4f}")


if __name__ == "__main__":
    compare_with_all()
    compare_with_search()
