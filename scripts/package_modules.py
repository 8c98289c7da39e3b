#!/usr/bin/env python3
"""Print the Swift modules below a target of Package.swift as variables of a makefile.

    package_modules.py HelpC

NAME.path, NAME.imports (its Swift modules, all levels) and NAME.flags of each, and
`modules`, lowest first.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

Target = dict[str, Any]


def targets() -> dict[str, Target]:
    """The Swift targets of the package in this folder, by name."""
    command = ["swift", "package", "dump-package"]
    text = subprocess.run(command, check=True, capture_output=True).stdout
    return {each["name"]: each for each in json.loads(text)["targets"] if is_swift(each)}


def is_swift(target: Target) -> bool:
    """Whether it is a target of the core; those named C... are C."""
    return target["type"] == "regular" and not target["name"].startswith("C")


def below(name: str, known: dict[str, Target]) -> list[str]:
    """All that target `name` depends on, lowest first."""
    found: list[str] = []
    for dependency in known[name]["dependencies"]:
        each = dependency["byName"][0]
        if each in known:
            found += [one for one in [*below(each, known), each] if one not in found]
    return found


def flags(target: Target) -> list[str]:
    """Its own options of the compiler."""
    words: list[str] = []
    for setting in target["settings"]:
        kind = setting["kind"]
        if "define" in kind:
            words += ["-D", kind["define"]["_0"]]
        elif "unsafeFlags" in kind:
            words += kind["unsafeFlags"]["_0"]
        else:
            raise ValueError(f"{target['name']}: no compiler option is known for {kind}")
    return words


def main() -> None:
    root = sys.argv[1]
    known = targets()
    modules = [*below(root, known), root]
    print("modules :=", *modules)
    for name in modules:
        print(f"{name}.path :=", known[name].get("path") or f"Sources/{name}")
        print(f"{name}.imports :=", *below(name, known))
        print(f"{name}.flags :=", *flags(known[name]))


if __name__ == "__main__":
    main()
