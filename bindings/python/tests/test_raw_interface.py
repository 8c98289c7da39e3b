"""The C interface called through the prototypes alone, without the classes."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_double, c_int32, c_size_t, c_uint64, sizeof
from typing import Any

import numpy as np
import pytest

import helpnas
from helpnas._c import prototypes as p
from helpnas._c.library import library

Row = c_int32 * 6


@pytest.fixture
def lib() -> Any:
    """The library with statuses returned, not raised."""
    loaded = ctypes.CDLL(library()._name)
    for name, (restype, argtypes) in p.PROTOTYPES.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = restype, argtypes
    return loaded


@pytest.fixture
def handles(lib: Any, small_model_file: bytes) -> Any:
    """(space, model, predictor), freed at the end."""
    space, model, predictor = p.SpacePointer(), p.ModelPointer(), p.PredictorPointer()
    assert lib.help_space_open(b"nasbench201", byref(space)) == 0
    assert lib.help_load_memory(small_model_file, len(small_model_file), byref(model)) == 0
    count = lib.help_model_reference_count(model)
    rows = (c_int32 * (6 * count))()
    assert lib.help_model_references(model, rows, 6) == 0
    ms = (c_double * count)(*range(1, count + 1))
    assert lib.help_adapt(model, rows, count, 6, ms, None, byref(predictor)) == 0
    yield space, model, predictor
    for name, handle in (("predictor", predictor), ("model", model), ("space", space)):
        getattr(lib, f"help_{name}_free")(handle)


def test_predict_with_a_stride(lib: Any, handles: Any) -> None:
    space, _, predictor = handles
    wide = (c_int32 * 27)(*[99] * 27)
    for row in range(3):
        for gene in range(6):
            wide[9 * row + gene] = (row + gene) % 5
    out, alone = (c_double * 3)(), (c_double * 1)()
    assert lib.help_predict(predictor, wide, 3, 9, out, None) == 0
    for row in range(3):
        one = Row(*[(row + gene) % 5 for gene in range(6)])
        assert lib.help_predict(predictor, one, 1, 6, alone, None) == 0
        assert alone[0] == out[row]


def test_outputs_are_untouched_on_failure(lib: Any, handles: Any) -> None:
    space, _, predictor = handles
    out = (c_double * 2)(7.0, 7.0)
    bad = (c_int32 * 12)(*[0] * 11, 5)
    assert lib.help_predict(predictor, bad, 2, 6, out, None) == 4
    assert list(out) == [7.0, 7.0]
    row = Row(*[9] * 6)
    assert lib.help_arch_parse(space, b"|x|", 3, row) == 6
    assert list(row) == [9] * 6
    made = p.ModelPointer(123)
    assert lib.help_load_memory(b"x", 1, byref(made)) == 6
    assert made.value == 123
    assert lib.help_last_error().decode() != ""


def test_null_where_none_is_allowed(lib: Any, handles: Any) -> None:
    space, model, predictor = handles
    out = (c_double * 1)()
    assert lib.help_predict(predictor, None, 1, 6, out, None) == 1
    assert lib.help_predict(predictor, Row(), 1, 6, None, None) == 1
    assert lib.help_predict(predictor, Row(), 1, 5, out, None) == 1
    assert lib.help_predict(None, Row(), 1, 6, out, None) in (1, 2)
    assert lib.help_space_open(None, byref(p.SpacePointer())) == 1
    assert lib.help_load(None, byref(p.ModelPointer())) == 1
    assert lib.help_space_width(None) == 0 and lib.help_space_count(None) == 0
    assert lib.help_space_name(None) is None
    for name in ("space", "model", "predictor", "dataset", "cancel"):
        getattr(lib, f"help_{name}_free")(None)
    lib.help_buffer_free(None)


def test_enormous_counts_are_refused(lib: Any, handles: Any) -> None:
    space, _, predictor = handles
    out = (c_double * 1)()
    for n, stride in ((2**63, 6), (2**61, 6), (2**64 - 1, 2**64 - 1), (2**32, 2**32)):
        assert lib.help_predict(predictor, Row(), n, stride, out, None) == 1


def test_a_handle_of_another_type_is_refused(lib: Any, handles: Any) -> None:
    space, model, predictor = handles
    with pytest.raises(ctypes.ArgumentError):
        lib.help_predict(model, Row(), 1, 6, (c_double * 1)(), None)
    wrong = p.PredictorPointer(model.value)
    assert lib.help_predict(wrong, Row(), 1, 6, (c_double * 1)(), None) == 2


def test_arrays_of_another_type_are_refused(lib: Any, handles: Any) -> None:
    predictor = handles[2]
    out = np.empty(1)
    for rows in (np.zeros((1, 6), np.int64), np.zeros((6, 1), np.int32)[::2], [0] * 6, 5):
        with pytest.raises(ctypes.ArgumentError):
            lib.help_predict(predictor, rows, 1, 6, out, None)


def test_a_half_filled_callback_is_an_error(lib: Any, handles: Any) -> None:
    predictor = handles[2]
    seen = []

    def accuracy(user: Any, archs: Any, n: int, stride: int, out: Any) -> int:
        seen.append([out[i] for i in range(n)])
        for i in range(n // 2):
            out[i] = 1.0
        return 0

    assert run_search(lib, predictor, p.ACCURACY_FUNCTION(accuracy)) == 11
    assert all(np.isnan(value) for value in seen[0])


@pytest.mark.parametrize("code", [-1, -7, -(2**31)])
def test_a_hosts_code_comes_back(lib: Any, handles: Any, code: int) -> None:
    callback = p.ACCURACY_FUNCTION(lambda user, archs, n, stride, out: code)
    assert run_search(lib, handles[2], callback) == code


def run_search(lib: Any, predictor: Any, callback: Any) -> int:
    genes, accuracy, latency = (c_int32 * 12)(), (c_double * 2)(), (c_double * 2)()
    report = p.SearchReport(sizeof(p.SearchReport))
    return int(
        lib.help_search(
            predictor,
            float("inf"),
            callback,
            None,
            None,
            2,
            genes,
            6,
            accuracy,
            latency,
            byref(c_size_t()),
            byref(report),
        )
    )


def test_search_needs_a_callback(lib: Any, handles: Any) -> None:
    assert run_search(lib, handles[2], p.ACCURACY_FUNCTION()) == 1


def test_a_freed_buffer_is_empty(lib: Any, handles: Any) -> None:
    buffer = p.Buffer()
    assert lib.help_arch_format(handles[0], Row(), byref(buffer)) == 0
    text = ctypes.string_at(buffer.data, buffer.size)
    assert len(ctypes.string_at(buffer.data)) == buffer.size  # NUL-terminated too
    assert text.startswith(b"|none~0|")
    lib.help_buffer_free(byref(buffer))
    assert not buffer.data and buffer.size == 0
    lib.help_buffer_free(byref(buffer))


@pytest.mark.parametrize(
    "kind", [p.AdaptOptions, p.SearchOptions, p.TrainOptions], ids=lambda kind: kind.__name__
)
def test_options_know_their_size(lib: Any, kind: Any) -> None:
    options = kind()
    assert getattr(lib, kind.initializer)(byref(options), sizeof(kind)) == 0
    assert options.struct_size == sizeof(kind)
    assert getattr(lib, kind.initializer)(None, sizeof(kind)) == 1


def test_an_older_callers_structure_is_accepted(lib: Any, handles: Any) -> None:
    _, model, _ = handles
    options = p.AdaptOptions()
    size = p.AdaptOptions.label_min_ms.offset
    assert lib.help_adapt_options_init(byref(options), size) == 0
    options.label_min_ms = float("nan")  # beyond the size given: not read
    rows = (c_int32 * 60)()
    assert lib.help_model_references(model, rows, 6) == 0
    made = p.PredictorPointer()
    ms = (c_double * 10)(*range(1, 11))
    assert lib.help_adapt(model, rows, 10, 6, ms, byref(options), byref(made)) == 0
    lib.help_predictor_free(made)


def test_scores_of_a_smaller_structure(lib: Any) -> None:
    scores = p.Scores(p.Scores.kendall.offset, *[7.0] * 6)
    values = (c_double * 3)(1, 2, 3)
    assert lib.help_score(values, values, 3, byref(scores)) == 0
    assert scores.spearman == pytest.approx(1.0) and scores.kendall == 7.0


def test_progress_and_a_cancel_flag(lib: Any, handles: Any) -> None:
    cancel = p.CancelPointer()
    assert lib.help_cancel_new(byref(cancel)) == 0
    options = p.SearchOptions()
    assert lib.help_search_options_init(byref(options), sizeof(options)) == 0
    assert (options.population, options.generations, options.attempts) == (100, 500, 10000)
    sizes = []

    def report(user: Any, progress: Any) -> int:
        sizes.append(progress.contents.struct_size)
        lib.help_cancel_request(cancel)
        return 0

    def accuracy(user: Any, archs: Any, n: int, stride: int, out: Any) -> int:
        for i in range(n):
            out[i] = i
        return 0

    callbacks = p.PROGRESS_FUNCTION(report), p.ACCURACY_FUNCTION(accuracy)
    options.strategy, options.progress, options.cancel = 1, callbacks[0], cancel
    count = c_size_t()
    genes, scores, latency = (c_int32 * 12)(), (c_double * 2)(), (c_double * 2)()
    status = lib.help_search(
        handles[2],
        float("inf"),
        callbacks[1],
        None,
        byref(options),
        2,
        genes,
        6,
        scores,
        latency,
        byref(count),
        None,
    )
    assert status == 12 and count.value == 2 and sizes[0] == sizeof(p.Progress)
    lib.help_cancel_free(cancel)


def test_every_allocation_is_the_callers(lib: Any, handles: Any) -> None:
    space = handles[0]
    indices, rows = (c_uint64 * 2)(5, 15624), (c_int32 * 12)()
    assert lib.help_arch_from_index(space, indices, 2, rows, 6) == 0
    back = (c_uint64 * 2)()
    assert lib.help_arch_to_index(space, rows, 2, 6, back) == 0
    assert list(back) == [5, 15624]
    bad = c_size_t(77)
    assert lib.help_arch_check(space, rows, 2, 6, byref(bad)) == 0 and bad.value == 2
    assert lib.help_arch_check(space, rows, 2, 6, POINTER(c_size_t)()) == 0


def test_unknown_options_are_named(model: helpnas.Model) -> None:
    with pytest.raises(TypeError):
        model.adapt([], [], layers=3)  # type: ignore[call-arg]
