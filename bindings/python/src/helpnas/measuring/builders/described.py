"""Networks of described spaces: their layers one after another, with random weights.

A description has the layers' sizes, and not what each of them reads.  Here a layer reads the
latest output that has the shape it wants; where none has, one is converted; and what no layer
reads is an output of the network, so that no runtime leaves its layers out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

import numpy as np

from ..._c.errors import MeasurementError
from ..network import OnnxNetwork
from .conversions import Conversions, Shape
from .graph import Graph

#: A layer with numbers for sizes, as ``Space.layers`` lists them.
Layer = Mapping[str, Any]
#: Most bytes of weights: a file of ONNX holds 2 GB.
_MOST_BYTES = 2**31 - 2**20


def build(layers: Sequence[Layer], batch: int, seed: int) -> OnnxNetwork:
    """The network of an architecture.

    Args:
        layers: of the architecture, in their order.
        batch: images or texts in one run.
        seed: of the weights.

    Raises:
        MeasurementError: a size is no whole number, sizes of one layer do not go together, or
            the weights are more than ONNX files hold.
    """
    weights = sum(_weights(layer) for layer in layers)
    if 4 * weights > _MOST_BYTES:
        raise MeasurementError(
            f"the layers have {weights:,} weights, {4 * weights / 2**20:,.0f} MB: more than the "
            "2 GB of an ONNX file"
        )
    network = _Network(batch, seed)
    for layer in layers:
        network.add(layer)
    return network.finished()


def _weights(layer: Layer) -> int:
    if layer["kind"] == "linear":
        return _whole(layer, "inputs") * _whole(layer, "outputs")
    if layer["kind"] == "conv":
        reads = _whole(layer, "inputs") // _whole(layer, "groups")
        return reads * _whole(layer, "outputs") * _whole(layer, "kernel") ** 2
    if layer["kind"] == "embedding":
        return _whole(layer, "vocabulary") * _whole(layer, "features")
    return 0


def _whole(layer: Layer, name: str) -> int:
    size = layer[name]
    if size != int(size):
        raise MeasurementError(f"{layer['path']}.{name} is {size:g}, not a whole number")
    return int(size)


@dataclass(eq=False)
class _Output:
    """What a layer made."""

    name: str
    shape: Shape
    is_read: bool = False

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


class _Network:
    """A network as it grows."""

    def __init__(self, batch: int, seed: int) -> None:
        self._graph, self._batch = Graph(seed), batch
        self._convert = Conversions(self._graph, batch)
        self._random = np.random.default_rng(seed)
        self._made: List[_Output] = []
        self._inputs: Dict[str, Any] = {}
        self._makers: Dict[str, Callable[[Layer], None]] = {
            "linear": self._linear,
            "attention": self._attention,
            "conv": self._conv,
            "norm": self._norm,
            "activation": self._activation,
            "add": self._add,
            "embedding": self._embedding,
            "pool": self._pool,
            "custom": lambda layer: None,  # costs alone: what it does is not known
        }

    def add(self, layer: Layer) -> None:
        """One more layer."""
        self._makers[layer["kind"]](layer)

    def finished(self) -> OnnxNetwork:
        """The model, and what it is run on."""
        unread = [output for output in self._made if not output.is_read]
        if not self._made:
            raise MeasurementError("the architecture has no layers that are known")
        model = self._graph.model_of(
            [(output.name, [self._batch, *output.shape]) for output in unread]
        )
        has_tokens = set(self._inputs) - {"input"}
        return OnnxNetwork(model, self._inputs if has_tokens else None)

    # Layers

    def _linear(self, layer: Layer) -> None:
        tokens, inputs, outputs = (_whole(layer, n) for n in ("tokens", "inputs", "outputs"))
        x = self._read((tokens, inputs))
        y = self._graph.node("MatMul", x, self._graph.weights(inputs, outputs, reads=2 * inputs))
        if layer["norm"]:
            y = self._graph.node("Mul", y, self._graph.scale(outputs))
        if layer["bias"] or layer["norm"]:
            y = self._graph.node("Add", y, self._graph.bias(outputs))
        self._make(y, (tokens, outputs))

    def _conv(self, layer: Layer) -> None:
        names = ("inputs", "height", "width", "outputs", "kernel", "stride", "groups")
        inputs, height, width, outputs, kernel, stride, groups = (_whole(layer, n) for n in names)
        if inputs % groups or outputs % groups:
            raise MeasurementError(
                f"{layer['path']}.groups is {groups}, which does not divide inputs {inputs} and "
                f"outputs {outputs}"
            )
        x, shape = self._read((inputs, height, width)), (inputs // groups, kernel, kernel)
        parts = [x, self._graph.weights(outputs, *shape, reads=math.prod(shape))]
        if layer["bias"]:
            parts.append(self._graph.bias(outputs))
        y = self._graph.node(
            "Conv", *parts, kernel_shape=[kernel] * 2, strides=[stride] * 2, group=groups,
            pads=_pads((height, width), kernel, stride),
        )  # fmt: skip
        if layer["norm"]:
            y = self._graph.batch_norm(y, outputs)
        self._make(y, (outputs, *_strided((height, width), stride)))

    def _pool(self, layer: Layer) -> None:
        names = ("channels", "height", "width", "kernel", "stride")
        channels, height, width, kernel, stride = (_whole(layer, name) for name in names)
        y = self._graph.node(
            "AveragePool", self._read((channels, height, width)), kernel_shape=[kernel] * 2,
            strides=[stride] * 2, pads=_pads((height, width), kernel, stride),
        )  # fmt: skip
        self._make(y, (channels, *_strided((height, width), stride)))

    def _norm(self, layer: Layer) -> None:
        tokens, features = _whole(layer, "tokens"), _whole(layer, "features")
        last = self._made[-1] if self._made else None
        if last and len(last.shape) == 3 and last.shape == (features, *last.shape[1:]):
            if math.prod(last.shape[1:]) == tokens:
                self._make(self._graph.batch_norm(self._name(last), features), last.shape)
                return
        parts = [self._read((tokens, features)), self._graph.scale(features)]
        if layer["bias"]:
            parts.append(self._graph.bias(features))
        y = self._graph.node("LayerNormalization", *parts, axis=-1, epsilon=1e-5)
        self._make(y, (tokens, features))

    def _activation(self, layer: Layer) -> None:
        x = self._with_elements(_whole(layer, "elements"))
        self._make(self._graph.node("Relu", self._name(x)), x.shape)

    def _add(self, layer: Layer) -> None:
        x = self._with_elements(_whole(layer, "elements"))
        other = self._latest(x.shape, but=[x]) or x
        self._make(self._graph.node("Add", self._name(x), self._name(other)), x.shape)

    def _embedding(self, layer: Layer) -> None:
        tokens, vocabulary, features = (
            _whole(layer, name) for name in ("tokens", "vocabulary", "features")
        )
        shape, name = [self._batch, tokens], f"tokens_{len(self._inputs)}"
        self._graph.input(shape, name, np.int64)
        self._inputs[name] = self._random.integers(0, vocabulary, shape, np.int64)
        rows = self._graph.weights(vocabulary, features, reads=2)
        self._make(self._graph.node("Gather", rows, name, axis=0), (tokens, features))

    def _attention(self, layer: Layer) -> None:
        names = ("tokens", "heads", "head_size", "key_value_tokens", "key_value_heads")
        tokens, heads, size, others, groups = (_whole(layer, name) for name in names)
        if heads % groups:
            raise MeasurementError(
                f"{layer['path']}.key_value_heads is {groups}, which does not divide heads {heads}"
            )
        query, key, value = self._queries_keys_values(
            (tokens, heads * size), (others, groups * size), tokens == others
        )
        convert = self._convert
        query = self._grouped(query, tokens, groups, heads // groups, size)
        key = convert.permuted(key, [others, groups, size], [0, 2, 3, 1])
        value = convert.permuted(value, [others, groups, size], [0, 2, 1, 3])
        scale = self._graph.shared_constant(np.array(size**-0.5, np.float32))
        scores = self._graph.node("Mul", self._graph.node("MatMul", query, key), scale)
        mixed = self._graph.node("MatMul", self._graph.node("Softmax", scores, axis=-1), value)
        mixed = self._ungrouped(mixed, tokens, groups, heads // groups, size)
        self._make(mixed, (tokens, heads * size))

    def _grouped(self, x: str, tokens: int, groups: int, shared: int, size: int) -> str:
        """Heads that share keys as rows of one product."""
        if shared == 1:
            return self._convert.permuted(x, [tokens, groups, size], [0, 2, 1, 3])
        x = self._convert.permuted(x, [tokens, groups, shared, size], [0, 2, 3, 1, 4])
        return self._convert.reshaped(x, [groups, shared * tokens, size])

    def _ungrouped(self, x: str, tokens: int, groups: int, shared: int, size: int) -> str:
        """The inverse."""
        if shared == 1:
            x = self._graph.node("Transpose", x, perm=[0, 2, 1, 3])
        else:
            x = self._convert.permuted(x, [groups, shared, tokens, size], [0, 3, 1, 2, 4])
        return self._convert.reshaped(x, [tokens, groups * shared * size])

    def _queries_keys_values(self, query: Shape, key: Shape, is_self: bool) -> List[str]:
        """Of one output that has all three, else of three."""
        widths = [query[1], key[1], key[1]]
        whole = (query[0], sum(widths))
        if is_self and self._made and self._made[-1].shape == whole:
            return self._graph.split(self._read(whole), widths)
        values = self._latest(key) or self._found(key)
        keys = self._latest(key, but=[values]) or values
        queries = self._latest(query, but=[values, keys]) or self._found(query)
        return [self._name(each) for each in (queries, keys, values)]

    # What layers read

    def _make(self, name: str, shape: Shape) -> None:
        self._made.append(_Output(name, shape))

    def _name(self, output: _Output) -> str:
        output.is_read = True
        return output.name

    def _read(self, shape: Shape) -> str:
        return self._name(self._found(shape))

    def _latest(self, shape: Shape, but: Sequence[_Output] = ()) -> Optional[_Output]:
        """The latest output of a shape, one that no layer has read if there is any."""
        fitting = [each for each in self._made if each.shape == shape and each not in but]
        unread = [each for each in fitting if not each.is_read]
        return (unread or fitting or [None])[-1]  # type: ignore[list-item]

    def _found(self, shape: Shape) -> _Output:
        """The latest output of a shape, or the latest that can be converted to it."""
        for output in reversed(self._made):
            if output.shape == shape:
                return output
        for output in reversed(self._made):
            name = self._convert.exactly(output.name, output.shape, shape)
            if name is not None:
                output.is_read = True
                return _Output(name, shape)
        if not self._made:
            return _Output(self._image(shape), shape)
        last = self._made[-1]
        return _Output(self._convert.resized(self._name(last), last.shape, shape), shape)

    def _image(self, shape: Shape) -> str:
        """The network's input."""
        sizes = [self._batch, *shape]
        self._inputs["input"] = self._random.standard_normal(sizes, np.float32)
        return self._graph.input(sizes)

    def _with_elements(self, count: int) -> _Output:
        """The latest output of as many numbers; else one of as many tokens of one number."""
        for output in reversed(self._made):
            if output.elements == count:
                return output
        return self._found((count, 1))


def _strided(sides: Sequence[int], stride: int) -> List[int]:
    return [-(-side // stride) for side in sides]


def _pads(sides: Sequence[int], kernel: int, stride: int) -> List[int]:
    """Such that each side becomes a stride-th, rounded up."""
    missing = [
        max((after - 1) * stride + kernel - side, 0)
        for side, after in zip(sides, _strided(sides, stride))
    ]
    return [*(each // 2 for each in missing), *(each - each // 2 for each in missing)]
