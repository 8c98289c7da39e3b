"""Once-for-all's dicts, as its samplers and its supernet's ``set_active_subnet`` write them."""

from __future__ import annotations

import operator
from typing import Any, Dict, List, Mapping, Sequence

SPACE = "ofa-mbv3"
STAGE_BLOCKS = 4
_ANY_CHOICE = 3  # of kernels and of expansions
#: Values of each key.
LENGTHS = {"ks": 20, "e": 20, "d": 5}


def whole_dict(arch: Mapping[str, Any]) -> Dict[str, Any]:
    """The same architecture with a list for each of ks, e and d, and a choice in each block.

    One number stands for all blocks or stages; in blocks beyond their stage's depth, 0 and
    None stand for any choice.  What else is wrong stays, for the library to judge.
    """
    whole = dict(arch)
    for key, length in LENGTHS.items():
        if isinstance(arch.get(key), (int, float)):
            whole[key] = [arch[key]] * length
    for key in ("ks", "e"):
        values = whole.get(key)
        if isinstance(values, (list, tuple)) and any(value in (0, None) for value in values):
            whole[key] = _fill_dead(values, _dead_blocks(whole.get("d")))
    return whole


def _dead_blocks(depths: Any) -> List[int]:
    """Numbers of the blocks beyond their stage's depth; none where the depths are not such."""
    try:
        alive = [operator.index(depth) for depth in depths]
    except TypeError:
        return []
    return [
        stage * STAGE_BLOCKS + block
        for stage, depth in enumerate(alive)
        for block in range(max(depth, 0), STAGE_BLOCKS)
    ]


def _fill_dead(values: Sequence[Any], dead: Sequence[int]) -> List[Any]:
    """Give dead blocks a choice if they have none; in a living block its absence stays an error."""
    filled = list(values)
    for block in dead:
        if block < len(filled) and filled[block] in (0, None):
            filled[block] = _ANY_CHOICE
    return filled
