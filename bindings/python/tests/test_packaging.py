"""What the wheel holds, without building one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Dict

import pytest

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: Any) -> Any:
    """The build hook, run in a made-up repository."""
    pytest.importorskip("hatchling")
    monkeypatch.syspath_prepend(str(PROJECT))
    monkeypatch.delitem(sys.modules, "hatch_build", raising=False)
    import hatch_build

    made = hatch_build.LibraryHook.__new__(hatch_build.LibraryHook)
    project = tmp_path / "bindings" / "python"
    monkeypatch.setattr(hatch_build.LibraryHook, "root", str(project), raising=False)
    return made


def test_a_wheel_without_the_library_is_refused(hook: Any) -> None:
    with pytest.raises(FileNotFoundError, match="make lib"):
        hook.initialize("standard", {"force_include": {}})


def test_the_wheel_holds_the_library_and_the_models(hook: Any, tmp_path: Path) -> None:
    for name in (
        "build/lib/libhelp.so.1",
        "data/models/a.safetensors",
        "data/models/b.json",
        "data/accuracy/a.safetensors",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    data: Dict[str, Any] = {"force_include": {}}
    hook.initialize("standard", data)
    assert set(data["force_include"].values()) == {
        "helpnas/_lib/libhelp.so.1",
        "helpnas/_models/a.safetensors",
        "helpnas/_accuracy/a.safetensors",
    }
    assert data["tag"].startswith("py3-none-") and data["pure_python"] is False


def test_an_editable_install_needs_no_library(hook: Any) -> None:
    data: Dict[str, Any] = {"force_include": {}}
    hook.initialize("editable", data)
    assert data == {"force_include": {}}
