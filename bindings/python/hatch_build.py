"""Adds the built library and the models to the wheel, and tags it for this platform."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Any, Dict

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARY = Path("build", "lib", "libhelp.so.1")
#: What loads by name: folders of data/.
BUNDLED = ("models", "accuracy")


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Runs when hatchling builds a wheel."""

    def initialize(self, version: str, build_data: Dict[str, Any]) -> None:
        """Include what the repository's ``make lib`` and ``data/`` hold."""
        if version == "editable":
            return  # the package then finds both in the repository
        root = Path(self.root).resolve().parents[1]
        library = root / LIBRARY
        if not library.is_file():
            raise FileNotFoundError(
                f"{library} is missing: run 'make lib' in the repository, then build the wheel "
                "from there (pip wheel bindings/python, or python -m build --wheel)"
            )
        included = {str(library.resolve()): "helpnas/_lib/libhelp.so.1"}
        for kind in BUNDLED:
            for file in sorted((root / "data" / kind).glob("*.safetensors")):
                included[str(file)] = f"helpnas/_{kind}/{file.name}"
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["force_include"].update(included)
        # ctypes needs no Python ABI: one wheel for every Python of this platform.
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
