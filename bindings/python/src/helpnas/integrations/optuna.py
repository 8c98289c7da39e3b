"""Optuna: genes as categorical parameters, and the latency limit as a constraint."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Protocol, Sequence, Tuple

import numpy as np

from .._c.arrays import FloatArray, Int32Array
from .._c.errors import ArgumentError, UnsupportedError
from ..models import Predictor
from ..spaces import Space
from ._genes import genes_of, row_of
from ._latencies import Latencies

#: The constraint's name in ``trial.constraints``.
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

    Pass it as ``constraints_func=`` to ``NSGAIISampler`` or ``TPESampler``; or, with
    Optuna 5, call ``constrain`` on trials before they are told, a whole batch at once.

    Args:
        predictor: of the device.
        max_latency_ms: the limit.
        level: limit the upper ends of intervals of this level instead.

    Raises:
        ArgumentError: the limit is not above 0.
        UnsupportedError: a level, but the predictor's method has no intervals.
    """

    def __init__(
        self, predictor: Predictor, max_latency_ms: float, level: Optional[float] = None
    ) -> None:
        if not max_latency_ms > 0:
            raise ArgumentError(f"max_latency_ms is {max_latency_ms}, not above 0")
        self.max_latency_ms = max_latency_ms
        self._latencies = Latencies(predictor, level)
        self._genes = genes_of(predictor.own_space)

    def __call__(self, trial: _Finished) -> Tuple[float]:
        """Milliseconds above the limit, in a tuple as samplers want it.

        Raises:
            ArgumentError: the trial was not given every gene by ``suggest``.
        """
        return (float(self.latency_ms([trial])[0]) - self.max_latency_ms,)

    def latency_ms(self, trials: Sequence[_Finished]) -> FloatArray:
        """Milliseconds of n trials in one call of the library, float64 [n]."""
        rows = [row_of(self._genes, trial.params) for trial in trials]
        return self._latencies(np.array(rows, np.int32).reshape(-1, len(self._genes)))

    def constrain(self, trials: Sequence[Any]) -> FloatArray:
        """Set the constraint of n running trials, and return their milliseconds, float64 [n].

        Raises:
            UnsupportedError: this Optuna has no ``Trial.set_constraint``.
        """
        latency_ms = self.latency_ms(trials)
        for trial, excess in zip(trials, latency_ms - self.max_latency_ms):
            if not hasattr(trial, "set_constraint"):
                raise UnsupportedError(
                    "this Optuna has no Trial.set_constraint (5.0 has); "
                    "pass the constraint to the sampler as constraints_func"
                )
            trial.set_constraint(CONSTRAINT, float(excess))
        return latency_ms
