"""Writes PyTorch's layouts by hand, well-formed or hostile, opcode by opcode."""

from __future__ import annotations

import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np

MARK, STOP, TUPLE, REDUCE, BUILD = b"(", b".", b"t", b"R", b"b"
PERSISTENT, EMPTY_TUPLE, EMPTY_DICT, EMPTY_LIST = b"Q", b")", b"}", b"]"
PROTO = b"\x80\x02"
STORAGES = {
    np.dtype("f4"): "FloatStorage",
    np.dtype("f8"): "DoubleStorage",
    np.dtype("i8"): "LongStorage",
    np.dtype("i4"): "IntStorage",
}


def text(value: str) -> bytes:
    """BINUNICODE."""
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def integer(value: int) -> bytes:
    """LONG1: integers of any sign and size."""
    size = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)


def named(module: str, name: str) -> bytes:
    """GLOBAL."""
    return f"c{module}\n{name}\n".encode()


def integers(values: Any) -> bytes:
    """A tuple of integers."""
    return MARK + b"".join(integer(value) for value in values) + TUPLE


def storage(key: str, count: int, kind: str = "FloatStorage") -> bytes:
    """A persistent id."""
    fields = text("storage") + named("torch", kind) + text(key) + text("cpu") + integer(count)
    return MARK + fields + TUPLE + PERSISTENT


def tensor(
    key: str, count: int, offset: int, size: Any, stride: Any, kind: str = "FloatStorage"
) -> bytes:
    """A call of _rebuild_tensor_v2."""
    hooks = named("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE
    arguments = storage(key, count, kind) + integer(offset) + integers(size) + integers(stride)
    call = named("torch._utils", "_rebuild_tensor_v2")
    return call + MARK + arguments + b"\x89" + hooks + TUPLE + REDUCE


def dictionary(items: Dict[str, bytes]) -> bytes:
    """A dict of text keys and encoded values."""
    return EMPTY_DICT + MARK + b"".join(text(k) + v for k, v in items.items()) + b"u"


def write_torch_file(
    path: Path, program: bytes, data: Optional[Dict[str, bytes]] = None, **entries: Any
) -> Path:
    """A zip archive of a program and its storages."""
    with zipfile.ZipFile(path, "w", entries.pop("compression", zipfile.ZIP_STORED)) as archive:
        archive.writestr("archive/data.pkl", program)
        for key, content in (data or {}).items():
            archive.writestr(f"archive/data/{key}", content)
        for name, content in entries.items():
            archive.writestr(f"archive/{name}", content)
    return path


def write_value(path: Path, value: Any) -> Path:
    """A nested dict of arrays, or plain numbers and text, as torch.save lays it out."""
    data: Dict[str, bytes] = {}

    def encode(item: Any) -> bytes:
        if isinstance(item, dict):
            return (
                EMPTY_DICT + MARK + b"".join(encode(k) + encode(v) for k, v in item.items()) + b"u"
            )
        if isinstance(item, list):
            return EMPTY_LIST + MARK + b"".join(map(encode, item)) + b"e"
        if isinstance(item, np.ndarray):
            key = str(len(data))
            data[key] = np.ascontiguousarray(item).tobytes()
            steps = np.ascontiguousarray(item).strides[: item.ndim]
            strides = [step // item.itemsize for step in steps]
            return tensor(key, item.size, 0, item.shape, strides, STORAGES[item.dtype])
        if item is None:
            return b"N"
        if isinstance(item, str):
            return text(item)
        return integer(item) if isinstance(item, int) else b"G" + struct.pack(">d", item)

    program = PROTO + encode(value) + STOP
    return write_torch_file(path, program, data)


MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}


def stream_storage(key: str, count: int, kind: str = "FloatStorage", view: bytes = b"N") -> bytes:
    """A persistent id of the older stream."""
    fields = text("storage") + named("torch", kind) + text(key) + text("cuda:0") + integer(count)
    return MARK + fields + view + TUPLE + PERSISTENT


def stream_tensor(storage_id: bytes, size: Any, stride: Any, offset: int = 0) -> bytes:
    """A call of _rebuild_tensor_v2 on any storage."""
    hooks = named("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE
    arguments = storage_id + integer(offset) + integers(size) + integers(stride)
    call = named("torch._utils", "_rebuild_tensor_v2")
    return call + MARK + arguments + b"\x89" + hooks + TUPLE + REDUCE


def one_pickle(value: Any) -> bytes:
    """Plain data as PyTorch pickles it."""
    return pickle.dumps(value, protocol=2)


def stream(
    body: bytes,
    storages: Dict[str, Any],
    magic: Any = MAGIC,
    protocol: Any = 1001,
    system: Any = SYSTEM,
    keys: Optional[List[Any]] = None,
) -> bytes:
    """The older stream: a program, then the storages' numbers."""
    head = b"".join(map(one_pickle, (magic, protocol, system)))
    listed = one_pickle(list(storages) if keys is None else keys)
    data = b"".join(
        struct.pack("<q", values.size) + values.tobytes() for values in storages.values()
    )
    return head + PROTO + body + STOP + listed + data
