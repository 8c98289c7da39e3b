"""Finds and loads libhelp, and checks that its interface is the one expected here."""

from __future__ import annotations

import ctypes
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, List, Optional, Tuple

from .errors import LibraryError, error_for
from .prototypes import ABI_VERSION, PROTOTYPES, UNCHECKED

FILE_NAME = "libhelp.so.1"
VARIABLE = "LIBHELP_LIBRARY"
_PACKAGE = Path(__file__).resolve().parents[1]


def repository() -> Optional[Path]:
    """The source tree this package runs from, or None where it is installed."""
    root = _PACKAGE.parents[3] if len(_PACKAGE.parents) > 3 else _PACKAGE
    return root if (root / "include" / "help.h").is_file() else None


def candidates() -> List[str]:
    """Where the library may be, most wanted first; a path in $LIBHELP_LIBRARY is the only one."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return [chosen]
    root = repository()
    built = [str(root / "build" / "lib" / FILE_NAME)] if root else []
    return [str(_PACKAGE / "_lib" / FILE_NAME), *built, FILE_NAME]


def check(status: int) -> None:
    """Raise the exception of a status other than 0, with the thread's message."""
    if status != 0:
        message = library().help_last_error().decode("utf-8", "replace")
        raise error_for(status, message or f"status {status}")


def _raise_for_status(status: int, function: Any, arguments: Tuple[Any, ...]) -> int:
    check(status)
    return status


def _declare(loaded: ctypes.CDLL) -> None:
    for name, (restype, argtypes) in PROTOTYPES.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = restype, argtypes
        if restype is ctypes.c_int32 and name not in UNCHECKED:
            function.errcheck = _raise_for_status


def open_library(path: str) -> ctypes.CDLL:
    """Load one file and declare its functions.

    Raises:
        OSError: it cannot be loaded.
        AttributeError: it lacks a function of ``help.h``.
        LibraryError: its interface is another version's.
    """
    # CDLL, not PyDLL: calls release the GIL, callbacks take it again.
    loaded = ctypes.CDLL(path)
    found = int(loaded.help_abi_version())
    if found != ABI_VERSION:
        raise LibraryError(f"its ABI version is {found}, this package needs {ABI_VERSION}")
    _declare(loaded)
    return loaded


@lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """The loaded library.

    Raises:
        LibraryError: no candidate could be used; lists each with its reason.
    """
    reasons = []
    for path in candidates():
        try:
            return open_library(path)
        except (OSError, AttributeError, LibraryError) as error:
            reasons.append(f"  {path}: {error}")
    raise LibraryError(
        "libhelp was not found; tried\n"
        + "\n".join(reasons)
        + f"\nBuild it (make lib), install it, or name the file in ${VARIABLE}."
    )
