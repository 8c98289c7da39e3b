"""Built-in spaces that an older library may lack."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

import helpnas

HAT_TASKS = ["wmt14-en-de", "wmt14-en-fr", "wmt19-en-de", "iwslt14-de-en"]


def space_or_skip(name: str) -> helpnas.Space:
    try:
        return helpnas.Space(name)
    except helpnas.UnsupportedError as error:
        pytest.skip(f"the library has no such space: {error}")


class DescribedHAT:
    """As much of a HAT space as reading its averages needs."""

    name, width = "hat-wmt14-en-de", 40

    @property
    def description(self) -> Dict[str, Any]:
        genes: List[Dict[str, Any]] = []
        for part, layers in (("encoder", [6]), ("decoder", [6, 5, 4, 3, 2, 1])):
            genes.append({"name": f"{part}_embed_dim", "choices": [640, 512]})
            genes.append({"name": f"{part}_layer_num", "choices": layers})
            lists = {"ffn_embed_dim": [3072, 2048, 1024, 512], "self_attention_heads": [8, 4, 2]}
            if part == "decoder":
                lists.update(ende_attention_heads=[8, 4, 2], arbitrary_ende_attn=[-1, 1, 2])
            for name, choices in lists.items():
                for layer in range(6):
                    genes.append({"name": f"{part}_{name}[{layer}]", "choices": choices})
        return {"genes": genes}


class AnyRows:
    """A space that takes every row of genes of once-for-all's form."""

    def genes(self, archs: Any) -> Any:
        import numpy as np

        return np.array(archs, np.int32).reshape(-1, 46)

    def check(self, archs: Any) -> None:
        pass
