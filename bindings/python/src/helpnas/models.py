"""Meta-trained models, and predictors adapted to one device."""

from __future__ import annotations

import math
import os
from ctypes import byref, c_double
from pathlib import Path as FilePath
from typing import (
    Any,
    Dict,
    List,
    Literal,
    Optional,
    Sequence,
    Tuple,
    Union,
    overload,
)

import numpy as np

from ._c.arrays import (
    FloatArray,
    Int32Array,
    Int64Array,
    choice,
    count_number,
    float_vector,
    make_options,
    number,
)
from ._c.callbacks import address_of
from ._c.errors import ArgumentError
from ._c.handles import Path, make, name_bytes, path_bytes
from ._c.library import library
from ._c.prototypes import (
    SUPPORTS,
    AdaptOptions,
    ModelPointer,
    PredictorPointer,
)
from .additive_table import AdditiveTable, additive_table
from .bundled import bundled_files, file_of
from .methods import method_number, methods
from .search import pareto, search
from .spaces import Archs, Space
from .stored import Stored


class Predictor(Stored[PredictorPointer]):
    """Latency of every architecture of a space on one device; immutable, for any thread."""

    _free = "help_predictor_free"
    _pointer_type = PredictorPointer
    _prefix = "help_predictor_"
    _load_memory = "help_predictor_load_memory"

    @overload
    def predict(self, archs: Archs, return_std: Literal[False] = False) -> FloatArray: ...
    @overload
    def predict(self, archs: Archs, return_std: Literal[True]) -> Tuple[FloatArray, FloatArray]: ...
    def predict(
        self, archs: Archs, return_std: bool = False
    ) -> Union[FloatArray, Tuple[FloatArray, FloatArray]]:
        """Latencies in milliseconds, float64 [n].

        Args:
            archs: n texts in the space's own notation, or integer rows [n, width].
            return_std: also return standard deviations in milliseconds, float64 [n]: of a new
                measurement ("bayes"), or over the draws of z if there are two or more ("help");
                otherwise NaN.

        Raises:
            ArchitectureError: an architecture outside the space.
        """
        rows = self.own_space.genes(archs)
        mean = np.empty(len(rows), np.float64)
        std = np.empty_like(mean) if return_std else None
        library().help_predict(self.pointer, rows, rows.shape[0], rows.shape[1], mean, std)
        return mean if std is None else (mean, std)

    def interval(self, archs: Archs, level: float = 0.9) -> Tuple[FloatArray, FloatArray]:
        """Central interval in which a new measurement falls with probability ``level``.

        Returns:
            Lower and upper ends in milliseconds, float64 [n] each; lower ends are above 0.

        Raises:
            UnsupportedError: the predictor has no standard deviations ("bayes" always has).
            ArgumentError: level is not between 0 and 1.
        """
        rows = self.own_space.genes(archs)
        lower, upper = np.empty(len(rows), np.float64), np.empty(len(rows), np.float64)
        library().help_predict_interval(
            self.pointer, rows, rows.shape[0], rows.shape[1], number(level, "level"), lower, upper
        )
        return lower, upper

    def probability_faster(self, archs: Archs, than: Archs) -> FloatArray:
        """Probability that a new measurement of each architecture is below one of its partner.

        Errors that both predictions share do not count, so that this can be sure where
        intervals overlap.

        Args:
            archs: n architectures.
            than: n others, compared one by one.

        Returns:
            Float64 [n]; 0.5 where both are the same architecture.

        Raises:
            UnsupportedError: a method other than "bayes".
        """
        rows, others = self.own_space.genes(archs), self.own_space.genes(than)
        if len(rows) != len(others):
            raise ArgumentError(
                f"than has {len(others)} architectures, not {len(rows)} as archs has"
            )
        result = np.empty(len(rows), np.float64)
        library().help_predict_compare(self.pointer, rows, others, *rows.shape, result)
        return result

    def table(self) -> AdditiveTable:
        """The predictor as a constant plus a number for each choice, or choices that interact.

        For integer and dynamic programs, differentiable search, and for looking at.

        Raises:
            UnsupportedError: "help", and spaces whose interacting genes would need a table of more
                than a million numbers.
        """
        return additive_table(self.pointer)

    @property
    def measurements(self) -> Tuple[List[Any], FloatArray]:
        """What it was fitted to: architectures in the space's notation, milliseconds [n]."""
        measured = self.description["record"].get("measurements", {})
        rows = self.own_space.genes(measured.get("archs", []))
        return self.own_space.notation_rows(rows), np.array(measured.get("latency_ms", []), float)

    def update(self, archs: Archs, latency_ms: Any) -> Predictor:
        """A predictor fitted to its measurements and these; this one stays as it is.

        Args:
            archs: n architectures, also ones that were measured before.
            latency_ms: their latencies in milliseconds, [n], above 0.

        Raises:
            MeasurementError: a latency is not above 0.
            UnsupportedError: "help", "nearest", "proxy", and predictors that were not fitted to
                measurements, do not keep what this needs.
        """
        rows = self.own_space.genes(archs)
        latencies = float_vector(latency_ms, "latency_ms", len(rows))
        pointer = make(
            PredictorPointer, "help_predictor_update", self.pointer, rows, *rows.shape, latencies
        )
        return type(self).adopt(pointer)

    def select(self, pool: Archs, count: int = 10) -> Int64Array:
        """Which architectures of a pool to measure next; see ``Model.select``.

        Raises:
            UnsupportedError: as for ``update``, and for a method other than "bayes".
        """
        rows = self.own_space.genes(pool)
        chosen = np.empty(min(count_number(count, "count"), len(rows) + 1), np.uintp)
        library().help_predictor_select(self.pointer, rows, *rows.shape, count, chosen)
        return chosen.astype(np.int64)

    @property
    def method(self) -> str:
        """How it predicts: "bayes", "help", "mlp", ..."""
        return str(self.description["method"])

    @property
    def diagnostics(self) -> Dict[str, Any]:
        """What adapting found out about the measurements and itself; {} for a baseline.

        Both "bayes" and "help" have ``leave_one_out`` predictions and errors, and a
        ``summary`` in one sentence.  "bayes": the same errors for the training devices' mean
        (``prior``), ``suspicious_rows`` by number, ``pool_weight`` (how like the training
        devices the device is), ``nearest_device``.  "help": whether its ``inner_steps`` help,
        and what was ``kept``.
        """
        return dict(self.description["record"].get("diagnosis", {}))

    search = search
    pareto = pareto


