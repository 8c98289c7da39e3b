"""``measure``: this machine, or any device a function can reach, as a device."""

from __future__ import annotations

import datetime
import math
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

import numpy as np

from .._c.arrays import FloatArray, Int32Array, seed_number, whole
from .._c.errors import ArgumentError, MeasurementError
from .._c.handles import Path
from ..evaluation import score
from ..models import Model
from ..spaces import Archs, Space
from ..tables import LatencyTable
from . import machine
from .clocks import find_clock
from .drift import without_drift
from .measurements import Measurements
from .networks import networks
from .own_networks import BuildFunction
from .round_robin import CallbackVisits, DeviceLost, ModelVisits, ProgressFunction, RoundRobin
from .rounds_file import Record, smallest
from .runtimes import Runtime, find_runtime

#: Below this Spearman between both halves a warning is given.
_STABLE = 0.9
Visits = Union[ModelVisits, CallbackVisits]


class DeviceLostError(MeasurementError):
    """The device stopped answering; what it had measured is kept.

    Attributes:
        measurements: what there is; None where nothing was measured.
    """

    measurements: Optional[Measurements] = None


def measure(
    space_or_model: Union[Space, Model, str],
    archs: Optional[Archs] = None,
    *,
    runtime: Union[str, Runtime] = "onnxruntime",
    threads: int = 1,
    batch: int = 1,
    dataset: Optional[str] = None,
    rounds: Optional[int] = None,
    runs: Optional[int] = None,
    clock: Optional[str] = None,
    build: Optional[BuildFunction] = None,
    run: Optional[Callable[[Any], Any]] = None,
    resume: Optional[Path] = None,
    progress: Optional[ProgressFunction] = None,
    name: Optional[str] = None,
    seed: int = 0,
    open_mb: int = 512,
) -> Measurements:
    """Measure architectures on this machine, or wherever ``run`` measures them.

    Every round visits all architectures, in another order; the smallest latency of each
    counts (docs/guide/measuring.md says why).

    Args:
        space_or_model: a space or its name; or a model, whose references are measured
            where ``archs`` is not given.
        archs: n different architectures in the space's own notation, or rows [n, width].
        runtime: "onnxruntime", "openvino", "pytorch", "ncnn", or a ``Runtime`` in other
            settings.
        threads: of the runtime.
        batch: images in one run; the latency is that of the run.
        dataset: what the networks are built for, one of ``measuring.data_sets(space)``;
            default the first, for which ``Space.macs`` counts.
        rounds: default 10, and 2 with ``run``.
        runs: timed runs in each visit, after one that is not; default 3, and 1 with ``run``.
        clock: "cpu", the calling thread's processor time, or "wall"; default "cpu" for one
            thread.
        build: called with an architecture in the space's own notation, returns its network: an
            ``onnx.ModelProto``, bytes of one, or a path to one; or a tuple of one of these and
            {name of an input: array}; or a tuple of a ``torch.nn.Module`` and its input, a tensor
            or a tuple of them.  ``batch`` and ``seed`` are given to it where it has parameters of
            these names.  Default: the networks of the built-in spaces, and for a described space
            networks made from its layers (docs/guide/measuring.md).
        run: called with an architecture in the space's own notation, returns milliseconds.
            No network is built then, and ``runtime`` to ``clock`` but for the numbers of
            rounds and runs have no effect.
        resume: file that every round is written to.  Where it is there already, the
            measurement continues from it.
        progress: called with the visits done and the visits in all.
        name: the device's; default what identifies it.
        seed: of the weights and of the order in the rounds.
        open_mb: megabytes of models kept ready between rounds; what is beyond is prepared
            again in each round, which takes time but no memory.

    Raises:
        ArchitectureError: an architecture outside the space.
        BuildError: ``build`` returns the same network whatever it is given.  What else is wrong
            with one architecture's network is in ``failures``, and the others are measured.
        UnsupportedError: a space of your own without layers, ``build`` or ``run``.
        ArgumentError: not one of the space's data sets, or an option out of its range.
        MeasurementError: an architecture is given twice, or none could be measured.
        DeviceLostError: several in a row failed with an ``OSError``; it has what there is.
        MismatchError: the file ``resume`` is of another measurement.
        ImportError: the runtime, or onnx, is not installed; the message has the command.
    """
    space, rows = _subjects(space_or_model, archs)
    if build is not None and run is not None:
        raise ArgumentError("build and run are given: build returns a network, run measures one")
    counts = (
        whole((2 if run else 10) if rounds is None else rounds, "rounds", 1, 10_000),
        whole((1 if run else 3) if runs is None else runs, "runs", 1, 10_000),
    )
    seed = seed_number(seed)
    if run is not None:
        identity: Dict[str, Any] = {"name": name or "measured by a function"}
        visits: Visits = CallbackVisits(run, space.notation(rows), counts[1])
        warnings: List[str] = []
    else:
        found = find_runtime(runtime)
        threads = whole(threads, "threads", 1, 1024)
        timer = find_clock(clock, threads)
        known = networks(space, rows, build, batch, seed, dataset)
        identity = device_identity(found, threads, known.batch, timer.name, name, dataset)
        identity.update(known.identity)
        room = whole(open_mb, "open_mb", 0, 2**20) * 2**20
        known.check_first()
        visits = ModelVisits(known, found, threads, timer, counts[1], room)
        warnings = machine.warnings(machine.load(), machine.governor())
    job = _Job(space, rows, {**identity, "runs": counts[1], "seed": seed}, warnings)
    return job.run(visits, counts[0], resume, progress)


