"""Finding the library, and the prototypes against the header they stand for."""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from typing import Any, Dict, List, Tuple

import pytest
from conftest import REPOSITORY

from helpnas._c import library as _library
from helpnas._c import prototypes as _prototypes
from helpnas._c.errors import LibraryError
from helpnas._c.prototypes import PROTOTYPES

_STRUCTS = {
    "help_buffer": _prototypes.Buffer,
    "help_progress": _prototypes.Progress,
    "help_adapt_options": _prototypes.AdaptOptions,
    "help_limit": _prototypes.SearchLimit,
    "help_search_options": _prototypes.SearchOptions,
    "help_search_report": _prototypes.SearchReport,
    "help_train_options": _prototypes.TrainOptions,
    "help_scores": _prototypes.Scores,
    "help_proxy_report": _prototypes.ProxyReport,
}
_FIELD_TYPES = {
    "size_t": ctypes.c_size_t, "uint64_t": ctypes.c_uint64, "int32_t": ctypes.c_int32,
    "double": ctypes.c_double, "help_progress_fn": _prototypes.PROGRESS_FUNCTION,
    "void *": ctypes.c_void_p, "char *": ctypes.c_void_p,
    "const help_cancel *": _prototypes.CancelPointer,
    "const help_predictor *": _prototypes.PredictorPointer,
    "const help_limit *": ctypes.POINTER(_prototypes.SearchLimit),
    "const int32_t *": ctypes.POINTER(ctypes.c_int32),
    "const double *": ctypes.POINTER(ctypes.c_double), "const char *": ctypes.c_char_p,
}  # fmt: skip
_HANDLES = {
    "help_space": _prototypes.SpacePointer, "help_model": _prototypes.ModelPointer,
    "help_predictor": _prototypes.PredictorPointer, "help_dataset": _prototypes.DatasetPointer,
    "help_cancel": _prototypes.CancelPointer, "help_accuracy": _prototypes.AccuracyPointer,
    "help_evolver": _prototypes.EvolverPointer,
}  # fmt: skip
_VALUES = {
    "size_t": ctypes.c_size_t, "uint64_t": ctypes.c_uint64, "int32_t": ctypes.c_int32,
    "double": ctypes.c_double, "uint32_t": ctypes.c_uint32, "help_status": ctypes.c_int32,
    "help_accuracy_fn": _prototypes.ACCURACY_FUNCTION, "void *": ctypes.c_void_p,
    "const char *": ctypes.c_char_p, "const void *": ctypes.c_char_p, "void": None,
}  # fmt: skip
_ARRAYS = {
    "int32_t": _prototypes._int32s, "uint64_t": _prototypes._uint64s, "float": _prototypes._floats,
    "double": _prototypes._doubles, "size_t": _prototypes._sizes,
}  # fmt: skip


def header() -> str:
    """The header without comments and macros."""
    file = REPOSITORY / "include" / "help.h"
    if not file.is_file():
        pytest.skip(f"no {file}")
    text = re.sub(r"/\*.*?\*/", " ", file.read_text(), flags=re.S)
    return re.sub(r"^#.*?(?<!\\)$", "", text, flags=re.S | re.M)


def declared_functions() -> Dict[str, Tuple[str, List[str]]]:
    """name -> (result, parameter types) in the header's order."""
    pattern = r"HELP_API\s+(?:HELP_CHECKED\s+)?([\w ]+?[\s*]+)(help_\w+)\(([^;]*)\);"
    found = {}
    for result, name, parameters in re.findall(pattern, header()):
        types = [re.sub(r"\w+\s*$", "", p).strip() for p in parameters.split(",")]
        found[name] = (result.strip(), [] if parameters.strip() == "void" else types)
    return found


def parameter_type(text: str, name: str) -> Any:
    """The argtype that a parameter of the header should have."""
    text = re.sub(r"\s+", " ", text)
    if text in _VALUES:
        return _VALUES[text]
    base, stars = text.replace("const ", "").replace("*", "").strip(), text.count("*")
    if base in _HANDLES:
        return _HANDLES[base] if stars == 1 else ctypes.POINTER(_HANDLES[base])
    if base in _STRUCTS:
        return ctypes.POINTER(_STRUCTS[base])
    return _ARRAYS[base]


def test_every_function_of_the_header_in_its_order() -> None:
    assert list(PROTOTYPES) == list(declared_functions())


@pytest.mark.parametrize("name", list(PROTOTYPES))
def test_prototype_follows_the_header(name: str) -> None:
    result, parameters = declared_functions()[name]
    restype, argtypes = PROTOTYPES[name]
    assert restype is _VALUES[result if result in _VALUES else "const char *"]
    assert len(argtypes) == len(parameters)
    for argtype, text in zip(argtypes, parameters):
        wanted = parameter_type(text, name)
        # An output of one size_t is a pointer, an input of many is an array.
        if wanted is _prototypes._sizes and argtype is not wanted:
            wanted = ctypes.POINTER(ctypes.c_size_t)
        assert argtype is wanted, (text, argtype)


@pytest.mark.parametrize("name", list(_STRUCTS))
def test_structure_follows_the_header(name: str) -> None:
    body = re.search(r"typedef struct %s \{(.*?)\} %s;" % (name, name), header(), re.S)
    assert body
    wanted = []
    for line in filter(None, (part.strip() for part in body[1].split(";"))):
        kind, names = re.fullmatch(r"((?:const )?\w+(?: \*)?)\s*(.+)", line, re.S).groups()
        wanted += [(each.strip(), _FIELD_TYPES[kind]) for each in names.split(",")]
    assert [tuple(field) for field in _STRUCTS[name]._fields_] == wanted


def test_loads_and_has_the_same_version() -> None:
    library = _library.library()
    assert library.help_abi_version() == _prototypes.ABI_VERSION
    assert "1.0.0" in library.help_version_string().decode()
    assert library.help_version() == 1_000_000


def test_names_every_candidate_with_its_reason(monkeypatch: Any, tmp_path: Any) -> None:
    text = tmp_path / "libhelp.so.1"
    text.write_text("not a library")
    missing = str(tmp_path / "missing.so")
    monkeypatch.setattr(_library, "candidates", lambda: [str(text), missing])
    _library.library.cache_clear()
    try:
        with pytest.raises(LibraryError) as caught:
            _library.library()
    finally:
        monkeypatch.undo()
        _library.library.cache_clear()
    assert f"{text}: " in str(caught.value) and f"{missing}: " in str(caught.value)
    assert "LIBHELP_LIBRARY" in str(caught.value)


def test_the_variable_is_the_only_candidate(monkeypatch: Any) -> None:
    monkeypatch.setenv("LIBHELP_LIBRARY", "/nowhere/libhelp.so.1")
    assert _library.candidates() == ["/nowhere/libhelp.so.1"]


def test_refuses_another_abi(monkeypatch: Any) -> None:
    path = _library.library()._name
    monkeypatch.setattr(_library, "ABI_VERSION", 2)
    with pytest.raises(LibraryError, match="ABI version is 1"):
        _library.open_library(path)


def test_a_library_without_the_functions_is_a_reason_not_a_crash() -> None:
    with pytest.raises((OSError, AttributeError)):
        _library.open_library("libc.so.6")


def test_importing_does_not_load_the_library() -> None:
    code = "import helpnas; print(helpnas._c.library.library.cache_info().currsize)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                         env={"PYTHONPATH": str(REPOSITORY / "bindings/python/src")})  # fmt: skip
    assert ran.stdout.strip() == "0" and ran.stderr == ""
