"""YAML through PyYAML's safe loader; an optional dependency."""

from __future__ import annotations

import importlib
from typing import Any

from .._c.errors import FormatError
from .._c.handles import Path

MAX_BYTES = 16 * 2**20


def load_yaml(path: Path) -> Any:
    """The plain data in a YAML file.

    Raises:
        FormatError: not YAML of plain data, or larger than 16 MiB.
        ImportError: PyYAML is not installed.
        OSError: it cannot be read.
    """
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise ImportError(f"reading {path} needs PyYAML: pip install 'helpnas[yaml]'") from None
    with open(path, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise FormatError(f"{path}: more than {MAX_BYTES} bytes")
    try:
        return yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        text = " ".join(str(error).split())
        raise FormatError(f"{path}: not YAML of plain data: {text}") from None
