"""The globals with which NumPy pickles scalars and arrays, as handlers that only read."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Literal, Optional, Tuple

import numpy as np
import numpy.typing as npt

from ..._c.errors import FormatError
from .interpreter import Buildable, Global, OrderedMapping, describe

MAX_DIMENSIONS = 8

Array = npt.NDArray[Any]

_KINDS = frozenset(["f4", "f8", "i4", "i8"])


def plain_globals(budget: int) -> Dict[str, Optional[Callable[..., Any]]]:
    """Handlers for one file.

    Args:
        budget: bytes that texts turned into bytes may have altogether: the file's size.
    """
    bytes_of = _Encoder(budget)
    known: Dict[str, Optional[Callable[..., Any]]] = {
        "collections OrderedDict": _make_mapping,
        "numpy dtype": _DType.make,
        "numpy ndarray": None,
        "_codecs encode": bytes_of,
    }
    for module in ("numpy.core.multiarray", "numpy._core.multiarray"):
        known[f"{module} scalar"] = _scalar
        known[f"{module} _reconstruct"] = _UnbuiltArray.make
    for module in ("numpy.core.numeric", "numpy._core.numeric"):
        known[f"{module} _frombuffer"] = _from_buffer
    return known


def is_count(value: Any) -> bool:
    """Whether this is an integer from 0 up."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def are_counts(value: Any) -> bool:
    """Whether this is a tuple of integers from 0 up, no longer than an array's shape."""
    return (
        isinstance(value, tuple)
        and len(value) <= MAX_DIMENSIONS
        and all(is_count(item) for item in value)
    )


def _make_mapping(*arguments: Any) -> OrderedMapping:
    if arguments:
        raise FormatError("an OrderedDict made with arguments")
    return OrderedMapping()


class _Encoder:
    """``_codecs.encode``: how protocol 2 writes bytes."""

    def __init__(self, budget: int) -> None:
        self._left = budget

    def __call__(self, *arguments: Any) -> bytes:
        if len(arguments) != 2 or arguments[1] != "latin1" or not isinstance(arguments[0], str):
            raise FormatError("an encoding other than of text as latin1")
        # One text of the file could otherwise become bytes again and again.
        self._left -= len(arguments[0])
        if self._left < 0:
            raise FormatError("more bytes than the file holds")
        return arguments[0].encode("latin1")


class _DType(Buildable):
    """A number type; little-endian once it is built."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.complete = kind, False

    @classmethod
    def make(cls, *arguments: Any) -> "_DType":
        """``dtype("f8", False, True)``, in older files ``dtype("f8", 0, 1)``."""
        if not arguments or not isinstance(arguments[0], str) or arguments[0] not in _KINDS:
            raise FormatError(
                f"NumPy type {', '.join(map(describe, arguments[:1]))} is not allowed"
            )
        if arguments[1:] != (False, True):
            raise FormatError("a NumPy type with unknown options")
        return cls(arguments[0])

    def built(self, state: Any) -> "_DType":
        if not isinstance(state, tuple) or len(state) < 2 or state[:2] != (3, "<"):
            raise FormatError("a NumPy type that is not little-endian")
        self.complete = True
        return self


def _numbers(dtype: Any, data: Any) -> Array:
    known = isinstance(dtype, _DType) and dtype.complete
    if not known or not isinstance(data, (bytes, bytearray)):
        raise FormatError("NumPy data without its type or bytes")
    if len(data) % int(dtype.kind[1:]):
        raise FormatError(f"NumPy data of {len(data)} bytes, not whole numbers")
    return np.frombuffer(bytes(data), "<" + dtype.kind)


def _scalar(*arguments: Any) -> Any:
    """``scalar(dtype, bytes)`` as a Python number."""
    values = _numbers(*arguments) if len(arguments) == 2 else np.empty(0)
    if len(values) != 1:
        raise FormatError("a NumPy scalar that is not one number")
    return values[0].item()


def _from_buffer(*arguments: Any) -> Array:
    """``_frombuffer(bytes, dtype, shape, order)``: arrays of protocol 5."""
    if len(arguments) != 4 or not are_counts(arguments[2]) or arguments[3] not in ("C", "F"):
        raise FormatError("a NumPy array of an unknown form")
    return _reshape(_numbers(arguments[1], arguments[0]), arguments[2], arguments[3])


def _reshape(values: Array, shape: Tuple[int, ...], order: Literal["C", "F"]) -> Array:
    if math.prod(shape) != len(values):
        raise FormatError(f"a NumPy array of shape {shape} with {len(values)} numbers")
    return values.reshape(shape, order=order)


class _UnbuiltArray(Buildable):
    """An array whose shape and content are still to come."""

    @classmethod
    def make(cls, *arguments: Any) -> "_UnbuiltArray":
        """``_reconstruct(ndarray, (0,), b"b")``."""
        kind = arguments[0] if len(arguments) == 3 else None
        if not isinstance(kind, Global) or kind.name != "numpy ndarray":
            raise FormatError("a NumPy array of an unknown class")
        return cls()

    def built(self, state: Any) -> Array:
        if not isinstance(state, tuple) or len(state) != 5 or not are_counts(state[1]):
            raise FormatError("a NumPy array of an unknown form")
        shape, values = state[1], _numbers(state[2], state[4])
        return _reshape(values, shape, "F" if state[3] is True else "C")
