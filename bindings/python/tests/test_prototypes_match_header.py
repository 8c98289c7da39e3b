"""The ctypes prototypes against include/help.h: functions, structs, enums, in every detail."""

from __future__ import annotations

import ctypes
import re
from typing import Any, Dict, List, Tuple

import pytest
from conftest import REPOSITORY

from helpnas._c import prototypes

HEADER = (REPOSITORY / "include" / "help.h").read_text()
#: Structs of the header -> their classes here.
STRUCTS = {
    "help_buffer": prototypes.Buffer,
    "help_progress": prototypes.Progress,
    "help_adapt_options": prototypes.AdaptOptions,
    "help_limit": prototypes.SearchLimit,
    "help_search_options": prototypes.SearchOptions,
    "help_search_report": prototypes.SearchReport,
    "help_train_options": prototypes.TrainOptions,
    "help_scores": prototypes.Scores,
    "help_proxy_report": prototypes.ProxyReport,
}
SCALARS = {
    "int32_t": ctypes.c_int32,
    "help_status": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "double": ctypes.c_double,
    "float": ctypes.c_float,
}
#: The header's enums -> their tables here, by the constants' common prefix.
ENUMS = {
    "help_support": ("HELP_SUPPORT_", prototypes.SUPPORTS),
    "help_search_strategy": ("HELP_SEARCH_", prototypes.STRATEGIES),
    "help_objective": ("HELP_OBJECTIVE_", prototypes.OBJECTIVES),
    "help_preset": ("HELP_PRESET_", {"standard": 0, **prototypes.PRESETS}),
    "help_limit_kind": ("HELP_LIMIT_", prototypes.LIMITS),
    "help_proxy_verdict": (
        "HELP_PROXY_",
        {name: number for number, name in prototypes.PROXY_VERDICTS.items()},
    ),
    "help_device_role": (
        "HELP_DEVICE_",
        {"train": prototypes.ROLE_TRAIN, "valid": prototypes.ROLE_VALID},
    ),
}


class Header:
    """The declarations of a header in this one's style."""

    def __init__(self, text: str) -> None:
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        text = re.sub(r"^#.*?(?<!\\)$", " ", text, flags=re.M | re.S)
        self.text = re.sub(r"\s+", " ", text)

    def functions(self) -> Dict[str, Tuple[str, List[str]]]:
        """Name -> return type and the arguments' types."""
        found = {}
        pattern = r"HELP_API (?:HELP_CHECKED )?([\w *]+?)(help_\w+)\(([^)]*)\);"
        for result, name, arguments in re.findall(pattern, self.text):
            types = [type_of(each) for each in arguments.split(",") if each.strip() != "void"]
            found[name] = (result.replace("const ", "").strip(), types)
        return found

    def structs(self) -> Dict[str, List[Tuple[str, str]]]:
        """Name -> its fields, each a name and a type."""
        found = {}
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", self.text):
            found[name] = [field for line in body.split(";") for field in fields(line.strip())]
        return found

    def enums(self) -> Dict[str, Dict[str, int]]:
        """Name -> its constants."""
        found = {}
        for name, body in re.findall(r"enum (\w+) \{(.*?)\};", self.text):
            found[name] = {key: int(value) for key, value in re.findall(r"(\w+) = (-?\d+)", body)}
        return found


def type_of(declaration: str) -> str:
    """ "const double *noise" -> "double *"."""
    words = declaration.replace("const ", "").strip()
    return re.sub(r"\s*(\**)\s*\w+$", r" \1", words).strip()


def fields(line: str) -> List[Tuple[str, str]]:
    """A line of a struct, as "uint64_t done, total"."""
    if not line:
        return []
    names = line.split(",")
    first = names[0].replace("const ", "").strip()
    kind, name = type_of(first), re.split(r"[ *]", first)[-1]
    return [(name, kind), *((each.strip(), kind) for each in names[1:])]


def pointer_class(handle: str) -> Any:
    """The class of a handle: help_space -> SpacePointer."""
    return getattr(prototypes, handle[len("help_") :].title().replace("_", "") + "Pointer")


