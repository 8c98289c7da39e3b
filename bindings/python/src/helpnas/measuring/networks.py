"""The networks of architectures: the built-in spaces' as ONNX models, or of a function's."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, Optional, Sequence, Union

from .._c.arrays import Int32Array, seed_number, whole
from .._c.errors import UnsupportedError
from ..spaces import Space
from .builders import fbnet as _fbnet
from .builders import hat as _hat
from .builders import nasbench201 as _nasbench201
from .builders import ofa_mobilenetv3 as _ofa_mobilenetv3
from .network import ModelList
from .own_networks import BuildFunction, OwnNetworks

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
            "give build=, which returns an architecture's network, or run=, which measures one"
        )
    return known


class KnownNetworks(ModelList):
    """The networks of n architectures of a space whose networks are known.

    Args:
        space: the architectures' space.
        rows: genes, int32 [n, width], canonical.
        batch: images in one run.
        seed: of the weights.

    Attributes:
        batch: as given.
        identity: what else a device's description says of them: nothing.

    Raises:
        UnsupportedError: see ``builder``.
    """

    def __init__(self, space: Space, rows: Int32Array, batch: int, seed: int) -> None:
        build = builder(space)
        super().__init__([partial(build, row, batch, seed) for row in rows.tolist()])
        self.batch = batch
        self.identity: Dict[str, Any] = {}

    def check_first(self) -> None:
        """Nothing: the tests do."""


def networks(
    space: Space, rows: Int32Array, build: Optional[BuildFunction], batch: int, seed: int
) -> Union[KnownNetworks, OwnNetworks]:
    """The networks of n architectures, those of ``build`` if it is given.

    Raises:
        ArgumentError: ``build`` is no function, or a number is out of range; see ``OwnNetworks``.
        UnsupportedError: see ``builder``.
    """
    batch, seed = whole(batch, "batch", 1, 4096), seed_number(seed)
    if build is None:
        return KnownNetworks(space, rows, batch, seed)
    return OwnNetworks(space, rows, build, batch, seed)


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
