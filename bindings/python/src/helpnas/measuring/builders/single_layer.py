"""Layers of a network that can be measured alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Tuple

from .graph import Graph

#: Graph, input, batch size -> output.
AddLayer = Callable[[Graph, str, int], str]


@dataclass(frozen=True)
class Layer:
    """A layer, or a few that are always together.

    Attributes:
        name: what it computes, with shapes; layers of one name are the same layer.
        input, output: shapes without the batch: channels, height, width; or numbers.
        add: adds it to a graph.
    """

    name: str
    input: Tuple[int, ...]
    output: Tuple[int, ...]
    add: AddLayer = field(compare=False)


def layer_model(layer: Layer, batch: int, seed: int) -> bytes:
    """The layer alone as an ONNX model with random weights."""
    graph = Graph(seed)
    output = layer.add(graph, graph.input([batch, *layer.input]), batch)
    return graph.model(output, [batch, *layer.output])
