"""Writing the description of a search space of your own (docs/guide/own-spaces.md)."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from ._c.arrays import Int32Array
from ._c.errors import ArgumentError
from ._c.handles import Path
from .spaces import Space

#: A number, the text of an expression over genes and sizes, or a lookup: ``{"of": gene,
#: "values": [a number for each choice]}``.
Size = Union[int, float, str, Mapping[str, Any]]
#: What must hold for a gene or a layer to be there: `one_of`, `above`.
Condition = Mapping[str, Any]

#: Characters of a line of JSON.
_LINE = 100


def one_of(gene: str, *choices: Union[int, str]) -> Dict[str, Any]:
    """The condition that a gene has one of these choices."""
    return {"gene": gene, "in": list(choices)}


def above(gene: str, limit: Union[int, str]) -> Dict[str, Any]:
    """The condition that a gene's number is above a limit, such as "{i}" inside a repeat."""
    return {"gene": gene, "above": limit}


def lookup(of: str, values: Sequence[float]) -> Dict[str, Any]:
    """The size that has a number for each choice of a gene, whatever its choices are."""
    return {"of": of, "values": list(values)}


class SpaceBuilder:
    """Collects the genes, sizes, layers and costs of a space and writes them as JSON.

    Names and expressions are texts as the description has them: inside ``with
    builder.repeat(12, "i"):`` the text ``"width_{i}"`` stands for twelve names.

    Args:
        name: the space's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._groups: List[Dict[str, Any]] = [_contents()]
        self._features: List[Mapping[str, Any]] = []
        self._costs: Dict[str, Mapping[str, Any]] = {}

    def gene(
        self,
        name: str,
        choices: Sequence[Union[int, str]],
        drawn: Optional[Sequence[Union[int, str]]] = None,
        alive_if: Sequence[Condition] = (),
    ) -> str:
        """Add a gene; returns its name, for use in expressions and conditions."""
        gene: Dict[str, Any] = {"name": name, "choices": list(choices)}
        if drawn is not None:
            gene["drawn"] = list(drawn)
        self._add("genes", {**gene, **_alive_if(alive_if)})
        return name

    def size(self, name: str, value: Size) -> str:
        """Name a size; inside a repeat the name is known there only. Returns the name."""
        self._groups[-1]["sizes"][name] = value
        return name

    @contextmanager
    def repeat(
        self,
        count: int = 1,
        index: Optional[str] = None,
        start: int = 0,
        alive_if: Sequence[Condition] = (),
    ) -> Iterator[None]:
        """Genes and layers added inside stand ``count`` times in the space.

        Args:
            count: how many times.
            index: a name; ``{index}``, ``{index+1}`` and ``{index-1}`` in texts are replaced by
                start, start + 1, ...
            start: what the index begins with.
            alive_if: conditions on everything inside.
        """
        head: Dict[str, Any] = {"repeat": count} if count != 1 or index else {}
        if index is not None:
            head["index"] = index
        if start:
            head["from"] = start
        head.update(_alive_if(alive_if))
        self._groups.append(_contents())
        yield
        inside = self._groups.pop()
        if inside["genes"]:
            self._add("genes", {**head, "genes": inside["genes"]})
        if inside["layers"]:
            sizes = {"sizes": inside["sizes"]} if inside["sizes"] else {}
            self._add("layers", {**head, **sizes, "layers": inside["layers"]})

    def layer(self, kind: str, alive_if: Sequence[Condition] = (), **sizes: Any) -> None:
        """Add a layer of any kind; sizes that are None are left out.

        Besides its kind's sizes a layer takes ``macs``, ``parameters``, ``activations`` and
        ``operations``, each in place of what the kind gives.
        """
        given = {key: value for key, value in sizes.items() if value is not None}
        self._add("layers", {"kind": kind, **given, **_alive_if(alive_if)})

    def linear(
        self, inputs: Size, outputs: Size, tokens: Optional[Size] = None, **more: Any
    ) -> None:
        """Add a matrix product with weights; more: bias, norm, and what `layer` takes."""
        self.layer("linear", tokens=tokens, inputs=inputs, outputs=outputs, **more)

    def attention(self, tokens: Size, heads: Size, head_size: Size, **more: Any) -> None:
        """Add both products of attention; more: key_value_tokens, key_value_heads."""
        self.layer("attention", tokens=tokens, heads=heads, head_size=head_size, **more)

    def conv(
        self, side: Optional[Size], inputs: Size, outputs: Size, kernel: Size, **more: Any
    ) -> None:
        """Add a convolution; more: stride, groups, bias, norm; height and width for a side of
        None."""
        self.layer("conv", side=side, inputs=inputs, outputs=outputs, kernel=kernel, **more)

    def norm(self, features: Size, tokens: Optional[Size] = None, **more: Any) -> None:
        """Add a normalization that is a layer of its own; more: bias, False for RMS."""
        self.layer("norm", tokens=tokens, features=features, **more)

    def activation(self, elements: Size, **more: Any) -> None:
        """Add a function of each element."""
        self.layer("activation", elements=elements, **more)

    def add(self, elements: Size, **more: Any) -> None:
        """Add the sum or product of two inputs of one shape."""
        self.layer("add", elements=elements, **more)

    def embedding(
        self, vocabulary: Size, features: Size, tokens: Optional[Size] = None, **more: Any
    ) -> None:
        """Add a table of which each token reads a row."""
        self.layer("embedding", tokens=tokens, vocabulary=vocabulary, features=features, **more)

    def pool(self, side: Optional[Size], channels: Size, **more: Any) -> None:
        """Add a pooling; more: stride, kernel; height and width for a side of None."""
        self.layer("pool", side=side, channels=channels, **more)

    def custom(self, **costs: Any) -> None:
        """Add a layer that costs what is given: macs, parameters, activations, operations."""
        self.layer("custom", **costs)

    def cost(self, name: str, **how: Any) -> None:
        """Name a further cost: ``expression=``, ``each_layer=``, or ``fixed=`` and ``genes=``."""
        self._costs[name] = how

    def feature(self, kind: str, **keys: Any) -> None:
        """Add inputs of HELP's network."""
        self._features.append({"kind": kind, **keys})

    def description(self) -> Dict[str, Any]:
        """The description, as `Space.from_json` takes it.

        Raises:
            ArgumentError: inside a repeat.
        """
        if len(self._groups) != 1:
            raise ArgumentError("the description is asked for inside a repeat")
        parts = {**self._groups[0], "features": self._features, "costs": self._costs}
        order = ("genes", "features", "sizes", "layers", "costs")
        return {"name": self._name, **{key: parts[key] for key in order if parts[key]}}

    def space(self) -> Space:
        """The space.

        Raises:
            FormatError: names the place in the description and what is wrong there.
        """
        return Space.from_json(self.description())

    def write(self, path: Path) -> None:
        """Write the description as a JSON file, once the library has accepted it.

        Raises:
            FormatError: names the place in the description and what is wrong there.
        """
        self.space().close()
        FilePath(path).write_text(_text(self.description()) + "\n", encoding="utf-8")

    def _add(self, key: str, entry: Mapping[str, Any]) -> None:
        self._groups[-1][key].append(entry)


