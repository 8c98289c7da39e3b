"""A predictor as a table: a constant plus a number for each choice, or several that interact."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np

from ._c.arrays import FloatArray, Int32Array
from ._c.handles import read_buffer


@dataclass(frozen=True)
class TableTerm:
    """What the choices of some genes cost together."""

    genes: Tuple[str, ...]
    """Names of the genes."""
    places: Tuple[int, ...]
    """Their places in a row of genes."""
    choices: Tuple[Tuple[int, ...], ...]
    """The values of each gene, in the order of the arrays' axes."""
    latency_ms: FloatArray
    """Milliseconds for each combination; one axis for each gene."""
    std_ms: Optional[FloatArray]
    """Their standard deviations; None for a method without any."""

    def of(self, rows: Int32Array) -> FloatArray:
        """The term's milliseconds for canonical rows of genes [n, width]; float64 [n]."""
        index = tuple(
            np.searchsorted(np.sort(values), rows[:, place])
            for place, values in zip(self.places, self.choices)
        )
        order = tuple(np.argsort(values)[found] for values, found in zip(self.choices, index))
        return np.asarray(self.latency_ms[order], np.float64)


@dataclass(frozen=True)
class AdditiveTable:
    """Latency as ``constant_ms`` plus one entry of each term."""

    constant_ms: float
    terms: Tuple[TableTerm, ...]

    def predict(self, rows: Int32Array) -> FloatArray:
        """Latencies of canonical rows of genes [n, width] in milliseconds; float64 [n].

        They are the predictor's but where that keeps a latency above 0: below half the smallest
        measured one.
        """
        rows = np.asarray(rows)
        return self.constant_ms + sum(
            (term.of(rows) for term in self.terms), np.zeros(len(rows), np.float64)
        )


def additive_table(pointer: Any) -> AdditiveTable:
    """The table of the predictor behind a pointer of the library."""
    described: Dict[str, Any] = json.loads(read_buffer("help_predictor_table", pointer))
    return AdditiveTable(described["constant_ms"], tuple(map(_term, described["terms"])))


def _term(described: Dict[str, Any]) -> TableTerm:
    choices = tuple(map(tuple, described["choices"]))
    shape = tuple(map(len, choices))
    return TableTerm(
        tuple(described["genes"]),
        tuple(described["places"]),
        choices,
        np.array(described["latency_ms"]).reshape(shape),
        None if described["std_ms"] is None else np.array(described["std_ms"]).reshape(shape),
    )
