"""HAT's translation transformers (Wang et al., ACL 2020): a sentence encoded, then decoded
token by token, as HAT measures them; without embeddings and the layer of the vocabulary."""

from __future__ import annotations

from functools import partial
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from .graph import Graph

#: Width of all heads together, whatever the embedding's.
_ATTENTION = 512
_LAYERS = 6

#: One attention's keys [batch, heads, width, tokens] and values [batch, heads, tokens, width].
KeysValues = Tuple[str, str]


class _Genes(NamedTuple):
    width: int
    layers: int
    ffn: Sequence[int]
    heads: Sequence[int]


def build(genes: Sequence[int], batch: int, seed: int, tokens: int) -> bytes:
    """The network of these genes, for sentences of ``tokens`` tokens in and out.

    Inputs are embedded tokens, ``source`` and ``target``; a loop decodes one token after
    another and keeps the keys and values of those before.  The output is [tokens, batch, 1,
    width].
    """
    encoder = _Genes(genes[0], genes[1], genes[2:8], genes[8:14])
    decoder = _Genes(genes[14], genes[15], genes[16:22], genes[22:28])
    graph = Graph(seed)
    network = _Transformer(graph, batch)
    source = graph.input([batch, tokens, encoder.width], "source")
    target = graph.input([batch, tokens, decoder.width], "target")
    encoded = network.encode(source, encoder)
    layers = [
        _DecoderLayer(network, decoder, place, genes[28 + place], encoded, genes[34 + place])
        for place in range(decoder.layers)
    ]
    output = graph.loop(
        tokens,
        [state for layer in layers for state in layer.states()],
        partial(_step, graph, target, graph.shared_constant(np.array([0], np.int64)), layers),
    )
    return graph.model(output, [tokens, batch, 1, decoder.width])


class _Encoded(NamedTuple):
    outputs: List[str]
    width: int


class _Transformer:
    """The parts that encoder and decoder share."""

    def __init__(self, graph: Graph, batch: int) -> None:
        self.graph, self.batch = graph, batch

    def encode(self, x: str, genes: _Genes) -> _Encoded:
        """The output of each encoder layer."""
        outputs: List[str] = []
        for heads, ffn in zip(genes.heads, genes.ffn):
            attention = Attention(self, genes.width, genes.width, heads)
            attended = attention.output(x, attention.keys_values(x))
            x = LayerNorm(self.graph, genes.width).of_sum(x, attended)
            x = FeedForward(self.graph, genes.width, ffn).output(x)
            outputs.append(x)
        return _Encoded(outputs, genes.width)


class Linear:
    """Weights [inputs, outputs] and a bias; drawn once, used at every step."""

    def __init__(self, graph: Graph, inputs: int, outputs: int) -> None:
        self._graph = graph
        self._weight = graph.weights(inputs, outputs, reads=2 * inputs)
        self._bias = graph.bias(outputs)

    def output(self, x: str) -> str:
        product = self._graph.node("MatMul", x, self._weight)
        return self._graph.node("Add", product, self._bias)


class LayerNorm:
    """Normalization after a residual connection."""

    def __init__(self, graph: Graph, width: int) -> None:
        self._graph = graph
        self._scale = graph.constant(np.ones(width, np.float32), "scale")
        self._bias = graph.bias(width)

    def of_sum(self, x: str, y: str) -> str:
        total = self._graph.node("Add", x, y)
        return self._graph.node("LayerNormalization", total, self._scale, self._bias, axis=-1)


class FeedForward:
    """Two linear layers with ReLU between, residual and normalized."""

    def __init__(self, graph: Graph, width: int, inner: int) -> None:
        self._graph = graph
        self._first, self._second = Linear(graph, width, inner), Linear(graph, inner, width)
        self._norm = LayerNorm(graph, width)

    def output(self, x: str) -> str:
        hidden = self._graph.node("Relu", self._first.output(x))
        return self._norm.of_sum(x, self._second.output(hidden))


