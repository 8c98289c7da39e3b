"""The C interface as ctypes sees it: ``include/help.h``, in the header's order."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_char_p,
    c_double,
    c_float,
    c_int32,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Dict, List, Tuple

import numpy as np

ABI_VERSION = 1

SUPPORTS = {"extra": 0, "all": 1}
STRATEGIES = {"auto": 0, "evolve": 1, "exhaustive": 2, "candidates": 3}
OBJECTIVES = {"accuracy": 0, "pareto": 1}
PRESETS = {None: 0, "ofa": 1, "hat": 2}
LIMITS = {"latency": 0, "macs": 1, "parameters": 2}
ROLE_TRAIN, ROLE_VALID = 0, 1


# A class for each kind of handle: argtypes then refuse one in another's place.
class SpacePointer(c_void_p):
    """``help_space *``"""


class ModelPointer(c_void_p):
    """``help_model *``"""


class PredictorPointer(c_void_p):
    """``help_predictor *``"""


class AccuracyPointer(c_void_p):
    """``help_accuracy *``"""


class EvolverPointer(c_void_p):
    """``help_evolver *``"""


class DatasetPointer(c_void_p):
    """``help_dataset *``"""


class CancelPointer(c_void_p):
    """``help_cancel *``"""


class Buffer(ctypes.Structure):
    """``help_buffer``"""

    _fields_ = [("data", c_void_p), ("size", c_size_t)]


class Progress(ctypes.Structure):
    """``help_progress``"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("done", c_uint64),
        ("total", c_uint64),
        ("best", c_double),
        ("best_latency_ms", c_double),
        ("loss", c_double),
    ]


PROGRESS_FUNCTION = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(Progress))
ACCURACY_FUNCTION = ctypes.CFUNCTYPE(
    c_int32, c_void_p, POINTER(c_int32), c_size_t, c_size_t, POINTER(c_double)
)


class AdaptOptions(ctypes.Structure):
    """``help_adapt_options``"""

    initializer = "help_adapt_options_init"
    _fields_ = [
        ("struct_size", c_size_t),
        ("method", c_int32),
        ("repeatability", c_double),
        ("proxy", c_char_p),
        ("support", c_int32),
        ("steps", c_int32),
        ("label_min_ms", c_double),
        ("label_max_ms", c_double),
        ("samples", c_size_t),
        ("seed", c_uint64),
        ("noise", POINTER(c_double)),
        ("noise_count", c_size_t),
    ]


class SearchLimit(ctypes.Structure):
    """``help_limit``"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_int32),
        ("reserved", c_int32),
        ("minimum", c_double),
        ("maximum", c_double),
        ("predictor", PredictorPointer),
        ("confidence", c_double),
    ]


class SearchOptions(ctypes.Structure):
    """``help_search_options``"""

    initializer = "help_search_options_init"
    _fields_ = [
        ("struct_size", c_size_t),
        ("objective", c_int32),
        ("strategy", c_int32),
        ("confidence", c_double),
        ("limits", POINTER(SearchLimit)),
        ("limit_count", c_size_t),
        ("candidates", POINTER(c_int32)),
        ("candidate_count", c_size_t),
        ("candidate_stride", c_size_t),
        ("reference_latency_ms", c_double),
        ("reference_accuracy", c_double),
        ("seed", c_uint64),
        ("population", c_size_t),
        ("generations", c_size_t),
        ("parent_ratio", c_double),
        ("mutation_ratio", c_double),
        ("mutation_probability", c_double),
        ("attempts", c_size_t),
        ("patience", c_size_t),
        ("warm_start", POINTER(c_int32)),
        ("warm_start_count", c_size_t),
        ("warm_start_stride", c_size_t),
        ("progress", PROGRESS_FUNCTION),
        ("progress_user", c_void_p),
        ("cancel", CancelPointer),
    ]


class SearchReport(ctypes.Structure):
    """``help_search_report``"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("evaluations", c_uint64),
        ("predictions", c_uint64),
        ("generations", c_uint64),
        ("smallest_latency_ms", c_double),
        ("hypervolume", c_double),
        ("reference_latency_ms", c_double),
        ("reference_accuracy", c_double),
        ("strategy", c_int32),
        ("reserved", c_int32),
    ]


