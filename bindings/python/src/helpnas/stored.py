"""Objects of the library that have a space, a description, and a file format."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, ClassVar, ContextManager, Dict, Protocol, Tuple, Type, TypeVar

from ._c.arrays import FloatArray
from ._c.handles import Handle, Path, Pointer, make, path_bytes, read_buffer, read_json
from ._c.library import library
from ._c.prototypes import SpacePointer
from .spaces import Archs, Space

Self = TypeVar("Self", bound="Stored[Any]")


class Stored(Handle[Pointer]):
    """What models of all kinds share: a space, a description, and a file format."""

    _pointer_type: ClassVar[Type[Any]]
    _prefix: ClassVar[str]
    _load_memory: ClassVar[str]
    own_space: Space
    #: Held during calls: a lock where calls change the object, and one thread's must wait.
    _busy: ContextManager[Any] = nullcontext()

    @classmethod
    def adopt(cls: Type[Self], pointer: Any) -> Self:
        made = super().adopt(pointer)
        # Not the one users get: they may close theirs.
        made.own_space = made.space
        return made

    @classmethod
    def from_bytes(cls: Type[Self], data: bytes) -> Self:
        """The object that ``to_bytes`` or ``save`` wrote.

        Raises:
            FormatError, VersionError: not such bytes, or a newer library's.
        """
        return cls.adopt(make(cls._pointer_type, cls._load_memory, bytes(data), len(data)))

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self).from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'closed' if self.closed else repr(self.own_space.name)})"

    @property
    def space(self) -> Space:
        """The search space, a new object each time."""
        with self._busy:
            return Space.adopt(make(SpacePointer, self._prefix + "space", self.pointer))

    @property
    def description(self) -> Dict[str, Any]:
        """How it was made.  A model: devices, settings, validation scores, provenance.
        A predictor: method, measurements, settings, fit error."""
        with self._busy:
            return read_json(self._prefix + "describe", self.pointer)

    def save(self, path: Path) -> None:
        """Write a file.

        Raises:
            HelpIOError: the system's reason is in the message.
        """
        with self._busy:
            getattr(library(), self._prefix + "save")(self.pointer, path_bytes(path))

    def to_bytes(self) -> bytes:
        """What ``save`` would write."""
        with self._busy:
            return read_buffer(self._prefix + "write", self.pointer)


class AnyPredictor(Protocol):
    """What searches and limits need of ``models.Predictor``, which imports them."""

    own_space: Space

    @property
    def pointer(self) -> Any:
        """The library's handle."""

    def interval(self, archs: Archs, level: float = 0.9) -> Tuple[FloatArray, FloatArray]:
        """Central interval in which a new measurement falls with probability ``level``."""
