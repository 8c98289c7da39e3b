"""Files that come with the package or the source tree, by name."""

from __future__ import annotations

import os
from pathlib import Path as FilePath
from typing import Dict

from ._c.errors import HelpIOError
from ._c.handles import Path
from ._c.library import repository

_SUFFIX = ".safetensors"


def bundled_files(kind: str) -> Dict[str, FilePath]:
    """Name and file of each of a kind: "models" or "accuracy"."""
    root = repository()
    folders = [root / "data" / kind] if root else []
    folders.append(FilePath(__file__).resolve().parent / f"_{kind}")
    return {
        file.name[: -len(_SUFFIX)]: file
        for folder in folders
        for file in sorted(folder.glob("*" + _SUFFIX))
    }


def file_of(name_or_path: Path, kind: str, word: str) -> Path:
    """The file of a bundled one's name, or the path itself.

    Args:
        kind: as for ``bundled_files``.
        word: what a message calls it, "model".

    Raises:
        HelpIOError: neither a name nor a file; lists the names.
    """
    bundled = bundled_files(kind)
    path = bundled.get(os.fspath(name_or_path), name_or_path)
    if not os.path.exists(path):
        names = ", ".join(sorted(bundled)) or "none"
        raise HelpIOError(f"{path}: no such file, and no bundled {word} (there are: {names})")
    return path
