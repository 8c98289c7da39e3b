"""The interpreter: allowed opcodes over a stack and a memo of plain data."""

from __future__ import annotations

import pickletools
from typing import IO, Any, Callable, Dict, List, Mapping, Optional

from ..._c.errors import FormatError

MAX_OPCODES = 5_000_000
MAX_MEMO = 1_000_000
MAX_PROTOCOL = 5

#: What stands for calls of a global: the call's arguments to a value.  None: a global that
#: is only named.
Globals = Mapping[str, Optional[Callable[..., Any]]]
#: What stands for objects outside the pickle: a persistent id to a value.
Persistent = Callable[[Any], Any]


class Global:
    """A global that the pickle named; a name, never the object itself."""

    def __init__(self, name: str) -> None:
        self.name = name


class Buildable:
    """A value that a pickle makes first and describes afterwards (BUILD)."""

    def __init__(self) -> None:
        self.memo_keys: List[int] = []

    def built(self, state: Any) -> Any:
        """The value with this state: itself, or what takes its place."""
        raise NotImplementedError


class OrderedMapping(Dict[Any, Any], Buildable):
    """What ``collections.OrderedDict`` becomes; PyTorch's metadata of it is dropped."""

    def __init__(self) -> None:
        dict.__init__(self)
        Buildable.__init__(self)

    def built(self, state: Any) -> "OrderedMapping":
        if not isinstance(state, dict):
            raise FormatError("BUILD with something other than a dict")
        return self


class _Mark:
    """Where a group of operands begins."""


_MARK = _Mark()


def describe(value: Any) -> str:
    """A value for a message: short, and never the text of a nest of shared parts."""
    if isinstance(value, str):
        return repr(value[:60])
    if value is None or isinstance(value, (int, float)):
        return repr(value)
    return f"a {type(value).__name__}"


class Interpreter:
    """Runs one pickle of a stream up to its STOP."""

    def __init__(
        self, stream: IO[bytes], known: Globals, persistent: Optional[Persistent] = None
    ) -> None:
        self._stream, self._known, self._load = stream, known, persistent
        self._stack: List[Any] = []
        self._memo: Dict[int, Any] = {}

    def run(self) -> Any:
        """The value that the pickle leaves."""
        for _ in range(MAX_OPCODES):
            if self._step() == "STOP":
                break
        else:
            raise FormatError(f"more than {MAX_OPCODES} opcodes")
        if len(self._stack) != 1 or self._stack[0] is _MARK:
            raise FormatError("the pickle does not leave one value")
        return self._stack[0]

    def _step(self) -> str:
        # An argument is decoded only after its opcode was allowed.
        position = self._stream.tell()
        code = self._stream.read(1)
        if not code:
            raise FormatError("the pickle ends without STOP")
        opcode = _OPCODES.get(code)
        step = _STEPS.get(opcode.name) if opcode else None
        if opcode is None or step is None:
            name = opcode.name if opcode else repr(code)
            raise FormatError(f"opcode {name} at byte {position} is not allowed")
        step(self, opcode.arg.reader(self._stream) if opcode.arg else None)
        return opcode.name

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

    def protocol(self, version: int) -> None:
        """PROTO."""
        if version > MAX_PROTOCOL:
            raise FormatError(f"pickle protocol {version}")

    def ignore(self, argument: Any) -> None:
        """STOP, and FRAME, which only helps a reader to buffer."""

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
        if isinstance(value, Buildable):
            value.memo_keys.append(key)

    def memoize(self, argument: Any) -> None:
        """MEMOIZE: remember under the next number."""
        self.put(len(self._memo))

    def get(self, key: int) -> None:
        """BINGET and LONG_BINGET."""
        if key not in self._memo:
            raise FormatError(f"memo entry {key} is missing")
        self._stack.append(self._memo[key])

    def push_global(self, name: str) -> None:
        """GLOBAL: a name from the allow-list."""
        if name not in self._known:
            raise FormatError(f"global {describe(name)} is not allowed")
        self._stack.append(Global(name))

    def stack_global(self, argument: Any) -> None:
        """STACK_GLOBAL: the same, its two parts taken from the stack."""
        name, module = self._pop(), self._pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise FormatError("STACK_GLOBAL without two texts")
        self.push_global(f"{module} {name}")

    def reduce(self, argument: Any) -> None:
        """REDUCE: the few calls that such files make, done by our own handlers."""
        arguments, callee = self._pop(), self._pop()
        if not isinstance(callee, Global) or not isinstance(arguments, tuple):
            raise FormatError(f"a call of {type(callee).__name__} is not allowed")
        handler = self._known[callee.name]
        if handler is None:
            raise FormatError(f"a call of {callee.name!r} is not allowed")
        self._stack.append(handler(*arguments))

    def build(self, argument: Any) -> None:
        """BUILD: describe a value made before."""
        state, target = self._pop(), self._pop()
        if not isinstance(target, Buildable):
            raise FormatError(f"BUILD of {type(target).__name__} is not allowed")
        built = target.built(state)
        self._memo.update((key, built) for key in target.memo_keys)
        self._stack.append(built)

    def persistent(self, argument: Any) -> None:
        """BINPERSID: something outside the pickle."""
        if self._load is None:
            raise FormatError("a persistent id in a plain pickle")
        self._stack.append(self._load(self._pop()))


Step = Callable[[Interpreter, Any], None]

_OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}

_STEPS: Dict[str, Step] = {
    "PROTO": Interpreter.protocol,
    "FRAME": Interpreter.ignore,
    "STOP": Interpreter.ignore,
    "MARK": Interpreter.mark,
    "NONE": Interpreter.push,
    "NEWTRUE": lambda self, _: self.push(True),
    "NEWFALSE": lambda self, _: self.push(False),
    "BININT": Interpreter.push,
    "BININT1": Interpreter.push,
    "BININT2": Interpreter.push,
    "LONG1": Interpreter.push,
    "BINFLOAT": Interpreter.push,
    "SHORT_BINUNICODE": Interpreter.push,
    "BINUNICODE": Interpreter.push,
    "SHORT_BINBYTES": Interpreter.push,
    "BINBYTES": Interpreter.push,
    "BINBYTES8": Interpreter.push,
    "BYTEARRAY8": Interpreter.push,
    "EMPTY_LIST": lambda self, _: self.push([]),
    "EMPTY_DICT": lambda self, _: self.push({}),
    "EMPTY_TUPLE": lambda self, _: self.push(()),
    "TUPLE": Interpreter.tuple,
    "TUPLE1": lambda self, _: self.tuple_of(1),
    "TUPLE2": lambda self, _: self.tuple_of(2),
    "TUPLE3": lambda self, _: self.tuple_of(3),
    "APPEND": lambda self, _: self.append([self._pop()]),
    "APPENDS": lambda self, _: self.append(self._pop_group()),
    "SETITEM": lambda self, _: self.set_items([self._pop(), self._pop()][::-1]),
    "SETITEMS": lambda self, _: self.set_items(self._pop_group()),
    "BINPUT": Interpreter.put,
    "LONG_BINPUT": Interpreter.put,
    "MEMOIZE": Interpreter.memoize,
    "BINGET": Interpreter.get,
    "LONG_BINGET": Interpreter.get,
    "GLOBAL": Interpreter.push_global,
    "STACK_GLOBAL": Interpreter.stack_global,
    "REDUCE": Interpreter.reduce,
    "BUILD": Interpreter.build,
    "BINPERSID": Interpreter.persistent,
}
