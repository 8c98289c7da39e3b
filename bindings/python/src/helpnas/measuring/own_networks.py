"""Networks that a function of the user's builds, one for each architecture."""

from __future__ import annotations

import inspect
import os
import traceback
from typing import Any, Callable, Dict, List, Optional

from .._c.arrays import Int32Array
from .._c.errors import ArgumentError
from ..spaces import Space
from .network import OwnNetwork
from .returned_network import BuildError, network_of

#: An architecture in its space's notation -> what ``network_of`` takes.
BuildFunction = Callable[..., Any]

#: A share of the described parameters by which a network may have other ones.
_TOLERANCE = 0.05
#: Architectures that are built before anything is measured.
_FIRST = 3


class OwnNetworks:
    """The networks of n architectures, each built when it is asked for.

    Args:
        space: the architectures' space.
        rows: genes, int32 [n, width], canonical.
        build: called with an architecture in the space's notation.
        batch, seed: given to ``build`` where it has parameters of these names.

    Attributes:
        batch: images in one run; None where ``build`` does not take it.
        identity: what a device's description says of them: the function's name.

    Raises:
        ArgumentError: ``build`` is no function, or takes no ``batch`` though one is given.
    """

    def __init__(
        self, space: Space, rows: Int32Array, build: BuildFunction, batch: int, seed: int
    ) -> None:
        if not callable(build):
            raise ArgumentError(f"build is {build!r}, not a function of an architecture")
        self._name = str(getattr(build, "__qualname__", type(build).__qualname__))
        self._build, self._options = build, _options(build, self._name, batch, seed)
        self.batch, self.identity = self._options.get("batch"), {"build": self._name}
        self._archs, self._texts = space.notation(rows), space.format(rows)
        self._early: Dict[int, OwnNetwork] = {}
        self._structures: Dict[int, str] = {}
        self._parameters: Dict[int, int] = {}
        self._described = _described_parameters(space, rows)

    def __call__(self, index: int) -> OwnNetwork:
        """The network of architecture number ``index``.

        Raises:
            BuildError: the function raised, or returned no network that can be measured.
        """
        if index in self._early:
            return self._early.pop(index)
        network = self._build_one(index)
        try:
            self._structures[index] = network.structure()
            self._parameters[index] = network.parameters()
        except Exception as error:
            raise BuildError(f"{self._name} returned what cannot be read: {error}") from error
        return network

    def _build_one(self, index: int) -> OwnNetwork:
        try:
            built = self._build(self._archs[index], **self._options)
        except Exception as error:
            raise BuildError(f"{self._name} raised {_told(error)}") from error
        try:
            return network_of(built)
        except BuildError as error:
            raise BuildError(f"{self._name} returned {error}") from error

    def check_first(self) -> None:
        """Build a few, and make sure that they are not all the same network.

        Raises:
            BuildError: they are.
        """
        first = range(min(_FIRST, len(self._archs)))
        for index in first:
            try:
                self._early[index] = self(index)
            except BuildError:
                return  # told when it is measured
        if len(first) > 1 and len({self._structures[index] for index in first}) == 1:
            texts = "; ".join(self._texts[index] for index in first)
            self._early.clear()
            raise BuildError(
                f"{self._name} returned the same network for {len(first)} architectures, "
                f"whatever it was given: {texts}"
            )

    def warnings(self) -> List[str]:
        """What is odd about those built so far, in sentences."""
        return [*self._twins(), *self._other_parameters()]

    def _twins(self) -> List[str]:
        first: Dict[str, int] = {}
        pairs = [
            (first[structure], index)
            for index, structure in sorted(self._structures.items())
            if first.setdefault(structure, index) != index
        ]
        if not pairs:
            return []
        one, other = (self._texts[index] for index in pairs[0])
        more = f" (and {len(pairs) - 1} more times)" if len(pairs) > 1 else ""
        return [f"{self._name} returned the same network for {one} and {other}{more}"]

    def _other_parameters(self) -> List[str]:
        if self._described is None or not self._parameters:
            return []
        described = self._described
        off = {i: abs(n / described[i] - 1) for i, n in self._parameters.items() if described[i]}
        wrong = [index for index, share in off.items() if share > _TOLERANCE]
        if not wrong:
            return []
        worst = max(wrong, key=lambda index: off[index])
        return [
            f"{len(wrong)} of {len(off)} networks have other parameters than the space describes: "
            f"{self._texts[worst]} has {self._parameters[worst]:,}, not {described[worst]:,.0f}"
        ]


def _options(build: BuildFunction, name: str, batch: int, seed: int) -> Dict[str, int]:
    """Of batch and seed those that the function takes."""
    try:
        known = set(inspect.signature(build).parameters)
    except (TypeError, ValueError):  # some functions written in C do not say
        known = set()
    if batch != 1 and "batch" not in known:
        raise ArgumentError(
            f"batch is {batch}, but {name} has no parameter 'batch': its networks are measured as "
            "they are"
        )
    given = {"batch": batch, "seed": seed}
    return {key: value for key, value in given.items() if key in known}


def _described_parameters(space: Space, rows: Int32Array) -> Optional[List[float]]:
    """Of each architecture; None where its space does not tell them."""
    if "parameters" not in space.description["cost_names"]:
        return None
    return [float(count) for count in space.cost(rows, "parameters")]


def _told(error: BaseException) -> str:
    """An error and the line that raised it."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{text} ({os.path.basename(last.filename)}, line {last.lineno})"
