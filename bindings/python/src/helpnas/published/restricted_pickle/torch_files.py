"""PyTorch's two containers, the zip archive and the older stream, and its tensors."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from ..._c.errors import FormatError
from .interpreter import Global, Globals, Interpreter, describe
from .numpy_arrays import Array, are_counts, is_count, plain_globals

MAX_ENTRIES = 4096
STREAM_MAGIC = 0x1950A86A20F9469CFC6C
STREAM_PROTOCOL = 1001
#: The first bytes of every older stream: PROTO 2, and the magic number as LONG1.
STREAM_START = b"\x80\x02\x8a\x0a" + STREAM_MAGIC.to_bytes(10, "little")

_STORAGES: Dict[str, "np.dtype[Any]"] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch DoubleStorage": np.dtype("<f8"),
    "torch LongStorage": np.dtype("<i8"),
    "torch IntStorage": np.dtype("<i4"),
}


def read_zip(content: bytes) -> Any:
    """The value in a zip archive; from memory, so that damaged offsets are format errors."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = _Archive(archive, len(content))
        program = io.BytesIO(entries.read("data.pkl"))
        return read_whole(program, _globals(len(content)), entries.storage)


def read_stream(content: bytes) -> Any:
    """The value in a stream of PyTorch before 1.6."""
    stream, known = io.BytesIO(content), _globals(len(content))
    if Interpreter(stream, {}).run() != STREAM_MAGIC:
        raise FormatError("the magic number is not PyTorch's")
    if Interpreter(stream, {}).run() != STREAM_PROTOCOL:
        raise FormatError(f"the stream's protocol is not {STREAM_PROTOCOL}")
    system = Interpreter(stream, {}).run()
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise FormatError("numbers are not little-endian")
    storages = _StreamStorages(len(content))
    value = Interpreter(stream, known, storages.storage).run()
    storages.fill(stream, Interpreter(stream, {}).run())
    if stream.tell() != len(content):
        raise FormatError(f"{len(content) - stream.tell()} bytes follow the last storage")
    return value


def read_whole(stream: io.BytesIO, known: Globals, persistent: Any = None) -> Any:
    """The value of a pickle that is all there is in the stream."""
    value = Interpreter(stream, known, persistent).run()
    left = len(stream.getbuffer()) - stream.tell()
    if left:
        raise FormatError(f"{left} bytes follow the pickle's end")
    return value


class _Storage:
    """A tensor's memory."""

    def __init__(self, values: Array) -> None:
        self.values = values


def _globals(file_bytes: int) -> Globals:
    known = plain_globals(file_bytes)
    known["torch._utils _rebuild_tensor_v2"] = _tensor
    known.update((name, None) for name in _STORAGES)
    return known


def _identity(identity: Any, fields: int) -> Tuple[str, str, int]:
    """Class, key and count of ``("storage", class, key, location, count, ...)``."""
    if not isinstance(identity, tuple) or len(identity) != fields or identity[0] != "storage":
        raise FormatError("a persistent id that is not a storage")
    kind, key, count = identity[1], identity[2], identity[4]
    if not isinstance(kind, Global) or kind.name not in _STORAGES:
        raise FormatError("a storage of an unknown type")
    if not isinstance(key, str) or not re.fullmatch("[0-9]{1,40}", key):
        raise FormatError(f"a storage of the name {describe(key)}")
    if not is_count(count):
        raise FormatError(f"storage {key} has {describe(count)} numbers")
    return kind.name, key, count


