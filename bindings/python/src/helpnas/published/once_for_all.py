"""Once-for-all's published accuracy predictor, turned into an accuracy model."""

from __future__ import annotations

import hashlib
from pathlib import Path as FilePath
from typing import Any, Dict, List

import numpy as np

from .._c.errors import UnsupportedError
from .._c.handles import Path
from ..accuracy import AccuracyModel
from ..model_file import model_bytes
from ..spaces import Space
from .linear_layers import linear_layers

_FEATURES = 128
_RESOLUTIONS = 8


def import_accuracy_model(path: Path, space: str = "ofa-mbv3") -> AccuracyModel:
    """Read once-for-all's ``acc_predictor.pth``; nothing in the file is executed.

    Its accuracies are shares, 0.76 for 76 %, as once-for-all's own search reads them.

    Args:
        path: the file.
        space: "ofa-mbv3".

    Raises:
        FormatError: the file is malformed, or not such a predictor.
        UnsupportedError: another space.
    """
    if space != "ofa-mbv3":
        raise UnsupportedError(f"accuracy predictors of {space!r} are not known; only 'ofa-mbv3'")
    # Every second number: relu has one too.
    layers = linear_layers(path, lambda count: [str(2 * i) for i in range(count)], _FEATURES)
    description = {
        "format_version": 1,
        "space": space,
        "layers": layers.widths,
        "features": _features(Space(space)),
        "base": 0,
        "record": _record(FilePath(path)),
    }
    return AccuracyModel.from_bytes(model_bytes(layers.tensors, description, "accuracy"))


def _features(space: Space) -> List[Dict[str, Any]]:
    """Once-for-all's 128 inputs: kernels and expansions one-hot, dead blocks zero, then eight
    classes of resolution, (r - 112) // 16."""
    genes = space.description["genes"]
    blocks = [gene["name"] for gene in genes if gene["name"].startswith(("ks[", "e["))]
    resolutions = next(gene["choices"] for gene in genes if gene["name"] == "r")
    classes = np.eye(_RESOLUTIONS, dtype=int)[[(r - 112) // 16 for r in resolutions]]
    return [
        {"kind": "one_hot", "genes": blocks},
        {"kind": "lookup", "gene": "r", "values": classes.tolist()},
    ]


def _record(path: FilePath) -> Dict[str, Any]:
    """Where the weights come from; ``help_accuracy_describe`` shows it."""
    return {
        "unit": "share of ImageNet images classified correctly, top 1",
        "provenance": {
            "source": "accuracy predictor of once-for-all (Cai et al., ICLR 2020)",
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        },
    }
