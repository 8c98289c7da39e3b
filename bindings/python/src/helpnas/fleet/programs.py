"""What workers do: a program is sent to each of them once, then tasks by the thousand.

A program is picklable, and what it returns depends on nothing but itself and the task, so that
a task that is done again, elsewhere, gives the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, ClassVar, Dict, List, Mapping, Protocol, Sequence, Union

from .._c.arrays import Int32Array
from .._c.errors import ArgumentError, MismatchError
from ..accuracy import AccuracyModel
from ..accuracy_table import AccuracyTable
from ..evaluation import evaluate, mean_rows
from ..goals import MACS, read_goal
from ..models import Model, Predictor
from ..search import SearchResult
from ..spaces import Space
from ..tables import LatencyTable
from ..training import meta_train
from .devices import Device
from .keys import canonical, digest

Values = Dict[str, Any]
#: An accuracy that workers can be sent: "macs", a table as a dict, or a function, which models
#: and tables are too.
SentAccuracy = Union[str, Mapping[str, float], Callable[[Any], Any]]


class Program(Protocol):
    """What workers do.

    Attributes:
        kind: its name, the kind of its results.
        columns: of its values: name -> type, as ``columns.schema`` takes them.
    """

    kind: ClassVar[str]
    columns: ClassVar[Mapping[str, str]]

    @property
    def identity(self) -> str:
        """Changes when its results may."""

    def run(self, arguments: Mapping[str, Any]) -> Values:
        """Do one task; a value for each column."""


@dataclass(frozen=True)
class Task:
    """One row to be: its key, what is known of it before, and what the program needs for it."""

    key: str
    known: Values
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Adapt:
    """Adapts a model to a device; the row has the predictor, for ``Predictor.from_bytes``."""

    kind: ClassVar[str] = "adapt"
    columns: ClassVar[Mapping[str, str]] = {
        "method": "text", "measurements": "whole", "summary": "text", "predictor": "bytes",
    }  # fmt: skip
    model: Model

    @property
    def identity(self) -> str:
        """Of the model."""
        return digest(self.model.to_bytes())

    def run(self, arguments: Mapping[str, Any]) -> Values:
        """See ``Program``."""
        with adapted(self.model, arguments["device"], arguments["setting"]) as predictor:
            return {
                "method": predictor.method,
                "measurements": len(arguments["device"].archs),
                "summary": predictor.diagnostics.get("summary", ""),
                "predictor": predictor.to_bytes(),
            }


@dataclass(frozen=True)
class Select:
    """Chooses what to measure next on a device: rows of a pool, most informative first."""

    kind: ClassVar[str] = "select"
    columns: ClassVar[Mapping[str, str]] = {"rows": "wholes", "archs": "texts"}
    model: Model
    pool: Int32Array

    @property
    def identity(self) -> str:
        """Of model and pool."""
        return digest(self.model.to_bytes(), self.pool.tobytes())

    def run(self, arguments: Mapping[str, Any]) -> Values:
        """See ``Program``."""
        measured = arguments["device"].archs
        rows = self.model.select(self.pool, measured=measured, **arguments["setting"])
        return {"rows": rows.tolist(), "archs": self.model.own_space.format(self.pool[rows])}


@dataclass(frozen=True)
class Search:
    """Adapts to a device, and searches within a limit: ``objective`` "accuracy" or "pareto"."""

    kind: ClassVar[str] = "search"
    columns: ClassVar[Mapping[str, str]] = {
        "archs": "texts", "accuracy": "numbers", "latency_ms": "numbers", "lower_ms": "numbers",
        "upper_ms": "numbers", "evaluations": "whole", "smallest_latency_ms": "number",
        "hypervolume": "number", "strategy": "text",
    }  # fmt: skip
    model: Model
    accuracy: SentAccuracy
    objective: str = "accuracy"

    @property
    def identity(self) -> str:
        """Of model, accuracies and objective; a function counts by its name."""
        return digest(
            self.model.to_bytes(), _accuracy_bytes(self.accuracy), self.objective.encode()
        )

    def run(self, arguments: Mapping[str, Any]) -> Values:
        """See ``Program``."""
        setting = dict(arguments["setting"])
        adapting = setting.pop("adapt", {})
        limit = arguments["limit_ms"]
        with adapted(self.model, arguments["device"], adapting) as predictor:
            found = predictor.search(
                max_latency_ms=float("inf") if limit is None else limit,
                objective=self.objective, **self._goal(predictor.own_space), **setting,
            )  # fmt: skip
            return _found(predictor, found)

    def _goal(self, space: Space) -> Dict[str, Any]:
        if self.accuracy == MACS:
            return {"accuracy": space.macs, "accuracy_genes": True}
        return {"accuracy": self.accuracy}


def adapted(model: Model, device: Device, setting: Mapping[str, Any]) -> Predictor:
    """A predictor of the device."""
    options = {"repeatability": device.repeatability, **setting}
    return model.adapt(device.archs, device.latency_ms, **options)


def _found(predictor: Predictor, found: SearchResult) -> Values:
    numbers = {
        name: getattr(found, name).tolist()
        for name in ("accuracy", "latency_ms", "lower_ms", "upper_ms")
    }
    return {
        "archs": predictor.own_space.format(found.genes),
        **numbers,
        "evaluations": found.evaluations,
        "smallest_latency_ms": found.smallest_latency_ms,
        "hypervolume": found.hypervolume,
        "strategy": found.strategy,
    }


def sent_accuracy(accuracy: Any, space: Space) -> SentAccuracy:
    """An accuracy as workers are sent it: files are read here, where they are.

    Args:
        accuracy: what a search takes, or a source of ``goals.read_goal``: "macs", the name or
            file of an accuracy model, or a CSV file.

    Raises:
        HelpIOError, FormatError: of the file.
        ArgumentError: neither of these, nor a function.
        MismatchError: of another space.
    """
    if accuracy == MACS:
        return MACS
    found: Any = read_goal(accuracy, space).accuracy if isinstance(accuracy, str) else accuracy
    if isinstance(found, AccuracyTable) and found.space != space:
        raise MismatchError(f"accuracy is of {found.space.name}, the model of {space.name}")
    if not callable(found) and not isinstance(found, Mapping):
        raise ArgumentError(f"accuracy is {accuracy!r}, not a function, a model or a table")
    sent: SentAccuracy = found
    return sent


def _accuracy_bytes(accuracy: SentAccuracy) -> bytes:
    if isinstance(accuracy, AccuracyModel):
        return accuracy.to_bytes()
    if isinstance(accuracy, AccuracyTable):
        return accuracy.genes.tobytes() + accuracy.accuracy.tobytes()
    if callable(accuracy):
        return function_name(accuracy).encode()
    return canonical(accuracy).encode()


def function_name(function: Any) -> str:
    """What identifies a function in keys: the module it is from and its name there."""
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


def table_identity(table: LatencyTable) -> str:
    """Changes with every number of a table."""
    columns = [part for name, values in table.devices.items()
               for part in (name.encode(), values.tobytes())]  # fmt: skip
    references = b"" if table.references is None else table.references.tobytes()
    space = canonical(table.space.description).encode()
    return digest(space, table.archs.tobytes(), references, *columns)


#: Of ``helpnas.evaluate``'s rows.
_SCORES = (
    "spearman", "kendall", "mape", "within10", "coverage90", "spearman_trimmed",
)  # fmt: skip
_SCORE_COLUMNS: Mapping[str, str] = {
    "method": "texts", **{name: "numbers" for name in _SCORES}, "n_query": "numbers",
}  # fmt: skip


def _scores(rows: Sequence[Mapping[str, Any]]) -> Dict[str, List[Any]]:
    """Rows of scores as lists, an entry for each method."""
    return {
        name: [row[name] if kind == "texts" else float(row[name]) for row in rows]
        for name, kind in _SCORE_COLUMNS.items()
    }


@dataclass(frozen=True)
class Evaluate:
    """Judges a model on a device of a table, as ``helpnas.evaluate`` does."""

    kind: ClassVar[str] = "evaluate"
    columns: ClassVar[Mapping[str, str]] = _SCORE_COLUMNS
    model: Model
    table: LatencyTable

    @property
    def identity(self) -> str:
        """Of model and table."""
        return digest(self.model.to_bytes(), table_identity(self.table).encode())

    def run(self, arguments: Mapping[str, Any]) -> Values:
        """See ``Program``."""
        device, setting = arguments["device"], arguments["setting"]
        return _scores(evaluate(self.model, self.table, [device], **setting))


@dataclass(frozen=True)
class TrainFold:
    """Meta-trains a model without some devices of a table, and judges it on those."""

    kind: ClassVar[str] = "train"
    columns: ClassVar[Mapping[str, str]] = {**_SCORE_COLUMNS, "model": "bytes"}
    table: LatencyTable

    @property
    def identity(self) -> str:
        """Of the table."""
        return table_identity(self.table)

    def run(self, arguments: Mapping[str, Any]) -> Values:
        """See ``Program``."""
        table = self.table
        setting = {"threads": 1, **arguments["setting"]}
        judging = setting.pop("evaluate", {})
        left_out = arguments["left_out"]
        kept = [name for name in table.devices if name not in left_out]
        with meta_train(table, kept, **setting) as model:
            rows = mean_rows(evaluate(model, table, left_out, **judging))
            return {**_scores(rows), "model": model.to_bytes()}
