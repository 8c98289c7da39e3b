"""Optuna: genes as categorical parameters, and the latency limit as a constraint."""

from __future__ import annotations

import math
import zlib
from typing import Any, Callable, Mapping, Optional, Protocol, Sequence, Tuple

import numpy as np

from .._c.arrays import FloatArray, Int32Array
from .._c.errors import ArgumentError, UnsupportedError
from ..models import Predictor
from ..spaces import Space
from ._genes import genes_of, row_of
from ._latencies import Latencies, latency_limit

#: How the names of constraints in ``trial.constraints`` begin; a device's follows.
CONSTRAINT = "latency_ms"


class _Suggesting(Protocol):
    def suggest_categorical(self, name: str, choices: Any) -> Any: ...


class _Finished(Protocol):
    @property
    def params(self) -> Mapping[str, Any]: ...


def suggest(trial: _Suggesting, space: Space) -> Int32Array:
    """Let a trial choose every gene, by ``suggest_categorical`` under the gene's name.

    Returns:
        The architecture as a row of genes, int32 [width]; ``space.notation([row])[0]`` is
        the same as people write it.
    """
    genes = genes_of(space)
    chosen = {gene.name: trial.suggest_categorical(gene.name, gene.choices) for gene in genes}
    return row_of(genes, chosen)


class LatencyConstraint:
    """How far trials of ``suggest`` are above a latency limit; 0 and less is feasible.

    Pass it as ``constraints_func=`` to ``NSGAIISampler`` or ``TPESampler``, several through
    ``together``; or, with Optuna 5, call ``constrain`` on trials before ``study.tell``, a
    whole batch at once.

    A trial that ended before ``suggest`` gave it every gene, as a pruned one may, has no
    latency: it is above every limit.

    Args:
        predictor: of the device.
        max_latency_ms: the limit.
        level: limit the upper ends of intervals of this level instead.
        device: the device's name, for ``name``; default a checksum of the predictor, so that
            the constraints of two devices are two.

    Attributes:
        name: the constraint's in ``trial.constraints``: "latency_ms " and the device.

    Raises:
        ArgumentError: the limit is not above 0.
        UnsupportedError: a level, but the predictor's method has no intervals.
    """

    def __init__(
        self,
        predictor: Predictor,
        max_latency_ms: float,
        level: Optional[float] = None,
        device: Optional[str] = None,
    ) -> None:
        self.max_latency_ms = latency_limit(max_latency_ms)
        self._latencies = Latencies(predictor, level)
        self._genes = genes_of(predictor.own_space)
        self.name = f"{CONSTRAINT} {device or f'{zlib.crc32(predictor.to_bytes()):08x}'}"

    def __call__(self, trial: _Finished) -> Tuple[float]:
        """Milliseconds above the limit, in a tuple as samplers want it; inf: no latency.

        Raises:
            ArgumentError: the trial's parameters are not those of ``suggest``.
        """
        return (float(self._excess(self.latency_ms([trial]))[0]),)

    def latency_ms(self, trials: Sequence[_Finished]) -> FloatArray:
        """Milliseconds of n trials in one call of the library, float64 [n]; NaN: none."""
        latency_ms = np.full(len(trials), np.nan)
        whole = [place for place, trial in enumerate(trials) if self._is_whole(trial.params)]
        rows = [row_of(self._genes, trials[place].params) for place in whole]
        latency_ms[whole] = self._latencies(np.array(rows, np.int32).reshape(-1, len(self._genes)))
        return latency_ms

    def constrain(self, trials: Sequence[Any]) -> FloatArray:
        """Set the constraint of n running trials, and return their milliseconds, float64 [n].

        Raises:
            UnsupportedError: this Optuna has no ``Trial.set_constraint``.
        """
        latency_ms = self.latency_ms(trials)
        for trial, excess in zip(trials, self._excess(latency_ms)):
            if not hasattr(trial, "set_constraint"):
                raise UnsupportedError(
                    "this Optuna has no Trial.set_constraint (5.0 has); "
                    "pass the constraint to the sampler as constraints_func"
                )
            trial.set_constraint(self.name, float(excess))
        return latency_ms

    def _is_whole(self, params: Mapping[str, Any]) -> bool:
        """Whether every gene was chosen.

        Raises:
            ArgumentError: there are parameters, and no gene among them.
        """
        chosen = [gene.name in params for gene in self._genes]
        if params and not any(chosen):
            raise ArgumentError(
                f"gene {self._genes[0].name!r} has no choice among {sorted(params)}: "
                "let suggest() choose the genes"
            )
        return all(chosen)

    def _excess(self, latency_ms: FloatArray) -> FloatArray:
        return np.where(np.isnan(latency_ms), math.inf, latency_ms - self.max_latency_ms)


def together(*constraints: LatencyConstraint) -> Callable[[_Finished], Tuple[float, ...]]:
    """Several devices' constraints as one ``constraints_func``: all of them are to hold."""
    return lambda trial: tuple(excess for each in constraints for excess in each(trial))
