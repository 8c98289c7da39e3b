"""NNI: in place of ``nni.nas.profiler.Profiler``, and of nn-Meter in NNI's searches."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Optional, Sequence

from .._c.arrays import FloatArray
from .._c.errors import ArgumentError
from ..models import Predictor
from ._genes import genes_of, row_of
from ._latencies import Latencies

#: What NNI calls operations that NAS-Bench-201 calls otherwise.
_NASBENCH201_NAMES = {"conv_1x1": "nor_conv_1x1", "conv_3x3": "nor_conv_3x3"}


class LatencyProfiler:
    """A profiler of NNI's interface: ``profile(sample)`` gives milliseconds.

    It takes the place of a ``Profiler`` in ``RangeProfilerFilter`` and
    ``SampleProfilerPenalty``; not in ``ExpectationProfilerPenalty``, which wants a formula.

    Args:
        model_space: the space NNI searches; not looked at.
        predictor: of the device.
        to_arch: makes of a sample, a dict by label, an architecture in the predictor's
            space's own notation, as ``nasbench201_arch`` does for NNI's ``NasBench201``.
            None: the labels are the genes' names.
        level: give the upper ends of intervals of this level instead.

    Raises:
        UnsupportedError: a level, but the predictor's method has no intervals.
    """

    def __init__(
        self,
        model_space: Any,
        predictor: Predictor,
        to_arch: Optional[Callable[[Mapping[str, Any]], Any]] = None,
        level: Optional[float] = None,
    ) -> None:
        self.model_space = model_space
        self._latencies = Latencies(predictor, level)
        genes = genes_of(predictor.own_space)
        self._to_arch = to_arch or (lambda sample: row_of(genes, sample))

    def profile(self, sample: Mapping[str, Any]) -> float:
        """Milliseconds of one sample.

        Raises:
            ArgumentError: a label is missing or holds what is not a choice of its gene.
            FormatError, ArchitectureError: ``to_arch`` gave no architecture of the space.
        """
        return float(self.profile_batch([sample])[0])

    def profile_batch(self, samples: Sequence[Mapping[str, Any]]) -> FloatArray:
        """The same of n samples in one call of the library, float64 [n]."""
        archs: List[Any] = [self._to_arch(sample) for sample in samples]
        return self._latencies(archs)

    def predict(self, model: Any, model_type: Optional[str] = None, **options: Any) -> float:
        """Milliseconds of a model that NNI froze, as nn-Meter's ``predict`` gives them.

        Args:
            model: has the ``sample`` it was frozen with, as NNI's strategies' models do.
            model_type, options: nn-Meter's; not used.

        Raises:
            ArgumentError: a graph or module, which does not say what was chosen.
        """
        sample = getattr(model, "sample", None)
        if not isinstance(sample, Mapping):
            raise ArgumentError(
                f"model is a {type(model).__name__} without the sample it was frozen with; "
                "profile() takes a sample"
            )
        return self.profile(sample)


def nasbench201_arch(sample: Mapping[str, Any]) -> str:
    """The NAS-Bench-201 text of a sample of ``nni.nas.hub.pytorch.NasBench201``.

    Args:
        sample: operations by edge, "cell/0_1" to "cell/2_3".

    Raises:
        ArgumentError: an edge is missing.
    """
    return "+".join("|" + "".join(_edge(sample, j, i) for j in range(i)) for i in range(1, 4))


def _edge(sample: Mapping[str, Any], source: int, target: int) -> str:
    label = f"cell/{source}_{target}"
    if label not in sample:
        raise ArgumentError(f"the sample has no {label!r} among {sorted(sample)}")
    name = sample[label]
    return f"{_NASBENCH201_NAMES.get(name, name)}~{source}|"
