"""``help.json`` and ``help_ffi.h`` say what ``help.h`` says, and programs can read them."""

from __future__ import annotations

import ctypes
import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, List

import pytest
from c_interface import generated, layout
from c_interface.header import parse
from conftest import REPOSITORY

from helpnas._c import prototypes
from helpnas._c.library import library

INCLUDE = REPOSITORY / "include"
_OPTIONS = {
    "help_adapt_options": prototypes.AdaptOptions,
    "help_search_options": prototypes.SearchOptions,
    "help_train_options": prototypes.TrainOptions,
}


@pytest.fixture(scope="module")
def compiler() -> str:
    found = shutil.which("cc")
    if found is None:
        pytest.skip("no C compiler: cc")
    return found


@pytest.fixture(scope="module")
def described() -> Dict[str, Any]:
    """help.json, its lists as dicts by name."""
    read = json.loads((INCLUDE / "help.json").read_text("utf-8"))
    return {
        key: {each["name"]: each for each in value} if isinstance(value, list) else value
        for key, value in read.items()
    }


def flat_text() -> str:
    return (INCLUDE / "help_ffi.h").read_text("utf-8")


def exported() -> List[str]:
    return re.findall(r"^ +(help_\w+);$", (INCLUDE / "libhelp.map").read_text("utf-8"), re.M)


def parameter(described: Dict[str, Any], function: str, name: str) -> Dict[str, Any]:
    (found,) = [
        each for each in described["functions"][function]["parameters"] if each["name"] == name
    ]
    return found


@pytest.mark.parametrize("name", ["help.json", "help_ffi.h"])
def test_files_are_what_the_header_says(name: str, compiler: str) -> None:
    header = (INCLUDE / "help.h").read_text("utf-8")
    written = (INCLUDE / name).read_text("utf-8")
    assert written == generated(header, compiler)[name], "run scripts/interface.py"


def test_every_exported_function_is_in_both(described: Dict[str, Any]) -> None:
    assert sorted(described["functions"]) == sorted(exported())
    assert sorted(re.findall(r"\b(help_\w+)\((?!\*)", flat_text())) == sorted(exported())


def test_arrays_have_their_shapes(described: Dict[str, Any]) -> None:
    width = "help_space_width()"
    archs = parameter(described, "help_predict", "archs")
    assert (archs["direction"], archs["shape"], archs["stride"]) == ("in", ["n", width], "stride")
    latency = parameter(described, "help_predict", "out_latency_ms")
    assert (latency["direction"], latency["shape"], latency["unit"]) == ("out", ["n"], "ms")
    assert not latency["nullable"]
    assert parameter(described, "help_predict", "out_std_ms")["nullable"]
    assert parameter(described, "help_arch_canonicalize", "archs")["direction"] == "inout"
    assert parameter(described, "help_search", "out_archs")["shape"] == ["top_k", width]
    assert parameter(described, "help_search", "out_count")["kind"] == "number"
    measured = parameter(described, "help_select", "measured")
    assert (measured["shape"], measured["stride"]) == (["measured_count", width], "measured_stride")
    assert parameter(described, "help_monotonicity", "out")["shape"] == ["m", "m"]


def test_handles_say_who_frees_them(described: Dict[str, Any]) -> None:
    for name, handle in described["handles"].items():
        assert handle["free"] in described["functions"], name
        (freed,) = described["functions"][handle["free"]]["parameters"]
        assert freed["consumed"] and freed["nullable"]
    assert parameter(described, "help_adapt", "out")["free"] == "help_predictor_free"
    assert parameter(described, "help_model_describe", "out")["free"] == "help_buffer_free"
    assert described["functions"]["help_last_error"]["returns"]["owner"] == "library"


def test_stability_is_that_of_the_section(described: Dict[str, Any]) -> None:
    assert described["functions"]["help_search"]["stability"] == "stable"
    assert described["functions"]["help_evolver_ask"]["stability"] == "experimental"


def written_by_init(name: str) -> Any:
    options = _OPTIONS[name]()
    assert getattr(library(), f"{name}_init")(ctypes.byref(options), ctypes.sizeof(options)) == 0
    return options


@pytest.mark.parametrize("name", sorted(_OPTIONS))
def test_defaults_are_those_the_library_writes(name: str, described: Dict[str, Any]) -> None:
    constants = {
        each["name"]: each["value"]
        for enum in described["enums"].values()
        for each in enum["constants"]
    }
    options = written_by_init(name)
    for field in described["structs"][name]["fields"][1:]:
        written, said = getattr(options, field["name"]), field["default"]
        if said == "NaN":
            assert math.isnan(written), field["name"]
        elif said == "NULL":
            assert not written, field["name"]
        else:
            assert written == constants.get(said, said), field["name"]


def test_the_flat_header_compiles_alone(compiler: str, tmp_path: Path) -> None:
    assert "#" not in flat_text() and "__attribute__" not in flat_text()
    command = [compiler, "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]
    command += ["-include", "stddef.h", "-include", "stdint.h", "-x", "c", "-"]
    subprocess.run(command, input=flat_text(), text=True, check=True)


def test_the_flat_header_has_the_same_layout(compiler: str, described: Dict[str, Any]) -> None:
    text = "#include <stdint.h>\n" + flat_text()
    sizes = layout.measured(text, parse((INCLUDE / "help.h").read_text("utf-8")), compiler)
    for name, structure in described["structs"].items():
        assert sizes[name] == structure["size"]
        assert [sizes[f"{name}.{each['name']}"] for each in structure["fields"]] == [
            each["offset"] for each in structure["fields"]
        ]


def test_cffi_reads_the_flat_header(described: Dict[str, Any]) -> None:
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    ffi.cdef(flat_text())
    loaded = ffi.dlopen(library()._name)
    assert loaded.help_abi_version() == loaded.HELP_ABI_VERSION == described["library"]["abi"]
    for name, structure in described["structs"].items():
        assert ffi.sizeof(name) == structure["size"]
    for name in exported():
        assert ffi.typeof(getattr(loaded, name)).kind == "function"


def test_the_page_about_languages_runs_as_it_stands() -> None:
    pytest.importorskip("cffi")
    page = (REPOSITORY / "docs" / "guide" / "languages.md").read_text("utf-8")
    (snippet,) = re.findall(r"^```python\n(.*?)^```", page, flags=re.M | re.S)
    installed = {"/usr/local/include": str(INCLUDE), "libhelp.so.1": library()._name}
    for place, here in installed.items():
        assert snippet.count(place) == 1
        snippet = snippet.replace(place, here)
    names: Dict[str, Any] = {}
    exec(compile(snippet, "languages.md", "exec"), names)
    assert names["options"].patience == 20 and names["options"].generations == 500
    assert names["report"].struct_size == ctypes.sizeof(prototypes.SearchReport)


def test_an_array_without_a_length_is_refused(compiler: str) -> None:
    header = (INCLUDE / "help.h").read_text("utf-8")
    text = header.replace("out_archs[help_model_reference_count()]", "out_archs")
    assert text != header
    with pytest.raises(ValueError, match="help_model_references: .* how many rows out_archs has"):
        generated(text, compiler)
