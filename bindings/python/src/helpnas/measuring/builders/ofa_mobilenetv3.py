"""Once-for-all's MobileNetV3 networks of width 1.0 (Cai et al., ICLR 2020)."""

from __future__ import annotations

from typing import List, NamedTuple, Sequence

from .graph import Graph

_BLOCKS_IN_STAGE = 4
_DEPTHS = 40
_RESOLUTION = 45


class _Stage(NamedTuple):
    channels: int
    stride: int
    excites: bool
    activation: str


_STAGES = (
    _Stage(24, 2, False, "Relu"),
    _Stage(40, 2, True, "Relu"),
    _Stage(80, 2, False, "HardSwish"),
    _Stage(112, 1, True, "HardSwish"),
    _Stage(160, 2, True, "HardSwish"),
)


class _Block(NamedTuple):
    inputs: int
    inner: int
    kernel: int
    stride: int
    stage: _Stage


def build(genes: Sequence[int], batch: int, seed: int) -> bytes:
    """The network of these genes, at their resolution."""
    side = int(genes[_RESOLUTION])
    graph = Graph(seed)
    x = graph.conv_bn(graph.input([batch, 3, side, side]), 3, 16, kernel=3, stride=2)
    x = graph.node("HardSwish", x)
    x = graph.node("Add", _narrow(graph, x, _Block(16, 16, 3, 1, _Stage(16, 1, False, "Relu"))), x)
    for block in _blocks(genes):
        y = _inverted_bottleneck(graph, x, block)
        keeps_shape = block.stride == 1 and block.inputs == block.stage.channels
        x = graph.node("Add", y, x) if keeps_shape else y
    x = graph.node("HardSwish", graph.conv_bn(x, 160, 960))
    x = graph.conv(graph.node("GlobalAveragePool", x), 960, 1280)
    x = graph.node("Flatten", graph.node("HardSwish", x), axis=1)
    return graph.model(graph.linear(x, 1280, 1000), [batch, 1000])


def _blocks(genes: Sequence[int]) -> List[_Block]:
    """The blocks that are there."""
    blocks: List[_Block] = []
    inputs = 16
    for number, stage in enumerate(_STAGES):
        for place in range(genes[_DEPTHS + number]):
            slot = number * _BLOCKS_IN_STAGE + place
            expansion = genes[len(_STAGES) * _BLOCKS_IN_STAGE + slot]
            stride = 1 if place else stage.stride
            blocks.append(_Block(inputs, inputs * expansion, genes[slot], stride, stage))
            inputs = stage.channels
    return blocks


def _inverted_bottleneck(graph: Graph, x: str, block: _Block) -> str:
    x = graph.conv_bn(x, block.inputs, block.inner)
    return _narrow(graph, graph.node(block.stage.activation, x), block)


def _narrow(graph: Graph, x: str, block: _Block) -> str:
    """The depthwise convolution, squeeze and excitation, and the second pointwise one."""
    inner = block.inner
    x = graph.conv_bn(x, inner, inner, kernel=block.kernel, stride=block.stride, groups=inner)
    x = graph.node(block.stage.activation, x)
    if block.stage.excites:
        x = graph.node("Mul", x, _excitation(graph, x, inner))
    return graph.conv_bn(x, inner, block.stage.channels)


def _excitation(graph: Graph, x: str, channels: int) -> str:
    squeezed = _divisible(channels // 4)
    y = graph.conv(graph.node("GlobalAveragePool", x), channels, squeezed, bias=True)
    y = graph.conv(graph.node("Relu", y), squeezed, channels, bias=True)
    return graph.node("HardSigmoid", y, alpha=1 / 6, beta=0.5)


def _divisible(channels: int) -> int:
    """The nearest multiple of 8 that is not smaller by more than a tenth."""
    nearest = max(8, (channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest
