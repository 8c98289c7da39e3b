"""The latencies that the OneProxy repository publishes: NAS-Bench-201 on 18 devices."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Dict, Tuple

import numpy as np

from .._c.arrays import FloatArray, Int32Array
from .._c.errors import FormatError
from .._c.handles import Path
from .checks import integer_rows, number_list
from .restricted_pickle import read_pickle_file

_ENCODING = "encode.pickle"
_EDGES = 6
_OPERATIONS = 5


def read_oneproxy(folder: Path) -> Tuple[Int32Array, Dict[str, FloatArray]]:
    """Architectures, int32 [n, 6], and each device's milliseconds, float64 [n].

    A row of ``encode.pickle`` is the one-hot operation of each edge, edges and operations
    in the order of the library's genes, and a constant 1.  Negative latencies are the
    publishers' sign for "not measured": NaN here.

    Raises:
        FormatError: names the file, the row and the column of what is wrong.
    """
    directory = FilePath(folder)
    encoding = directory / _ENCODING
    if not encoding.is_file():
        raise FormatError(f"{directory}: no {_ENCODING}")
    archs = _genes(encoding)
    files = [file for file in sorted(directory.glob("*.pickle")) if file != encoding]
    if not files:
        raise FormatError(f"{directory}: no latencies next to {_ENCODING}")
    return archs, {file.stem: _latencies(file, len(archs)) for file in files}


def _genes(file: FilePath) -> Int32Array:
    rows = integer_rows(read_pickle_file(file), file, _EDGES * _OPERATIONS + 1)
    one_hot = rows[:, :-1].reshape(len(rows), _EDGES, _OPERATIONS)
    bad = (one_hot < 0).any(axis=2) | (one_hot.sum(axis=2, dtype=np.int64) != 1)
    if bad.any():
        row, edge = np.argwhere(bad)[0]
        columns = f"columns {edge * _OPERATIONS}...{edge * _OPERATIONS + _OPERATIONS - 1}"
        raise FormatError(f"{file}: row {row}, {columns}: {one_hot[row, edge]} is not one-hot")
    if (rows[:, -1] != 1).any():
        row = int(np.argmax(rows[:, -1] != 1))
        raise FormatError(f"{file}: row {row}, column {rows.shape[1] - 1} is not 1")
    return np.ascontiguousarray(one_hot.argmax(axis=2), np.int32)


def _latencies(file: FilePath, count: int) -> FloatArray:
    values = number_list(read_pickle_file(file), file, count).copy()
    bad = (values == 0) | np.isinf(values)
    if bad.any():
        row = int(np.argmax(bad))
        raise FormatError(f"{file}: row {row} is {values[row]} ms, not a latency")
    values[values < 0] = np.nan
    return values
