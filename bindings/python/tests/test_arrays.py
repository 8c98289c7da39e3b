"""Only conversions that keep every value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import helpnas
from helpnas._c import arrays as _arrays
from helpnas._c.prototypes import AdaptOptions


@given(
    hnp.arrays(
        st.sampled_from([np.int8, np.uint8, np.int16, np.int64, np.float32, np.float64]),
        (3, 2),
        elements=st.integers(0, 100),
    )
)
def test_integers_of_any_type_come_through(values: Any) -> None:
    rows = _arrays.gene_rows(values, 2)
    assert rows.dtype == np.int32 and rows.flags.c_contiguous
    assert (rows == values).all()


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_float_is_exact_or_refused(value: float) -> None:
    if np.isfinite(value) and value == int(value) and abs(value) < 2**31:
        assert _arrays.gene_rows([[value]], 1)[0, 0] == value
    else:
        with pytest.raises(helpnas.ArchitectureError, match="row 0: gene 0"):
            _arrays.gene_rows([[value]], 1)


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**40, 2**63])
def test_an_integer_beyond_32_bits_is_refused(value: int) -> None:
    with pytest.raises(helpnas.ArchitectureError):
        _arrays.gene_rows([[value]], 1)


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        [[1, 2, 3]],
        [[[1, 2]]],
        3,
        [["a", "b"]],
        [[None, 1]],
        [[True, False]],
        [[1j, 2]],
        [[1], [1, 2]],
        [[2**70, 1]],
    ],
)
def test_what_is_not_a_table_of_numbers_is_refused(value: Any) -> None:
    with pytest.raises(helpnas.ArgumentError):
        _arrays.gene_rows(value, 2)


def test_strided_rows_are_copied_in_order() -> None:
    table = np.arange(24, dtype=np.int32).reshape(4, 6)
    for view in (table[::2], table[::-1], np.asfortranarray(table), table[:, ::-1]):
        rows = _arrays.gene_rows(view, 6)
        assert (rows == view).all() and rows.flags.c_contiguous


@pytest.mark.parametrize("value", ["abc", [1, "2"], [[1.0]], [True], [1j], [None]])
def test_latencies_must_be_a_vector_of_numbers(value: Any) -> None:
    with pytest.raises(helpnas.ArgumentError, match="latency_ms"):
        _arrays.float_vector(value, "latency_ms")


def test_float_vector_checks_the_length() -> None:
    with pytest.raises(helpnas.ArgumentError, match=r"\[3\]"):
        _arrays.float_vector([1.0, 2.0], "latency_ms", 3)


@pytest.mark.parametrize("value", [[-1], [0.5], [[1]], ["1"], 3])
def test_indices_must_be_whole_and_not_negative(value: Any) -> None:
    with pytest.raises(helpnas.ArgumentError):
        _arrays.index_vector(value, "indices")


@pytest.mark.parametrize("value", [-1, 2**64, 1.5, "1", None])
def test_seeds_do_not_wrap(value: Any) -> None:
    with pytest.raises(helpnas.ArgumentError, match="seed"):
        _arrays.seed_number(value)


def test_options_do_not_wrap() -> None:
    with pytest.raises(helpnas.ArgumentError, match="steps"):
        _arrays.make_options(AdaptOptions, steps=2**32)
    with pytest.raises(helpnas.ArgumentError, match="seed"):
        _arrays.make_options(AdaptOptions, seed=-1)


def test_options_have_the_librarys_defaults() -> None:
    options = _arrays.make_options(AdaptOptions)
    assert (options.steps, options.method, options.samples) == (-1, 0, 0)
    assert not options.noise


def test_a_choice_lists_what_is_allowed() -> None:
    with pytest.raises(helpnas.ArgumentError, match="'extra', 'all'"):
        _arrays.choice("none", "support", {"extra": 0, "all": 1})
    with pytest.raises(helpnas.ArgumentError):
        _arrays.choice([], "support", {"extra": 0})
