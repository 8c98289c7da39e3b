"""What is between two layers whose shapes do not fit: nothing is learnt, little is computed."""

from __future__ import annotations

import math
from typing import Optional, Sequence, Tuple

import numpy as np

from .graph import Graph

#: Without the batch: (tokens, features), or (channels, height, width).
Shape = Tuple[int, ...]


class Conversions:
    """Adds conversions to a graph, whose tensors all begin with the batch."""

    def __init__(self, graph: Graph, batch: int) -> None:
        self._graph, self._batch = graph, batch

    def reshaped(self, x: str, shape: Sequence[int]) -> str:
        """The same numbers in another shape."""
        sizes = self._graph.shared_constant(np.array([self._batch, *shape], np.int64))
        return self._graph.node("Reshape", x, sizes)

    def permuted(self, x: str, shape: Sequence[int], order: Sequence[int]) -> str:
        """In another shape, then with the axes, batch included, in another order."""
        return self._graph.node("Transpose", self.reshaped(x, shape), perm=list(order))

    def exactly(self, x: str, given: Shape, wanted: Shape) -> Optional[str]:
        """A tensor in another shape, if that is only another view of it, or means of it.

        Pixels are tokens, one token is the mean of tokens or pixels, and any shape of as many
        numbers will do.
        """
        if len(given) == 3 and wanted == (math.prod(given[1:]), given[0]):
            return self.permuted(x, [given[0], wanted[0]], [0, 2, 1])
        if len(wanted) == 3 and given == (math.prod(wanted[1:]), wanted[0]):
            return self.reshaped(self.permuted(x, given, [0, 2, 1]), wanted)
        if len(given) == 3 and wanted == (1, given[0]):
            return self.reshaped(self._graph.node("GlobalAveragePool", x), wanted)
        if len(given) == 2 and wanted == (1, given[1]):
            return self._graph.node("ReduceMean", x, axes=[1], keepdims=1)
        if math.prod(given) == math.prod(wanted):
            return self.reshaped(x, wanted)
        return None

    def resized(self, x: str, given: Shape, wanted: Shape) -> str:
        """A tensor in any other shape: cut where it is longer, with zeros where it is shorter."""
        if len(given) == len(wanted):
            return self._fitted(x, given, wanted)
        if len(given) == 3:
            tokens = (math.prod(given[1:]), given[0])
            x = self.permuted(x, [given[0], tokens[0]], [0, 2, 1])
            return self._fitted(x, tokens, wanted)
        tokens = (math.prod(wanted[1:]), wanted[0])
        x = self.permuted(self._fitted(x, given, tokens), tokens, [0, 2, 1])
        return self.reshaped(x, wanted)

    def _fitted(self, x: str, given: Shape, wanted: Shape) -> str:
        kept = tuple(map(min, given, wanted))
        if kept != given:
            axes = np.arange(1, len(given) + 1)
            numbers = [np.zeros_like(axes), np.array(kept, np.int64), axes]
            x = self._graph.node(
                "Slice", x, *(self._graph.shared_constant(each) for each in numbers)
            )
        if kept != wanted:
            missing = [after - before for before, after in zip(kept, wanted)]
            pads = np.array([0] * (len(given) + 2) + missing, np.int64)
            x = self._graph.node("Pad", x, self._graph.shared_constant(pads))
        return x