class Model(Stored[ModelPointer]):
    """A meta-trained model; immutable, for any number of threads."""

    _free = "help_model_free"
    _pointer_type = ModelPointer
    _prefix = "help_model_"
    _load_memory = "help_load_memory"

    @classmethod
    def for_space(cls, space: Union[Space, str]) -> Model:
        """A model of a space from its description alone, without a training device.

        Args:
            space: a space, or the name of a built-in one.

        Returns:
            A model that adapts by "bayes", "macs", "parameters" and "ridge", selects, and is
            saved like any other.
        """
        space = space if isinstance(space, Space) else Space(space)
        return cls.adopt(make(ModelPointer, "help_model_from_space", space.pointer))

    @property
    def references(self) -> List[Any]:
        """The architectures to measure on a device, in the space's own notation."""
        return self.own_space.notation_rows(self.reference_genes)

    @property
    def reference_genes(self) -> Int32Array:
        """The same as rows of genes, int32 [count, width]."""
        count = int(library().help_model_reference_count(self.pointer))
        rows = np.empty((count, self.own_space.width), np.int32)
        library().help_model_references(self.pointer, rows, rows.shape[1])
        return rows

    @property
    def default_method(self) -> str:
        """What ``adapt`` uses unless given a method: the library's first that the model has.

        A model's description has a part for each method that learnt from training devices.
        """
        parts = self.description
        return next(method.name for method in methods() if method.name in parts)

    @property
    def noise_count(self) -> int:
        """Length of one draw of the task modulation z; 0 for a model that has none."""
        return int(library().help_model_noise_count(self.pointer))

    def select(self, pool: Archs, count: int = 10, measured: Optional[Archs] = None) -> Int64Array:
        """Which architectures of a pool to measure: those most informative about all others.

        Args:
            pool: different architectures to choose from.
            count: how many.
            measured: architectures that have been measured already.

        Returns:
            Row numbers of the pool, most informative first, int64 [count].

        Raises:
            ArgumentError: more are wanted than the pool has.
            UnsupportedError: the model has no method "bayes".
        """
        rows = self.own_space.genes(pool)
        known = self.own_space.genes([] if measured is None else measured)
        chosen = np.empty(min(count_number(count, "count"), len(rows) + 1), np.uintp)
        library().help_select(self.pointer, rows, *rows.shape, known, *known.shape, count, chosen)
        return chosen.astype(np.int64)

    def adapt(
        self,
        archs: Archs,
        latency_ms: Any,
        method: Optional[str] = None,
        label_range_ms: Optional[Sequence[float]] = None,
        steps: Optional[int] = None,
        samples: int = 0,
        seed: int = 0,
        support: str = "extra",
        noise: Any = None,
        proxy: Optional[str] = None,
        repeatability: Optional[float] = None,
    ) -> Predictor:
        """Fit the model to one device.

        Args:
            archs: n architectures; for "help" they include every reference. One that is given
                several times counts once, with the median of its latencies.
            latency_ms: their latencies in milliseconds, [n], above 0.
            method: a name of ``helpnas.methods()``; default ``default_method``.
            label_range_ms: (lowest, highest) latency in milliseconds that labels are scaled by,
                as in the paper; None: the range of ``latency_ms``, and predictions are
                recalibrated by a line fitted to them.
            steps: number of inner gradient steps, 0...100; None: that of training, or 0 if
                leave-one-out shows that they hurt and no label range is given.
            samples: number of draws of z that are averaged, up to 100; 0: z at its mean.
            seed: random seed of those draws.
            support: rows that the inner steps fit: "extra", those that are not references (if
                there are none, the references), or "all".
            noise: the draws themselves, [samples, noise_count] standard normal numbers.
            proxy: name of the training device that "proxy" starts from; None: the nearest.
            repeatability: standard deviation between two measurements of one architecture, as a
                share of its latency, 0...1. Increase it if intervals should hold on another day
                or under another load. None: what architectures given twice say, else 0.003.

        Only "help" uses label_range_ms, steps, samples, seed, support and noise, only "proxy"
        uses proxy, and only "bayes" uses repeatability.

        Raises:
            ArgumentError: an option out of its range, or of another method.
            MeasurementError: a reference is missing, too few rows, or a latency is not
                positive.
            DivergedError: numbers of the fit became non-finite.
            UnsupportedError: an unknown method, or one the model cannot do.
        """
        rows = self.own_space.genes(archs)
        latencies = float_vector(latency_ms, "latency_ms", len(rows))
        options = make_options(
            AdaptOptions,
            steps=steps,
            samples=samples,
            seed=seed,
            method=method_number(method),
            support=choice(support, "support", SUPPORTS),
            proxy=None if proxy is None else name_bytes(proxy),
            repeatability=_if_known(repeatability),
            **_label_range(label_range_ms),
        )
        draws = _set_noise(options, noise, self.noise_count)
        pointer = make(
            PredictorPointer,
            "help_adapt",
            self.pointer,
            rows,
            rows.shape[0],
            rows.shape[1],
            latencies,
            byref(options),
        )
        del draws  # alive until here: the options point at it
        return Predictor.adopt(pointer)


