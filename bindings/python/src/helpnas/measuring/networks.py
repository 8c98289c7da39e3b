"""The networks of architectures: the built-in spaces' as ONNX models, or of a function's."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from .._c.arrays import Int32Array, seed_number, whole
from .._c.errors import ArgumentError, UnsupportedError
from ..spaces import Space
from .builders import described as _described
from .builders import fbnet as _fbnet
from .builders import hat as _hat
from .builders import nasbench201 as _nasbench201
from .builders import ofa_mobilenetv3 as _ofa_mobilenetv3
from .network import ModelList, OnnxNetwork
from .own_networks import BuildFunction, OwnNetworks

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


def _known_builder(space: Space, dataset: Optional[str]) -> Optional[Builder]:
    """What builds a built-in space's networks for a data set; None for a space of your own.

    Raises:
        ArgumentError: not one of the space's data sets.
    """
    known = _known_builders(space)
    if dataset is None:
        return next(iter(known.values()), None)
    if dataset not in known:
        names = ", ".join(map(repr, known)) or "none"
        raise ArgumentError(f"dataset is {dataset!r}; networks of {space.name} are for {names}")
    return known[dataset]


class KnownNetworks(ModelList):
    """The networks of n architectures of a space whose networks are known.

    Attributes:
        batch: images in one run.
        identity: what else a device's description says of them: nothing.
    """

    def __init__(self, build: Builder, rows: Int32Array, batch: int, seed: int) -> None:
        super().__init__([partial(build, row, batch, seed) for row in rows.tolist()])
        self.batch = batch
        self.identity: Dict[str, Any] = {}

    def check_first(self) -> None:
        """Nothing: the tests do."""


class DescribedNetworks:
    """Networks made from the layers of a space's description.

    Attributes:
        batch: images or texts in one run.
        identity: what else a device's description says of them.
    """

    identity: Dict[str, Any] = {"build": "the description's layers"}

    def __init__(self, space: Space, rows: Int32Array, batch: int, seed: int) -> None:
        self._space, self._rows, self.batch, self._seed = space, rows, batch, seed

    def __call__(self, index: int) -> OnnxNetwork:
        """That of architecture number ``index``.

        Raises:
            MeasurementError: no network can have its layers.
        """
        return _described.build(self._space.layers(self._rows[index]), self.batch, self._seed)

    def check_first(self) -> None:
        """Nothing: they differ as their layers do."""

    def warnings(self) -> List[str]:
        """None: docs/guide/measuring.md says what they are."""
        return []


def networks(
    space: Space,
    rows: Int32Array,
    build: Optional[BuildFunction],
    batch: int,
    seed: int,
    dataset: Optional[str] = None,
) -> Union[KnownNetworks, DescribedNetworks, OwnNetworks]:
    """The networks of n architectures, those of ``build`` if it is given.

    Args:
        space: the architectures' space.
        rows: genes, int32 [n, width], canonical.
        build: as for ``measure``.
        batch: images or texts in one run.
        seed: of the weights.
        dataset: one of ``data_sets(space)``; default the first.

    Raises:
        ArgumentError: ``build`` is no function, or a number is out of range; see ``OwnNetworks``;
            not one of the space's data sets, or one given with ``build``.
        UnsupportedError: the space's networks are neither known nor described by layers.
    """
    batch, seed = whole(batch, "batch", 1, 4096), seed_number(seed)
    if build is not None:
        if dataset is not None:
            raise ArgumentError(f"dataset is {dataset!r}, but build says what its networks are for")
        return OwnNetworks(space, rows, build, batch, seed)
    known = _known_builder(space, dataset)
    if known is not None:
        return KnownNetworks(known, rows, batch, seed)
    if "layers" in space.description:
        return DescribedNetworks(space, rows, batch, seed)
    names = ", ".join(_BUILDERS)
    raise UnsupportedError(
        f"no networks are known of the space {space.name!r}, which describes no layers, only of "
        f"{names}: give build=, which returns an architecture's network, or run=, which measures "
        "one"
    )


def build_model(
    space: Union[Space, str],
    arch: Any,
    batch: int = 1,
    seed: int = 0,
    dataset: Optional[str] = None,
) -> bytes:
    """One architecture as an ONNX model with random weights.

    Shapes, parameters and operations are those of the benchmarks' own networks, or of the layers
    of a described space; batch normalizations are separate from the convolutions; the runtime may
    merge them.

    Args:
        arch: in the space's own notation, or a row of genes.
        batch: images in one run.
        seed: of the weights.
        dataset: one of ``data_sets(space)``; default the first.

    Raises:
        ArchitectureError: outside the space.
        ArgumentError: not one of the space's data sets.
        UnsupportedError: see ``networks``.
        MeasurementError: no network can have the layers that are described.
        ImportError: onnx is not installed.
    """
    opened = Space(space) if isinstance(space, str) else space
    rows = opened.canonicalize([arch])
    return networks(opened, rows, None, batch, seed, dataset)(0).onnx()
