"""Searching step by step: the host asks for architectures, scores them and reports."""

from __future__ import annotations

import ctypes
import math
import threading
from typing import Any, List, Optional, Type, TypeVar

import numpy as np

from ._c.arrays import Int32Array, count_number, float_vector, number
from ._c.callbacks import CancelFlag, pointer_of
from ._c.errors import InfeasibleError
from ._c.handles import Path, make, path_bytes
from ._c.library import library
from ._c.prototypes import EvolverPointer, PredictorPointer
from .models import Predictor
from .search import TOP_MAX, FoundArrays, SearchRequest, SearchResult
from .stored import Stored

Self = TypeVar("Self", bound="Evolver")


class Evolver(Stored[EvolverPointer]):
    """The evolution of ``Predictor.search`` where the host holds the loop.

    For scores that take long, are computed elsewhere, or must survive a restart::

        evolver = helpnas.Evolver(phone, max_latency_ms=20.0, generations=50)
        while archs := evolver.ask():
            evolver.tell([train_and_test(arch) for arch in archs])
            evolver.save("search.safetensors")  # helpnas.load_evolver continues
        print(evolver.result())

    It finds what ``search`` finds, bit for bit.  Threads may share it: their calls wait for
    each other, and all get the same architectures until one has told their accuracies.
    """

    _free = "help_evolver_free"
    _pointer_type = EvolverPointer
    _prefix = "help_evolver_"
    _load_memory = "help_evolver_load_memory"

    def __init__(
        self, predictor: Predictor, *, max_latency_ms: float, top_k: int = 10, **settings: Any
    ) -> None:
        """
        Args:
            predictor: kept, with those of ``limits``.
            max_latency_ms: the limit, ``math.inf`` for none.
            top_k: how many results it remembers.
            settings: as for ``Predictor.search``: confidence, limits, objective, preset,
                seed, population, generations, patience, warm_start, reference, cancel
                (ends an ``ask``), rates.

        Raises:
            ArgumentError: a setting, or a strategy that does not evolve.
            MismatchError: a limit is of another space.
        """
        limit = number(max_latency_ms, "max_latency_ms")
        request = SearchRequest(predictor.own_space, **settings)
        pointer = make(
            EvolverPointer,
            "help_evolver_new",
            predictor.pointer,
            limit,
            ctypes.byref(request.options),
            count_number(top_k, "top_k"),
        )
        self._hold(pointer)
        self.own_space = self.space
        self._limit, self._remembered = limit, top_k

    def _hold(self, pointer: EvolverPointer) -> None:
        self._busy = threading.RLock()
        super()._hold(pointer)

    @classmethod
    def adopt(cls: Type[Self], pointer: Any) -> Self:
        made = super().adopt(pointer)
        description = made.description
        limit = description["limits"][0]["maximum"]
        made._limit = math.inf if limit is None else limit
        made._remembered = description["top_k"]
        return made

    @property
    def predictor(self) -> Predictor:
        """The predictor it was made with, a new object each time."""
        with self._busy:
            pointer = make(PredictorPointer, "help_evolver_predictor", self.pointer)
        return Predictor.adopt(pointer)

    def set_cancel(self, cancel: Optional[CancelFlag]) -> None:
        """From now on this flag ends an ``ask`` in place of the one before; None: none does.

        Waits for a running call, which goes by the flag it began with.
        """
        with self._busy:
            library().help_evolver_set_cancel(self.pointer, pointer_of(cancel))

    def ask(self) -> List[Any]:
        """Architectures to score, in the space's own notation, none asked before; the same
        until they are told, and [] at the end.

        Raises:
            InfeasibleError: nothing is within the limits; it has ``smallest_latency_ms``.
            CancelledError: ``cancel`` was requested.  Nothing is lost: the flag stays raised,
                and with another (``set_cancel``) the search continues.
        """
        return self.own_space.notation_rows(self.ask_genes())

    def ask_genes(self) -> Int32Array:
        """The same as int32 [n, width]."""
        with self._busy:
            capacity = library().help_evolver_batch(self.pointer)
            rows = np.empty((capacity, self.own_space.width), np.int32)
            asked = ctypes.c_size_t(0)
            out = ctypes.byref(asked)
            try:
                library().help_evolver_ask(self.pointer, rows, *rows.shape, None, out)
            except InfeasibleError as error:
                error.smallest_latency_ms = self.result().smallest_latency_ms
                raise
        return rows[: asked.value].copy()

    def tell(self, accuracy: Any) -> None:
        """The accuracies of what was asked last, [n]; higher is better.

        Raises:
            CallbackError: a NaN, or another number of them; the evolver is then unchanged.
            ArgumentError: nothing was asked.
        """
        scores = float_vector(accuracy, "accuracy")
        with self._busy:
            library().help_evolver_tell(self.pointer, scores, len(scores))

    def result(self) -> SearchResult:
        """The best so far."""
        top_k = min(self._remembered, TOP_MAX)
        found = FoundArrays(self.predictor, self._limit, top_k)
        with self._busy:
            library().help_evolver_results(self.pointer, *found.outputs())
        return found.result()


def load_evolver(path: Path, *, cancel: Optional[CancelFlag] = None) -> Evolver:
    """An evolver that ``Evolver.save`` wrote; it continues where it was.

    Args:
        path: the file; the flag of the evolver that was saved is not in it.
        cancel: ends an ``ask``, settable from another thread.

    Raises:
        HelpIOError: the system's reason is in the message.
        FormatError, VersionError: not such a file, or a newer library's.
    """
    evolver = Evolver.adopt(make(EvolverPointer, "help_evolver_load", path_bytes(path)))
    evolver.set_cancel(cancel)
    return evolver
