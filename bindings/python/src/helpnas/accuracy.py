"""Accuracy models: networks inside the library that score architectures for a search."""

from __future__ import annotations

import numpy as np

from ._c.arrays import FloatArray
from ._c.handles import Path, make, path_bytes
from ._c.library import library
from ._c.prototypes import AccuracyPointer
from .bundled import file_of
from .spaces import Archs
from .stored import Stored


class AccuracyModel(Stored[AccuracyPointer]):
    """Accuracy of every architecture of a space; immutable, for any number of threads.

    As ``accuracy=`` of ``Predictor.search`` it is called by the library itself, without
    Python in between; called as a function it gives what ``predict`` does.
    """

    _free = "help_accuracy_free"
    _pointer_type = AccuracyPointer
    _prefix = "help_accuracy_"
    _load_memory = "help_accuracy_load_memory"

    def predict(self, archs: Archs) -> FloatArray:
        """Accuracies in the unit the model was trained on, float64 [n].

        Args:
            archs: n architectures in the space's own notation, or integer rows [n, width].

        Raises:
            ArchitectureError: an architecture outside the space.
        """
        rows = self.own_space.genes(archs)
        out = np.empty(len(rows), np.float64)
        library().help_accuracy_predict(self.pointer, rows, rows.shape[0], rows.shape[1], out)
        return out

    __call__ = predict


def load_accuracy(name_or_path: Path) -> AccuracyModel:
    """A bundled accuracy model by name ("ofa-mbv3"), or a file that ``save`` wrote by path.

    The bundled ones are fitted to published accuracies; ``description["record"]`` says to
    which, in what unit, and how far off they are.

    Raises:
        HelpIOError: neither a bundled accuracy model nor a readable file.
        FormatError, VersionError: not such a file, or a newer library's.
    """
    path = file_of(name_or_path, "accuracy", "accuracy model")
    return AccuracyModel.adopt(make(AccuracyPointer, "help_accuracy_load", path_bytes(path)))
