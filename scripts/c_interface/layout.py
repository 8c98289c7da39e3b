"""Sizes of structures and offsets of their fields, by the C compiler."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Dict

from .header import Header


def measured(text: str, header: Header, compiler: str) -> Dict[str, int]:
    """In bytes: ``help_limit`` -> its size, ``help_limit.kind`` -> its offset.

    ``text`` is the header's, ``header`` what it declares.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "header.h").write_text(text, encoding="utf-8")
        (folder / "layout.c").write_text(_program(header), encoding="utf-8")
        program = folder / "layout"
        subprocess.run([compiler, folder / "layout.c", "-o", program], check=True)
        printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    return {name: int(count) for name, count in map(str.split, printed.splitlines())}


def _program(header: Header) -> str:
    """C that prints a name and a number in each line."""
    lines = ["#include <stddef.h>", "#include <stdio.h>", '#include "header.h"', "int main(void) {"]
    for name, declared in header.structures.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        for field in declared.fields:
            place = f"offsetof({name}, {field.name})"
            lines.append(f'printf("{name}.{field.name} %zu\\n", {place});')
    return "\n".join([*lines, "return 0; }", ""])
