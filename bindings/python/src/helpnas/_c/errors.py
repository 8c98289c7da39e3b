"""Errors: one exception class for each status code of the C library."""

from __future__ import annotations

import re
from typing import Dict, Optional, Type, TypeVar

Self = TypeVar("Self", bound="RowError")


class HelpError(Exception):
    """Base of every error this package raises on its own account.

    Attributes:
        status: the library's code (``HELP_ERR_...``), or the negative code of a host.
        name: the code's name in ``help.h``.
    """

    status: int = 0
    name: str = "HELP_ERR_UNKNOWN"

    def __init__(self, message: str, status: Optional[int] = None) -> None:
        super().__init__(message)
        if status is not None:
            self.status = status


class ArgumentError(HelpError, ValueError):
    """An argument is missing, of a bad size, out of range, or not finite."""

    status, name = 1, "HELP_ERR_ARGUMENT"


class HandleError(HelpError, ValueError):
    """The object is closed, or of another type."""

    status, name = 2, "HELP_ERR_HANDLE"


class AbiError(HelpError):
    """The library found and this package were built for different interfaces."""

    status, name = 3, "HELP_ERR_ABI"


class RowError(HelpError, ValueError):
    """Something is wrong with one of several rows.

    Attributes:
        row: its number, from 0; None where there is one architecture, or a file.
    """

    row: Optional[int] = None

    def of_row(self: Self, number: int) -> Self:
        """The same error, found as the only row of a call, of this row of several."""
        text, found = re.subn(r"\brow 0\b", f"row {number}", str(self), count=1)
        made = type(self)(text if found else f"row {number}: {text}", self.status)
        made.row = number
        return made


class ArchitectureError(RowError):
    """An architecture lies outside its search space."""

    status, name = 4, "HELP_ERR_ARCHITECTURE"


class HelpIOError(HelpError, OSError):
    """A file could not be read or written; the message has the system's reason."""

    status, name = 5, "HELP_ERR_IO"


class FormatError(RowError):
    """A file or text is malformed."""

    status, name = 6, "HELP_ERR_FORMAT"


class VersionError(HelpError):
    """A file was written by a newer library."""

    status, name = 7, "HELP_ERR_VERSION"


class MismatchError(HelpError, ValueError):
    """Objects of different search spaces were mixed."""

    status, name = 8, "HELP_ERR_MISMATCH"


class MeasurementError(HelpError, ValueError):
    """A reference is missing, a row is given twice, or a latency is not positive."""

    status, name = 9, "HELP_ERR_MEASUREMENTS"


class InfeasibleError(HelpError):
    """A search found nothing within its limits.

    Attributes:
        smallest_latency_ms: the smallest latency seen, at the search's confidence: a limit
            that would have been feasible, were it the only one; None where no search ran.
    """

    status, name = 10, "HELP_ERR_INFEASIBLE"
    smallest_latency_ms: Optional[float] = None


class CallbackError(HelpError):
    """An accuracy function returned NaN."""

    status, name = 11, "HELP_ERR_CALLBACK"


class CancelledError(HelpError):
    """The call was stopped through a ``CancelFlag``.

    Attributes:
        result: the ``SearchResult`` reached so far; None in training.
    """

    status, name = 12, "HELP_ERR_CANCELLED"
    result: Optional[object] = None


class DivergedError(HelpError, ArithmeticError):
    """Numbers of training or adapting became non-finite."""

    status, name = 13, "HELP_ERR_DIVERGED"


class UnsupportedError(HelpError, ValueError):
    """An unknown space or method, or one this space does not offer."""

    status, name = 14, "HELP_ERR_UNSUPPORTED"


class HelpMemoryError(HelpError, MemoryError):
    """The library could not allocate."""

    status, name = 15, "HELP_ERR_MEMORY"


class InternalError(HelpError):
    """A bug in the library."""

    status, name = 99, "HELP_ERR_INTERNAL"


class LibraryError(HelpError, ImportError):
    """libhelp could not be found or loaded; the message lists what was tried."""

    status, name = 0, "HELP_LIBRARY"


_CLASSES: Dict[int, Type[HelpError]] = {
    kind.status: kind
    for kind in (*HelpError.__subclasses__(), *RowError.__subclasses__())
    if kind.status
}
_ROW = re.compile(r"\brow (\d+)\b", re.ASCII)


def error_for(status: int, message: str) -> HelpError:
    """The exception for a status other than 0, with the library's message."""
    error = _CLASSES.get(status, HelpError)(message, status)
    row = _ROW.search(message)
    if isinstance(error, ArchitectureError) and row is not None:
        error.row = int(row[1])
    return error
