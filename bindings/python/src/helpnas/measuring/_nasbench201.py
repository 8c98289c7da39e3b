"""NAS-Bench-201's networks on CIFAR-10 (Dong and Yang, ICLR 2020, section 2)."""

from __future__ import annotations

from functools import reduce
from typing import List, Sequence

import numpy as np

from ._graph import Graph

_CELLS = 5
_STAGES = (16, 32, 64)
#: The node each of the six genes leads to and the node it comes from.
_EDGES = ((1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2))


def build(genes: Sequence[int], batch: int, seed: int) -> bytes:
    """The network with this cell, images of 32 by 32 pixels.

    ``none`` multiplies by 0 and runs, as do the edges that lead from it: devices of the
    published tables pay for them.
    """
    graph = Graph(seed)
    x = graph.conv_bn(graph.input([batch, 3, 32, 32]), 3, _STAGES[0], kernel=3)
    channels = _STAGES[0]
    for width in _STAGES:
        if width != channels:
            x = _reduction(graph, x, channels, width)
        channels = width
        for _ in range(_CELLS):
            x = _cell(graph, x, genes, channels)
    x = graph.node("Relu", graph.batch_norm(x, channels))
    return graph.model(graph.classifier(x, channels, 10), [batch, 10])


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
        return graph.node("Mul", x, graph.shared(np.zeros((), np.float32)))
    if operation == 1:
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
