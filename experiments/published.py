"""Figures that others published, for the experiments that compare with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

#: HELP's Tables 2 and 3, in the order of `splits.PAPER`'s test devices.
HELP_TABLES: Dict[str, Dict[str, List[Optional[float]]]] = {
    "fbnet": {
        "MAML": [0.727, 0.718, 0.763],
        "Meta-SGD": [0.776, 0.821, 0.822],
        "HELP, 20 measurements": [0.892, 0.887, 0.943],
    },
    "nasbench201": {
        "FLOPs": [0.950, 0.826, 0.900, 0.765, 0.846, 0.437],
        "layer-wise": [0.667, 0.866, None, None, None, None],
        "BRP-NAS, 900 samples": [0.814, 0.796, 0.801, 0.666, 0.847, 0.811],
        "BRP-NAS, 3200 samples": [0.822, 0.805, 0.828, 0.693, 0.853, 0.830],
        "HELP, 20 measurements": [0.987, 0.989, 0.985, 0.802, 0.890, 0.940],
    },
    "ofa-mbv3": {},
}
#: The HELP repository's folder of each space.
HELP_FOLDERS = {"fbnet": "fbnet", "nasbench201": "nasbench201", "ofa-mbv3": "ofa"}

#: NASFLAT's tasks on FBNet: training devices, test devices.
NASFLAT_TASKS: Dict[str, Tuple[str, str]] = {
    "F1": (
        "2080ti_1 essential_ph_1 silver_4114 titan_rtx_1 titan_rtx_32",
        "eyeriss fpga raspi4 samsung_a50 samsung_s7",
    ),
    "F2": (
        "essential_ph_1 gold_6226 gold_6240 pixel3 raspi4",
        "1080ti_1 1080ti_32 2080ti_32 titan_rtx_1 titanxp_1",
    ),
    "F3": (
        "essential_ph_1 pixel2 pixel3 raspi4 samsung_s7",
        "1080ti_1 1080ti_32 2080ti_1 titan_rtx_1 titan_rtx_32",
    ),
    "F4": (
        "1080ti_64 2080ti_1 eyeriss gold_6226 gold_6240 raspi4 samsung_s7 silver_4210r "
        "titan_rtx_1 titan_rtx_32",
        "1080ti_1 pixel2 essential_ph_1",
    ),
    "F5": (
        "1080ti_1 1080ti_32 1080ti_64 2080ti_1 2080ti_32 2080ti_64 titan_rtx_1 titan_rtx_32 "
        "titan_rtx_64 titanx_1 titanx_32 titanx_64 titanxp_1 titanxp_32 titanxp_64",
        "gold_6226 essential_ph_1 samsung_s7 pixel2",
    ),
}
#: Mean Spearman in the NASFLAT repository's results: HELP, MultiPredict, NASFLAT.
NASFLAT_PEERS = {
    "F1": (0.370, 0.450, 0.577),
    "F2": (0.793, 0.756, 0.809),
    "F3": (0.543, 0.567, 0.871),
    "F4": (0.413, 0.434, 0.814),
    "F5": (0.799, 0.763, 0.734),
}


@dataclass(frozen=True)
class SearchRow:
    """A row of HELP's Table 4 or 5: milliseconds measured, and percent."""

    limit_ms: float
    measured_ms: float
    accuracy: float


#: HELP's Table 4, MetaD2A's candidates on CIFAR-100 (README of HELP's repository).  Its 8.0 ms
#: of gold_6226 are 8.03 in the latency table, so over the limit.
SEARCH_TABLE4: Dict[str, Tuple[SearchRow, ...]] = {
    "titan_rtx_256": (
        SearchRow(18, 17.8, 69.7),
        SearchRow(21, 18.9, 71.5),
        SearchRow(25, 24.2, 71.8),
    ),
    "gold_6226": (
        SearchRow(8, 8.03, 67.3),
        SearchRow(11, 10.7, 70.2),
        SearchRow(14, 14.3, 72.1),
    ),
    "pixel2": (SearchRow(14, 13.0, 69.7), SearchRow(18, 19.0, 71.8), SearchRow(22, 25.0, 73.2)),
    "eyeriss": (SearchRow(5, 3.9, 71.5), SearchRow(7, 5.1, 71.8), SearchRow(9, 9.1, 73.5)),
    "fpga": (SearchRow(4, 3.8, 70.2), SearchRow(5, 4.7, 71.8), SearchRow(6, 7.4, 73.5)),
}
#: Of HELP's Table 5, Titan RTX with batches of 64.
SEARCH_TABLE5 = (SearchRow(20, 20.3, 76.0), SearchRow(23, 23.1, 76.8), SearchRow(28, 28.6, 77.9))
