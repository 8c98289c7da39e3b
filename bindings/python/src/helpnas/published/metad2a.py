"""Candidate architectures of MetaD2A, as the HELP repository publishes them."""

from __future__ import annotations

import math
from typing import List, NamedTuple

from .._c.handles import Path
from ..csv_files import CSVLines, parse_number


class Candidate(NamedTuple):
    """One candidate.

    Attributes:
        arch: the NAS-Bench-201 text.
        accuracy: the true accuracy, percent.
        score: MetaD2A's prediction, on a scale of its own; higher is better.
    """

    arch: str
    accuracy: float
    score: float


def read_candidates(path: Path) -> List[Candidate]:
    """The candidates of ``arch_generated_by_metad2a.txt`` in the file's order, best score first.

    The file's first line is one number, seemingly the seconds that MetaD2A took; it is not
    used.  The others are ``architecture, accuracy, score``.

    Raises:
        FormatError: names the file, row and column of what is wrong.
    """
    with open(path, newline="", encoding="utf-8") as file:
        lines = CSVLines(path, file)
        reading = iter(lines)
        first = next(reading, [])
        if len(first) != 1 or parse_number(first[0]) is None:
            raise lines.error("the first line must be one number")
        return [_candidate(lines, fields) for fields in reading]


def _candidate(lines: CSVLines, fields: List[str]) -> Candidate:
    if len(fields) != 3:
        raise lines.error(f"{len(fields)} fields, not architecture, accuracy, score")
    accuracy = lines.number(fields[1], "accuracy")
    score = lines.number(fields[2], "score")
    if not 0 <= accuracy <= 100 or not math.isfinite(score):
        raise lines.error(f"accuracy {accuracy}, not percent, or score {score}, not finite")
    return Candidate(fields[0].strip(), accuracy, score)