class TrainOptions(ctypes.Structure):
    """``help_train_options``"""

    initializer = "help_train_options_init"
    _fields_ = [
        ("struct_size", c_size_t),
        ("bayes", c_int32),
        ("help", c_int32),
        ("seed", c_uint64),
        ("threads", c_size_t),
        ("train_rows", c_size_t),
        ("valid_rows", c_size_t),
        ("episodes", c_size_t),
        ("tasks", c_size_t),
        ("support", c_size_t),
        ("query", c_size_t),
        ("valid_interval", c_size_t),
        ("hidden", c_size_t),
        ("inner_steps", c_int32),
        ("second_order", c_int32),
        ("learn_rates", c_int32),
        ("modulation", c_int32),
        ("inner_rate", c_double),
        ("meta_rate", c_double),
        ("kl_weight", c_double),
        ("modulation_scale", c_double),
        ("trim", c_double),
        ("progress", PROGRESS_FUNCTION),
        ("progress_user", c_void_p),
        ("cancel", CancelPointer),
    ]


class Scores(ctypes.Structure):
    """``help_scores``"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("spearman", c_double),
        ("kendall", c_double),
        ("pearson", c_double),
        ("rmse", c_double),
        ("mape", c_double),
        ("within10", c_double),
    ]


class ProxyReport(ctypes.Structure):
    """``help_proxy_report``"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("spearman", c_double),
        ("lower", c_double),
        ("upper", c_double),
        ("rows", c_uint64),
        ("verdict", c_int32),
        ("reserved", c_int32),
    ]


#: ``HELP_PROXY_...``
PROXY_VERDICTS = {0: "open", 1: "similar", 2: "different"}


def _array_of(element: Any, dtype: Any) -> Any:
    """An argtype for ``element *``: NumPy arrays of exactly this type, ctypes arrays, None."""
    pointer = POINTER(element)

    class Array:
        @classmethod
        def from_param(cls, value: Any) -> Any:
            if not isinstance(value, np.ndarray):
                return pointer.from_param(value)
            if value.dtype != dtype or not value.flags.c_contiguous:
                raise TypeError(f"expected a contiguous {np.dtype(dtype)} array, not {value.dtype}")
            return c_void_p(value.ctypes.data)

    Array.element = element  # type: ignore[attr-defined]
    return Array


_int32s = _array_of(c_int32, np.int32)
_uint64s = _array_of(c_uint64, np.uint64)
_sizes = _array_of(c_size_t, np.uintp)
_floats = _array_of(c_float, np.float32)
_doubles = _array_of(c_double, np.float64)
_buffer = POINTER(Buffer)

Prototype = Tuple[Any, List[Any]]

