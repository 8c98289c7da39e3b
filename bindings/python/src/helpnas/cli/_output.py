"""What commands print: JSON or tables on standard output, progress on standard error."""

from __future__ import annotations

import json
import math
import os
import time
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import (
    Annotated,
    Any,
    Callable,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Protocol,
    Sequence,
)

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from .._c.arrays import Int32Array
from .._c.callbacks import Progress
from ..spaces import Space

#: Of commands that print architectures.
ArchsOutput = Annotated[
    Optional[FilePath], typer.Option("--output", "-o", help="Write them to this file.")
]
#: Of every command.
AsJSON = Annotated[
    bool, typer.Option("--json", metavar="", help="Print one JSON object, nothing else.")
]

#: A line is a line, however long the architecture.
_WIDEST = 4000
#: Seconds between two lines of progress.
_SAY_EVERY = 5.0
#: Of a number in a table at most.
_DECIMALS = 6
#: From here on without an exponent.
_LARGE = 10_000


class Counter(Protocol):
    """Updates the progress shown."""

    def __call__(self, done: int, total: int, step: str = ...) -> None:
        """Show how many are done; ``step`` names them."""


def show(as_json: bool, data: Mapping[str, Any], *parts: Any) -> None:
    """Print the object as JSON, or for people the parts: texts and tables."""
    if as_json:
        print(json.dumps(plain(data), allow_nan=False))
        return
    for part in parts:
        # Texts as they are: an architecture is not markup, and lines are for other programs.
        print(part if isinstance(part, str) else _draw(part))


def _draw(part: Table) -> str:
    """A table as text, without trailing blanks and without folded lines: a folded architecture
    could not be copied."""
    console = Console(highlight=False)
    wide = Console(width=_WIDEST, highlight=False, force_terminal=console.is_terminal)
    with wide.capture() as caught:
        wide.print(part)
    lines = [line.rstrip() for line in caught.get().splitlines()]
    return "\n".join(line[: console.width] if set(line) <= {"─", " "} else line for line in lines)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table; columns of numbers are aligned to the right."""
    columns = [_column(values) for values in zip(*rows)]
    lines = [list(line) for line in zip(*columns)]
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(head):
        numeric = bool(lines) and lines[0][number][:1] in set("0123456789-")
        made.add_column(
            Text(name), justify="right" if numeric else "left", overflow="fold", no_wrap=numeric
        )
    for line in lines:
        made.add_row(*map(Text, line))
    return made


def facts(values: Mapping[str, Any]) -> Table:
    """Names and values, one below the other."""
    made = Table(box=None, show_header=False, pad_edge=False)
    for name, value in values.items():
        made.add_row(Text(name), Text(_cell(value), overflow="fold"))
    return made


def _column(values: Sequence[Any]) -> List[str]:
    """Cells of a column; numbers with the decimals that show four digits of the median one."""
    numbers = sorted(abs(float(v)) for v in values if _is_real(v) and math.isfinite(float(v)))
    if not numbers:
        return [_cell(value) for value in values]
    median = numbers[len(numbers) // 2]
    whole = math.floor(math.log10(median)) if median > 0 else 0
    decimals = min(max(3 - whole, 0), _DECIMALS)
    return [f"{v:,.{decimals}f}" if _is_real(v) and v == v else _cell(v) for v in values]


def _is_real(value: Any) -> bool:
    return isinstance(value, (float, np.floating))


def _cell(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if math.isnan(number):
            return "-"
        return f"{number:.4g}" if abs(number) < _LARGE else f"{number:,.0f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def plain(value: Any) -> Any:
    """What JSON can hold: numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def show_archs(
    model: str, space: Space, rows: Int32Array, output: Optional[FilePath], as_json: bool
) -> None:
    """Print architectures of a model's space one a line, or write them to a file."""
    lines = space.format(rows)
    if output is not None:
        write_lines(output, lines)
    if as_json or output is None:
        data = {"model": model, "space": space.name, "archs": space.notation(rows)}
        show(as_json, data, *lines)


def write_lines(path: FilePath, lines: Iterable[str]) -> None:
    """Write a text file, a line each; "-" is standard output."""
    if os.fspath(path) == "-":
        print(*lines, sep="\n")
        return
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def warn(warnings: Iterable[str]) -> None:
    """Remarks on what may be wrong, each once."""
    for warning in dict.fromkeys(warnings):
        say(f"warning: {warning}")


def say(text: str) -> None:
    """A remark for people, on standard error."""
    typer.echo(text, err=True)


@contextmanager
def counting(label: str) -> Iterator[Counter]:
    """A bar on standard error if that is a terminal, otherwise a line every few seconds."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(label)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def update(done: int, total: int, step: str = label) -> None:
            bar.update(task, completed=done, total=total, description=step)

        yield update


class _Lines:
    """Reports progress, at most once every few seconds."""

    def __init__(self, label: str, now: Callable[[], float] = time.monotonic) -> None:
        self._label, self._now, self._said = label, now, now()

    def __call__(self, done: int, total: int, step: Optional[str] = None) -> None:
        if self._now() - self._said >= _SAY_EVERY:
            self._said = self._now()
            say(f"{step or self._label}: {done} of {total}")


class Recorder:
    """Takes the ``Progress`` of a search or a training: moves the bar, keeps it in ``steps``."""

    def __init__(self, update: Counter) -> None:
        self.steps: List[Progress] = []
        self._update = update

    def __call__(self, step: Progress) -> None:
        self.steps.append(step)
        self._update(step.done, step.total)


@contextmanager
def recording(label: str) -> Iterator[Recorder]:
    """A bar for a search or a training; pass what it gives as ``progress``."""
    with counting(label) as update:
        yield Recorder(update)
