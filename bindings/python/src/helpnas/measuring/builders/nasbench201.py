"""NAS-Bench-201's networks (Dong and Yang, ICLR 2020, section 2)."""

from __future__ import annotations

from functools import reduce
from typing import List, NamedTuple, Sequence

import numpy as np

from .graph import Graph
from .single_layer import Layer

_CELLS = 5
_STAGES = (16, 32, 64)
_NAMES = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
_SKIP = 1
#: The node each of the six genes leads to and the node it comes from.
_EDGES = ((1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2))


class DataSet(NamedTuple):
    """Images of ``side`` by ``side`` pixels, and the number of classes."""

    side: int
    classes: int


CIFAR10, CIFAR100, IMAGENET16_120 = DataSet(32, 10), DataSet(32, 100), DataSet(16, 120)


def build(genes: Sequence[int], batch: int, seed: int, data: DataSet = CIFAR10) -> bytes:
    """The network with this cell.

    ``none`` multiplies by 0 and runs, as do the edges that lead from it: devices of the
    published tables pay for them.
    """
    graph = Graph(seed)
    x = _stem(graph, graph.input([batch, 3, data.side, data.side]))
    channels = _STAGES[0]
    for width in _STAGES:
        if width != channels:
            x = _reduction(graph, x, channels, width)
        channels = width
        for _ in range(_CELLS):
            x = _cell(graph, x, genes, channels)
    return graph.model(_classifier(graph, x, channels, data.classes), [batch, data.classes])


def layers(genes: Sequence[int]) -> List[Layer]:
    """What the network for CIFAR-10 runs, each as often as it does; ``skip_connect`` is nothing."""
    (side, classes), inputs = CIFAR10, 0
    found = [Layer("stem", (3, side, side), (_STAGES[0], side, side), lambda g, x, _: _stem(g, x))]
    for channels in _STAGES:
        if inputs:
            found.append(_reduction_layer(inputs, channels, side))
            side //= 2
        inputs = channels
        cell = [_operation_layer(gene, channels, side) for gene in genes if gene != _SKIP]
        # Two edges lead to the third node, three to the last.
        found += _CELLS * (cell + 3 * [_sum_layer(channels, side)])
    shape = (inputs, side, side)
    head = Layer("head", shape, (classes,), lambda g, x, _: _classifier(g, x, shape[0], classes))
    return [*found, head]


def _operation_layer(operation: int, channels: int, side: int) -> Layer:
    shape = (channels, side, side)
    return Layer(
        f"{_NAMES[operation]} {channels}x{side}x{side}",
        shape,
        shape,
        lambda graph, x, _: _operation(graph, x, operation, channels),
    )


def _sum_layer(channels: int, side: int) -> Layer:
    shape = (channels, side, side)
    # Of the input with itself: some runtimes take one input alone.
    return Layer(f"sum {channels}x{side}x{side}", shape, shape, lambda g, x, _: _sum(g, [x, x]))


def _reduction_layer(inputs: int, outputs: int, side: int) -> Layer:
    before, after = (inputs, side, side), (outputs, side // 2, side // 2)
    name = f"reduction {inputs}x{side}x{side} to {outputs}x{side // 2}x{side // 2}"
    return Layer(name, before, after, lambda g, x, _: _reduction(g, x, inputs, outputs))


def _stem(graph: Graph, x: str) -> str:
    return graph.conv_bn(x, 3, _STAGES[0], kernel=3)


def _classifier(graph: Graph, x: str, channels: int, classes: int) -> str:
    x = graph.node("Relu", graph.batch_norm(x, channels))
    return graph.classifier(x, channels, classes)


def _cell(graph: Graph, x: str, genes: Sequence[int], channels: int) -> str:
    nodes: List[List[str]] = [[x], [], [], []]
    values: List[str] = []
    for (to, source), operation in zip(_EDGES, genes):
        while len(values) <= source:
            values.append(_sum(graph, nodes[len(values)]))
        nodes[to].append(_operation(graph, values[source], operation, channels))
    return _sum(graph, nodes[-1])


def _sum(graph: Graph, values: Sequence[str]) -> str:
    return reduce(lambda first, second: graph.node("Add", first, second), values)


def _operation(graph: Graph, x: str, operation: int, channels: int) -> str:
    if operation == 0:
        return graph.node("Mul", x, graph.shared_constant(np.zeros((), np.float32)))
    if operation == _SKIP:
        return x
    if operation == 4:
        return graph.node(
            "AveragePool", x, kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4
        )  # a mean over the pixels inside the image
    return _relu_conv_bn(graph, x, channels, channels, kernel=1 if operation == 2 else 3)


def _relu_conv_bn(
    graph: Graph, x: str, inputs: int, outputs: int, kernel: int, stride: int = 1
) -> str:
    return graph.conv_bn(graph.node("Relu", x), inputs, outputs, kernel=kernel, stride=stride)


def _reduction(graph: Graph, x: str, inputs: int, outputs: int) -> str:
    """The residual block between stages: half the pixels, twice the channels."""
    y = _relu_conv_bn(graph, x, inputs, outputs, 3, stride=2)
    y = _relu_conv_bn(graph, y, outputs, outputs, 3)
    pooled = graph.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    return graph.node("Add", graph.conv(pooled, inputs, outputs), y)
