"""HAT (hardware-aware transformers): in place of its ``latency_predictor.LatencyPredictor``."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Sequence, Type, TypeVar

from .._c.arrays import FloatArray
from .._c.errors import ArgumentError
from .._c.handles import Path
from ..models import Predictor, load_predictor
from ._latencies import Latencies

Self = TypeVar("Self", bound="LatencyPredictor")
#: Of the keys of YAML files; of lists the first.
_ENDS = ("-all-subtransformer", "-subtransformer")


class LatencyPredictor:
    """What HAT's ``Evolution`` makes, loads and asks; milliseconds, as HAT's own gives.

    Args:
        feature_norm: HAT's scale of its network's inputs; not used.
        lat_norm: HAT's scale of its labels; not used, predictors speak milliseconds.
        ckpt_path: a file that ``Predictor.save`` wrote.
        level: give the upper ends of intervals of this level instead.
        settings: of HAT's network (``hidden_dim``, ...); not used.
    """

    def __init__(
        self,
        feature_norm: Any = None,
        lat_norm: Any = None,
        ckpt_path: Optional[Path] = None,
        *,
        level: Optional[float] = None,
        **settings: Any,
    ) -> None:
        self.ckpt_path, self._level = ckpt_path, level
        self._latencies: Optional[Latencies] = None

    @classmethod
    def of(cls: Type[Self], predictor: Predictor, level: Optional[float] = None) -> Self:
        """One around a predictor in memory, which needs no ``load_ckpt``."""
        made = cls(level=level)
        made._latencies = Latencies(predictor, level)
        return made

    def load_ckpt(self) -> None:
        """Read the predictor from ``ckpt_path``.

        Raises:
            ArgumentError: no path was given.
            HelpIOError, FormatError, VersionError: as ``load_predictor``.
            UnsupportedError: a level, but the predictor's method has no intervals.
        """
        if self.ckpt_path is None:
            raise ArgumentError("ckpt_path is None: there is no predictor to read")
        self._latencies = Latencies(load_predictor(self.ckpt_path), self._level)

    def predict_lat(self, config: Mapping[str, Any]) -> float:
        """Milliseconds, encoder and decoder, of one configuration.

        Args:
            config: {"encoder": {...}, "decoder": {...}} as ``Converter.gene2config`` makes
                it, or as HAT's YAML files have it.

        Raises:
            ArgumentError: nothing was loaded.
            FormatError, ArchitectureError: not a configuration of the predictor's space.
        """
        return float(self.predict_lats([config])[0])

    def predict_lats(self, configs: Sequence[Mapping[str, Any]]) -> FloatArray:
        """The same of n configurations in one call of the library, float64 [n]."""
        if self._latencies is None:
            raise ArgumentError("no predictor is loaded: call load_ckpt() first")
        return self._latencies(configs)


def to_config(arch: Mapping[str, Any]) -> Dict[str, Dict[str, Any]]:
    """An architecture as HAT's ``Converter.gene2config`` writes it and its models take it.

    Args:
        arch: as searches return it: a dict as in HAT's YAML files.

    Returns:
        {"encoder": {"encoder_embed_dim": ...}, "decoder": {"decoder_embed_dim": ...}}.

    Raises:
        ArgumentError: a key that is of neither.
    """
    config: Dict[str, Dict[str, Any]] = {"encoder": {}, "decoder": {}}
    for key, value in arch.items():
        side = key.partition("-")[0]
        if side not in config or not key.endswith(_ENDS[1]):
            raise ArgumentError(f"{key!r} is not a key of HAT's YAML files")
        for end in _ENDS:
            key = key[: -len(end)] if key.endswith(end) else key
        config[side][key.replace("-", "_")] = value
    return config
