"""Whether one device can stand for another in a search (OneProxy, SIGMETRICS 2022)."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, List, NamedTuple

import numpy as np

from ._c.arrays import FloatArray, Int64Array, float_vector, number
from ._c.library import library
from ._c.prototypes import PROXY_VERDICTS, ProxyReport
from .tables import LatencyTable


class ProxyTest(NamedTuple):
    """Whether one device can stand for another, by the rows measured on both.

    Attributes:
        spearman: their rank correlation; NaN for fewer than three rows.
        lower, upper: its interval over all architectures.
        rows: how many are measured on both.
        verdict: "similar": the interval lies at the threshold and above; "different": below;
            "open": on both sides, so measure more.
    """

    spearman: float
    lower: float
    upper: float
    rows: int
    verdict: str


@dataclass(frozen=True)
class Monotonicity:
    """Rank correlations between a table's devices.

    Attributes:
        table: the devices' latencies.
        spearman: of every two devices over the architectures measured on both, [m, m];
            NaN where fewer than three are.
        rows: the number of those architectures, [m, m].
    """

    table: LatencyTable
    spearman: FloatArray
    rows: Int64Array

    @property
    def devices(self) -> List[str]:
        """The m names."""
        return list(self.table.devices)

    def test(
        self, proxy: str, target: str, threshold: float = 0.9, level: float = 0.9
    ) -> ProxyTest:
        """``proxy_test`` of two of the devices.

        Raises:
            ArgumentError: no such device, or as ``proxy_test``.
        """
        return proxy_test(self.table.latency(proxy), self.table.latency(target), threshold, level)


def monotonicity(table: LatencyTable) -> Monotonicity:
    """How similarly the devices of a table rank its architectures.

    OneProxy reuses one device's search for another from a correlation of 0.9 on;
    ``Monotonicity.test`` says how certain that is.

    Raises:
        ArgumentError: the table is empty.
    """
    columns = np.array(list(table.devices.values()), np.float64).reshape(
        len(table.devices), len(table)
    )
    matrix = np.empty((len(columns), len(columns)), np.float64)
    library().help_monotonicity(columns, *columns.shape, columns.shape[1], matrix)
    measured = (~np.isnan(columns)).astype(np.int64)
    return Monotonicity(table, matrix, measured @ measured.T)


def proxy_test(
    proxy_ms: Any, target_ms: Any, threshold: float = 0.9, level: float = 0.9
) -> ProxyTest:
    """Whether a device can stand for another, and whether enough is measured to decide.

    The interval is Fisher's z with Bonett and Wright's variance (Psychometrika 65, 2000),
    for rows drawn at random; up to three say nothing.

    Args:
        proxy_ms, target_ms: latencies of the same n architectures, NaN where not measured.
        threshold: on the correlation, between -1 and 1; OneProxy's is 0.9.
        level: the interval's probability, between 0 and 1.

    Raises:
        ArgumentError: none or different numbers of rows, an infinity, or a threshold or
            level out of range.
    """
    proxy = float_vector(proxy_ms, "proxy_ms")
    target = float_vector(target_ms, "target_ms", len(proxy))
    report = ProxyReport(ctypes.sizeof(ProxyReport))
    library().help_proxy_test(
        proxy,
        target,
        len(proxy),
        number(threshold, "threshold"),
        number(level, "level"),
        ctypes.byref(report),
    )
    verdict = PROXY_VERDICTS[report.verdict]
    return ProxyTest(report.spearman, report.lower, report.upper, report.rows, verdict)