class Attention:
    """Attention of ``width`` wide tokens to ``source`` wide ones."""

    def __init__(self, network: _Transformer, width: int, source: int, heads: int) -> None:
        graph = self._graph = network.graph
        self._query, self._out = Linear(graph, width, _ATTENTION), Linear(graph, _ATTENTION, width)
        self._key = Linear(graph, source, _ATTENTION)
        self._value = Linear(graph, source, _ATTENTION)
        parts = [network.batch, -1, heads, _ATTENTION // heads]
        self._split = graph.shared_constant(np.array(parts, np.int64))
        self._joined = graph.shared_constant(np.array([network.batch, -1, _ATTENTION], np.int64))
        self._scale = graph.shared_constant(np.array((heads / _ATTENTION) ** 0.5, np.float32))

    def _heads(self, x: str, order: Sequence[int]) -> str:
        return self._graph.node(
            "Transpose", self._graph.node("Reshape", x, self._split), perm=list(order)
        )

    def keys_values(self, x: str) -> KeysValues:
        keys = self._heads(self._key.output(x), (0, 2, 3, 1))
        return keys, self._heads(self._value.output(x), (0, 2, 1, 3))

    def output(self, x: str, read: KeysValues) -> str:
        query = self._heads(self._query.output(x), (0, 2, 1, 3))
        query = self._graph.node("Mul", query, self._scale)
        weights = self._graph.node("Softmax", self._graph.node("MatMul", query, read[0]), axis=-1)
        mixed = self._graph.node("MatMul", weights, read[1])
        mixed = self._graph.node("Transpose", mixed, perm=[0, 2, 1, 3])
        return self._out.output(self._graph.node("Reshape", mixed, self._joined))


class _DecoderLayer:
    """A decoder layer; keys and values of the encoded sentence are computed once."""

    def __init__(
        self,
        network: _Transformer,
        genes: _Genes,
        place: int,
        cross_heads: int,
        encoded: _Encoded,
        arbitrary: int,
    ) -> None:
        graph = self._graph = network.graph
        self._heads, self._batch = genes.heads[place], network.batch
        self._self = Attention(network, genes.width, genes.width, self._heads)
        self._self_norm = LayerNorm(graph, genes.width)
        self._cross = Attention(network, genes.width, encoded.width, cross_heads)
        self._cross_norm = LayerNorm(graph, genes.width)
        self._ffn = FeedForward(graph, genes.width, genes.ffn[place])
        # -1, 1, 2: the last one, two, three encoder layers, one after the other.
        count = 1 if arbitrary == -1 else arbitrary + 1
        read = encoded.outputs[::-1][:count]
        self._read = self._cross.keys_values(
            read[0] if count == 1 else graph.node("Concat", *read, axis=1)
        )

    def states(self) -> List[Tuple[int, ...]]:
        """Shapes of the keys and values before the first token; 0 is what grows."""
        width = _ATTENTION // self._heads
        return [(self._batch, self._heads, width, 0), (self._batch, self._heads, 0, width)]

    def output(self, x: str, before: KeysValues) -> Tuple[str, KeysValues]:
        """What a token becomes, and the keys and values with it."""
        keys, values = self._self.keys_values(x)
        known = (
            self._graph.node("Concat", before[0], keys, axis=3),
            self._graph.node("Concat", before[1], values, axis=2),
        )
        x = self._self_norm.of_sum(x, self._self.output(x, known))
        x = self._cross_norm.of_sum(x, self._cross.output(x, self._read))
        return self._ffn.output(x), known


def _step(
    graph: Graph,
    target: str,
    axes: str,
    layers: Sequence[_DecoderLayer],
    number: str,
    states: List[str],
) -> Tuple[str, List[str]]:
    """One token through all layers."""
    place_of_token = graph.node("Unsqueeze", number, axes)
    x = graph.node("Gather", target, place_of_token, axis=1)
    after: List[str] = []
    for place, layer in enumerate(layers):
        x, known = layer.output(x, (states[2 * place], states[2 * place + 1]))
        after += known
    return x, after
