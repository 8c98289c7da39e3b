"""What the tests of the command line share."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import pytest
from conftest import latency_of

import helpnas

pytest.importorskip("typer")
pytest.importorskip("rich")

from typer.testing import CliRunner  # noqa: E402

from helpnas.cli._app import app  # noqa: E402

MODEL = "nasbench201-paper"


class Result(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


def _runner() -> Any:
    """Click before 8.2, of Python 3.9, must be told to keep the two streams apart."""
    try:
        return CliRunner(mix_stderr=False)
    except TypeError:
        return CliRunner()


def run(*arguments: Any, stdin: str = "") -> Result:
    """Run a command; what it raises that is not an exit is a failure."""
    done = _runner().invoke(app, [str(each) for each in arguments], input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Result(done.exit_code, done.stdout, done.stderr)


def run_json(*arguments: Any, stdin: str = "") -> Dict[str, Any]:
    """The object that a command prints with --json, which is all there may be."""
    done = run(*arguments, "--json", stdin=stdin)
    assert done.code == 0, done.err
    (line,) = done.out.splitlines()
    found = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert isinstance(found, dict)
    return found


def write_csv(path: Path, head: List[str], rows: Any) -> Path:
    """Write a CSV file."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path


def measurements(path: Path, space: helpnas.Space, archs: Any) -> Path:
    """A file of made-up measurements."""
    texts = space.format(archs)
    return write_csv(path, ["arch", "latency_ms"], zip(texts, latency_of(space, archs)))
