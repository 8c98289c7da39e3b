"""The space's own notation, rows, indices, and variation."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import helpnas

TEXT = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|"
GENES = [3, 0, 1, 4, 2, 0]


def test_sizes(space: helpnas.Space) -> None:
    assert (space.name, space.width, space.count) == ("nasbench201", 6, 15625)
    assert space.feature_count == 72
    assert isinstance(space.description, dict)
    assert repr(space) == "Space('nasbench201')"


def test_text_and_genes(space: helpnas.Space) -> None:
    assert space.parse(TEXT).tolist() == GENES
    assert space.format(GENES) == TEXT
    assert space.parse([TEXT, TEXT]).shape == (2, 6)
    assert space.format([GENES, GENES]) == [TEXT, TEXT]
    assert space.format([TEXT]) == [TEXT]


@given(st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), max_size=5))
def test_round_trip(genes: Any) -> None:
    space = helpnas.Space("nasbench201")
    rows = space.genes(genes)
    assert space.parse(space.format(rows)).tolist() == rows.tolist()
    if genes:
        assert (space.from_index(space.to_index(rows)) == rows).all()


@given(st.text(max_size=80))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(helpnas.FormatError):
        helpnas.Space("nasbench201").parse(text)


@pytest.mark.parametrize("cut", range(0, len(TEXT), 7))
def test_a_truncated_text_is_refused(space: helpnas.Space, cut: int) -> None:
    with pytest.raises(helpnas.FormatError):
        space.parse(TEXT[:cut])
    with pytest.raises(helpnas.FormatError):
        space.parse(TEXT + "\0" + TEXT[:cut])


def test_every_form_is_accepted_everywhere(space: helpnas.Space) -> None:
    rows = space.sample(4, seed=1)
    wanted = space.macs(rows)
    forms = [
        rows.tolist(),
        space.format(rows),
        tuple(space.format(rows)),
        rows.astype(float),
        np.array(space.format(rows)),
        np.array(space.format(rows), object),
    ]
    for form in forms:
        assert (space.macs(form) == wanted).all()


def test_one_text_is_not_a_batch(space: helpnas.Space) -> None:
    with pytest.raises(helpnas.ArgumentError, match="one architecture"):
        space.macs(TEXT)


@pytest.mark.parametrize("archs", [None, 3, {1: 2}, [TEXT, GENES], [None]])
def test_what_is_no_batch_is_refused(space: helpnas.Space, archs: Any) -> None:
    with pytest.raises(helpnas.HelpError):
        space.macs(archs)


def test_check_accepts_the_whole_space(space: helpnas.Space) -> None:
    space.check(space.from_index(np.arange(space.count)))


def test_numbering_is_the_benchmarks(space: helpnas.Space) -> None:
    # Seed 88 shuffles the product of the operations into the benchmark's order.
    order = list(product(range(5), repeat=6))
    random.Random(88).shuffle(order)
    assert (space.from_index(np.arange(space.count)) == np.array(order)).all()
    assert (space.to_index(order) == np.arange(space.count)).all()


@pytest.mark.parametrize("index", [15625, 2**40])
def test_numbers_beyond_the_benchmark_are_refused(space: helpnas.Space, index: int) -> None:
    with pytest.raises(helpnas.HelpError):
        space.from_index([0, index])


def test_sample(space: helpnas.Space) -> None:
    rows = space.sample(space.count, seed=3)
    assert len(np.unique(rows, axis=0)) == space.count
    assert (space.sample(9, seed=5) == space.sample(9, seed=5)).all()
    assert (space.sample(9, seed=5) != space.sample(9, seed=6)).any()
    for count in (space.count + 1, 2**60, -1):
        with pytest.raises(helpnas.ArgumentError):
            space.sample(count)


def test_mutate(space: helpnas.Space) -> None:
    rows = space.sample(200, seed=1)
    assert (space.mutate(rows, probability=0.0) == rows).all()
    assert (space.mutate(rows, probability=1.0) != rows).all()
    space.check(space.mutate(rows, probability=0.5, seed=2))


def test_cross(space: helpnas.Space) -> None:
    parents_a, parents_b = space.sample(50, seed=1), space.sample(50, seed=2)
    children = space.crossover(parents_a, parents_b, seed=4)
    assert ((children == parents_a) | (children == parents_b)).all()
    with pytest.raises(helpnas.ArgumentError, match="parents_a are 50 but parents_b 49"):
        space.crossover(parents_a, parents_b[1:])


def test_encode(space: helpnas.Space) -> None:
    features = space.encode([GENES])
    assert features.shape == (1, 72) and features.dtype == np.float32