def extremes(space: Space, cost: str = "macs", starts: int = 8) -> Tuple[Int32Array, Int32Array]:
    """The smallest and the largest network that a space draws from, int32 [width] each.

    Several random architectures are each changed gene by gene as long as the cost falls or
    rises; where genes interact in unusual ways an even smaller or larger one may exist.

    Raises:
        UnsupportedError: the space does not have the cost.
    """
    found = space.sample(min(starts, space.count), seed=1)
    ends = space.canonicalize(
        np.stack([_descend(space, row, cost, sign) for sign in (1, -1) for row in found])
    )
    costs = space.cost(ends, cost)
    return ends[int(np.argmin(costs))], ends[int(np.argmax(costs))]


def _descend(space: Space, row: Int32Array, cost: str, sign: int) -> Int32Array:
    """Where no change of one gene lowers sign times the cost."""
    choices = [_numbered(gene) for gene in space.description["genes"]]
    while True:
        changed = [row]
        for place, values in enumerate(choices):
            for value in values:
                neighbour = row.copy()
                neighbour[place] = value
                changed.append(neighbour)
        rows = np.stack(changed)
        best = int(np.argmin(sign * space.cost(rows, cost)))
        if best == 0:
            return row
        row = rows[best]


def _numbered(gene: Mapping[str, Any]) -> List[int]:
    """What rows hold for the drawn choices: labels are numbered."""
    drawn = gene.get("drawn", gene["choices"])
    return [gene["choices"].index(each) if isinstance(each, str) else each for each in drawn]


def _contents() -> Dict[str, Any]:
    return {"genes": [], "sizes": {}, "layers": []}


def _alive_if(conditions: Sequence[Condition]) -> Dict[str, Any]:
    return {"alive_if": [dict(each) for each in conditions]} if conditions else {}


def _text(value: Any, indent: str = "") -> str:
    """JSON in which lists of numbers or texts, and what fits a line, stand on one."""
    line = json.dumps(value)
    if len(indent) + len(line) <= _LINE or not _is_nested(value):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {_text(item, inner)}" for key, item in value.items()]
    else:
        items = [_text(item, inner) for item in value]
    begin, end = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{begin}\n{inner}" + f",\n{inner}".join(items) + f"\n{indent}{end}"


def _is_nested(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, (dict, list)) for item in value)
    return isinstance(value, dict)
