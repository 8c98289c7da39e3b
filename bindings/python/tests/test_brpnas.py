"""What BRP-NAS's network is given, and what experiments make of its figures; needs no PyTorch."""

from __future__ import annotations

import json
from typing import Any, List, Set

import numpy as np
import pytest
from conftest import REPOSITORY

import helpnas
from helpnas.published import help_splits as splits

NODES = ("global", "input", "01", "02", "12", "03", "13", "23", "output")


@pytest.fixture(scope="module")
def graphs(experiments: Any) -> Any:
    return experiments("brpnas_graphs")


def edges(adjacency: Any) -> Set[str]:
    """Between different nodes, without the global one's."""
    found = np.argwhere(adjacency[1:, 1:] - np.eye(len(adjacency) - 1))
    return {
        f"{NODES[start + 1]} {end}"
        for start, end in zip(found[:, 0], np.take(NODES[1:], found[:, 1]))
    }


def labelled(features: Any) -> List[str]:
    return [name for name, row in zip(NODES, features) if row.any()]


def test_a_cell_of_convolutions_is_its_edges(graphs: Any) -> None:
    adjacency, features = graphs.cell_graph([3, 3, 3, 3, 3, 3])
    assert edges(adjacency) == {
        "input 01",
        "input 02",
        "input 03",
        "01 12",
        "01 13",
        "02 23",
        "12 23",
        "03 output",
        "13 output",
        "23 output",
    }
    assert labelled(features) == list(NODES)
    assert (adjacency[0] == 1).all() and (adjacency[1:, 0] == 0).all()
    assert (np.diag(adjacency) == 1).all()


def test_skips_are_edges_and_dead_ends_are_cut(graphs: Any) -> None:
    # 0-1 convolution, 0-2 none, 1-2 skip, 0-3 skip, 1-3 pooling, 2-3 none.
    adjacency, features = graphs.cell_graph([3, 0, 1, 1, 4, 0])
    assert edges(adjacency) == {"input 01", "input output", "01 13", "13 output"}
    assert labelled(features) == ["global", "input", "01", "13", "output"]
    assert features[2].argmax() == 1 and features[6].argmax() == 2


def test_chains_of_skips_are_one_edge(graphs: Any) -> None:
    adjacency, _ = graphs.cell_graph([1, 0, 1, 0, 0, 2])
    assert edges(adjacency) == {"input 23", "23 output"}
    through, _ = graphs.cell_graph([1, 0, 1, 0, 0, 1])
    assert edges(through) == {"input output"}


def test_a_cell_without_a_path_is_input_and_output(graphs: Any) -> None:
    adjacency, features = graphs.cell_graph([3, 0, 0, 0, 0, 3])
    assert edges(adjacency) == set()
    assert labelled(features) == ["global", "input", "output"]


def test_fbnet_is_a_chain(graphs: Any) -> None:
    genes = np.arange(22) % 9
    adjacency, features = graphs.chain_graph(genes.tolist())
    assert adjacency.shape == (25, 25) and features.shape == (25, 34)
    assert (adjacency[1:, 1:] == np.eye(24) + np.eye(24, k=1)).all()
    assert (features[2:24, :9].argmax(1) == genes).all() and (features[2:24].sum(1) == 2).all()


@pytest.mark.parametrize(("space", "count"), [("nasbench201", 15625), ("fbnet", 5000)])
def test_no_query_is_learnt_from(graphs: Any, space: str, count: int) -> None:
    samples, validation, others = graphs.split_rows(space, count)
    paper = splits.PAPER[space]
    queries = np.arange(paper.pool_rows, paper.pool_rows + paper.query_rows)
    assert (len(samples), len(validation)) == (900, 100)
    assert set(samples) <= set(range(paper.pool_rows))
    assert set(queries) <= set(others)
    assert sorted([*samples, *validation, *others]) == list(range(count))


def test_graphs_of_a_space(graphs: Any) -> None:
    adjacency, features = graphs.graphs_of("fbnet", helpnas.Space("fbnet").sample(5, seed=0))
    assert adjacency.shape == (5, 25, 25) and features.dtype == np.float32


def test_architectures_of_one_graph_share_a_mean(graphs: Any) -> None:
    # The first two differ in a dead end alone.
    archs = [[3, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 4], [0, 0, 0, 2, 0, 0]]
    made = graphs.graphs_of("nasbench201", archs)
    assert graphs.graph_means(made, np.array([1.0, 3.0, 7.0])) == pytest.approx([2, 2, 7])


@pytest.mark.parametrize("space", ["nasbench201", "fbnet"])
def test_the_stored_figures_are_of_the_test_devices(space: str) -> None:
    stored = json.loads((REPOSITORY / "data" / "baselines" / "brpnas.json").read_text("utf-8"))
    devices = stored[space]["devices"]
    assert list(devices) == list(splits.PAPER[space].test)
    for runs in devices.values():
        for run in runs:
            assert 0 < run["spearman_trimmed"] < run["spearman"] < 1
            assert run["best_epoch"] <= run["epochs"] <= stored[space]["settings"]["epochs"]


def test_unknown_sections_are_refused(experiments: Any, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("sys.argv", ["accuracy.py", "--shared", "x", "--only", "Proxy"])
    with pytest.raises(SystemExit):
        experiments("accuracy").main()
    assert "--only is 'Proxy', not one of HELP's splits, " in capsys.readouterr().err
