"""Which devices HELP trained, validated and tested on, for tables like the paper's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple


@dataclass(frozen=True)
class Split:
    """Names of devices by their role."""

    train: Tuple[str, ...]
    valid: Tuple[str, ...]
    test: Tuple[str, ...]


#: HELP's split of each space.
PAPER: Dict[str, Split] = {
    "nasbench201": Split(
        train=(
            "1080ti_1", "1080ti_32", "1080ti_256", "silver_4114", "silver_4210r",
            "samsung_a50", "pixel3", "essential_ph_1", "samsung_s7",
        ),
        valid=("titanx_1", "titanx_32", "titanx_256", "gold_6240"),
        test=("titan_rtx_256", "gold_6226", "fpga", "pixel2", "raspi4", "eyeriss"),
    ),
}  # fmt: skip
