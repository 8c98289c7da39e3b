"""Files of the library's own format, written from arrays (docs/internals/file-format.md)."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any, Dict, Mapping

import numpy as np


def model_bytes(
    tensors: Mapping[str, Any], description: Mapping[str, Any], kind: str = "model"
) -> bytes:
    """A file of this kind (docs/internals/file-format.md), its tensors in the mapping's order."""
    text = json.dumps(description, allow_nan=False)
    header: Dict[str, Any] = {}
    data = b""
    for name, values in tensors.items():
        block = np.ascontiguousarray(values, "<f4").tobytes()
        offsets = [len(data), len(data) + len(block)]
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": offsets}
        data += block
    checksum = zlib.crc32(data, zlib.crc32(text.encode()))
    header["__metadata__"] = {
        "format": f"libhelp-{kind}",
        "description": text,
        "checksum": f"crc32:{checksum:08x}",
    }
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + data
