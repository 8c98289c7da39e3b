"""Exit codes, and the message that goes with them."""

from __future__ import annotations

import enum
import os
import re
import sys
from typing import Any, Optional

import typer
from typer.core import TyperCommand, TyperGroup

from .._c.errors import (
    AbiError,
    CancelledError,
    DivergedError,
    HelpError,
    HelpMemoryError,
    InfeasibleError,
    InternalError,
    LibraryError,
)

_RUN = ": give build=, which returns an architecture's network, or run=, which measures one"
_ELSEWHERE = (
    "give --build MODULE:FUNCTION, which returns an architecture's network; or measure yourself, "
    "write a CSV of 'arch' and 'latency_ms', then use 'helpnas adapt'"
)


class Code(enum.IntEnum):
    """What an exit code means; docs/guide/command-line.md lists them."""

    FAILED = 1
    USAGE = 2
    BAD_INPUT = 3
    INFEASIBLE = 4
    IO = 5
    MISSING = 6
    INTERRUPTED = 130


#: First match counts: some errors are several kinds.
_CODES = (
    (InfeasibleError, Code.INFEASIBLE),
    ((KeyboardInterrupt, CancelledError), Code.INTERRUPTED),
    ((AbiError, LibraryError, ImportError), Code.MISSING),
    ((DivergedError, HelpMemoryError, InternalError), Code.FAILED),
    (OSError, Code.IO),
    ((HelpError, UnicodeDecodeError), Code.BAD_INPUT),
)


def code_of(error: BaseException) -> Optional[Code]:
    """The exit code for an error; None for one that is a bug."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), None)


class Command(TyperCommand):
    """A command whose --help is shown as the flag it is."""

    def get_help_option(self, ctx: Any) -> Any:
        """Click's own, without a type."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.metavar = ""
        return option


class Group(TyperGroup):
    """A command whose errors become messages and exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run a subcommand."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Whoever read our output has enough; Python must not try to write the rest.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (KeyboardInterrupt, Exception) as error:
            code = code_of(error)
            if code is None:
                raise
            typer.echo(f"helpnas: error: {_message(error)}", err=True)
            raise typer.Exit(code) from None


#: How Python's messages name options that are flags here: name='value'.
_OPTION = re.compile(r"\b(measure|clock|unit|runtime|method)='(\w+)'", re.ASCII)


def _message(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return _OPTION.sub(r"--\1 \2", str(error)).replace(_RUN, "; " + _ELSEWHERE)
