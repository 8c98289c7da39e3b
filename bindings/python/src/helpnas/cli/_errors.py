"""Exit codes, and the message that goes with them."""

from __future__ import annotations

import enum
import os
import re
import sys
from contextlib import contextmanager
from typing import Any, Iterator, Optional

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

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the command line."""
        with _exit_codes():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run a subcommand."""
        with _exit_codes():
            return super().invoke(ctx)


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Turn errors into a message on standard error and an exit code."""
    try:
        yield
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


#: What messages of the library and of Python say -> how a person at a command line says it.
_WORDS = (
    (r"\b(measure|clock|unit|runtime|method)='(\w+)'", r"--\1 \2"),
    (re.escape(_RUN), "; " + _ELSEWHERE),
    (r"\bhelp_\w+: ", ""),
    (r", and help_space_from_json reads a space", ""),
    (r"\bhelpnas\.import_checkpoint\b", "'helpnas import checkpoint'"),
    (r"\bhelpnas\.import_hat_predictor\b", "'helpnas import hat-predictor'"),
    (r"\bhelpnas\.import_accuracy_model\b", "'helpnas import accuracy'"),
    (r"\bhelp_meta_train\b", "'helpnas train'"),
    (r"\bhelp_adapt\b", "'helpnas adapt'"),
    (r"\b(help_|helpnas\.)load reads it", "give it as MODEL"),
    (r"\b(help_predictor_load|helpnas\.load_predictor) reads it", "give it as PREDICTOR"),
    (r"\b(help_accuracy_load|helpnas\.load_accuracy) reads it", "give it with --accuracy"),
)


def _message(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    text = str(error)
    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text, flags=re.ASCII)
    return text
