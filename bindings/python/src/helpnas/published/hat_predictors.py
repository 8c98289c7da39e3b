"""HAT's published latency predictors, turned into predictors of this library."""

from __future__ import annotations

import hashlib
from pathlib import Path as FilePath
from typing import List, Optional, Union

from .._c.errors import ArgumentError
from .._c.handles import Path
from ..model_file import model_bytes
from ..models import Predictor
from ..spaces import Space
from .linear_layers import linear_layers, state_dict

#: HAT's ``lat_norm`` of each device: milliseconds for an output of 1.
SCALES_MS = {"gpu_titanxp": 200.0, "cpu_xeon": 300.0, "cpu_raspberrypi": 5000.0}
_FEATURES = 10


def import_hat_predictor(
    path: Path, space: Union[Space, str] = "hat-wmt14-en-de", scale_ms: Optional[float] = None
) -> Predictor:
    """Read one of HAT's trained latency predictors (``latency_dataset/predictors/*.pt``).

    Nothing in the file is executed.

    Args:
        path: the file, ``<task>_<device>.pt``.
        space: the task's space.
        scale_ms: milliseconds for an output of 1, HAT's ``lat_norm``; default by the
            device in the file's name: titanxp 200, xeon 300, raspberrypi 5000.

    Raises:
        FormatError: the file is malformed, or not such a predictor.
        ArgumentError: the file's name has no known device and ``scale_ms`` is not given.
    """
    name = FilePath(path).stem
    known = [scale for device, scale in SCALES_MS.items() if name.endswith(device)]
    if scale_ms is None and not known:
        devices = ", ".join(SCALES_MS)
        raise ArgumentError(f"{path}: give scale_ms; the name ends with none of {devices}")
    layers = linear_layers(state_dict(path), path, _layer_names, _FEATURES)
    description = {
        "format_version": 1,
        "space": space if isinstance(space, str) else space.name,
        "method": "mlp",
        "layers": layers.widths,
        "scale_ms": known[0] if scale_ms is None else float(scale_ms),
        "record": {
            "provenance": {
                "source": "latency predictor of HAT (Wang et al., ACL 2020)",
                "file": FilePath(path).name,
                "sha256": hashlib.sha256(FilePath(path).read_bytes()).hexdigest(),
            }
        },
    }
    return Predictor.from_bytes(model_bytes(layers.tensors, description, "predictor"))


def _layer_names(count: int) -> List[str]:
    return ["first_layer", *(f"layers.{i}" for i in range(count - 2)), "predict"]
