"""FBNet's networks on CIFAR-100 (Wu et al., CVPR 2019), as HW-NAS-Bench measured them
(Li et al., ICLR 2021): 32 by 32 pixels, ReLU, and a channel shuffle after grouped layers."""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

from ._graph import Graph

#: Layers, channels, stride of the first layer.
_STAGES = (
    (1, 16, 1), (4, 24, 1), (4, 32, 2), (4, 64, 2), (4, 112, 1), (4, 184, 2), (1, 352, 1),
)  # fmt: skip
#: Kernel, expansion, groups of genes 0 to 7; 8 skips.
_BLOCKS = ((3, 1, 1), (3, 1, 2), (3, 3, 1), (3, 6, 1), (5, 1, 1), (5, 1, 2), (5, 3, 1), (5, 6, 1))
_STEM = 16
_HEADER = 1504


def build(genes: Sequence[int], batch: int, seed: int) -> bytes:
    """The network with these 22 layers."""
    graph = Graph(seed)
    x = graph.conv_bn(graph.input([batch, 3, 32, 32]), 3, _STEM, kernel=3)
    x = graph.node("Relu", x)
    inputs, side = _STEM, 32
    layers = iter(genes)
    for count, outputs, first_stride in _STAGES:
        for place in range(count):
            stride = 1 if place else first_stride
            x = _layer(graph, x, next(layers), (inputs, outputs), stride, (batch, side))
            inputs, side = outputs, side // stride
    x = graph.node("Relu", graph.conv_bn(x, inputs, _HEADER))
    return graph.model(graph.classifier(x, _HEADER, 100), [batch, 100])


def _layer(
    graph: Graph,
    x: str,
    operation: int,
    channels: Tuple[int, int],
    stride: int,
    extent: Tuple[int, int],
) -> str:
    keeps_shape = stride == 1 and channels[0] == channels[1]
    if operation == len(_BLOCKS):
        if keeps_shape:
            return x
        return graph.node("Relu", graph.conv_bn(x, *channels, stride=stride))
    y = _block(graph, x, operation, channels, stride, extent)
    return graph.node("Add", y, x) if keeps_shape else y


def _block(
    graph: Graph,
    x: str,
    operation: int,
    channels: Tuple[int, int],
    stride: int,
    extent: Tuple[int, int],
) -> str:
    kernel, expansion, groups = _BLOCKS[operation]
    inner = channels[0] * expansion
    x = graph.node("Relu", graph.conv_bn(x, channels[0], inner, groups=groups))
    if groups > 1:
        x = _shuffle(graph, x, inner, groups, extent)
    x = graph.conv_bn(x, inner, inner, kernel=kernel, stride=stride, groups=inner)
    return graph.conv_bn(graph.node("Relu", x), inner, channels[1], groups=groups)


def _shuffle(graph: Graph, x: str, channels: int, groups: int, extent: Tuple[int, int]) -> str:
    """Channels of the groups in turn."""
    batch, side = extent
    grouped = graph.shared(np.array([batch, groups, channels // groups, side, side], np.int64))
    flat = graph.shared(np.array([batch, channels, side, side], np.int64))
    x = graph.node("Transpose", graph.node("Reshape", x, grouped), perm=[0, 2, 1, 3, 4])
    return graph.node("Reshape", x, flat)
