"""Accuracies that are known: a benchmark's table, or what a host has measured."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Union

from ._c.arrays import FloatArray, Int32Array, float_vector
from ._c.errors import ArgumentError
from ._c.handles import Path
from .csv_files import CSVLines
from .spaces import Archs, Space


class AccuracyTable:
    """Accuracies of n architectures; as ``accuracy=`` of a search these are its candidates.

    Attributes:
        space: of the architectures.
        genes: int32 [n, width], canonical.
        accuracy: float64 [n]; higher is better.
    """

    def __init__(self, space: Union[Space, str], archs: Archs, accuracy: Any) -> None:
        """
        Raises:
            ArchitectureError: an architecture outside the space.
            ArgumentError: one is given twice, or the numbers do not fit.
        """
        self.space = Space(space) if isinstance(space, str) else space
        self.genes: Int32Array = self.space.canonicalize(self.space.genes(archs))
        self.accuracy: FloatArray = float_vector(accuracy, "accuracy", len(self.genes))
        self._rows: Dict[bytes, int] = {}
        for row, genes in enumerate(self.genes):
            first = self._rows.setdefault(genes.tobytes(), row)
            if first != row:
                raise ArgumentError(f"rows {first} and {row} are the same architecture")

    @classmethod
    def from_mapping(
        cls, space: Union[Space, str], accuracies: Mapping[str, float]
    ) -> AccuracyTable:
        """Make a table of a dict whose keys are architectures as text."""
        own = Space(space) if isinstance(space, str) else space
        return cls(own, own.parse(list(accuracies)), list(accuracies.values()))

    @classmethod
    def from_csv(cls, path: Path, space: Union[Space, str] = "nasbench201") -> AccuracyTable:
        """Read a CSV file with the columns ``arch``, in the space's notation, and ``accuracy``.

        Accuracies are numbers; ``-inf`` marks an architecture that could not be trained.

        Raises:
            FormatError: names the file, row and column of what is wrong.
        """
        opened = Space(space) if isinstance(space, str) else space
        rows: Dict[str, int] = {}
        accuracies = []
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = CSVLines(path, file)
            reading = iter(lines)
            if next(reading, []) != ["arch", "accuracy"]:
                raise lines.error("the columns must be 'arch' and 'accuracy'")
            for fields in reading:
                if len(fields) != 2:
                    raise lines.error(f"{len(fields)} fields, not 2")
                lines.new_architecture(fields[0], opened, rows)
                accuracies.append(lines.accuracy(fields[1], "accuracy"))
        return cls(opened, list(rows), accuracies)

    def __len__(self) -> int:
        return len(self.genes)

    def __call__(self, archs: Archs) -> FloatArray:
        """Accuracies of architectures that are in the table, float64 [n].

        Raises:
            ArgumentError: names one that is not.
        """
        rows = self.space.canonicalize(self.space.genes(archs))
        try:
            return self.accuracy[[self._rows[genes.tobytes()] for genes in rows]]
        except KeyError:
            missing = next(genes for genes in rows if genes.tobytes() not in self._rows)
            text = self.space.format(missing[None])[0]
            raise ArgumentError(f"the table has no accuracy of {text}") from None
