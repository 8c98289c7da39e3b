"""Reads PyTorch's ``.pt`` files without PyTorch and without running what they say.

A pickle is a program; unpickling runs it, calls and all.  Here ``pickletools`` only
decodes it, and a small interpreter builds plain data from an allow-list of opcodes.
The few globals that such files name stand for handlers of this module.  Anything else,
and any size that the file itself does not back, is a ``FormatError``.
"""

from __future__ import annotations

import io
import pickletools
import re
import zipfile
import zlib
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from ._errors import FormatError
from ._handles import Path

MAX_FILE_BYTES = 256 * 2**20
MAX_ENTRIES = 4096
MAX_OPCODES = 5_000_000
MAX_MEMO = 1_000_000
MAX_DIMENSIONS = 8

_STORAGES: Dict[str, "np.dtype[Any]"] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch DoubleStorage": np.dtype("<f8"),
    "torch LongStorage": np.dtype("<i8"),
    "torch IntStorage": np.dtype("<i4"),
}

Array = npt.NDArray[Any]


def read_torch_file(path: Path) -> Any:
    """The data in a ``.pt`` file: numbers, text, lists, tuples, dicts, and NumPy arrays.

    Arrays are read-only and of the file's own strides.

    Raises:
        FormatError: not a file of this kind, or one that wants more than data.
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise FormatError(f"{path}: more than {MAX_FILE_BYTES} bytes")
    try:
        # From memory: damaged offsets are then errors of the format, never of the system.
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _Interpreter(_Archive(archive, len(content))).run()
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError,
            OverflowError, RuntimeError) as error:  # fmt: skip
        raise FormatError(f"{path}: {error}") from None


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


class _Global:
    """A global that the pickle named; a name, never the object itself."""

    def __init__(self, name: str) -> None:
        self.name = name


class _OrderedDict(Dict[Any, Any]):
    """What ``collections.OrderedDict`` becomes; only these may be given attributes."""


class _Mark:
    """Where a group of operands begins."""


class _Storage:
    """A tensor's memory."""

    def __init__(self, values: Array) -> None:
        self.values = values


_MARK = _Mark()
_GLOBALS = frozenset(["collections OrderedDict", "torch._utils _rebuild_tensor_v2", *_STORAGES])


class _Interpreter:
    """Runs the allowed opcodes over a stack and a memo of plain data."""

    def __init__(self, archive: _Archive) -> None:
        self._archive = archive
        self._stack: List[Any] = []
        self._memo: Dict[int, Any] = {}
        self._storages: Dict[Tuple[str, str], _Storage] = {}

    def run(self) -> Any:
        """The value that the pickle leaves."""
        program = pickletools.genops(self._archive.read("data.pkl"))
        for count, (opcode, argument, position) in enumerate(program):
            if count >= MAX_OPCODES:
                raise FormatError(f"more than {MAX_OPCODES} opcodes")
            step = _STEPS.get(opcode.name)
            if step is None:
                raise FormatError(f"opcode {opcode.name} at byte {position} is not allowed")
            step(self, argument)
        if len(self._stack) != 1 or self._stack[0] is _MARK:
            raise FormatError("the pickle does not leave one value")
        return self._stack[0]

    def _pop(self) -> Any:
        if not self._stack or self._stack[-1] is _MARK:
            raise FormatError("an operand is missing")
        return self._stack.pop()

    def _pop_group(self) -> List[Any]:
        group: List[Any] = []
        while self._stack and self._stack[-1] is not _MARK:
            group.append(self._stack.pop())
        if not self._stack:
            raise FormatError("a mark is missing")
        self._stack.pop()
        return group[::-1]

    def _top(self, kind: type, opcode: str) -> Any:
        if not self._stack or not isinstance(self._stack[-1], kind):
            raise FormatError(f"{opcode} without a {kind.__name__}")
        return self._stack[-1]

    def push(self, value: Any) -> None:
        """Opcodes that carry their value."""
        self._stack.append(value)

    def ignore(self, argument: Any) -> None:
        """PROTO and STOP."""

    def mark(self, argument: Any) -> None:
        """MARK."""
        self._stack.append(_MARK)

    def tuple(self, argument: Any) -> None:
        """TUPLE: the operands since the mark."""
        self._stack.append(tuple(self._pop_group()))

    def tuple_of(self, count: int) -> None:
        """TUPLE1...TUPLE3."""
        items = [self._pop() for _ in range(count)]
        self._stack.append(tuple(items[::-1]))

    def append(self, items: List[Any]) -> None:
        """APPEND and APPENDS."""
        self._top(list, "APPEND").extend(items)

    def set_items(self, items: List[Any]) -> None:
        """SETITEM and SETITEMS: keys and values by turns."""
        target = self._top(dict, "SETITEM")
        if len(items) % 2:
            raise FormatError("a key without a value")
        for key, value in zip(items[::2], items[1::2]):
            # Text and integers only: hashing a deeply nested tuple overflows the C stack.
            if not isinstance(key, (str, int)):
                raise FormatError(f"a key of type {type(key).__name__}")
            target[key] = value

    def put(self, key: int) -> None:
        """BINPUT and LONG_BINPUT: remember the top of the stack."""
        if len(self._memo) >= MAX_MEMO:
            raise FormatError(f"more than {MAX_MEMO} memo entries")
        value = self._pop()
        self._stack.append(value)
        self._memo[key] = value

    def get(self, key: int) -> None:
        """BINGET and LONG_BINGET."""
        if key not in self._memo:
            raise FormatError(f"memo entry {key} is missing")
        self._stack.append(self._memo[key])

    def named(self, name: str) -> None:
        """GLOBAL: a name from the allow-list."""
        if name not in _GLOBALS:
            raise FormatError(f"global {name!r} is not allowed")
        self._stack.append(_Global(name))

    def reduce(self, argument: Any) -> None:
        """REDUCE: the two calls that such files make, done by our own handlers."""
        arguments, callee = self._pop(), self._pop()
        name = callee.name if isinstance(callee, _Global) else type(callee).__name__
        if name == "collections OrderedDict" and arguments == ():
            self._stack.append(_OrderedDict())
        elif name == "torch._utils _rebuild_tensor_v2" and isinstance(arguments, tuple):
            self._stack.append(_tensor(arguments))
        else:
            raise FormatError(f"a call of {name!r} with these arguments is not allowed")

    def build(self, argument: Any) -> None:
        """BUILD: PyTorch hangs metadata on its OrderedDicts; it is dropped."""
        state = self._pop()
        self._top(_OrderedDict, "BUILD")
        if not isinstance(state, dict):
            raise FormatError("BUILD with something other than a dict")

    def persistent(self, argument: Any) -> None:
        """BINPERSID: a tensor's storage, an entry of the archive."""
        self._stack.append(self._storage(self._pop()))

    def _storage(self, identity: Any) -> _Storage:
        if not isinstance(identity, tuple) or len(identity) != 5 or identity[0] != "storage":
            raise FormatError("a persistent id that is not a storage")
        kind, key, count = identity[1], identity[2], identity[4]
        if not isinstance(kind, _Global) or kind.name not in _STORAGES:
            raise FormatError("a storage of an unknown type")
        if not isinstance(key, str) or not re.fullmatch("[0-9]{1,40}", key):
            raise FormatError(f"a storage of the name {key!r}")
        found = self._storages.get((kind.name, key))
        if found is None:
            data = self._archive.read(f"data/{key}")
            found = _Storage(_values(data, _STORAGES[kind.name], key))
            self._storages[kind.name, key] = found
        if not _is_count(count) or count != len(found.values):
            raise FormatError(f"storage {key} has {len(found.values)} numbers, not {count!r}")
        return found