def _if_known(repeatability: Optional[float]) -> Optional[float]:
    """None, which means the default, for NaN: one round of measuring gives no repeatability."""
    if repeatability is None or math.isnan(number(repeatability, "repeatability")):
        return None
    return repeatability


def _label_range(label_range_ms: Optional[Sequence[float]]) -> Dict[str, float]:
    if label_range_ms is None:
        return {}
    smallest, largest = float_vector(label_range_ms, "label_range_ms", 2)
    if smallest == largest:  # both 0 would mean: not given
        raise ArgumentError(f"label_range_ms is empty: {smallest} to {largest}")
    return {"label_min_ms": smallest, "label_max_ms": largest}


def _set_noise(options: AdaptOptions, noise: Any, width: int) -> Optional[FloatArray]:
    """Point the options at the draws; their number of rows is the default of samples."""
    if noise is None:
        return None
    draws = np.ascontiguousarray(noise, np.float64)
    if draws.ndim != 2 or draws.shape[1] != width:
        raise ArgumentError(f"noise must be [samples, {width}], not {list(draws.shape)}")
    options.noise, options.noise_count = address_of(draws, c_double), draws.size
    options.samples = options.samples or len(draws)
    return draws


def bundled_models() -> Dict[str, FilePath]:
    """Name and file of each model that comes with the package or the source tree."""
    return bundled_files("models")


def load(name_or_path: Path) -> Model:
    """A bundled model by name ("nasbench201"), a model file, or a space's description.

    A path that ends in ``.json`` is a description (docs/guide/own-spaces.md): the model rests on
    it alone, as ``Model.for_space`` makes it.

    Raises:
        HelpIOError: neither a bundled model nor a readable file.
        FormatError, VersionError: not a model file, or a newer library's.
    """
    path = file_of(name_or_path, "models", "model")
    if os.fspath(path).endswith(".json"):
        return Model.for_space(Space.from_file(path))
    return Model.adopt(make(ModelPointer, "help_load", path_bytes(path)))


def load_predictor(path: Path) -> Predictor:
    """A predictor that ``Predictor.save`` wrote.

    Raises:
        HelpIOError: the system's reason is in the message.
        FormatError, VersionError: not a predictor file, or a newer library's.
    """
    return Predictor.adopt(make(PredictorPointer, "help_predictor_load", path_bytes(path)))
