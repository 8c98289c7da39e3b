"""Reads the declarations of a C header as plain as ``include/help.h``.

It knows functions, structures, enumerations, and names for integer types; comments and
preprocessor lines are dropped.
"""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Tuple


class Parameter(NamedTuple):
    """A parameter or a field: its type with one blank between words, and its name."""

    type: str
    name: str


class Function(NamedTuple):
    """What a function returns and takes."""

    result: str
    parameters: List[Parameter]


class Header(NamedTuple):
    """Declarations by name, each kind in the header's order."""

    functions: Dict[str, Function]
    structures: Dict[str, List[Parameter]]
    enumerators: Dict[str, int]


_FUNCTION = re.compile(r"HELP_API\s+(?:HELP_CHECKED\s+)?([\w\s*]+?)(\w+)\s*\(([^;]*)\)\s*;")
_STRUCTURE = re.compile(r"struct\s+(\w+)\s*\{(.*?)\}", re.S)
_ENUMERATION = re.compile(r"enum\s*\w*\s*\{(.*?)\}", re.S)
_INTEGER_NAME = re.compile(r"typedef\s+(u?int\d+_t|size_t)\s+(\w+)\s*;")
_DECLARED = re.compile(r"(.*?)(\w+)", re.S)


def parse(text: str) -> Header:
    """The declarations in a header's text."""
    plain = _without_comments(text)
    names = {name: kind for kind, name in _INTEGER_NAME.findall(plain)}
    return Header(
        {
            name: Function(_type(result, names), _parameters(inside, names))
            for result, name, inside in _FUNCTION.findall(plain)
        },
        {name: _fields(body, names) for name, body in _STRUCTURE.findall(plain)},
        {name: value for body in _ENUMERATION.findall(plain) for name, value in _enumerators(body)},
    )


def _without_comments(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r"^#.*?(?<!\\)$", "", text, flags=re.S | re.M)


def _type(text: str, names: Dict[str, str]) -> str:
    words = re.findall(r"\w+|\*", text)
    return " ".join(names.get(word, word) for word in words)


def _parameters(text: str, names: Dict[str, str]) -> List[Parameter]:
    parts = [part.strip() for part in text.split(",")]
    return [] if parts == ["void"] else [_parameter(part, names) for part in parts]


def _parameter(text: str, names: Dict[str, str]) -> Parameter:
    declared = _DECLARED.fullmatch(text.strip())
    assert declared is not None, text
    return Parameter(_type(declared[1], names), declared[2])


def _fields(body: str, names: Dict[str, str]) -> List[Parameter]:
    """Fields in their order; ``uint64_t done, total;`` declares two."""
    found: List[Parameter] = []
    for line in filter(None, (part.strip() for part in body.split(";"))):
        first, *others = line.split(",")
        found.append(_parameter(first, names))
        found += [Parameter(found[-1].type, name.strip()) for name in others]
    return found


def _enumerators(body: str) -> List[Tuple[str, int]]:
    found: List[Tuple[str, int]] = []
    for part in filter(None, (part.strip() for part in body.split(","))):
        name, equals, value = (word.strip() for word in part.partition("="))
        following = found[-1][1] + 1 if found else 0
        found.append((name, int(value, 0) if equals else following))
    return found
