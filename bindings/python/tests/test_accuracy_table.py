"""Accuracies that are known, as a table or a dict."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import helpnas
from helpnas import AccuracyTable


def test_a_table_is_searched(predictor: helpnas.Predictor) -> None:
    space = predictor.space
    rows, scores = space.sample(40, seed=1), np.arange(40.0)
    ms = predictor.predict(rows)
    limit = float(np.median(ms))
    table = AccuracyTable(space, rows, scores)
    best = np.where(ms <= limit, scores, -1).argmax()
    for accuracy in (table, dict(zip(space.format(rows), scores))):
        found = predictor.search(max_latency_ms=limit, accuracy=accuracy)
        assert found.archs[0] == space.format(rows)[best] and found.accuracy[0] == best
        assert found.evaluations == (ms <= limit).sum() and found.predictions == 40
    assert len(table) == 40 and (table(rows[::-1]) == scores[::-1]).all()
    assert (table(space.format(rows[:3])) == scores[:3]).all()


def test_candidates_may_be_fewer_but_not_others(predictor: helpnas.Predictor) -> None:
    rows = predictor.space.sample(10, seed=1)
    table = AccuracyTable(predictor.space, rows[:9], np.zeros(9))
    found = predictor.search(max_latency_ms=math.inf, accuracy=table, candidates=rows[:4])
    assert found.evaluations == 4
    with pytest.raises(helpnas.ArgumentError, match="no accuracy of") as caught:
        predictor.search(max_latency_ms=math.inf, accuracy=table, candidates=rows)
    assert predictor.space.format(rows[9:])[0] in str(caught.value)
    with pytest.raises(helpnas.ArgumentError, match="candidates are given"):
        predictor.search(max_latency_ms=math.inf, accuracy=table, strategy="evolve")


def test_rows_that_are_one_architecture_are_refused() -> None:
    space = helpnas.Space("ofa-mbv3")
    rows = space.sample(2, seed=1)
    dead = rows[:1].copy()
    block = int(np.argmin(dead[0, 40:45]))
    dead[0, 40 + block] = 2
    twin = dead.copy()
    twin[0, 4 * block + 3] = 3 if dead[0, 4 * block + 3] != 3 else 7  # beyond the depth
    with pytest.raises(helpnas.ArgumentError, match="rows 0 and 2 are the same"):
        AccuracyTable(space, np.concatenate([dead, rows[1:], twin]), [1, 2, 3])
    table = AccuracyTable(space, dead, [1])
    assert table(twin) == [1.0]


def test_a_dict_in_another_spelling_is_read() -> None:
    table = AccuracyTable.from_mapping("fbnet", {"[" + "0," * 21 + "8]": 0.5})
    assert table([[0] * 21 + [8]]) == [0.5]
    assert table.space == helpnas.Space("fbnet")


@pytest.mark.parametrize(
    ("rows", "scores", "error"),
    [
        ([[0] * 6], [1, 2], helpnas.ArgumentError),
        ([[0] * 6], [[1]], helpnas.ArgumentError),
        ([[0] * 6], ["good"], helpnas.ArgumentError),
        ([[0] * 5], [1], helpnas.ArgumentError),
        ([[9] * 6], [1], helpnas.ArchitectureError),
        (["nonsense"], [1], helpnas.FormatError),
    ],
)
def test_what_is_no_table_is_refused(rows: Any, scores: Any, error: Any) -> None:
    with pytest.raises(error):
        AccuracyTable("nasbench201", rows, scores)


def test_what_is_no_source_is_refused(predictor: helpnas.Predictor) -> None:
    def search(accuracy: Any) -> None:
        predictor.search(max_latency_ms=math.inf, accuracy=accuracy)

    other = AccuracyTable("fbnet", [[0] * 22], [1.0])
    with pytest.raises(helpnas.MismatchError, match="'fbnet'.*'nasbench201'"):
        search(other)
    for nothing in (None, 1.0, [1.0], "accuracy"):
        with pytest.raises(helpnas.ArgumentError, match="not a function, a model or a table"):
            search(nothing)
    with pytest.raises(helpnas.ArgumentError):
        search({})
    with pytest.raises(helpnas.FormatError):
        search({"nonsense": 1.0})
    text = predictor.space.format(predictor.space.sample(1))[0]
    with pytest.raises(helpnas.CallbackError):
        search({text: math.nan})
