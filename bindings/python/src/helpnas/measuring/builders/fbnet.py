"""FBNet's networks (Wu et al., CVPR 2019), as HW-NAS-Bench measured them (Li et al., ICLR
2021): for CIFAR-100 or ImageNet, with ReLU, and a channel shuffle after grouped layers."""

from __future__ import annotations

from functools import partial
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from .graph import Graph
from .single_layer import Layer

#: Layers and channels.
STAGES = ((1, 16), (4, 24), (4, 32), (4, 64), (4, 112), (4, 184), (1, 352))
#: Kernel, expansion, groups of genes 0 to 7; 8 skips.
BLOCKS = ((3, 1, 1), (3, 1, 2), (3, 3, 1), (3, 6, 1), (5, 1, 1), (5, 1, 2), (5, 3, 1), (5, 6, 1))
_STEM = 16


class DataSet(NamedTuple):
    """Images of ``side`` by ``side`` pixels, and what the networks for them have: the stem's
    stride, that of each stage's first layer, the header's channels and the number of classes."""

    side: int
    stem_stride: int
    strides: Tuple[int, ...]
    header: int
    classes: int


CIFAR100 = DataSet(32, 1, (1, 1, 2, 2, 1, 2, 1), 1504, 100)
IMAGENET = DataSet(224, 2, (1, 2, 2, 2, 1, 2, 1), 1984, 1000)


def build(genes: Sequence[int], batch: int, seed: int, data: DataSet = CIFAR100) -> bytes:
    """The network with these 22 layers."""
    graph = Graph(seed)
    x = graph.input([batch, 3, data.side, data.side])
    for layer in layers(genes, data):
        x = layer.add(graph, x, batch)
    return graph.model(x, [batch, data.classes])


def layers(genes: Sequence[int], data: DataSet = CIFAR100) -> List[Layer]:
    """Stem, blocks and header in their order; a block that passes its input on is none."""
    inputs, side = _STEM, data.side // data.stem_stride
    stem = partial(_stem, stride=data.stem_stride)
    found = [Layer("stem", (3, data.side, data.side), (inputs, side, side), stem)]
    operations = iter(genes)
    for (count, outputs), first_stride in zip(STAGES, data.strides):
        for place in range(count):
            stride = 1 if place else first_stride
            block = _Block(next(operations), inputs, outputs, stride, side)
            if not block.passes:
                found.append(block.layer())
            inputs, side = outputs, side // stride
    header = partial(_header, data=data)
    return [*found, Layer("header", (inputs, side, side), (data.classes,), header)]


def _stem(graph: Graph, x: str, batch: int, stride: int) -> str:
    return graph.node("Relu", graph.conv_bn(x, 3, _STEM, kernel=3, stride=stride))


def _header(graph: Graph, x: str, batch: int, data: DataSet) -> str:
    x = graph.node("Relu", graph.conv_bn(x, STAGES[-1][1], data.header))
    return graph.classifier(x, data.header, data.classes)


class _Block(NamedTuple):
    operation: int
    inputs: int
    outputs: int
    stride: int
    side: int

    @property
    def keeps_shape(self) -> bool:
        return self.stride == 1 and self.inputs == self.outputs

    @property
    def skips(self) -> bool:
        return self.operation == len(BLOCKS)

    @property
    def passes(self) -> bool:
        return self.skips and self.keeps_shape

    def layer(self) -> Layer:
        if self.skips:
            kind = "skip"
        else:
            kernel, expansion, groups = BLOCKS[self.operation]
            kind = f"k{kernel}_e{expansion}_g{groups}"
        after = self.side // self.stride
        name = f"{kind} {self.inputs}x{self.side}x{self.side} to {self.outputs}x{after}x{after}"
        return Layer(
            name, (self.inputs, self.side, self.side), (self.outputs, after, after), self.add
        )

    def add(self, graph: Graph, x: str, batch: int) -> str:
        channels = self.inputs, self.outputs
        if self.skips:
            return graph.node("Relu", graph.conv_bn(x, *channels, stride=self.stride))
        y = _block(graph, x, self.operation, channels, self.stride, (batch, self.side))
        return graph.node("Add", y, x) if self.keeps_shape else y


def _block(
    graph: Graph,
    x: str,
    operation: int,
    channels: Tuple[int, int],
    stride: int,
    extent: Tuple[int, int],
) -> str:
    kernel, expansion, groups = BLOCKS[operation]
    inner = channels[0] * expansion
    x = graph.node("Relu", graph.conv_bn(x, channels[0], inner, groups=groups))
    if groups > 1:
        x = _shuffle(graph, x, inner, groups, extent)
    x = graph.conv_bn(x, inner, inner, kernel=kernel, stride=stride, groups=inner)
    return graph.conv_bn(graph.node("Relu", x), inner, channels[1], groups=groups)


def _shuffle(graph: Graph, x: str, channels: int, groups: int, extent: Tuple[int, int]) -> str:
    """Channels of the groups in turn."""
    batch, side = extent
    grouped = graph.shared_constant(
        np.array([batch, groups, channels // groups, side, side], np.int64)
    )
    flat = graph.shared_constant(np.array([batch, channels, side, side], np.int64))
    x = graph.node("Transpose", graph.node("Reshape", x, grouped), perm=[0, 2, 1, 3, 4])
    return graph.node("Reshape", x, flat)
