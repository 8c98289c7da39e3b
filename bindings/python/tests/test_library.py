"""Finding the library."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from conftest import REPOSITORY

from helpnas._c import library as _library
from helpnas._c import prototypes as _prototypes
from helpnas._c.errors import LibraryError


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
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(REPOSITORY / "bindings/python/src")},
    )
    assert ran.stdout.strip() == "0" and ran.stderr == ""
