"""The latencies of each round, kept in a file so that an interruption loses none."""

from __future__ import annotations

import time
from pathlib import Path as FilePath
from typing import Any, Callable, Dict, List, Optional

import numpy as np

from .._c.arrays import FloatArray
from .._c.errors import FormatError, MismatchError
from .._c.handles import Path
from .measurements import read_json, write_json

_FORMAT = 1
#: Seconds between two writes within a round.
_SAVE_EVERY = 2.0


class Record:
    """The rounds so far.

    Args:
        setup: what a file must have been made with to be continued: space, device, settings.
        texts: the n architectures.
        path: the file to continue and to keep up to date; None: no file.
        now: seconds of a clock.

    Attributes:
        rounds: milliseconds of each round, [n] each, NaN where not measured.

    Raises:
        FormatError: the file is malformed.
        MismatchError: it is of other architectures, another device, or other settings.
    """

    def __init__(
        self,
        setup: Dict[str, Any],
        texts: List[str],
        path: Optional[Path],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._setup, self._texts, self._path, self._now = setup, texts, path, now
        self._saved = now()
        self.rounds: List[FloatArray] = []
        if path is not None and FilePath(path).exists():
            self._continue(read_json(path))

    def _continue(self, known: Dict[str, Any]) -> None:
        if known.get("format") != _FORMAT or not isinstance(known.get("setup"), dict):
            raise FormatError(f"{self._path}: not a measurement to continue")
        if known.get("archs") != self._texts:
            raise MismatchError(f"{self._path} is a measurement of other architectures")
        for key in sorted({*self._setup, *known["setup"]}):
            then, today = known["setup"].get(key), self._setup.get(key)
            if then != today:
                raise MismatchError(
                    f"{self._path} was measured with {key} {then!r}, this is {today!r}: "
                    "give the same settings, or another file"
                )
        self.rounds = [self._row(row) for row in _list(known.get("rounds"), self._path)]

    def _row(self, values: Any) -> FloatArray:
        row = _list(values, self._path)
        number = (int, float)
        fine = [v is None or (type(v) in number and 0 < v < float("inf")) for v in row]
        if len(row) != len(self._texts) or not all(fine):
            raise FormatError(f"{self._path}: a round is not {len(self._texts)} latencies")
        return np.array([np.nan if value is None else value for value in row], np.float64)

    def row(self, number: int) -> FloatArray:
        """The latencies of a round, to be filled in."""
        while len(self.rounds) <= number:
            self.rounds.append(np.full(len(self._texts), np.nan))
        return self.rounds[number]

    def save(self) -> None:
        """Write the file, if there is one."""
        if self._path is None:
            return
        rounds = [[None if np.isnan(v) else float(v) for v in row] for row in self.rounds]
        record = {"format": _FORMAT, "setup": self._setup, "archs": self._texts, "rounds": rounds}
        write_json(self._path, record)
        self._saved = self._now()

    def save_sometimes(self) -> None:
        """The same, unless it was done a moment ago."""
        if self._now() - self._saved >= _SAVE_EVERY:
            self.save()


def _list(value: Any, path: Optional[Path]) -> List[Any]:
    if not isinstance(value, list):
        raise FormatError(f"{path}: not a measurement to continue")
    return value


def smallest(rounds: List[FloatArray], count: int) -> FloatArray:
    """The smallest latency of each architecture, [count]; NaN: never measured."""
    best = np.full(count, np.nan)
    for row in rounds:
        best = np.fmin(best, row)
    return best
