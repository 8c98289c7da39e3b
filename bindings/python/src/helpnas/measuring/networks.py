"""The networks of the built-in spaces as ONNX models, for any runtime that reads them."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, Sequence, Union

from .._c.arrays import seed_number, whole
from .._c.errors import UnsupportedError
from ..spaces import Space
from .builders import fbnet as _fbnet
from .builders import hat as _hat
from .builders import nasbench201 as _nasbench201
from .builders import ofa_mobilenetv3 as _ofa_mobilenetv3

#: Genes, batch size, seed -> model.
Builder = Callable[[Sequence[int], int, int], bytes]

_BUILDERS: Dict[str, Builder] = {
    "nasbench201": _nasbench201.build,
    "fbnet": _fbnet.build,
    "ofa-mbv3": _ofa_mobilenetv3.build,
    # Tokens in and out, as HAT measures: mean lengths of the tasks' sentences.
    "hat-wmt14-en-de": partial(_hat.build, tokens=30),
    "hat-wmt14-en-fr": partial(_hat.build, tokens=30),
    "hat-wmt19-en-de": partial(_hat.build, tokens=30),
    "hat-iwslt14-de-en": partial(_hat.build, tokens=23),
}


def builder(space: Space) -> Builder:
    """What builds a space's networks.

    Raises:
        UnsupportedError: a space of your own, or one whose networks are not known.
    """
    known = _BUILDERS.get(space.name)
    if known is None or space != Space(space.name):
        names = ", ".join(_BUILDERS)
        raise UnsupportedError(
            f"no networks are known of the space {space.name!r}, only of {names}: "
            "give run=, which measures an architecture itself"
        )
    return known


def build_model(space: Union[Space, str], arch: Any, batch: int = 1, seed: int = 0) -> bytes:
    """One architecture as an ONNX model with random weights.

    Shapes, parameters and operations are those of the benchmarks' own networks; batch
    normalizations are separate from the convolutions; the runtime may merge them.

    Args:
        arch: in the space's own notation, or a row of genes.
        batch: images in one run.
        seed: of the weights.

    Raises:
        ArchitectureError: outside the space.
        UnsupportedError: see ``builder``.
        ImportError: onnx is not installed.
    """
    opened = Space(space) if isinstance(space, str) else space
    build = builder(opened)
    row = opened.canonicalize([arch])[0]
    return build(row.tolist(), whole(batch, "batch", 1, 4096), seed_number(seed))
