"""Reads the declarations of a C header as plain as ``include/help.h``, with their comments.

A comment belongs to the declaration that follows it; one that begins on the line where a
declaration, a field or an enumerator ends belongs to that.  A comment ``---- name
(stability) ----`` begins a section.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, NamedTuple, Tuple


class Section(NamedTuple):
    """A part of the header, and whether it is ``stable`` or ``experimental``."""

    name: str
    stability: str


class Parameter(NamedTuple):
    """A parameter or a field: its type with one blank between words, and its name.

    A field also has its comment, and the group that a comment on a line of its own began.
    """

    type: str
    name: str
    comment: str = ""
    group: str = ""


class Enumerator(NamedTuple):
    """A constant of an enumeration."""

    name: str
    value: int
    comment: str


class Function(NamedTuple):
    """What a function, or a type of callbacks, returns and takes."""

    result: str
    parameters: List[Parameter]
    comment: str
    section: Section


class Structure(NamedTuple):
    """A structure with its fields in their order; none if it is opaque."""

    fields: List[Parameter]
    comment: str
    section: Section


class Enumeration(NamedTuple):
    """An enumeration with its constants in their order."""

    enumerators: List[Enumerator]
    comment: str
    section: Section


class Header(NamedTuple):
    """Declarations by name, each kind in the header's order."""

    functions: Dict[str, Function]
    callbacks: Dict[str, Function]
    structures: Dict[str, Structure]
    handles: Dict[str, Structure]
    enumerations: Dict[str, Enumeration]
    #: Other names of types: ``help_status`` -> ``int32_t``.
    names: Dict[str, str]
    #: ``#define``s of whole numbers.
    numbers: Dict[str, int]
    #: Every declaration in order, without comments: ``(code, section)``.
    declarations: List[Tuple[str, Section]]

    @property
    def enumerators(self) -> Dict[str, int]:
        """The constants of all enumerations."""
        return {
            each.name: each.value for one in self.enumerations.values() for each in one.enumerators
        }


_COMMENT = r"/\*.*?\*/"
_BODY = r"\{(?:/\*.*?\*/|[^{}/]|/(?!\*))*\}"
#: A comment, or a declaration up to its semicolon, and whether the line goes on.
_TOKEN = re.compile(rf"({_COMMENT})|((?:{_BODY}|[^;{{/])+;)", re.S)
_FIELD = re.compile(rf"({_COMMENT})|([^;/]+;)", re.S)
_ENUMERATOR = re.compile(rf"({_COMMENT})|([^,/]+,?)", re.S)

_SECTION = re.compile(r"-{4} (.*) \((\w+)\) -+")
_FUNCTION = re.compile(r"HELP_API\s+(?:HELP_CHECKED\s+)?([\w\s*]+?)(\w+)\s*\((.*)\)\s*;", re.S)
_CALLBACK = re.compile(r"typedef\s+([\w\s*]+?)\(\*(\w+)\)\s*\((.*)\)\s*;", re.S)
_STRUCTURE = re.compile(r"(?:typedef\s+)?struct\s+(\w+)\s*\{(.*)\}\s*\w*\s*;", re.S)
_ENUMERATION = re.compile(r"enum\s+(\w+)\s*\{(.*)\}\s*;", re.S)
_HANDLE = re.compile(r"typedef\s+struct\s+(\w+)\s+\1\s*;")
_NAME = re.compile(r"typedef\s+(\w+)\s+(\w+)\s*;")
_NUMBER = re.compile(r"^#define\s+(\w+)\s+(\d+)$", re.M)
_DECLARED = re.compile(r"(.*?)(\w+)", re.S)


def parse(text: str) -> Header:
    """The declarations in a header's text."""
    found = Header({}, {}, {}, {}, {}, {}, {k: int(v) for k, v in _NUMBER.findall(text)}, [])
    for code, comment, section in _declarations(_without_preprocessor(text)):
        _add(found, code, comment, section)
        found.declarations.append((_without_comments(code), section))
    return found


