"""NumPy in and out: only conversions that keep every value are made."""

from __future__ import annotations

import ctypes
import operator
from typing import AbstractSet, Any, Mapping, Optional, Type, TypeVar

import numpy as np
import numpy.typing as npt

from .errors import ArchitectureError, ArgumentError, HelpError
from .library import library
from .prototypes import AdaptOptions, SearchOptions, TrainOptions

Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_INT32 = np.iinfo(np.int32)


def gene_rows(values: Any, width: int) -> Int32Array:
    """Architectures given as numbers: a contiguous int32 array [n, width].

    Raises:
        ArgumentError: not a table of numbers of this width.
        ArchitectureError: a gene is not an integer, or beyond int32.
    """
    array = _numbers(values, "architectures")
    if array.ndim != 2 or array.shape[1] != width:
        raise ArgumentError(f"architectures must be a [n, {width}] array, not {list(array.shape)}")
    if array.dtype == np.int32:
        return np.ascontiguousarray(array, np.int32)
    exact = np.isfinite(array) & (array >= _INT32.min) & (array <= _INT32.max)
    exact &= np.floor(array) == array
    if not exact.all():
        row, gene = np.argwhere(~exact)[0]
        error = ArchitectureError(
            f"row {row}: gene {gene} is {array[row, gene]}, not an integer of 32 bits"
        )
        error.row = int(row)
        raise error
    return np.ascontiguousarray(array, np.int32)


def float_vector(values: Any, name: str, count: Optional[int] = None) -> FloatArray:
    """Numbers as a contiguous float64 array [count]; checks the shape, not the values.

    Raises:
        ArgumentError: not a vector of numbers of that length.
    """
    array = _numbers(values, name)
    if array.ndim != 1 or (count is not None and len(array) != count):
        wanted = "one-dimensional" if count is None else f"of shape [{count}]"
        raise ArgumentError(f"{name} must be {wanted}, not of shape {list(array.shape)}")
    return np.ascontiguousarray(array, np.float64)


def index_vector(values: Any, name: str) -> npt.NDArray[np.uint64]:
    """Row or benchmark numbers as a contiguous uint64 array [n].

    Raises:
        ArgumentError: not a vector of integers from 0 up.
    """
    array = _numbers(values, name)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        found = f"{array.dtype}{list(array.shape)}"
        raise ArgumentError(f"{name} must be a vector of integers, not {found}")
    if array.size and array.min() < 0:
        raise ArgumentError(f"{name} must not be negative: {array.min()}")
    return np.ascontiguousarray(array, np.uint64)


def _numbers(values: Any, name: str) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ArgumentError(f"{name} must be an array of numbers: {error}") from None
    if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise ArgumentError(f"{name} must be numbers, not {array.dtype}")
    return array


def number(value: Any, name: str) -> float:
    """A real number, NaN and infinities included; checks the type, not the value.

    Raises:
        ArgumentError: a text, None, a truth value, or anything else that is not a number.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, (str, bytes, bool)) or not hasattr(plain, "__float__"):
        raise ArgumentError(f"{name} must be a number, not {value!r}")
    try:
        return float(plain)
    except (TypeError, ValueError, OverflowError):
        raise ArgumentError(f"{name} must be a number, not {value!r}") from None


def whole(value: Any, name: str, smallest: int, largest: int) -> int:
    """An integer within bounds.  ctypes alone would silently drop the upper bits.

    Raises:
        ArgumentError: outside the bounds, or not an integer.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise ArgumentError(f"{name} must be an integer, not {value!r}") from None
    if not smallest <= number <= largest:
        raise ArgumentError(f"{name} is {number}, not {smallest}...{largest}")
    return number


def seed_number(value: Any) -> int:
    """A seed: 0 up to 2**64 - 1."""
    return whole(value, "seed", 0, 2**64 - 1)


def count_number(value: Any, name: str) -> int:
    """A count: 0 up to 2**63 - 1."""
    return whole(value, name, 0, 2**63 - 1)


Options = TypeVar("Options", AdaptOptions, SearchOptions, TrainOptions)


def make_options(kind: Type[Options], **values: Any) -> Options:
    """An options structure with the library's defaults, then the values that are not None.

    Raises:
        ArgumentError: a value does not fit its field.
    """
    options = kind()
    initialize = getattr(library(), kind.initializer)
    initialize(ctypes.byref(options), ctypes.sizeof(options))
    return set_options(options, **values)


def set_options(options: Options, **values: Any) -> Options:
    """The structure with the values that are not None.

    Raises:
        ArgumentError: a value does not fit its field.
    """
    types = {field[0]: field[1] for field in options._fields_}
    for name, value in values.items():
        if value is not None:
            setattr(options, name, _field_value(types[name], name, value))
    return options


def _field_value(kind: Any, name: str, value: Any) -> Any:
    if kind is ctypes.c_double:
        return number(value, name)
    if kind is ctypes.c_int32:
        return whole(value, name, _INT32.min, _INT32.max)
    if kind in (ctypes.c_uint64, ctypes.c_size_t):
        return whole(value, name, 0, 2 ** (8 * ctypes.sizeof(kind)) - 1)
    return value


def refuse_unknown(options: Mapping[str, Any], known: AbstractSet[str]) -> None:
    """Raise TypeError, as Python does, for a keyword that is not one of these."""
    unknown = sorted(set(options) - known)
    if unknown:
        raise TypeError(f"unknown option {unknown[0]!r}; there are {', '.join(sorted(known))}")


def choice(value: Any, name: str, allowed: Any, error: Type[HelpError] = ArgumentError) -> int:
    """The library's number for one of a few names.

    Raises:
        ArgumentError, or the error given: not one of them.
    """
    try:
        return int(allowed[value])
    except (KeyError, TypeError):
        names = ", ".join(repr(key) for key in allowed)
        raise error(f"{name} is {value!r}, not one of {names}") from None
