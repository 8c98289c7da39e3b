"""Adds the built library and the models to the wheel, and tags it for their platform.

The environment's ARCH names the processor, this one's by default.
"""

from __future__ import annotations

import os
import platform
import re
import sysconfig
from pathlib import Path
from typing import Any, Dict

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: The oldest glibc that wheels are made for, 2.28.
OLDEST_GLIBC = 28
#: What loads by name: folders of data/.
BUNDLED = ("models", "accuracy")


def library_path(root: Path, machine: str) -> Path:
    """Where ``make lib`` puts the library of processor ``machine``."""
    folder = "lib" if machine == platform.machine() else f"lib-{machine}"
    return root / "build" / folder / "libhelp.so.1"


def platform_tag(library: bytes, machine: str) -> str:
    """The platform of a wheel with this library: by the newest version of glibc it names."""
    versions = [int(each) for each in re.findall(rb"GLIBC_2\.(\d+)", library)]
    if versions:
        return f"manylinux_2_{max(OLDEST_GLIBC, *versions)}_{machine}"
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Runs when hatchling builds a wheel."""

    def initialize(self, version: str, build_data: Dict[str, Any]) -> None:
        """Include what the repository's ``make lib`` and ``data/`` hold."""
        if version == "editable":
            return  # the package then finds both in the repository
        root = Path(self.root).resolve().parents[1]
        machine = os.environ.get("ARCH", platform.machine())
        library = library_path(root, machine)
        if not library.is_file():
            raise FileNotFoundError(
                f"{library} is missing: run 'make lib' in the repository, then build the wheel "
                "from there (pip wheel bindings/python, or python -m build --wheel)"
            )
        included = {str(library.resolve()): "helpnas/_lib/libhelp.so.1"}
        for kind in BUNDLED:
            for file in sorted((root / "data" / kind).glob("*.safetensors")):
                included[str(file)] = f"helpnas/_{kind}/{file.name}"
        build_data["force_include"].update(included)
        # ctypes needs no Python ABI: one wheel for every Python of the platform.
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(library.read_bytes(), machine)}"