def _values(data: bytes, dtype: "np.dtype[Any]", key: str) -> Array:
    if len(data) % dtype.itemsize:
        raise FormatError(f"storage {key} has {len(data)} bytes, not whole numbers")
    return np.frombuffer(data, dtype)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _tensor(arguments: Tuple[Any, ...]) -> Array:
    """``_rebuild_tensor_v2(storage, offset, size, stride, ...)`` as a view of the storage."""
    if len(arguments) not in (6, 7) or not isinstance(arguments[0], _Storage):
        raise FormatError("a tensor without a storage")
    values = arguments[0].values
    offset, size, stride = arguments[1:4]
    if not _is_count(offset) or not _are_counts(size) or not _are_counts(stride):
        raise FormatError(f"a tensor of offset {offset!r}, size {size!r}, stride {stride!r}")
    if len(size) != len(stride) or len(size) > MAX_DIMENSIONS:
        raise FormatError(f"a tensor of size {size} and stride {stride}")
    _check_extent(len(values), offset, size, stride)
    steps = tuple(step * values.itemsize for step in stride)
    view = np.lib.stride_tricks.as_strided(values[offset:], size, steps, writeable=False)
    return view


def _are_counts(value: Any) -> bool:
    return isinstance(value, tuple) and all(_is_count(item) for item in value)


def _check_extent(count: int, offset: int, size: Tuple[int, ...], stride: Tuple[int, ...]) -> None:
    elements, last = 1, offset
    for length, step in zip(size, stride):
        elements *= length
        last += (length - 1) * step
    # The second bound also refuses stride 0, with which a few bytes pass for many.
    if offset > count or elements > count or (elements and last >= count):
        raise FormatError(f"a tensor of size {size} lies outside its storage of {count} numbers")


Step = Callable[[_Interpreter, Any], None]

_STEPS: Dict[str, Step] = {
    "PROTO": _Interpreter.ignore,
    "STOP": _Interpreter.ignore,
    "MARK": _Interpreter.mark,
    "NONE": _Interpreter.push,
    "NEWTRUE": lambda self, _: self.push(True),
    "NEWFALSE": lambda self, _: self.push(False),
    "BININT": _Interpreter.push,
    "BININT1": _Interpreter.push,
    "BININT2": _Interpreter.push,
    "LONG1": _Interpreter.push,
    "BINFLOAT": _Interpreter.push,
    "BINUNICODE": _Interpreter.push,
    "EMPTY_LIST": lambda self, _: self.push([]),
    "EMPTY_DICT": lambda self, _: self.push({}),
    "EMPTY_TUPLE": lambda self, _: self.push(()),
    "TUPLE": _Interpreter.tuple,
    "TUPLE1": lambda self, _: self.tuple_of(1),
    "TUPLE2": lambda self, _: self.tuple_of(2),
    "TUPLE3": lambda self, _: self.tuple_of(3),
    "APPEND": lambda self, _: self.append([self._pop()]),
    "APPENDS": lambda self, _: self.append(self._pop_group()),
    "SETITEM": lambda self, _: self.set_items([self._pop(), self._pop()][::-1]),
    "SETITEMS": lambda self, _: self.set_items(self._pop_group()),
    "BINPUT": _Interpreter.put,
    "LONG_BINPUT": _Interpreter.put,
    "BINGET": _Interpreter.get,
    "LONG_BINGET": _Interpreter.get,
    "GLOBAL": _Interpreter.named,
    "REDUCE": _Interpreter.reduce,
    "BUILD": _Interpreter.build,
    "BINPERSID": _Interpreter.persistent,
}