def _add(found: Header, code: str, comment: str, section: Section) -> None:
    if each := _FUNCTION.fullmatch(code):
        found.functions[each[2]] = _function(each[1], each[3], comment, section)
    elif each := _CALLBACK.fullmatch(code):
        found.callbacks[each[2]] = _function(each[1], each[3], comment, section)
    elif each := _STRUCTURE.fullmatch(code):
        found.structures[each[1]] = Structure(_fields(each[2]), comment, section)
    elif each := _ENUMERATION.fullmatch(code):
        found.enumerations[each[1]] = Enumeration(_enumerators(each[2]), comment, section)
    elif each := _HANDLE.fullmatch(code):
        found.handles[each[1]] = Structure([], comment, section)
    elif each := _NAME.fullmatch(code):
        found.names[each[2]] = each[1]
    else:
        raise ValueError(f"not a declaration that this reader knows: {code}")


def _without_preprocessor(text: str) -> str:
    text = re.sub(r"^#ifdef __cplusplus$.*?^#endif$", "", text, flags=re.S | re.M)
    return re.sub(r"^#(?:.*\\\n)*.*$", "", text, flags=re.M)


def _without_comments(text: str) -> str:
    return re.sub(_COMMENT, " ", text, flags=re.S)


def _commented(text: str, pattern: "re.Pattern[str]") -> Iterator[Tuple[str, str, bool]]:
    """``(code, comment, before)``; ``before`` if the comment stands before code, not after it."""
    place = 0
    tokens = [each for each in pattern.finditer(text) if each[0].strip()]
    while place < len(tokens):
        token, following = tokens[place], tokens[place + 1 : place + 2]
        place += 1
        if token[1]:
            yield "", token[1], True
            continue
        comment = following[0][1] if following else None
        if comment and "\n" not in text[token.end() : following[0].start()]:
            place += 1
            yield token[2].strip(), comment, False
        else:
            yield token[2].strip(), "", False


def _declarations(text: str) -> Iterator[Tuple[str, str, Section]]:
    section, pending = Section("", ""), ""
    for code, comment, before in _commented(text, _TOKEN):
        title = _SECTION.fullmatch(comment.strip("/* \n"))
        if title:
            section, pending = Section(title[1], title[2]), ""
        elif before:
            pending = comment
        else:
            yield code, _plain(comment or pending), section
            pending = ""


def _plain(comment: str) -> str:
    """A comment's text: paragraphs in one line each, indented lines as they are."""
    lines = [re.sub(r"^ \* ?", "", line) for line in comment[2:-2].split("\n")]
    text = lines[0].strip()
    for line in lines[1:]:
        text += ("\n" if line.startswith("  ") else " ") + line.rstrip()
    return text.strip()


def _one_line(comment: str) -> str:
    return " ".join(comment[2:-2].split())


def _type(text: str) -> str:
    return " ".join(re.findall(r"\w+|\*", text))


def _function(result: str, inside: str, comment: str, section: Section) -> Function:
    parts = [part.strip() for part in inside.split(",")]
    parameters = [] if parts == ["void"] else [_parameter(part) for part in parts]
    return Function(_type(result), parameters, comment, section)


def _parameter(text: str) -> Parameter:
    declared = _DECLARED.fullmatch(text.strip())
    if declared is None:
        raise ValueError(f"not a parameter: {text}")
    return Parameter(_type(declared[1]), declared[2])


def _fields(body: str) -> List[Parameter]:
    """Fields in their order; ``uint64_t done, total;`` declares two."""
    found: List[Parameter] = []
    group = ""
    for code, comment, before in _commented(body, _FIELD):
        if before:
            group = _one_line(comment)
            continue
        first, *others = code.rstrip(";").split(",")
        kind, name, *_ = _parameter(first)
        for each in [name, *(other.strip() for other in others)]:
            found.append(Parameter(kind, each, _one_line(comment), group))
    return found


def _enumerators(body: str) -> List[Enumerator]:
    found: List[Enumerator] = []
    for code, comment, before in _commented(body, _ENUMERATOR):
        if before:
            continue
        name, equals, value = (word.strip() for word in code.rstrip(",").partition("="))
        following = found[-1].value + 1 if found else 0
        number = int(value, 0) if equals else following
        found.append(Enumerator(name, number, _one_line(comment)))
    return found
