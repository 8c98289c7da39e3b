"""Figures that others published, or our prototypes reached, for the scripts that evaluate."""

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
    "F1": ("2080ti_1 essential_ph_1 silver_4114 titan_rtx_1 titan_rtx_32",
           "eyeriss fpga raspi4 samsung_a50 samsung_s7"),
    "F2": ("essential_ph_1 gold_6226 gold_6240 pixel3 raspi4",
           "1080ti_1 1080ti_32 2080ti_32 titan_rtx_1 titanxp_1"),
    "F3": ("essential_ph_1 pixel2 pixel3 raspi4 samsung_s7",
           "1080ti_1 1080ti_32 2080ti_1 titan_rtx_1 titan_rtx_32"),
    "F4": ("1080ti_64 2080ti_1 eyeriss gold_6226 gold_6240 raspi4 samsung_s7 silver_4210r "
           "titan_rtx_1 titan_rtx_32", "1080ti_1 pixel2 essential_ph_1"),
    "F5": ("1080ti_1 1080ti_32 1080ti_64 2080ti_1 2080ti_32 2080ti_64 titan_rtx_1 titan_rtx_32 "
           "titan_rtx_64 titanx_1 titanx_32 titanx_64 titanxp_1 titanxp_32 titanxp_64",
           "gold_6226 essential_ph_1 samsung_s7 pixel2"),
}  # fmt: skip
#: In the NASFLAT repository's results: HELP, MultiPredict, NASFLAT; then the ceiling of a
#: linear model fitted to all 4,000 labels, as an earlier prototype of ours measured it.
NASFLAT_PEERS = {
    "F1": (0.370, 0.450, 0.577, 0.937), "F2": (0.793, 0.756, 0.809, 0.982),
    "F3": (0.543, 0.567, 0.871, 0.982), "F4": (0.413, 0.434, 0.814, 0.845),
    "F5": (0.799, 0.763, 0.734, 0.828),
}  # fmt: skip

#: What the research prototypes of method "bayes" reached on HELP's splits, as recorded when
#: they were made: mean Spearman over the test devices of the first one and of the robust one,
#: trimmed queries and all others; then the robust one's coverage at 90 %.
PROTOTYPE: Dict[str, Dict[str, Tuple[Optional[float], ...]]] = {
    "nasbench201": {
        "ten references": (0.952, 0.955, 0.969, 0.970, 0.95),
        "10 random": (0.947, 0.950, 0.967, 0.967, 0.94),
        "10 chosen": (0.959, 0.959, 0.976, 0.975, 0.97),
        "10 + 10": (0.956, 0.956, 0.972, 0.971, 0.94),
        "20 random": (0.958, 0.959, 0.975, 0.975, 0.95),
        "20 chosen": (0.960, 0.960, 0.976, 0.976, 0.95),
    },
    "fbnet": {
        "ten references": (0.953, 0.961, 0.974, 0.979, 0.98),
        "10 random": (0.945, 0.957, 0.970, 0.976, 0.99),
        "10 chosen": (0.958, 0.964, 0.977, 0.980, 0.99),
        "10 + 10": (0.969, 0.976, 0.983, 0.987, 0.99),
        "20 random": (0.968, 0.973, 0.983, 0.986, 0.98),
        "20 chosen": (0.976, 0.978, 0.987, 0.988, 0.98),
    },
    "ofa-mbv3": {
        "ten references": (0.9994, 0.9992, None, None, None),
        "10 random": (0.9990, 0.9992, None, None, None),
        "10 chosen": (0.9993, 0.9991, None, None, None),
        "10 + 10": (0.9995, 0.9995, None, None, None),
        "20 random": (0.9995, 0.9995, None, None, None),
        "20 chosen": (0.9996, 0.9994, None, None, None),
    },
}
#: The robust prototype on NASFLAT's tasks: 10 random, 10 chosen, 20 random, 20 chosen.
NASFLAT_PROTOTYPE = {
    "F1": (0.874, 0.910, 0.912, 0.922), "F2": (0.910, 0.948, 0.952, 0.962),
    "F3": (0.921, 0.951, 0.953, 0.958), "F4": (0.783, 0.815, 0.817, 0.819),
    "F5": (0.731, 0.790, 0.776, 0.808),
}  # fmt: skip
#: The first one on HAT's tables with their machine left out, in the same order; the robust
#: one gained nothing there.
HAT_PROTOTYPE = {
    "titanxp iwslt14deen": (0.975, 0.974, 0.977, 0.978),
    "raspberrypi wmt14ende": (0.943, 0.985, 0.990, 0.994),
    "xeon wmt14ende": (0.982, 0.983, 0.982, 0.983),
    "titanxp wmt14ende": (0.957, 0.957, 0.957, 0.958),
    "raspberrypi wmt14enfr": (0.996, 0.996, 0.998, 0.999),
    "xeon wmt14enfr": (0.986, 0.987, 0.987, 0.987),
    "titanxp wmt14enfr": (0.977, 0.977, 0.978, 0.977),
    "titanxp wmt19ende": (0.977, 0.979, 0.978, 0.979),
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
        SearchRow(18, 17.8, 69.7), SearchRow(21, 18.9, 71.5), SearchRow(25, 24.2, 71.8),
    ),
    "gold_6226": (
        SearchRow(8, 8.03, 67.3), SearchRow(11, 10.7, 70.2), SearchRow(14, 14.3, 72.1),
    ),
    "pixel2": (SearchRow(14, 13.0, 69.7), SearchRow(18, 19.0, 71.8), SearchRow(22, 25.0, 73.2)),
    "eyeriss": (SearchRow(5, 3.9, 71.5), SearchRow(7, 5.1, 71.8), SearchRow(9, 9.1, 73.5)),
    "fpga": (SearchRow(4, 3.8, 70.2), SearchRow(5, 4.7, 71.8), SearchRow(6, 7.4, 73.5)),
}  # fmt: skip
#: Of HELP's Table 5, Titan RTX with batches of 64.
SEARCH_TABLE5 = (SearchRow(20, 20.3, 76.0), SearchRow(23, 23.1, 76.8), SearchRow(28, 28.6, 77.9))