class _Archive:
    """The zip container: ``<prefix>/data.pkl`` and ``<prefix>/data/<key>``."""

    def __init__(self, archive: zipfile.ZipFile, file_bytes: int) -> None:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(entries) > MAX_ENTRIES or len(set(names)) != len(names):
            raise FormatError("too many entries, or two of one name")
        # PyTorch stores without compression; then entries cannot outgrow their file.
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise FormatError("a compressed entry")
        if sum(entry.file_size for entry in entries) > file_bytes:
            raise FormatError("entries larger than the file")
        self._archive, self._names = archive, frozenset(names)
        self._storages: Dict[Tuple[str, str], _Storage] = {}
        self._prefix = self._find_prefix(names)
        if self._optional("byteorder", b"little") != b"little":
            raise FormatError("numbers are not little-endian")

    @staticmethod
    def _find_prefix(names: Sequence[str]) -> str:
        found = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(found) != 1:
            raise FormatError(f"{len(found)} entries data.pkl, not one")
        return found[0][: -len("data.pkl")]

    def _optional(self, name: str, default: bytes) -> bytes:
        return self.read(name) if self._prefix + name in self._names else default

    def read(self, name: str) -> bytes:
        """The bytes of an entry below the prefix."""
        if self._prefix + name not in self._names:
            raise FormatError(f"no entry {name!r}")
        return self._archive.read(self._prefix + name)

    def storage(self, identity: Any) -> _Storage:
        """The storage of a persistent id."""
        kind, key, count = _identity(identity, 5)
        found = self._storages.get((kind, key))
        if found is None:
            data, size = self.read(f"data/{key}"), _STORAGES[kind].itemsize
            if len(data) % size:
                raise FormatError(f"storage {key} has {len(data)} bytes, not whole numbers")
            found = _Storage(np.frombuffer(data, _STORAGES[kind]))
            self._storages[kind, key] = found
        if count != len(found.values):
            raise FormatError(f"storage {key} has {len(found.values)} numbers, not {count}")
        return found


class _StreamStorages:
    """Storages of the older stream, whose numbers follow after the tensors."""

    def __init__(self, file_bytes: int) -> None:
        self._left = file_bytes
        self._storages: Dict[str, _Storage] = {}

    def storage(self, identity: Any) -> _Storage:
        """The storage of a persistent id, still without its numbers."""
        kind, key, count = _identity(identity, 6)
        if identity[5] is not None:
            raise FormatError(f"storage {key} is a view of another")
        dtype, found = _STORAGES[kind], self._storages.get(key)
        if found is None:
            self._left -= count * dtype.itemsize
            if self._left < 0:
                raise FormatError(f"storage {key} of {count} numbers is larger than the file")
            found = self._storages[key] = _Storage(np.zeros(count, dtype))
        if found.values.dtype != dtype or len(found.values) != count:
            raise FormatError(f"storage {key} is given twice, not the same")
        return found

    def fill(self, stream: io.BytesIO, keys: Any) -> None:
        """Read the numbers, in the order of the keys."""
        known = set(self._storages)
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise FormatError("the storages are not listed")
        if len(keys) != len(known) or set(keys) != known:
            raise FormatError("the listed storages are not those of the tensors")
        for key in keys:
            values = self._storages[key].values
            if stream.read(8) != len(values).to_bytes(8, "little"):
                raise FormatError(f"storage {key} does not have {len(values)} numbers")
            data = stream.read(values.nbytes)
            if len(data) != values.nbytes:
                raise FormatError(f"storage {key} is cut short")
            values[:] = np.frombuffer(data, values.dtype)
            values.flags.writeable = False


def _tensor(*arguments: Any) -> Array:
    """``_rebuild_tensor_v2(storage, offset, size, stride, ...)`` as a view of the storage."""
    if len(arguments) not in (6, 7) or not isinstance(arguments[0], _Storage):
        raise FormatError("a tensor without a storage")
    values = arguments[0].values
    offset, size, stride = arguments[1:4]
    if not is_count(offset) or not are_counts(size) or not are_counts(stride):
        raise FormatError("a tensor whose offset, size or stride is not of counts")
    if len(size) != len(stride):
        raise FormatError(f"a tensor of size {size} and stride {stride}")
    _check_extent(len(values), offset, size, stride)
    steps: List[int] = [step * values.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(values[offset:], size, steps, writeable=False)


def _check_extent(count: int, offset: int, size: Tuple[int, ...], stride: Tuple[int, ...]) -> None:
    elements, last = 1, offset
    for length, step in zip(size, stride):
        elements *= length
        last += (length - 1) * step
    # The second bound also refuses stride 0, with which a few bytes pass for many.
    if offset > count or elements > count or (elements and last >= count):
        raise FormatError(f"a tensor of size {size} lies outside its storage of {count} numbers")
