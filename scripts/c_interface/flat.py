"""The header without includes, attributes, macros and comments on declarations."""

from __future__ import annotations

import re
import textwrap
from typing import List

from .header import Header, Section

_TOP = """\
/* help_ffi.h - help.h {version} for readers of plain declarations, such as cffi and LuaJIT's
 * ffi.  C programs include help.h, which documents every declaration.  int32_t, size_t and
 * their like must be known: cffi and LuaJIT know them.
 * Written by scripts/interface.py from help.h. */
"""


def text(header: Header, version: str) -> str:
    """Every declaration, and the numbers that the header defines as an enumeration."""
    numbers = ", ".join(f"{name} = {value}" for name, value in header.numbers.items())
    lines = [_TOP.format(version=version), _folded(f"enum help_number {{ {numbers} }};")]
    section = Section("", "")
    for code, current in header.declarations:
        if current != section:
            section = current
            lines.append(f"\n/* {section.name} ({section.stability}) */")
        lines += _written(_plain(code))
    return "\n".join([*lines, ""])


def _plain(code: str) -> str:
    """One line, one blank between words."""
    code = re.sub(r"\bHELP_(?:API|CHECKED)\s+", "", code)
    return " ".join(code.split())


def _written(code: str) -> List[str]:
    """A structure or enumeration with a line for each member; a function folded."""
    parts = re.fullmatch(r"(.*)\{ ?(.*?) ?\}(.*)", code)
    if parts is None:
        return [_folded(code)]
    end = r"(?<=;) " if ";" in parts[2] else r"(?<=,) "
    return [f"{parts[1]}{{", *(f"  {each}" for each in re.split(end, parts[2])), f"}}{parts[3]}"]


def _folded(code: str) -> str:
    """Lines of up to 96 columns, broken between parameters."""
    glued = re.sub(r"(?<!,) ", "\0", code)
    return textwrap.fill(glued, 96, subsequent_indent="    ").replace("\0", " ")
