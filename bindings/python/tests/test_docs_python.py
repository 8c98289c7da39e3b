"""The snippets of the Python guide, run in their order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict

import pytest
from conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "guide" / "python.md"


def test_the_guide_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: Dict[str, object] = {}
    snippets = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.M | re.S)
    assert len(snippets) > 5
    for snippet in snippets:
        exec(compile(snippet, PAGE.name, "exec"), names)
    assert (tmp_path / "phone.safetensors").is_file()
