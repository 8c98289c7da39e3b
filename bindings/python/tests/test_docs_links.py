"""The documentation's links: each file, and each heading in it, that a page names is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, List, Set, Tuple

import pytest
from conftest import REPOSITORY

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z]+:")
_FOLDERS = (
    "Sources",
    "Tests",
    "benchmarks",
    "bindings/python/src",
    "bindings/python/tests",
    "data",
    "docs",
    "examples",
    "experiments",
    "include",
    "scripts",
)
#: How source files name pages: from the repository's root.
_NAMED_PAGE = re.compile(r"\b(?:docs|data|experiments|examples)/(?:[\w-]+/)*[\w-]+\.md\b")


def files(*patterns: str) -> List[Path]:
    """Files of the repository by their names' patterns; nothing that was built."""
    folders = [REPOSITORY / name for name in _FOLDERS]
    found = [path for pattern in patterns for path in REPOSITORY.glob(pattern)]
    return found + [
        path for folder in folders for pattern in patterns for path in folder.rglob(pattern)
    ]


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> Set[str]:
    """What a page's headings can be linked by, as GitHub makes it of them."""
    found: Set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), flags=re.M):
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        number = 1
        anchor = words
        while anchor in found:
            anchor, number = f"{words}-{number}", number + 1
        found.add(anchor)
    return found


def links(page: Path) -> Iterator[Tuple[Path, str]]:
    """The file and the anchor of every relative link on a page."""
    for link in _LINK.findall(prose(page)):
        if not _ELSEWHERE.match(link):
            path, _, anchor = link.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


def broken(page: Path) -> Iterator[str]:
    """The links of a page that lead nowhere."""
    for target, anchor in links(page):
        if not target.exists():
            yield f"{page.relative_to(REPOSITORY)}: no {target}"
        elif anchor and anchor not in anchors(target):
            yield f"{page.relative_to(REPOSITORY)}: no #{anchor} in {target.name}"


def test_every_link_resolves() -> None:
    pages = files("*.md")
    assert sum(len(list(links(page))) for page in pages) > 50
    assert [line for page in pages for line in broken(page)] == []


def test_a_broken_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.REPOSITORY", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# A heading: `x_y`\n[a](#a-heading-x_y) [b](#b) [c](c.md) [d](https://x)\n")
    assert [line.rpartition("no ")[2] for line in broken(page)] == [
        "#b in page.md",
        f"{tmp_path / 'c.md'}",
    ]


def test_pages_that_sources_name_are_there() -> None:
    patterns = "*.swift *.h *.hpp *.c *.py *.sh *.cpp Makefile".split()
    named = {
        (str(path.relative_to(REPOSITORY)), page)
        for path in files(*patterns)
        for page in _NAMED_PAGE.findall(path.read_text("utf-8"))
    }
    assert len(named) > 10
    assert [each for each in sorted(named) if not (REPOSITORY / each[1]).is_file()] == []


def test_every_page_of_docs_is_in_the_index() -> None:
    docs = REPOSITORY / "docs"
    listed = {target for target, _ in links(docs / "README.md")}
    assert set(docs.rglob("*.md")) - listed == {docs / "README.md"}
