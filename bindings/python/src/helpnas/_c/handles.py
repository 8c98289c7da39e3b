"""What every object of the library has in common: a pointer, freed once, and buffers."""

from __future__ import annotations

import ctypes
import json
import os
import weakref
from types import TracebackType
from typing import Any, ClassVar, Dict, Generic, Optional, Type, TypeVar, Union, cast

from .errors import ArgumentError, HandleError
from .library import library
from .prototypes import Buffer

Pointer = TypeVar("Pointer", bound=ctypes.c_void_p)
Self = TypeVar("Self", bound="Handle[Any]")
Path = Union[str, "os.PathLike[str]"]


class Handle(Generic[Pointer]):
    """An object of the library; ``close()`` it, use it in ``with``, or leave it to Python."""

    _free: ClassVar[str]
    _held: Optional[Pointer] = None

    @classmethod
    def adopt(cls: Type[Self], pointer: Any) -> Self:
        """An object around a pointer that the library just gave us."""
        made = cls.__new__(cls)
        made._hold(pointer)
        return made

    def _hold(self, pointer: Pointer) -> None:
        # The finalizer hangs on the pointer object, not on self: a call running in another
        # thread holds that object too, so close() cannot free what is in use.
        free = getattr(library(), self._free)
        finalizer = weakref.finalize(pointer, free, type(pointer)(pointer.value))
        finalizer.atexit = False  # daemon threads may still be calling
        self._held = pointer

    @property
    def pointer(self) -> Pointer:
        pointer = self._held
        if pointer is None:
            raise HandleError(f"this {type(self).__name__} is closed")
        return pointer

    @property
    def closed(self) -> bool:
        """Whether ``close()`` was called."""
        return self._held is None

    def close(self) -> None:
        """Give the memory back, once no running call uses it; closing twice does nothing."""
        self._held = None

    def __enter__(self: Self) -> Self:
        if self.closed:
            raise HandleError(f"this {type(self).__name__} is closed")
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


def make(pointer_type: Type[Pointer], function: str, *arguments: Any) -> Pointer:
    """Call a function whose last parameter is ``pointer_type **out``; its result."""
    out = pointer_type()
    getattr(library(), function)(*arguments, ctypes.byref(out))
    return out


def read_buffer(function: str, *arguments: Any) -> bytes:
    """Call a function whose last parameter is ``help_buffer *out``; a copy of its bytes."""
    buffer = Buffer()
    getattr(library(), function)(*arguments, ctypes.byref(buffer))
    try:
        return ctypes.string_at(buffer.data, buffer.size) if buffer.size else b""
    finally:
        library().help_buffer_free(ctypes.byref(buffer))


def read_json(function: str, *arguments: Any) -> Dict[str, Any]:
    """The same for a function that writes a JSON object."""
    return cast(Dict[str, Any], json.loads(read_buffer(function, *arguments)))


def path_bytes(path: Path) -> bytes:
    """A path as the library takes it.

    Raises:
        ArgumentError: it holds a NUL character, where C would end it.
    """
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise ArgumentError(f"a path cannot hold a NUL character: {encoded!r}")
    return encoded


def name_bytes(name: str) -> bytes:
    """A device's name as the library takes it.

    Raises:
        ArgumentError: it holds a NUL character, where C would end it.
    """
    if not isinstance(name, str):
        raise ArgumentError(f"a device's name must be a text, not {name!r}")
    if "\0" in name:
        raise ArgumentError(f"a device's name cannot hold a NUL character: {name!r}")
    return name.encode()
