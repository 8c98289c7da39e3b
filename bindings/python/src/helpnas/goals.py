"""What a search maximizes: accuracies from a model, from a table, or MACs in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict

from ._c.errors import HelpIOError
from .accuracy import AccuracyModel, load_accuracy
from .accuracy_table import AccuracyTable
from .spaces import Space

#: The name of multiply-accumulates as a stand-in for accuracy.
MACS = "macs"


@dataclass(frozen=True)
class Goal:
    """What a search maximizes.

    Attributes:
        accuracy: ``accuracy=`` of ``Predictor.search``.
        label: what its numbers are, for an axis or a heading.
        note: where they come from, in a sentence.
        accuracy_genes: whether ``accuracy`` takes rows of genes instead of architectures in
            the space's own notation.
    """

    accuracy: Any
    label: str
    note: str
    accuracy_genes: bool = False

    @property
    def options(self) -> Dict[str, Any]:
        """The keyword arguments of ``Predictor.search`` and ``Predictor.pareto``."""
        return {"accuracy": self.accuracy, "accuracy_genes": self.accuracy_genes}


def read_goal(source: str, space: Space) -> Goal:
    """A goal by name.

    Args:
        source: "macs"; a CSV file with the columns ``arch`` and ``accuracy``; or an accuracy
            model, the name of a bundled one or a file.
        space: the space to search.

    Raises:
        HelpIOError: neither a bundled accuracy model nor a readable file.
        FormatError: a malformed file; names the row and column of a CSV file.
    """
    if source == MACS:
        return _macs_goal(space, "The number of multiply-accumulates stands in for accuracy.")
    if source.endswith(".csv"):
        table = AccuracyTable.from_csv(source, space)
        return Goal(table, "accuracy", f"Accuracies are those of {source}.")
    return _model_goal(load_accuracy(source), f"the model {source}")


def bundled_goal(space: Space) -> Goal:
    """The bundled accuracy model of a space, or multiply-accumulates where there is none."""
    try:
        model = load_accuracy(space.name)
    except HelpIOError:
        note = (
            f"There is no accuracy model of {space.name} here: the number of multiply-accumulates "
            "stands in for accuracy. Give your own function to Predictor.search."
        )
        return _macs_goal(space, note)
    return _model_goal(model, "a bundled model")


def _macs_goal(space: Space, note: str) -> Goal:
    return Goal(space.macs, "MACs (stand-in for accuracy)", note, accuracy_genes=True)


def _model_goal(model: AccuracyModel, name: str) -> Goal:
    unit = model.description["record"].get("unit")
    if not unit:
        return Goal(model, "accuracy", f"Accuracies are those of {name}.")
    return Goal(model, f"accuracy ({unit})", f"Accuracies are those of {name}: {unit}.")
