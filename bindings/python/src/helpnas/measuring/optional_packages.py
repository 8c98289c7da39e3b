"""Packages that only measuring needs, imported when it begins."""

from __future__ import annotations

import importlib
from typing import Any


def optional(module: str, install: str) -> Any:
    """A module, or one inside a package.

    Args:
        module: its full name.
        install: what pip installs.

    Raises:
        ImportError: it is not installed; the message has the command.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"{module} is needed ({error}): pip install '{install}'") from None


def onnx() -> Any:
    """The package onnx."""
    optional("onnx.helper", "helpnas[measure]")
    return optional("onnx", "helpnas[measure]")
