"""The ctypes prototypes say what ``include/help.h`` says, and the test would see a difference."""

from __future__ import annotations

import ctypes
import re
import shutil
from typing import Any, Dict, List, Tuple

import pytest
from c_interface import layout
from c_interface.header import Function, Header, Parameter, parse
from conftest import REPOSITORY

import helpnas
from helpnas._c import prototypes

HEADER = REPOSITORY / "include" / "help.h"

_STRUCTURES = {
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
_HANDLES = {
    "help_space": prototypes.SpacePointer,
    "help_model": prototypes.ModelPointer,
    "help_predictor": prototypes.PredictorPointer,
    "help_dataset": prototypes.DatasetPointer,
    "help_cancel": prototypes.CancelPointer,
    "help_accuracy": prototypes.AccuracyPointer,
    "help_evolver": prototypes.EvolverPointer,
}
_VALUES = {
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "double": ctypes.c_double,
    "void *": ctypes.c_void_p,
    "const char *": ctypes.c_char_p,
    "help_status": ctypes.c_int32,
    "help_progress_fn": prototypes.PROGRESS_FUNCTION,
    "help_accuracy_fn": prototypes.ACCURACY_FUNCTION,
}
#: Numbers behind a pointer: what a parameter of a function accepts.
_ARRAYS = {
    "int32_t": prototypes._int32s,
    "uint64_t": prototypes._uint64s,
    "size_t": prototypes._sizes,
    "float": prototypes._floats,
    "double": prototypes._doubles,
}
#: Enumerations by prefix: the rest of a name in lower case -> number.
_ENUMERATIONS: Dict[str, Dict[Any, int]] = {
    "HELP_METHOD_": {"default": 0, **{each.name: each.number for each in helpnas.methods()}},
    "HELP_SUPPORT_": prototypes.SUPPORTS,
    "HELP_SEARCH_": prototypes.STRATEGIES,
    "HELP_OBJECTIVE_": prototypes.OBJECTIVES,
    "HELP_PRESET_": {name or "standard": code for name, code in prototypes.PRESETS.items()},
    "HELP_LIMIT_": prototypes.LIMITS,
    "HELP_DEVICE_": {"train": prototypes.ROLE_TRAIN, "valid": prototypes.ROLE_VALID},
    "HELP_PROXY_": {name: code for code, name in prototypes.PROXY_VERDICTS.items()},
    "HELP_ERR_": {
        kind.name[len("HELP_ERR_") :].lower(): kind.status
        for kind in vars(helpnas).values()
        if isinstance(kind, type) and issubclass(kind, helpnas.HelpError) and kind.status
    },
    "HELP_": {"ok": 0},
}


def header_text() -> str:
    if not HEADER.is_file():
        pytest.skip(f"no {HEADER}")
    return HEADER.read_text(encoding="utf-8")


def differences(header: Header) -> List[str]:
    """Where the prototypes differ from a header, in sentences."""
    found = []
    if list(header.functions) != list(prototypes.PROTOTYPES):
        names = set(header.functions) ^ set(prototypes.PROTOTYPES)
        found.append(f"functions: {sorted(names) or 'their order'}")
    for name, function in header.functions.items():
        if name in prototypes.PROTOTYPES:
            found += function_differences(name, function)
    for name in sorted(set(header.structures) ^ set(_STRUCTURES)):
        found.append(f"{name}: a structure on one side only")
    for name, declared in header.structures.items():
        if name in _STRUCTURES:
            found += structure_differences(name, declared.fields)
    return found + enumeration_differences(header.enumerators)


def function_differences(name: str, function: Function) -> List[str]:
    result, arguments = prototypes.PROTOTYPES[name]
    found = []
    if function.result != "void" and result is not _VALUES.get(function.result):
        found.append(f"{name}: returns {function.result}")
    if function.result == "void" and result is not None:
        found.append(f"{name}: returns nothing")
    if len(arguments) != len(function.parameters):
        return [*found, f"{name}: has {len(function.parameters)} parameters"]
    for argument, parameter in zip(arguments, function.parameters):
        if argument not in accepted(parameter):
            found.append(f"{name}: parameter {parameter.name} is {parameter.type}")
    return found


def accepted(parameter: Parameter) -> List[Any]:
    """The argument types that may stand for a parameter."""
    if parameter.type in _VALUES:
        return [_VALUES[parameter.type]]
    base, stars = re.sub(r"\bconst |[ *]", "", parameter.type), parameter.type.count("*")
    if base in _HANDLES:
        return [_HANDLES[base] if stars == 1 else ctypes.POINTER(_HANDLES[base])]
    if base in _STRUCTURES:
        return [ctypes.POINTER(_STRUCTURES[base])]
    if (parameter.type, parameter.name) == ("const void *", "data"):
        return [ctypes.c_char_p]
    # One count by reference, or an array of them.
    counts = [ctypes.POINTER(ctypes.c_size_t)] if parameter.type == "size_t *" else []
    return [_ARRAYS[base], *counts] if base in _ARRAYS and stars == 1 else []


def structure_differences(name: str, fields: List[Parameter]) -> List[str]:
    ours = _STRUCTURES[name]._fields_
    if [field[0] for field in ours] != [field.name for field in fields]:
        return [f"{name}: fields {[field.name for field in fields]}"]
    return [
        f"{name}.{field.name} is {field.type}"
        for field, (_, kind) in zip(fields, ours)
        if kind is not field_type(field.type)
    ]


def field_type(text: str) -> Any:
    """The type of a structure's field; ours points at numbers and structures of the header."""
    if text == "char *":  # freed by the library: not a text that ctypes copies
        return ctypes.c_void_p
    if text in _VALUES:
        return _VALUES[text]
    base = re.sub(r"\bconst |[ *]", "", text)
    if base in _HANDLES:
        return _HANDLES[base]
    target = {**_STRUCTURES, **_VALUES}.get(base)
    return None if target is None or "*" not in text else ctypes.POINTER(target)


def enumeration_differences(enumerators: Dict[str, int]) -> List[str]:
    ours = {
        prefix + str(name).upper(): code
        for prefix, codes in _ENUMERATIONS.items()
        for name, code in codes.items()
    }
    names = [name for name in {**ours, **enumerators} if ours.get(name) != enumerators.get(name)]
    return [f"{name} is {enumerators.get(name)}, not {ours.get(name)}" for name in names]


def measured_layout(text: str) -> Dict[str, int]:
    """Sizes and offsets by the C compiler: "help_limit" and "help_limit.kind" -> bytes."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler: cc")
    return layout.measured(text, parse(text), compiler)


def our_layout() -> Dict[str, int]:
    """The same of the ctypes structures."""
    found: Dict[str, int] = {}
    for name, kind in _STRUCTURES.items():
        found[name] = ctypes.sizeof(kind)
        for field in kind._fields_:
            found[f"{name}.{field[0]}"] = getattr(kind, field[0]).offset
    return found


def test_prototypes_say_what_the_header_says() -> None:
    assert differences(parse(header_text())) == []


def test_sizes_and_offsets_are_the_compilers() -> None:
    assert measured_layout(header_text()) == our_layout()


def test_abi_version() -> None:
    found = re.search(r"^#define HELP_ABI_VERSION (\d+)$", header_text(), re.M)
    assert found and int(found[1]) == prototypes.ABI_VERSION


def changed_header(pattern: str, replacement: str) -> str:
    """The header with the first match replaced."""
    text, count = re.subn(pattern, replacement, header_text(), count=1, flags=re.S)
    assert count == 1, pattern
    return text


#: A change of the header, and the sentence it leads to.
_CHANGES: List[Tuple[str, str, str]] = [
    (r"size_t help_space_width\(", "size_t help_space_breadth(", "functions: "),
    (r"\bhelp_predictor_free\(", "help_predictor_free(int32_t now, ", "has 2 parameters"),
    (r"size_t (help_space_width\()", r"uint32_t \1", "help_space_width: returns uint32_t"),
    (r"void (help_model_free\()", r"size_t \1", "help_model_free: returns size_t"),
    (r"(help_space_sample\([^;]*)uint64_t seed", r"\1uint32_t seed", "parameter seed is uint32_t"),
    (r"(help_arch_encode\([^;]*)float \*out", r"\1double *out", "parameter out is double *"),
    (r"(help_load\([^;]*)help_model \*\*", r"\1help_space **", "parameter out is help_space * *"),
    (r"(struct help_limit \{.*?)int32_t kind", r"\1int64_t kind", "help_limit.kind is int64_t"),
    (r"(struct help_scores \{.*?)double pearson;", r"\1", "help_scores: fields"),
    (r"HELP_ERR_FORMAT = 6", "HELP_ERR_FORMAT = 66", "HELP_ERR_FORMAT is 66, not 6"),
    (r"HELP_DEVICE_VALID = 1", "HELP_DEVICE_VALID = 1, HELP_DEVICE_NEW", "HELP_DEVICE_NEW is 2"),
    (r"typedef struct help_scores \{", "struct help_new { size_t a; }; \\g<0>", "on one side only"),
]


@pytest.mark.parametrize(
    ("pattern", "replacement", "sentence"), _CHANGES, ids=[change[2] for change in _CHANGES]
)
def test_a_change_of_the_header_is_seen(pattern: str, replacement: str, sentence: str) -> None:
    (found,) = differences(parse(changed_header(pattern, replacement)))
    assert sentence in found


def test_a_change_of_the_layout_is_seen() -> None:
    found = measured_layout(
        changed_header(r"(struct help_limit \{.*?)int32_t kind", r"\1int64_t kind")
    )
    moved = {name for name, place in our_layout().items() if found[name] != place}
    assert "help_limit" in moved and "help_limit.maximum" in moved
    assert all(name.startswith("help_limit") for name in moved)
