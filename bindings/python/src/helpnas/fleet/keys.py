"""Keys: the same work has the same key in every run, on every machine."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import numpy as np

from .._c.errors import ArgumentError

#: Bytes of a key; two of a billion rows share one with a probability of 1e-21.
_SIZE = 16


def digest(*parts: bytes) -> str:
    """A key of byte strings: hexadecimal digits that depend on each part and on their order."""
    hashing = hashlib.blake2b(digest_size=_SIZE)
    for part in parts:
        hashing.update(len(part).to_bytes(8, "little"))
        hashing.update(part)
    return hashing.hexdigest()


def canonical(value: Any) -> str:
    """JSON text of a value, the same however its keys are ordered.

    Raises:
        ArgumentError: it holds something besides texts, numbers, lists and dicts.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise ArgumentError(
        f"a setting is {value!r}: texts, numbers, lists, dicts and arrays can be sent to workers"
    )
