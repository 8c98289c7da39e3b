"""Work for a fleet: devices x limits x settings of adapting, selecting, searching, judging."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, Dict, Iterator, Mapping, Optional, Sequence, Tuple

from .._c.arrays import number
from .._c.errors import ArgumentError, MismatchError
from ..models import Model
from ..spaces import Archs
from ..tables import LatencyTable
from .devices import Device, refuse_doubles
from .keys import canonical, digest
from .programs import (
    Adapt,
    Evaluate,
    Program,
    Search,
    Select,
    Task,
    TrainFold,
    sent_accuracy,
)

#: Of every row: its key, what it is of, and how it went: "done", or "failed" with an error.
COMMON: Mapping[str, str] = {
    "key": "text", "device": "text", "limit_ms": "number", "setting": "text", "status": "text",
    "error": "text",
}  # fmt: skip
#: One setting: nothing but defaults.
_DEFAULTS: Tuple[Mapping[str, Any], ...] = ({},)
Settings = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Work:
    """What ``fleet.map`` does: a program, and the points to run it at.

    Attributes:
        program: sent to every worker once.
        places: (name of the device or the fold, its key, arguments) of each.
        limits: milliseconds; (None,) is none.
        settings: keyword arguments of what the program calls.
    """

    program: Program
    places: Sequence[Tuple[str, str, Mapping[str, Any]]]
    limits: Sequence[Optional[float]]
    settings: Settings

    def __len__(self) -> int:
        return len(self.places) * len(self.limits) * len(self.settings)

    @property
    def columns(self) -> Dict[str, str]:
        """Of its rows."""
        return {**COMMON, **self.program.columns}

    def tasks(self) -> Iterator[Task]:
        """All of its tasks, a device's one after another."""
        program = f"{self.program.kind} {self.program.identity}".encode()
        texts = [canonical(setting) for setting in self.settings]
        for name, key, arguments in self.places:
            for limit, (setting, text) in itertools.product(self.limits, zip(self.settings, texts)):
                yield Task(
                    digest(program, key.encode(), repr(limit).encode(), text.encode()),
                    {"device": name, "limit_ms": limit, "setting": text},
                    {**arguments, "limit_ms": limit, "setting": setting},
                )


def adapt(model: Model, devices: Sequence[Device], settings: Settings = _DEFAULTS) -> Work:
    """Adapt a model to each device; rows have the predictors.

    Args:
        settings: keyword arguments of ``Model.adapt``, a dict for each row of a device.

    Raises:
        ArgumentError: two devices have the same name, or a setting cannot be sent.
    """
    return _over_devices(Adapt(model), devices, (None,), settings)


def select(
    model: Model, devices: Sequence[Device], pool: Archs, settings: Settings = _DEFAULTS
) -> Work:
    """Choose from a pool what to measure next on each device.

    Args:
        settings: keyword arguments of ``Model.select``: count.
    """
    rows = model.own_space.canonicalize(pool)
    return _over_devices(Select(model, rows), devices, (None,), settings)


def search(
    model: Model,
    devices: Sequence[Device],
    limits: Sequence[float],
    accuracy: Any,
    settings: Settings = _DEFAULTS,
) -> Work:
    """Search on each device within each limit.

    Args:
        limits: milliseconds.
        accuracy: what ``Predictor.search`` takes; or "macs", the name or the file of an
            accuracy model, or a CSV file.  Files are read here and sent.  A function is sent
            by name, or with Ray as it is; give another folder for results when it changes.
        settings: keyword arguments of ``Predictor.search``; "adapt" in one has those of
            ``Model.adapt``.

    Raises:
        ArgumentError: no limit, or one that is not above 0.
    """
    program = Search(model, sent_accuracy(accuracy, model.own_space))
    return _over_devices(program, devices, [_limit(each) for each in limits], settings)


def pareto(
    model: Model,
    devices: Sequence[Device],
    accuracy: Any,
    limits: Sequence[float] = (),
    settings: Settings = _DEFAULTS,
) -> Work:
    """The front of accuracy and latency on each device, within each limit if there are any.

    Args:
        accuracy, limits, settings: as for ``search``.
    """
    program = Search(model, sent_accuracy(accuracy, model.own_space), "pareto")
    # Without a limit there is one row for each device.
    bounds = [_limit(each) for each in limits]
    return _over_devices(program, devices, bounds or (None,), settings)


def evaluate(
    model: Model,
    table: LatencyTable,
    devices: Optional[Sequence[str]] = None,
    settings: Settings = _DEFAULTS,
) -> Work:
    """Judge a model on devices of a table; a row has a list entry for each method.

    Args:
        devices: names; default all of the table's.
        settings: keyword arguments of ``helpnas.evaluate``.

    Raises:
        MismatchError: model and table are of different spaces.
        ArgumentError: no such device.
    """
    if table.space != model.own_space:
        raise MismatchError(f"a model of {model.own_space.name}, a table of {table.space.name}")
    names = list(table.devices) if devices is None else list(devices)
    for name in names:
        table.latency(name)
    places = [(name, name, {"device": name}) for name in names]
    return _checked(Work(Evaluate(model, table), places, (None,), settings))


def train_folds(
    table: LatencyTable, folds: Mapping[str, Sequence[str]], settings: Settings = _DEFAULTS
) -> Work:
    """Meta-train without the devices of each fold, and judge the model on these.

    Args:
        folds: name -> the devices that are left out.
        settings: keyword arguments of ``helpnas.meta_train``, one thread by default;
            "evaluate" in one has those of ``helpnas.evaluate``.

    Raises:
        ArgumentError: a fold without devices, with all of them, or with one unknown.
    """
    for fold, left_out in folds.items():
        if not 0 < len(set(left_out)) < len(table.devices):
            raise ArgumentError(
                f"fold {fold!r} leaves out {len(set(left_out))} of {len(table.devices)} devices"
            )
        for name in left_out:
            table.latency(name)
    places = [
        (fold, canonical([fold, list(left_out)]), {"left_out": list(left_out)})
        for fold, left_out in folds.items()
    ]
    return _checked(Work(TrainFold(table), places, (None,), settings))


def _over_devices(
    program: Program,
    devices: Sequence[Device],
    limits: Sequence[Optional[float]],
    settings: Settings,
) -> Work:
    refuse_doubles(devices)
    places = [(device.name, device.key, {"device": device}) for device in devices]
    return _checked(Work(program, places, limits, settings))


def _checked(work: Work) -> Work:
    if not len(work):
        raise ArgumentError(
            f"nothing to do: {len(work.places)} devices x {len(work.limits)} limits x "
            f"{len(work.settings)} settings"
        )
    for setting in work.settings:
        canonical(setting)
    return work


def _limit(value: Any) -> float:
    limit = number(value, "a limit")
    if not 0 < limit < math.inf:
        raise ArgumentError(f"a limit is {limit} ms, not above 0")
    return limit
