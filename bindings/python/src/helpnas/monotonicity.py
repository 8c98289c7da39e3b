"""Whether one device can stand for another in a search (OneProxy, SIGMETRICS 2022)."""

from __future__ import annotations

from typing import List, NamedTuple

import numpy as np

from ._arrays import FloatArray
from ._library import library
from .tables import LatencyTable


class Monotonicity(NamedTuple):
    """Rank correlations between devices.

    Attributes:
        devices: m names.
        spearman: of every two devices over the architectures measured on both, [m, m];
            NaN where fewer than three are.
    """

    devices: List[str]
    spearman: FloatArray


def monotonicity(table: LatencyTable) -> Monotonicity:
    """How alike a table's devices rank its architectures.

    From 0.9 on, OneProxy reuses the search of one device for the other.

    Raises:
        ArgumentError: the table is empty.
    """
    columns = np.array(list(table.devices.values()), np.float64).reshape(
        len(table.devices), len(table)
    )
    matrix = np.empty((len(columns), len(columns)), np.float64)
    library().help_monotonicity(columns, *columns.shape, columns.shape[1], matrix)
    return Monotonicity(list(table.devices), matrix)
