"""Checks that plain data out of a published file has the form that it should have."""

from __future__ import annotations

import contextlib
from pathlib import Path as FilePath
from typing import Any, Iterator, Optional

import numpy as np

from .._c.arrays import FloatArray, Int32Array, Int64Array, float_vector, index_vector
from .._c.errors import ArchitectureError, ArgumentError, FormatError, MeasurementError
from .._c.handles import Path
from .restricted_pickle import describe

_INT32 = np.iinfo(np.int32)


@contextlib.contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn errors about a file's architectures and latencies into format errors that name it."""
    try:
        yield
    except (ArchitectureError, ArgumentError, MeasurementError) as error:
        raise FormatError(f"{path}: {error}") from None


def number_list(value: Any, file: FilePath, count: Optional[int] = None) -> FloatArray:
    """A list or a tensor of numbers, float64 [count].

    Raises:
        FormatError: it is not; names the file and the row.
    """
    if not isinstance(value, np.ndarray):
        # Before NumPy looks: in a nest of shared lists it would find any number of numbers.
        _check_items(value, file, (int, float), "a number")
    with errors_of(file):
        numbers = float_vector(value, "its content")
    if count is not None and len(numbers) != count:
        raise FormatError(f"{file}: {len(numbers)} numbers for {count} architectures")
    return numbers


def count_list(value: Any, file: FilePath, below: Optional[int] = None) -> Int64Array:
    """A list or a tensor of row numbers from 0 up, int64 [n].

    Raises:
        FormatError: it is not, or one is not ``below``.
    """
    if not isinstance(value, np.ndarray):
        _check_items(value, file, (int,), "an integer")
    with errors_of(file):
        numbers = index_vector(value, "its content").astype(np.int64)
    if below is not None and len(numbers) and numbers.max() >= below:
        raise FormatError(f"{file}: number {numbers.max()} for {below} architectures")
    return numbers


def integer_rows(value: Any, file: FilePath, width: int) -> Int32Array:
    """A list of lists of integers, int32 [n, width].

    Raises:
        FormatError: it is not; names the file, the row and the column.
    """
    if not isinstance(value, list):
        raise FormatError(f"{file}: {describe(value)} where a list of rows belongs")
    for number, row in enumerate(value):
        if not isinstance(row, list) or len(row) != width:
            found = f"{len(row)} integers" if isinstance(row, list) else describe(row)
            raise FormatError(f"{file}: row {number} is {found}, not {width} integers")
        for column, item in enumerate(row):
            if type(item) is not int or not _INT32.min <= item <= _INT32.max:
                place = f"row {number}, column {column}"
                raise FormatError(f"{file}: {place} is {describe(item)}, not an integer of 32 bits")
    return np.array(value, np.int32).reshape(len(value), width)


def member(value: Any, key: str, file: FilePath, place: str = "the file") -> Any:
    """What a dict has under a key.

    Raises:
        FormatError: not a dict, or without the key.
    """
    if not isinstance(value, dict) or key not in value:
        raise FormatError(f"{file}: {place} has no {key!r}")
    return value[key]


def _check_items(value: Any, file: FilePath, kinds: Any, wanted: str) -> None:
    if not isinstance(value, list):
        raise FormatError(f"{file}: {describe(value)} where a list belongs")
    for row, item in enumerate(value):
        if type(item) not in kinds:
            raise FormatError(f"{file}: row {row} is {describe(item)}, not {wanted}")