# fmt: off
PROTOTYPES: Dict[str, Prototype] = {
    # version and errors
    "help_version": (c_uint32, []),
    "help_abi_version": (c_uint32, []),
    "help_version_string": (c_char_p, []),
    "help_status_name": (c_char_p, [c_int32]),
    "help_last_error": (c_char_p, []),
    # handles, buffers, cancelling
    "help_buffer_free": (None, [_buffer]),
    "help_cancel_new": (c_int32, [POINTER(CancelPointer)]),
    "help_cancel_request": (None, [CancelPointer]),
    "help_cancel_free": (None, [CancelPointer]),
    # search spaces
    "help_space_open": (c_int32, [c_char_p, POINTER(SpacePointer)]),
    "help_space_from_json": (c_int32, [c_char_p, c_size_t, POINTER(SpacePointer)]),
    "help_space_free": (None, [SpacePointer]),
    "help_space_name": (c_char_p, [SpacePointer]),
    "help_space_width": (c_size_t, [SpacePointer]),
    "help_space_feature_count": (c_size_t, [SpacePointer]),
    "help_space_count": (c_uint64, [SpacePointer]),
    "help_space_describe": (c_int32, [SpacePointer, _buffer]),
    "help_space_sample": (c_int32, [SpacePointer, c_uint64, _int32s, c_size_t, c_size_t]),
    # architectures
    "help_arch_check": (c_int32, [SpacePointer, _int32s, c_size_t, c_size_t, POINTER(c_size_t)]),
    "help_arch_canonicalize": (c_int32, [SpacePointer, _int32s, c_size_t, c_size_t]),
    "help_arch_parse": (c_int32, [SpacePointer, c_char_p, c_size_t, _int32s]),
    "help_arch_format": (c_int32, [SpacePointer, _int32s, _buffer]),
    "help_arch_from_index": (c_int32, [SpacePointer, _uint64s, c_size_t, _int32s, c_size_t]),
    "help_arch_to_index": (c_int32, [SpacePointer, _int32s, c_size_t, c_size_t, _uint64s]),
    "help_arch_encode": (c_int32, [SpacePointer, _int32s, c_size_t, c_size_t, _floats, c_size_t]),
    "help_arch_macs": (c_int32, [SpacePointer, _int32s, c_size_t, c_size_t, _doubles]),
    "help_arch_costs": (c_int32, [SpacePointer, _int32s, c_size_t, c_size_t, c_char_p, _doubles]),
    "help_arch_layers": (c_int32, [SpacePointer, _int32s, _buffer]),
    "help_arch_mutate": (c_int32, [SpacePointer, _int32s, c_size_t, c_size_t, c_double, c_uint64,
                                   _int32s, c_size_t]),
    "help_arch_crossover": (c_int32, [SpacePointer, _int32s, _int32s, c_size_t, c_size_t,
                                      c_uint64, _int32s, c_size_t]),
    # meta-trained models
    "help_load": (c_int32, [c_char_p, POINTER(ModelPointer)]),
    "help_load_memory": (c_int32, [c_char_p, c_size_t, POINTER(ModelPointer)]),
    "help_model_from_space": (c_int32, [SpacePointer, POINTER(ModelPointer)]),
    "help_model_save": (c_int32, [ModelPointer, c_char_p]),
    "help_model_write": (c_int32, [ModelPointer, _buffer]),
    "help_model_free": (None, [ModelPointer]),
    "help_model_space": (c_int32, [ModelPointer, POINTER(SpacePointer)]),
    "help_model_describe": (c_int32, [ModelPointer, _buffer]),
    "help_model_reference_count": (c_size_t, [ModelPointer]),
    "help_model_references": (c_int32, [ModelPointer, _int32s, c_size_t]),
    "help_model_noise_count": (c_size_t, [ModelPointer]),
    # adapting to a device
    "help_methods": (c_int32, [_buffer]),
    "help_adapt_options_init": (c_int32, [POINTER(AdaptOptions), c_size_t]),
    "help_adapt": (c_int32, [ModelPointer, _int32s, c_size_t, c_size_t, _doubles,
                             POINTER(AdaptOptions), POINTER(PredictorPointer)]),
    "help_predictor_update": (c_int32, [PredictorPointer, _int32s, c_size_t, c_size_t, _doubles,
                                        POINTER(PredictorPointer)]),
    "help_predictor_save": (c_int32, [PredictorPointer, c_char_p]),
    "help_predictor_write": (c_int32, [PredictorPointer, _buffer]),
    "help_predictor_load": (c_int32, [c_char_p, POINTER(PredictorPointer)]),
    "help_predictor_load_memory": (c_int32, [c_char_p, c_size_t, POINTER(PredictorPointer)]),
    "help_predictor_free": (None, [PredictorPointer]),
    "help_predictor_space": (c_int32, [PredictorPointer, POINTER(SpacePointer)]),
    "help_predictor_describe": (c_int32, [PredictorPointer, _buffer]),
    # predicting
    "help_predict": (c_int32, [PredictorPointer, _int32s, c_size_t, c_size_t, _doubles, _doubles]),
    "help_predict_interval": (c_int32, [PredictorPointer, _int32s, c_size_t, c_size_t, c_double,
                                        _doubles, _doubles]),
    "help_predict_compare": (c_int32, [PredictorPointer, _int32s, _int32s, c_size_t, c_size_t,
                                       _doubles]),
    "help_predictor_table": (c_int32, [PredictorPointer, _buffer]),
    # choosing what to measure
    "help_select": (c_int32, [ModelPointer, _int32s, c_size_t, c_size_t, _int32s, c_size_t,
                              c_size_t, c_size_t, _sizes]),
    "help_predictor_select": (c_int32, [PredictorPointer, _int32s, c_size_t, c_size_t, c_size_t,
                                        _sizes]),
    # searching
    "help_search_options_init": (c_int32, [POINTER(SearchOptions), c_size_t]),
    "help_search_options_preset": (c_int32, [POINTER(SearchOptions), c_size_t, c_int32]),
    "help_search": (c_int32, [PredictorPointer, c_double, ACCURACY_FUNCTION, c_void_p,
                              POINTER(SearchOptions), c_size_t, _int32s, c_size_t, _doubles,
                              _doubles, POINTER(c_size_t), POINTER(SearchReport)]),
    # searching step by step
    "help_evolver_new": (c_int32, [PredictorPointer, c_double, POINTER(SearchOptions), c_size_t,
                                   POINTER(EvolverPointer)]),
    "help_evolver_free": (None, [EvolverPointer]),
    "help_evolver_set_cancel": (c_int32, [EvolverPointer, CancelPointer]),
    "help_evolver_batch": (c_size_t, [EvolverPointer]),
    "help_evolver_ask": (c_int32, [EvolverPointer, _int32s, c_size_t, c_size_t, _doubles,
                                   POINTER(c_size_t)]),
    "help_evolver_tell": (c_int32, [EvolverPointer, _doubles, c_size_t]),
    "help_evolver_results": (c_int32, [EvolverPointer, c_size_t, _int32s, c_size_t, _doubles,
                                       _doubles, POINTER(c_size_t), POINTER(SearchReport)]),
    "help_evolver_space": (c_int32, [EvolverPointer, POINTER(SpacePointer)]),
    "help_evolver_predictor": (c_int32, [EvolverPointer, POINTER(PredictorPointer)]),
    "help_evolver_describe": (c_int32, [EvolverPointer, _buffer]),
    "help_evolver_save": (c_int32, [EvolverPointer, c_char_p]),
    "help_evolver_write": (c_int32, [EvolverPointer, _buffer]),
    "help_evolver_load": (c_int32, [c_char_p, POINTER(EvolverPointer)]),
    "help_evolver_load_memory": (c_int32, [c_char_p, c_size_t, POINTER(EvolverPointer)]),
    # accuracy models
    "help_accuracy_load": (c_int32, [c_char_p, POINTER(AccuracyPointer)]),
    "help_accuracy_load_memory": (c_int32, [c_char_p, c_size_t, POINTER(AccuracyPointer)]),
    "help_accuracy_save": (c_int32, [AccuracyPointer, c_char_p]),
    "help_accuracy_write": (c_int32, [AccuracyPointer, _buffer]),
    "help_accuracy_free": (None, [AccuracyPointer]),
    "help_accuracy_space": (c_int32, [AccuracyPointer, POINTER(SpacePointer)]),
    "help_accuracy_describe": (c_int32, [AccuracyPointer, _buffer]),
    "help_accuracy_predict": (c_int32, [AccuracyPointer, _int32s, c_size_t, c_size_t, _doubles]),
    "help_accuracy_score": (c_int32, [c_void_p, _int32s, c_size_t, c_size_t, _doubles]),
    # meta-training
    "help_dataset_new": (c_int32, [SpacePointer, _int32s, c_size_t, c_size_t,
                                   POINTER(DatasetPointer)]),
    "help_dataset_add_device": (c_int32, [DatasetPointer, c_char_p, c_int32, _doubles]),
    "help_dataset_set_references": (c_int32, [DatasetPointer, _sizes, c_size_t]),
    "help_dataset_free": (None, [DatasetPointer]),
    "help_train_options_init": (c_int32, [POINTER(TrainOptions), c_size_t]),
    "help_meta_train": (c_int32, [DatasetPointer, POINTER(TrainOptions), POINTER(ModelPointer)]),
    # scores
    "help_score": (c_int32, [_doubles, _doubles, c_size_t, POINTER(Scores)]),
    "help_monotonicity": (c_int32, [_doubles, c_size_t, c_size_t, c_size_t, _doubles]),
    "help_proxy_test": (c_int32, [_doubles, _doubles, c_size_t, c_double, c_double,
                                  POINTER(ProxyReport)]),
}
# fmt: on

# Their callers look first for an exception that a callback left behind.
UNCHECKED = frozenset({"help_search", "help_meta_train"})