def _subjects(
    space_or_model: Union[Space, Model, str], archs: Optional[Archs]
) -> Tuple[Space, Int32Array]:
    if isinstance(space_or_model, Model):
        space = space_or_model.space
        given: Any = space_or_model.reference_genes if archs is None else archs
    else:
        space = Space(space_or_model) if isinstance(space_or_model, str) else space_or_model
        given = archs
    if given is None:
        raise ArgumentError("archs is missing: only a model has architectures of its own")
    # A table without devices: it checks what a table of the measurements will.
    rows = LatencyTable(space, given, {}).archs
    if not len(rows):
        raise ArgumentError("archs is empty: there is nothing to measure")
    return space, rows


def device_identity(
    runtime: Runtime,
    threads: int,
    batch: Optional[int],
    clock: str,
    name: Optional[str],
    dataset: Optional[str] = None,
) -> Dict[str, Any]:
    """What identifies a device: machine, runtime, settings, the data set if one was given; and
    its name.

    Args:
        batch: None where it is not known.
    """
    known = machine.identity()
    settings = [str(known["cpu"]), f"{runtime.name} {runtime.identity.get('version', '')}".strip()]
    if runtime.identity.get("graph_optimisations") == "none":
        settings.append("not optimised")
    if runtime.identity.get("precision", "float32") != "float32":
        settings.append(str(runtime.identity["precision"]))
    settings.append(f"{threads} thread" + "s" * (threads > 1))
    if batch is not None:
        settings.append(f"batch {batch}")
    settings += [] if dataset is None else [dataset]
    return {
        "name": name or ", ".join(settings),
        **known,
        "runtime": dict(runtime.identity),
        "threads": threads,
        "batch": batch,
        "clock": clock,
        "statistic": "minimum",
        **({} if dataset is None else {"dataset": dataset}),
    }


class _Job:
    """One measurement, from its settings to its result."""

    def __init__(
        self, space: Space, rows: Int32Array, identity: Dict[str, Any], warnings: List[str]
    ) -> None:
        self._space, self._rows = space, rows
        self._identity, self._warnings = identity, warnings
        self._texts: List[str] = space.format(rows)

    def run(
        self,
        visits: Visits,
        rounds: int,
        path: Optional[Path],
        progress: Optional[ProgressFunction],
    ) -> Measurements:
        setup = {"space": self._space.name, **self._identity}
        record = Record(setup, self._texts, path)
        robin = RoundRobin(
            visits, record, len(self._rows), rounds, self._identity["seed"], progress
        )
        try:
            robin.go()
        except DeviceLost as lost:
            error = DeviceLostError(self._lost_text(str(lost), record, path))
            if self._any(record):
                error.measurements = self._result(record, robin.failures, visits)
            raise error from lost
        if not self._any(record):
            index, reason = min(robin.failures.items())
            raise MeasurementError(
                f"none of the {len(self._rows)} architectures could be measured; "
                f"{self._texts[index]}: {reason}"
            )
        return self._result(record, robin.failures, visits)

    def _any(self, record: Record) -> bool:
        return bool(np.isfinite(smallest(record.rounds, len(self._rows))).any())

    def _lost_text(self, reason: str, record: Record, path: Optional[Path]) -> str:
        known = np.isfinite(smallest(record.rounds, len(self._rows)))
        kept = f"{known.sum()} of {len(known)} architectures are measured"
        where = "" if path is None else f"; {path} has them, and measuring again continues from it"
        return f"the device is lost: {reason}; {kept}{where}"

    def _result(self, record: Record, failures: Dict[int, str], visits: Visits) -> Measurements:
        rounds, drift = without_drift(record.rounds, self._identity["seed"])
        best = smallest(rounds, len(self._rows))
        measured = np.isfinite(best)
        stability, repeatability = _agreement(rounds, len(self._rows))
        today = datetime.date.today().isoformat()
        return Measurements(
            self._space,
            self._rows[measured],
            best[measured],
            stability,
            {**self._identity, "rounds": len(record.rounds), "date": today},
            [*self._warnings, *visits.warnings(), *drift, *_doubts(stability, failures, len(best))],
            {self._texts[index]: reason for index, reason in failures.items()},
            repeatability,
        )


def _agreement(rounds: List[FloatArray], count: int) -> Tuple[float, float]:
    """Of the minima of both halves of the rounds: Spearman, and by what share one architecture's
    differ, as a standard deviation that some far ones do not change."""
    middle = len(rounds) // 2
    first, second = smallest(rounds[:middle], count), smallest(rounds[middle:], count)
    both = np.isfinite(first) & np.isfinite(second)
    if both.sum() < 2:
        return math.nan, math.nan
    differences = np.abs(np.log(second[both] / first[both]))
    return score(first[both], second[both])["spearman"], float(1.4826 * np.median(differences))


def _doubts(stability: float, failures: Dict[int, str], count: int) -> List[str]:
    found: List[str] = []
    if stability < _STABLE:
        found.append(
            f"the first and the second half of the rounds agree with Spearman {stability:.3f} "
            "only: take more rounds, or a quieter machine"
        )
    if failures:
        found.append(f"{len(failures)} of {count} architectures failed: see failures")
    return found
