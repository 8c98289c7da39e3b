"""Options that take a method's name; the library says which methods there are."""

from __future__ import annotations

from typing import Any, Iterator, Tuple

import typer

from .._c.errors import LibraryError
from ..methods import Method, methods


def method_option(text: str) -> Any:
    """An option that takes a method's name; its help and its completion list the methods."""
    return typer.Option(help=text + _list_methods(), autocompletion=_complete_method)


def _try_methods() -> Tuple[Method, ...]:
    """The library's methods; none without the library, so that help can still be shown."""
    try:
        return methods()
    except LibraryError:
        return ()


def _list_methods() -> str:
    return "".join(f"\n\n- {method.name}: {method.summary}" for method in _try_methods())


def _complete_method(incomplete: str) -> Iterator[Tuple[str, str]]:
    for method in _try_methods():
        if method.name.startswith(incomplete):
            yield method.name, method.summary
