"""Once-for-all: in place of its FLOPs and latency models, for both of its searches."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np

from .._c.arrays import FloatArray
from .._c.errors import ArgumentError, MismatchError
from ..models import Predictor
from ..ofa_dicts import LENGTHS, SPACE, whole_dict
from ._latencies import Latencies

_PLAIN_KEYS = {*LENGTHS, "r", "wid"}


class OFAEfficiency:
    """The ``efficiency_predictor`` of once-for-all's ``EvolutionFinder``, in milliseconds.

    It serves ``ofa.nas.search_algorithm.EvolutionFinder``, which calls ``get_efficiency``,
    and ``ofa.tutorial.EvolutionFinder``, which calls ``predict_efficiency``; each takes the
    samples of both.

    Args:
        predictor: of the space "ofa-mbv3".
        level: give the upper ends of intervals of this level instead.

    Raises:
        MismatchError: a predictor of another space.
        UnsupportedError: a level, but the predictor's method has no intervals.
    """

    def __init__(self, predictor: Predictor, level: Optional[float] = None) -> None:
        name = predictor.own_space.name
        if name != SPACE:
            raise MismatchError(f"the predictor is of the space {name!r}, not {SPACE!r}")
        self._latencies = Latencies(predictor, level)

    def get_efficiency(self, arch_dict: Mapping[str, Any]) -> float:
        """Milliseconds of one architecture.

        Args:
            arch_dict: {"ks", "e", "d", "image_size"}, or the tutorial's {"wid", "ks", "e",
                "d", "r"} with ``r`` in a list or not.  ``ks`` and ``e`` of dead blocks may
                be 0, as ``MobileNetArchEncoder.feature2arch`` writes them, or None, and one
                number stands for all blocks, as for the supernet.

        Raises:
            ArgumentError: no resolution, or two different ones.
            FormatError, ArchitectureError: not an architecture of the space.
        """
        return float(self.get_efficiencies([arch_dict])[0])

    predict_efficiency = get_efficiency

    def get_efficiencies(self, arch_dicts: Sequence[Mapping[str, Any]]) -> FloatArray:
        """The same of n architectures in one call of the library, float64 [n]."""
        archs = [notation(arch_dict) for arch_dict in arch_dicts]
        rows = np.array([_row(arch) for arch in archs if _is_plain(arch)])
        # Dicts take six times as long as rows, and the library says what is wrong with them.
        plain = len(rows) == len(archs) and rows.dtype.kind == "i"
        return self._latencies(rows if plain else archs)


def notation(arch_dict: Mapping[str, Any]) -> Dict[str, Any]:
    """A sample of either search in the notation of "ofa-mbv3", {ks, e, d, r}.

    Raises:
        ArgumentError: no resolution, or two different ones.
    """
    arch = {key: value for key, value in arch_dict.items() if key not in ("image_size", "r")}
    arch["r"] = _resolution(arch_dict)
    return whole_dict(arch)


def _is_plain(arch: Mapping[str, Any]) -> bool:
    """Whether it is only lists of the right lengths, and a number."""
    sized = all(isinstance(arch.get(key), list) for key in LENGTHS)
    return (
        sized
        and all(len(arch[key]) == length for key, length in LENGTHS.items())
        and type(arch["r"]) is int
        and arch.keys() <= _PLAIN_KEYS
        and arch.get("wid") is None
    )


def _row(arch: Mapping[str, Any]) -> List[int]:
    """Genes in the order that help.h gives."""
    return [*arch["ks"], *arch["e"], *arch["d"], arch["r"]]


def _resolution(arch_dict: Mapping[str, Any]) -> Any:
    sizes = [_only(arch_dict[key]) for key in ("image_size", "r") if key in arch_dict]
    if not sizes:
        raise ArgumentError(
            f"the sample has no resolution: neither 'image_size' nor 'r' in {sorted(arch_dict)}"
        )
    if sizes[0] != sizes[-1]:
        raise ArgumentError(f"the sample has image_size {sizes[0]} but r {sizes[-1]}")
    return sizes[0]


def _only(value: Any) -> Any:
    """What a list of one holds; the library judges everything else."""
    return value[0] if isinstance(value, (list, tuple)) and len(value) == 1 else value
