"""Who imports whom: the table in ``src/helpnas/README.md``, and private names that stay private."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple

import pytest
from conftest import REPOSITORY

PACKAGE = REPOSITORY / "bindings" / "python" / "src" / "helpnas"
#: A module's name without "helpnas.", and its syntax tree.
Modules = Dict[str, ast.Module]


@pytest.fixture(scope="module")
def modules() -> Modules:
    if not PACKAGE.is_dir():
        pytest.skip(f"no {PACKAGE}")
    return {
        module_name(file): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(PACKAGE.rglob("*.py"))
    }


def module_name(file: Path) -> str:
    """ "published.oneproxy"; a folder's own file is "published"; the package's, "__init__"."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def is_folder(name: str) -> bool:
    return name == "__init__" or (PACKAGE / name.replace(".", "/")).is_dir()


def imports(name: str, tree: ast.AST, known: Set[str]) -> Iterator[Tuple[str, str]]:
    """The modules of the package that a module imports, each with a name taken from it or ""."""
    inside = [] if name == "__init__" else name.split(".")
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        up = node.level - int(is_folder(name))
        base = inside[: len(inside) - up] + (node.module.split(".") if node.module else [])
        for alias in node.names:
            whole = ".".join([*base, alias.name])
            yield (whole, "") if whole in known else (".".join(base) or "__init__", alias.name)


def room_of(name: str) -> str:
    return name.split(".")[0]


def listed_rooms() -> List[str]:
    return re.findall(r"^\| `(\w+)` \|", (PACKAGE / "README.md").read_text("utf-8"), re.M)


def import_errors(modules: Modules, rooms: List[str]) -> List[str]:
    """Imports from a room that is not above."""
    place = {room: number for number, room in enumerate(rooms)}
    return [
        f"{name} imports {target}"
        for name, tree in modules.items()
        for target, _ in imports(name, tree, set(modules))
        if place[room_of(target)] > place[room_of(name)]
    ]


def circles(modules: Modules) -> List[str]:
    """Modules that import one another, in whatever order they would be loaded."""
    arrows = {
        name: {target for target, _ in imports(name, tree, set(modules))} - {name}
        for name, tree in modules.items()
    }
    # Take away what imports nothing that is left, until nothing can be taken.
    while free := [name for name, targets in arrows.items() if not targets & arrows.keys()]:
        for name in free:
            del arrows[name]
    return sorted(arrows)


def private_errors(modules: Modules) -> List[str]:
    """Private names used outside their module, private modules outside their folder."""
    found: List[str] = []
    for name, tree in modules.items():
        for target, taken in imports(name, tree, set(modules)):
            folder = ".".join(private_part(target).split(".")[:-1])
            if private_part(target) and not f"{name}.".startswith(f"{folder}." if folder else ""):
                found.append(f"{name} imports {target}")
            if taken.startswith("_") and not taken.endswith("__"):
                found.append(f"{name} imports {taken} of {target}")
        own = defined_names(tree)
        found += [f"{name} uses .{each}" for each in used_on_others(tree) if each not in own]
    return found


def private_part(name: str) -> str:
    """A module's name as far as its last private part; "" without one."""
    parts = name.split(".")
    private = [n for n, part in enumerate(parts) if part.startswith("_") and part[:2] != "__"]
    return ".".join(parts[: private[-1] + 1]) if private else ""


def defined_names(tree: ast.AST) -> Set[str]:
    """Functions, class members, and what methods assign to ``self``."""
    names: Set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                names.add(node.attr)
    return names


def used_on_others(tree: ast.AST) -> Iterator[str]:
    """Private attributes of anything but ``self``, ``cls`` and ``super()``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not re.fullmatch(r"_\w*[^_]", node.attr):
            continue
        owner = ast.unparse(node.value)
        if owner not in ("self", "cls", "super()"):
            yield node.attr


def test_every_module_is_in_a_listed_room(modules: Modules) -> None:
    rooms = listed_rooms()
    assert len(rooms) == len(set(rooms))
    assert {room_of(name) for name in modules} == set(rooms)


def test_rooms_import_only_from_above(modules: Modules) -> None:
    assert import_errors(modules, listed_rooms()) == []


def test_no_module_imports_itself_by_way_of_others(modules: Modules) -> None:
    assert circles(modules) == []


def test_private_names_stay_private(modules: Modules) -> None:
    assert private_errors(modules) == []


def parsed(**sources: str) -> Modules:
    return {name.replace("__", "."): ast.parse(source) for name, source in sources.items()}


def test_an_import_from_below_is_seen() -> None:
    broken = parsed(spaces="from .models import Model", models="from .spaces import Space")
    assert import_errors(broken, ["spaces", "models"]) == ["spaces imports models"]
    assert circles(broken) == ["models", "spaces"]
    assert circles(parsed(spaces="", models="from .spaces import Space")) == []


def test_private_names_of_others_are_seen() -> None:
    broken = parsed(
        spaces="class Space:\n def __init__(self): self._own = 1\ndef f(s): return s._own",
        models="from .spaces import _texts\nfrom .published import _yaml\ndef f(s): s._own()",
        published___yaml="",
    )
    assert sorted(private_errors(broken)) == [
        "models imports _texts of spaces",
        "models imports published._yaml",
        "models uses ._own",
    ]
