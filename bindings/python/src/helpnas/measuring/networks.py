"""The networks of the built-in spaces as ONNX models, for any runtime that reads them."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

from .._c.arrays import seed_number, whole
from .._c.errors import ArgumentError, UnsupportedError
from ..spaces import Space
from .builders import fbnet as _fbnet
from .builders import hat as _hat
from .builders import nasbench201 as _nasbench201
from .builders import ofa_mobilenetv3 as _ofa_mobilenetv3

#: Genes, batch size, seed -> model.
Builder = Callable[[Sequence[int], int, int], bytes]

#: Space -> data set -> builder.  The first data set is the one that ``Space.macs`` counts for.
_BUILDERS: Dict[str, Dict[str, Builder]] = {
    "nasbench201": {
        "cifar10": _nasbench201.build,
        "cifar100": partial(_nasbench201.build, data=_nasbench201.CIFAR100),
        "imagenet16-120": partial(_nasbench201.build, data=_nasbench201.IMAGENET16_120),
    },
    "fbnet": {
        "cifar100": _fbnet.build,
        "imagenet": partial(_fbnet.build, data=_fbnet.IMAGENET),
    },
    "ofa-mbv3": {"imagenet": _ofa_mobilenetv3.build},
    # Tokens in and out, as HAT measures: mean lengths of the tasks' sentences.
    "hat-wmt14-en-de": {"wmt14-en-de": partial(_hat.build, tokens=30)},
    "hat-wmt14-en-fr": {"wmt14-en-fr": partial(_hat.build, tokens=30)},
    "hat-wmt19-en-de": {"wmt19-en-de": partial(_hat.build, tokens=30)},
    "hat-iwslt14-de-en": {"iwslt14-de-en": partial(_hat.build, tokens=23)},
}


def data_sets(space: Union[Space, str]) -> Tuple[str, ...]:
    """The data sets that a space's networks can be built for, the default first.

    Empty for a space of your own.
    """
    opened = Space(space) if isinstance(space, str) else space
    return tuple(_known_builders(opened))


def _known_builders(space: Space) -> Dict[str, Builder]:
    known = _BUILDERS.get(space.name, {})
    return known if known and space == Space(space.name) else {}


def builder(space: Space, dataset: Optional[str] = None) -> Builder:
    """What builds a space's networks for a data set.

    Raises:
        UnsupportedError: a space of your own, or one whose networks are not known.
        ArgumentError: not one of the space's data sets.
    """
    known = _known_builders(space)
    if not known:
        names = ", ".join(_BUILDERS)
        raise UnsupportedError(
            f"no networks are known of the space {space.name!r}, only of {names}: "
            "give run=, which measures an architecture itself"
        )
    if dataset is None:
        return next(iter(known.values()))
    if dataset not in known:
        names = ", ".join(map(repr, known))
        raise ArgumentError(f"dataset is {dataset!r}; networks of {space.name} are for {names}")
    return known[dataset]


def build_model(
    space: Union[Space, str],
    arch: Any,
    batch: int = 1,
    seed: int = 0,
    dataset: Optional[str] = None,
) -> bytes:
    """One architecture as an ONNX model with random weights.

    Shapes, parameters and operations are those of the benchmarks' own networks; batch
    normalizations are separate from the convolutions; the runtime may merge them.

    Args:
        arch: in the space's own notation, or a row of genes.
        batch: images in one run.
        seed: of the weights.
        dataset: one of ``data_sets(space)``; default the first.

    Raises:
        ArchitectureError: outside the space.
        ArgumentError: not one of the space's data sets.
        UnsupportedError: a space of your own.
        ImportError: onnx is not installed.
    """
    opened = Space(space) if isinstance(space, str) else space
    build = builder(opened, dataset)
    row = opened.canonicalize([arch])[0]
    return build(row.tolist(), whole(batch, "batch", 1, 4096), seed_number(seed))
