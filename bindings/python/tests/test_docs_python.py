"""The snippets of the Python guide and the README, run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Dict

import pytest
from conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text("utf-8")
PAGE = REPOSITORY / "docs" / "guide" / "python.md"


def test_the_guide_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: Dict[str, object] = {}
    snippets = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.M | re.S)
    assert len(snippets) > 5
    for snippet in snippets:
        exec(compile(snippet, PAGE.name, "exec"), names)
    assert (tmp_path / "phone.safetensors").is_file()


def test_the_readme_runs_as_pasted_in_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(REPOSITORY / "examples" / "spaces" / "vit.json", tmp_path)
    names: Dict[str, object] = {}
    snippets = re.findall(r"^```python\n(.*?)^```", README, flags=re.M | re.S)
    assert len(snippets) == 2
    for snippet in snippets:
        exec(compile(snippet, "README.md", "exec"), names)
    assert (tmp_path / "phone.safetensors").is_file()
    assert len(capsys.readouterr().out.splitlines()) < 20


def test_the_readme_runs_as_pasted_in_c(tmp_path: Path) -> None:
    if shutil.which("cc") is None or shutil.which("pkg-config") is None:
        pytest.skip("needs cc and pkg-config")
    prefix = tmp_path / "prefix"
    subprocess.run([REPOSITORY / "scripts" / "install.sh", prefix], check=True)
    source, commands = re.findall(r"^```c\n(.*?)^```\n\n```\n(.*?)^```", README, flags=re.M | re.S)[
        0
    ]
    (tmp_path / "main.c").write_text(source)
    found = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig")}
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=tmp_path, env=found, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "3 found; the best does" in done.stdout


def test_what_is_installed_tells_where_accuracies_are() -> None:
    assert "accuracydir=" in (REPOSITORY / "pkgconfig" / "libhelp.pc.in").read_text()
    assert "libhelp_ACCURACY_DIR" in (REPOSITORY / "cmake" / "libhelpConfig.cmake.in").read_text()
