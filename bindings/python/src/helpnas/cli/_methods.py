"""Options that name a method: which ones there are, the library says."""

from __future__ import annotations

from typing import Any, Iterator, Tuple

import typer

from .._c.errors import LibraryError
from ..methods import Method, methods


def method_option(text: str) -> Any:
    """An option that takes a method's name; its help and its completion list the methods."""
    return typer.Option(help=text + _listed(), autocompletion=_completed)


def _known() -> Tuple[Method, ...]:
    """The library's methods; none without the library, so that help can still be shown."""
    try:
        return methods()
    except LibraryError:
        return ()


def _listed() -> str:
    return "".join(f"\n\n- {method.name}: {method.summary}" for method in _known())


def _completed(incomplete: str) -> Iterator[Tuple[str, str]]:
    for method in _known():
        if method.name.startswith(incomplete):
            yield method.name, method.summary
