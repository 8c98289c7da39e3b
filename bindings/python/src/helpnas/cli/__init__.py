"""The command line, ``helpnas``; a file for each command.  It needs ``helpnas[cli]``.

Results go to standard output, as text for people or with ``--json`` as one JSON object;
progress, warnings and errors go to standard error.  Exit codes are in ``_errors.py``.

The commands' files do not postpone annotations: on Python 3.9 Typer could not read them.
"""

from __future__ import annotations

import importlib
import sys

#: What the extra ``cli`` installs.
_NEEDED = ("typer", "rich")
#: Exit code of a package or library that is not installed; ``_errors.Code.MISSING``.
_MISSING = 6
#: Exit code of Ctrl-C before a command has begun; ``_errors.Code.INTERRUPTED``.
_INTERRUPTED = 130


def main() -> int:
    """Run the command line on this process's arguments; the exit code."""
    try:
        return _import_and_run()
    except KeyboardInterrupt:
        print("helpnas: error: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _import_and_run() -> int:
    for package in _NEEDED:
        try:
            importlib.import_module(package)
        except ImportError:
            message = f"the command line needs {package}: pip install 'helpnas[cli]'"
            print(f"helpnas: error: {message}", file=sys.stderr)
            return _MISSING
    from ._app import run

    return run()