def expected(kind: str) -> List[Any]:
    """The ctypes that stand for a C type; several where one may choose."""
    base, stars = kind.rstrip("* "), kind.count("*")
    if stars == 0:
        functions = {
            "help_accuracy_fn": prototypes.ACCURACY_FUNCTION,
            "help_progress_fn": prototypes.PROGRESS_FUNCTION,
        }
        return [functions.get(base) or SCALARS[base]]
    if base == "char":
        return [ctypes.c_char_p]
    if base == "void":
        return [ctypes.c_void_p, ctypes.c_char_p]  # bytes as they are
    if base in STRUCTS:
        return [ctypes.POINTER(STRUCTS[base])]
    if base in SCALARS:
        return [("array", SCALARS[base]), ctypes.POINTER(SCALARS[base]), ctypes.c_void_p]
    handle = pointer_class(base)
    return [handle] if stars == 1 else [ctypes.POINTER(handle)]


def actual(argtype: Any) -> Any:
    """What an argtype stands for: arrays of NumPy by their elements."""
    return ("array", argtype.element) if hasattr(argtype, "element") else argtype


def mistakes(header: Header, declared: Dict[str, Any]) -> List[str]:
    """Every difference between a header's functions and prototypes."""
    functions = header.functions()
    found = [f"{name} is missing" for name in functions.keys() ^ declared.keys()]
    for name in functions.keys() & declared.keys():
        result, types = functions[name]
        restype, argtypes = declared[name]
        if len(types) != len(argtypes):
            found.append(f"{name} has {len(types)} arguments, not {len(argtypes)}")
            continue
        if result != "void" and restype not in expected(result):
            found.append(f"{name} returns {result}, not {restype}")
        for place, (kind, argtype) in enumerate(zip(types, argtypes)):
            if actual(argtype) not in expected(kind):
                found.append(f"{name}: argument {place} is {kind}, not {argtype}")
    return found


def test_functions_match() -> None:
    header = Header(HEADER)
    assert len(header.functions()) > 80
    assert mistakes(header, prototypes.PROTOTYPES) == []


@pytest.mark.parametrize(
    "change",
    [
        ("size_t want, size_t *out_rows", "size_t want, int32_t *out_rows"),
        ("help_status help_load(const char *path, ", "help_status help_load("),
        ("double level,", "float level,"),
        ("help_model_free", "help_model_release"),
    ],
)
def test_a_difference_is_found(change: Tuple[str, str]) -> None:
    assert change[0] in HEADER
    assert mistakes(Header(HEADER.replace(*change)), prototypes.PROTOTYPES) != []


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_structs_match(name: str) -> None:
    """Names, order and types; offsets and sizes follow from them by C's rules, as ctypes does."""
    declared = Header(HEADER).structs()[name]
    ours = [(field[0], field[1]) for field in STRUCTS[name]._fields_]
    assert [field for field, _ in declared] == [field for field, _ in ours]
    for (field, kind), (_, found) in zip(declared, ours):
        base = kind.rstrip("* ")
        allowed = expected(kind) if kind.count("*") == 0 or base == "char" else []
        pointers = [ctypes.c_void_p, *(expected(kind) if kind.count("*") else [])]
        assert found in [*allowed, *pointers], f"{name}.{field} is {kind}, not {found}"


def test_every_struct_of_the_header_has_a_class() -> None:
    assert set(Header(HEADER).structs()) == set(STRUCTS)


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_enums_match(name: str) -> None:
    prefix, table = ENUMS[name]
    constants = Header(HEADER).enums()[name]
    theirs = {key[len(prefix) :].lower(): value for key, value in constants.items()}
    assert theirs == {key: value for key, value in table.items() if key is not None}


def test_every_enum_is_checked_here_or_elsewhere() -> None:
    """Statuses are checked with the exceptions, methods come from the library."""
    assert set(Header(HEADER).enums()) - set(ENUMS) == {"help_status_code", "help_method"}


def test_methods_are_the_headers() -> None:
    import helpnas

    constants = Header(HEADER).enums()["help_method"]
    theirs = {name[len("HELP_METHOD_") :].lower(): value for name, value in constants.items()}
    assert {"default": 0, **{each.name: each.number for each in helpnas.methods()}} == theirs
