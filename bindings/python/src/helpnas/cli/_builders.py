"""Functions of the user's that build networks: ``--build module:function``."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Annotated, Any, Optional

import typer

from .._c.errors import ArgumentError
from ..measuring.own_networks import BuildFunction

#: The option of every command that measures.
Build = Annotated[
    Optional[str],
    typer.Option(
        metavar="MODULE:FUNCTION",
        help="Function that returns an architecture's network (ONNX, or a torch module).",
    ),
]


def function(name: Optional[str]) -> Optional[BuildFunction]:
    """The function of a name "module:function"; the module may lie in the current directory.

    Raises:
        ArgumentError: no such module or function, or the module fails; says where.
        ImportError: the module needs another that is not installed.
    """
    if name is None:
        return None
    module, separator, path = name.partition(":")
    if not (separator and module and path):
        raise ArgumentError(f"--build is {name!r}, not MODULE:FUNCTION")
    found: Any = _module(module)
    for part in path.split("."):
        if not hasattr(found, part):
            raise ArgumentError(f"--build is {name!r}, but {module} has no {path!r}")
        found = getattr(found, part)
    if not callable(found):
        raise ArgumentError(f"--build is {name!r}, which is {found!r}, not a function")
    return found  # type: ignore[no-any-return]


def _module(name: str) -> Any:
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise ArgumentError(
            f"--build: no module {error.name!r}, neither in {here} nor installed"
        ) from None
    except ImportError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise ArgumentError(
            f"--build: {name} raised {type(error).__name__}: {error} "
            f"({last.filename}, line {last.lineno})"
        ) from error
