"""Calls back from the library into Python, and stopping a call from outside."""

from __future__ import annotations

import ctypes
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Iterator, Optional

import numpy as np

from .arrays import FloatArray, Int32Array
from .errors import ArgumentError
from .handles import Handle, make
from .library import library
from .prototypes import ACCURACY_FUNCTION, PROGRESS_FUNCTION, CancelPointer

# A host's code (negative): the library hands it back, then the exception is raised.
_STOPPED = -1


class CancelFlag(Handle[CancelPointer]):
    """A flag that stops the calls it was given to, settable from any thread."""

    _free = "help_cancel_free"

    def __init__(self) -> None:
        self._hold(make(CancelPointer, "help_cancel_new"))

    def request(self) -> None:
        """Ask those calls to stop; they raise ``CancelledError``."""
        library().help_cancel_request(self.pointer)


@dataclass(frozen=True)
class Progress:
    """How far a search or a training is.

    Attributes:
        done, total: generations, or episodes.
        best: best accuracy, or validation Spearman; NaN: none yet.
        best_latency_ms: predicted, of that architecture; NaN in training.
        loss: the episode's loss; NaN in a search.
    """

    done: int
    total: int
    best: float
    best_latency_ms: float
    loss: float


ProgressFunction = Callable[[Progress], object]
ScoreRows = Callable[[Int32Array], Any]


class Callbacks:
    """The C callbacks of one call.  Keeps them alive and holds the exception one raised."""

    def __init__(
        self, progress: Optional[ProgressFunction] = None, score: Optional[ScoreRows] = None
    ) -> None:
        self._error: Optional[BaseException] = None
        self._report, self._score = progress, score
        # Installed even without a user's function: entering Python once a generation is
        # what lets Ctrl-C end the call.
        self.progress = PROGRESS_FUNCTION(self._on_progress)
        self.accuracy = ACCURACY_FUNCTION(self._on_accuracy)

    def run(self, function: Callable[..., int], *arguments: Any) -> int:
        """Make the call; its status, unless a callback raised: then that, unchanged."""
        with self._catch_dropped():
            status = function(*arguments)
        error, self._error = self._error, None
        if error is not None:
            raise error
        return status

    @contextmanager
    def _catch_dropped(self) -> Iterator[None]:
        """Hold exceptions that reach ctypes.

        A signal that arrived during the call raises as a callback is entered, before any
        ``try`` of ours; ctypes gives such an exception to ``sys.unraisablehook`` and drops it.
        """
        if threading.current_thread() is not threading.main_thread():
            yield  # signals raise in the main thread alone
            return
        previous = sys.unraisablehook
        sys.unraisablehook = partial(self._hold_dropped, previous)
        try:
            yield
        finally:
            sys.unraisablehook = previous

    def _hold_dropped(self, previous: Callable[[Any], object], dropped: Any) -> None:
        trace = dropped.exc_traceback
        if trace is not None and trace.tb_frame.f_code in _ENTRIES:
            self._error = self._error or dropped.exc_value
        else:
            previous(dropped)

    def _guard(self, action: Callable[[], None]) -> int:
        if self._error is not None:
            return _STOPPED
        try:
            action()
        except BaseException as error:
            self._error = error
            return _STOPPED
        return 0

    def _on_progress(self, user: Any, progress: Any) -> int:
        return self._guard(lambda: self._call_progress(progress.contents))

    def _call_progress(self, now: Any) -> None:
        if self._report is not None:
            self._report(Progress(now.done, now.total, now.best, now.best_latency_ms, now.loss))

    def _on_accuracy(self, user: Any, archs: Any, n: int, stride: int, out: Any) -> int:
        return self._guard(lambda: self._call_accuracy(archs, n, stride, out))

    def _call_accuracy(self, archs: Any, n: int, stride: int, out: Any) -> None:
        assert self._score is not None
        # A copy: the user may keep the rows, the library's memory ends with the call.
        rows = np.ctypeslib.as_array(archs, (n, stride)).copy()
        np.ctypeslib.as_array(out, (n,))[:] = _scores(self._score(rows), n)


_ENTRIES = frozenset(
    function.__code__
    for function in (Callbacks._on_progress, Callbacks._on_accuracy, Callbacks._guard)
)


def _scores(returned: Any, n: int) -> FloatArray:
    scores = np.asarray(returned, np.float64)
    if scores.shape != (n,):
        raise ArgumentError(
            f"accuracy returned shape {list(scores.shape)} for {n} architectures, not [{n}]"
        )
    return scores


def pointer_of(flag: Optional[CancelFlag]) -> Optional[CancelPointer]:
    """The flag's pointer for an options structure, None without a flag."""
    if flag is not None and not isinstance(flag, CancelFlag):
        raise ArgumentError(f"cancel is {flag!r}, not a CancelFlag")
    return None if flag is None else flag.pointer


def address_of(array: Any, kind: Any) -> Any:
    """A pointer to an array's data for an options structure; keep the array meanwhile."""
    return array.ctypes.data_as(ctypes.POINTER(kind))
