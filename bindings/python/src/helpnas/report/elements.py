"""Pieces of HTML that sections are made of."""

from __future__ import annotations

from enum import Enum
from typing import Any, Iterable, Mapping, Sequence

from .text import brief, escape


class Tone(Enum):
    """What a statement means for the reader: a colour, and a sign for those who see none."""

    GOOD = "✓"
    BAD = "✗"
    WARNING = "!"
    NEUTRAL = "i"

    @property
    def kind(self) -> str:
        """The style sheet's class."""
        return self.name.lower()


class Markup(str):
    """HTML already: not to be escaped."""


def html_of(value: Any) -> str:
    return value if isinstance(value, Markup) else brief(value)


def badge(tone: Tone, words: str) -> Markup:
    """A word on a coloured ground."""
    return Markup(
        f'<span class="badge {tone.kind}"><span class="sign" aria-hidden="true">{tone.value}'
        f"</span>{escape(words)}</span>"
    )


def callout(tone: Tone, words: str, text: str) -> str:
    """A statement with its badge."""
    return f'<div class="callout {tone.kind}">{badge(tone, words)}<p>{escape(text)}</p></div>'


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def section(key: str, title: str, *parts: str) -> str:
    """A section with its heading; ``key`` is what links lead to."""
    body = "\n".join(filter(None, parts))
    return f'<section id="{key}"><h2>{escape(title)}</h2>\n{body}\n</section>'


def facts(values: Mapping[str, Any]) -> str:
    """Names and values."""
    items = (
        f"<div><dt>{escape(name)}</dt><dd>{html_of(value)}</dd></div>"
        for name, value in values.items()
    )
    return f'<dl class="facts">{"".join(items)}</dl>'


def table(kind: str, head: Sequence[str], rows: Iterable[Sequence[Any]], names: int = 1) -> str:
    """A table; the first ``names`` columns, and those of ``Markup`` titles, are texts."""
    titles = "".join(
        f'<th scope="col" class="{_align(column, names, title)}">{html_of(title)}</th>'
        for column, title in enumerate(head)
    )
    lines = (
        "".join(
            f'<td class="{_align(column, names, head[column])}">{html_of(cell)}</td>'
            for column, cell in enumerate(row)
        )
        for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="{kind}"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>'


def _align(column: int, names: int, title: str) -> str:
    return "text" if column < names or isinstance(title, Markup) else "number"
