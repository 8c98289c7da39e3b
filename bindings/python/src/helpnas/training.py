"""Meta-training a model on a table of latencies."""

from __future__ import annotations

import ctypes
import os
from typing import Any, Optional, Sequence

import numpy as np

from ._c.arrays import make_options, refuse_unknown
from ._c.callbacks import Callbacks, CancelFlag, ProgressFunction, pointer_of
from ._c.handles import Handle, make, name_bytes
from ._c.library import check, library
from ._c.prototypes import (
    ROLE_TRAIN,
    ROLE_VALID,
    DatasetPointer,
    ModelPointer,
    TrainOptions,
)
from .models import Model
from .tables import LatencyTable

_SETTINGS = frozenset(field[0] for field in TrainOptions._fields_) - {
    "struct_size",
    "seed",
    "episodes",
    "threads",
    "progress",
    "progress_user",
    "cancel",
}


class _Dataset(Handle[DatasetPointer]):
    """``help_dataset``: a table's rows, then a column for each device."""

    _free = "help_dataset_free"

    def __init__(self, table: LatencyTable) -> None:
        self._table = table
        rows = table.archs
        space = table.space.pointer
        self._hold(make(DatasetPointer, "help_dataset_new", space, rows, *rows.shape))

    def add(self, names: Sequence[str], role: int) -> None:
        """Add these devices of the table."""
        for name in names:
            column = self._table.latency(name)
            library().help_dataset_add_device(self.pointer, name_bytes(name), role, column)

    def set_references(self, rows: Any) -> None:
        """Say which rows are the references."""
        numbers = np.ascontiguousarray(rows, np.uintp)
        library().help_dataset_set_references(self.pointer, numbers, len(numbers))


def meta_train(
    table: LatencyTable,
    train: Sequence[str],
    valid: Sequence[str] = (),
    references: Any = None,
    seed: int = 0,
    episodes: Optional[int] = None,
    threads: Optional[int] = None,
    progress: Optional[ProgressFunction] = None,
    cancel: Optional[CancelFlag] = None,
    **options: Any,
) -> Model:
    """Meta-train a model over the latencies of many devices.

    Args:
        table: latencies of one space's architectures.
        train: names of the devices to learn from.
        valid: names of those whose mean Spearman chooses which episode's model is
            kept; without any, the last one's is.
        references: architectures, or row numbers of the table; default the table's own.
        seed: random seed; the same seed gives the same model.
        episodes: number of episodes; default 2000.
        threads: number of threads, which does not change the model; default one per processor.
        progress: called with a ``Progress`` after every episode.
        cancel: a flag another thread can set.
        options: any other field of ``help_train_options``: tasks, support, query,
            train_rows, valid_rows, valid_interval, hidden, inner_steps, second_order,
            learn_rates, modulation, inner_rate, meta_rate, kl_weight,
            modulation_scale, trim, bayes, help. bayes=False leaves the method "bayes" out,
            help=False HELP's network, and then no references are needed.

    Raises:
        MeasurementError: a device has too few latencies, or lacks a reference.
        DivergedError: numbers of the training became non-finite.
        CancelledError: ``cancel`` was requested.
    """
    refuse_unknown(options, _SETTINGS)
    with _Dataset(table) as dataset:
        dataset.add(train, ROLE_TRAIN)
        dataset.add(valid, ROLE_VALID)
        if options.get("help", True):
            dataset.set_references(table.reference_rows(references))
        callbacks = Callbacks(progress)
        settings = make_options(
            TrainOptions,
            seed=seed,
            episodes=episodes,
            cancel=pointer_of(cancel),
            threads=_processors() if threads is None else threads,
            **options,
        )
        settings.progress = callbacks.progress
        model = ModelPointer()
        check(
            callbacks.run(
                library().help_meta_train,
                dataset.pointer,
                ctypes.byref(settings),
                ctypes.byref(model),
            )
        )
    return Model.adopt(model)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
