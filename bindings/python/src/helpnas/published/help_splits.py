"""Which devices HELP trained, validated and tested on, for tables like the paper's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple


@dataclass(frozen=True)
class Split:
    """Names of devices by their role, and rows of the published table by theirs.

    Attributes:
        train: devices to learn from.
        valid: devices to choose the model by.
        test: devices to report.
        pool_rows: rows 0 up to this train, and are the pool of measurements.
        query_rows: number of rows after the pool that are predicted.
    """

    train: Tuple[str, ...]
    valid: Tuple[str, ...]
    test: Tuple[str, ...]
    pool_rows: int
    query_rows: int


#: HELP's split of each space.
PAPER: Dict[str, Split] = {
    "nasbench201": Split(
        train=(
            "1080ti_1",
            "1080ti_32",
            "1080ti_256",
            "silver_4114",
            "silver_4210r",
            "samsung_a50",
            "pixel3",
            "essential_ph_1",
            "samsung_s7",
        ),
        valid=("titanx_1", "titanx_32", "titanx_256", "gold_6240"),
        test=("titan_rtx_256", "gold_6226", "fpga", "pixel2", "raspi4", "eyeriss"),
        pool_rows=900,
        query_rows=1000,
    ),
    "fbnet": Split(
        train=(
            "1080ti_1",
            "1080ti_32",
            "1080ti_64",
            "silver_4114",
            "silver_4210r",
            "samsung_a50",
            "pixel3",
            "essential_ph_1",
            "samsung_s7",
        ),
        valid=("titanx_1", "titanx_32", "titanx_64", "gold_6240"),
        test=("fpga", "raspi4", "eyeriss"),
        pool_rows=4000,
        query_rows=1000,
    ),
    "ofa-mbv3": Split(
        train=(
            "2080ti_1",
            "2080ti_32",
            "2080ti_64",
            "titan_xp_1",
            "titan_xp_32",
            "titan_xp_64",
            "v100_1",
            "v100_32",
            "v100_64",
        ),
        valid=("titan_rtx_1", "titan_rtx_32"),
        test=("titan_rtx_64",),
        pool_rows=4000,
        query_rows=1000,
    ),
}
