"""Architectures as BRP-NAS's predictor sees them (Dudziak et al., NeurIPS 2020): small graphs.

Nodes are operations, and a node reads itself and those that it leads to; edges are neither
turned around nor normalised.  Node 0 is the global one: it leads to every node, nothing to it.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import numpy.typing as npt

import helpnas
from helpnas.published import help_splits as splits

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
#: Adjacencies [n, nodes, nodes] and features [n, nodes, kinds].
Graphs = Tuple[Array, Array]

#: Measured on the device to train on, and to stop and to lower the learning rate by.
SAMPLES, VALIDATION = 900, 100
#: Where the six operations of a cell start and end; its input is 0, its output 3.
_CELL = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
_NONE, _SKIP = 0, 1
_BLOCKS, _CHOICES = 22, 9


def split_rows(space: str, count: int) -> Tuple[Rows, Rows, Rows]:
    """Rows to train on, to validate with, and all others; no trimmed query is in the first two."""
    paper = splits.PAPER[space]
    room = paper.pool_rows - SAMPLES
    begin = SAMPLES if room >= VALIDATION else paper.pool_rows + paper.query_rows
    rows = np.arange(count)
    used = np.arange(begin, begin + VALIDATION)
    return rows[:SAMPLES], used, np.setdiff1d(rows[SAMPLES:], used)


def scores(table: helpnas.LatencyTable, device: str, predicted: Any) -> Dict[str, float]:
    """Of predictions for all rows [n]: trimmed queries as everywhere, then all other rows."""
    (_, row) = helpnas.evaluate(
        helpnas.load(f"{table.space.name}-paper"),
        table,
        [device],
        "ten",
        method="macs",
        baselines=(),
        extra={"given": lambda archs: predicted[table.rows(archs)]},
    )
    _, _, others = split_rows(table.space.name, len(table))
    found = helpnas.score(predicted[others], table.latency(device)[others])
    return {**found, "spearman_trimmed": row["spearman_trimmed"]}


def graphs_of(space: str, archs: Any) -> Graphs:
    """All architectures of a table."""
    build = _BUILDERS[space]
    made = [build(row) for row in np.asarray(archs).tolist()]
    adjacency, features = (np.array(part, np.float32) for part in zip(*made))
    return adjacency, features


def graph_means(graphs: Graphs, latency: Any) -> Any:
    """The mean latency of all architectures of the same graph, [n]: a predictor knows no more."""
    flat = np.concatenate([part.reshape(len(part), -1) for part in graphs], axis=1)
    _, number = np.unique(flat, axis=0, return_inverse=True)
    number = number.ravel()
    return (np.bincount(number, latency) / np.bincount(number))[number]


def cell_graph(genes: List[int]) -> Tuple[Array, Array]:
    """NAS-Bench-201: global, input, six operations, output.

    ``none`` is cut, ``skip_connect`` is an edge, and what is on no path from the input to the
    output is cut as well, but stays a node without features.
    """
    leads = _cell_edges()
    for place, gene in enumerate(genes, 1):
        if gene == _SKIP:
            leads |= np.outer(leads[:, place], leads[place])
        if gene in (_NONE, _SKIP):
            leads[:, place] = leads[place] = False
    reached = _reachable(leads)
    alive = reached[0] & reached[:, -1]
    leads &= np.outer(alive, alive)
    # 1x1 and 3x3 convolution, pooling, input, output.
    kinds = [3, *(gene - 2 if gene > _SKIP else None for gene in genes), 4]
    features = np.zeros((len(leads), 5), np.float32)
    for node, kind in enumerate(kinds):
        # Input and output keep theirs in a cell without a path.
        if kind is not None and (alive[node] or kind > 2):
            features[node, kind] = 1
    return _with_global(leads, features)


def _cell_edges() -> npt.NDArray[np.bool_]:
    """Operations lead to those that start where they end."""
    ends = [0, *(end for _, end in _CELL), -1]
    starts = [-2, *(start for start, _ in _CELL), 3]
    return np.array([[end == start for start in starts] for end in ends])


def _reachable(leads: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    steps = (leads | np.eye(len(leads), dtype=bool)).astype(int)
    return np.linalg.matrix_power(steps, len(leads)) > 0


def chain_graph(genes: List[int]) -> Tuple[Array, Array]:
    """FBNet, our transfer: global, input, 22 blocks in a row, output.

    A block's features are its choice and its place: convolutions alone do not tell the stages.
    """
    nodes = _BLOCKS + 2
    leads = np.eye(nodes, k=1, dtype=bool)
    features = np.zeros((nodes, _CHOICES + nodes), np.float32)
    features[np.arange(1, nodes - 1), genes] = 1
    features[:, _CHOICES:] = np.eye(nodes)
    return _with_global(leads, features)


def _with_global(leads: npt.NDArray[np.bool_], features: Array) -> Tuple[Array, Array]:
    nodes, kinds = features.shape
    adjacency = np.eye(nodes + 1, dtype=np.float32)
    adjacency[1:, 1:] += leads
    adjacency[0] = 1
    labelled = np.zeros((nodes + 1, kinds + 1), np.float32)
    labelled[1:, :kinds] = features
    labelled[0, kinds] = 1
    return adjacency, labelled


_BUILDERS: Dict[str, Callable[[List[int]], Tuple[Array, Array]]] = {
    "nasbench201": cell_graph,
    "fbnet": chain_graph,
}
