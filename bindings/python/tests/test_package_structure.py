"""The package's rooms: who imports whom, and that private names stay in their modules."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "helpnas"
#: A room -> those it may import. "" is the package's root; nothing imports cli or integrations,
#: and cli alone imports fleet.
ALLOWED = {
    "_c": {"_c"},
    "": {"_c", "", "published", "measuring", "report"},
    "published": {"_c", "", "published"},
    "measuring": {"_c", "", "measuring"},
    "report": {"_c", "", "measuring", "report"},
    "fleet": {"_c", "", "measuring", "fleet"},
    "integrations": {"_c", "", "integrations"},
    "cli": {"_c", "", "published", "measuring", "report", "fleet", "cli"},
}


def modules() -> Dict[str, Path]:
    """Every module but the package itself, by its dotted name inside the package."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name not in ("", "__main__"):
            found[name] = path
    return found


MODULES = modules()


def room(module: str) -> str:
    """The folder a module lies in; "" for the root's."""
    first = module.split(".")[0]
    return first if first in ALLOWED else ""


def imports(module: str, tree: ast.AST) -> Iterator[Tuple[str, str]]:
    """(module, name) of every relative import; name is "" where a module is imported."""
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - (node.level - 1)]
            target = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                inner = f"{target}.{alias.name}".strip(".")
                yield (inner, "") if inner in MODULES else (target, alias.name)


def graph() -> Dict[str, Set[str]]:
    """Which module imports which, types included."""
    return {
        name: {target for target, _ in imports(name, ast.parse(path.read_text()))} - {name, ""}
        for name, path in MODULES.items()
    }


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_room_imports_only_those_it_may(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    reached = {room(target) for target, _ in imports(module, tree) if target}
    assert reached <= ALLOWED[room(module)]


def test_no_module_is_in_a_circle() -> None:
    left = graph()
    while True:
        free = {name for name, targets in left.items() if not targets & set(left)}
        if not free:
            break
        left = {name: targets for name, targets in left.items() if name not in free}
    assert sorted(left) == []


def private_uses(tree: ast.AST) -> List[str]:
    """Private attributes of other objects than the module's own, and private imports."""
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    defined |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    # Fields of the module's own objects.
    defined |= {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            if node.attr in defined or node.attr == "_fields_" or node.attr.startswith("__"):
                continue
            if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
        if isinstance(node, ast.ImportFrom) and node.level:
            names = [alias.name for alias in node.names]
            found += [f"import {each}" for each in names if private(each)]
    return found


def private(name: str) -> bool:
    """Whether a name is private, and no module's or dunder's."""
    is_module = any(module.split(".")[-1] == name for module in MODULES)
    return name.startswith("_") and not name.startswith("__") and not is_module


@pytest.mark.parametrize("module", sorted(MODULES))
def test_private_names_stay_in_their_module(module: str) -> None:
    assert private_uses(ast.parse(MODULES[module].read_text())) == []
