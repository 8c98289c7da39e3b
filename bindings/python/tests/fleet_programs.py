"""Programs for the tests of fleets, in a module that workers import."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Mapping, Optional, Sequence

from helpnas import fleet


@dataclass(frozen=True)
class Square:
    """Squares numbers; what goes wrong on the way goes by the number.

    Attributes:
        folder: of marks, one for every try.
        deadly: the numbers that end their worker, the first time or, with ``always``, each time.
        refused: the number that the system refuses the first time.
        wrong: the number that is an error.
        slow_s: what each takes.
    """

    kind: ClassVar[str] = "square"
    columns: ClassVar[Mapping[str, str]] = {"square": "number", "raw": "bytes"}
    folder: Path
    deadly: Sequence[int] = ()
    always: bool = False
    refused: Optional[int] = None
    wrong: Optional[int] = None
    slow_s: float = 0.0

    @property
    def identity(self) -> str:
        return "square"

    def run(self, arguments: Mapping[str, Any]) -> Any:
        number = arguments["number"]
        first = not self._marks(number)
        (self.folder / f"{number}-{time.monotonic_ns()}").touch()
        time.sleep(self.slow_s)
        if number in self.deadly and (first or self.always):
            os.kill(os.getpid(), signal.SIGKILL)
        if number == self.refused and first:
            raise OSError(28, "No space left on device")
        if number == self.wrong:
            raise ValueError(f"{number} is wrong")
        return {"square": number / 3 * number, "raw": bytes([number])}

    def _marks(self, number: int) -> int:
        return len(list(self.folder.glob(f"{number}-*")))


def squares(folder: Path, count: int, **options: Any) -> fleet.Work:
    """Work: the squares of 0, 1 ..."""
    places = [(f"n{number}", str(number), {"number": number}) for number in range(count)]
    return fleet.Work(Square(folder, **options), places, (None,), ({},))


def tries(folder: Path, number: int) -> int:
    """How often a number was tried."""
    return len(list(folder.glob(f"{number}-*")))


def rows_by_key(path: Path) -> Any:
    """A results folder's rows, key -> text of the row."""
    rows = fleet.read_results(path).to_pylist()
    found = {row["key"]: repr(row) for row in rows}  # NaN does not equal itself
    assert len(found) == len(rows)
    return found
