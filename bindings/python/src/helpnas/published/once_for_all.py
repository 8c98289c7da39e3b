"""Once-for-all's published accuracy predictor, turned into an accuracy model."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path as FilePath
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from .._c.errors import ArgumentError, FormatError, UnsupportedError
from .._c.handles import Path
from ..accuracy import AccuracyModel
from ..model_file import model_bytes
from ..spaces import Space
from .linear_layers import linear_layers, state_dict

_BLOCK_INPUTS = 120
#: Classes of resolution of the tutorial's network, (r - 112) // 16.
_CLASSES = 8
#: Classes of resolution -> the resolutions that the package's examples have as many of.
_RESOLUTIONS = {
    1: (224,),
    4: (128, 160, 192, 224),
    5: (160, 176, 192, 208, 224),
}
_PACKAGED = re.compile(r"layers\.(\d+)\.0\.weight", re.ASCII)


def import_accuracy_model(
    path: Path, space: str = "ofa-mbv3", resolutions: Optional[Sequence[int]] = None
) -> AccuracyModel:
    """Read one of once-for-all's accuracy predictors; nothing in the file is executed.

    The tutorial's ``acc_predictor.pth``, or a checkpoint of the package's own
    ``AccuracyPredictor``.  Accuracies are in the file's unit: the tutorial's are shares,
    0.76 for 76 %, as once-for-all's own search reads them.

    Args:
        path: the file.
        space: "ofa-mbv3".
        resolutions: of a packaged one, the ``image_size_list`` of its ``MobileNetArchEncoder``,
            which the file does not record; default 224, 128 to 224 in four steps, or 160 to 224
            in five, by their number.  Resolutions between them count as a mixture of both
            neighbours, those beyond as the nearest.

    Raises:
        FormatError: the file is malformed, or not such a predictor.
        ArgumentError: the number of resolutions is not the file's.
        UnsupportedError: another space.
    """
    if space != "ofa-mbv3":
        raise UnsupportedError(f"accuracy predictors of {space!r} are not known; only 'ofa-mbv3'")
    state = state_dict(path)
    opened, base = Space(space), 0.0
    if any(_PACKAGED.fullmatch(str(name)) for name in state):
        state, base = _unpack(state, path)
        count = _input_count(state, path) - _BLOCK_INPUTS
        features = [
            *_resolution_classes(opened, _choose_resolutions(resolutions, count)),
            *_blocks(opened),
        ]
    else:
        count, features = _CLASSES, [*_blocks(opened), _tutorial_classes(opened)]
    # Every second number: relu has one too.
    layers = linear_layers(
        state, path, lambda count: [str(2 * i) for i in range(count)], _BLOCK_INPUTS + count
    )
    description = {
        "format_version": 1,
        "space": space,
        "layers": layers.widths,
        "features": features,
        "base": base,
        "record": _record(FilePath(path)),
    }
    return AccuracyModel.from_bytes(model_bytes(layers.tensors, description, "accuracy"))


def _unpack(state: Mapping[str, Any], path: Path) -> Tuple[Dict[str, Any], float]:
    """A packaged predictor's tensors by the tutorial's names, and what it adds to its output."""
    tensors = dict(state)
    base = np.asarray(tensors.pop("base_acc", 0.0))
    if base.size != 1 or base.dtype.kind != "f":
        raise FormatError(f"{path}: base_acc is not one number")
    hidden = sum(_PACKAGED.fullmatch(str(name)) is not None for name in tensors)
    names = [f"layers.{number}.0" for number in range(hidden)] + [f"layers.{hidden}"]
    renamed = {
        f"{2 * number}.{part}": tensors.pop(f"{name}.{part}")
        for number, name in enumerate(names)
        for part in ("weight", "bias")
        if f"{name}.{part}" in tensors
    }
    # The last layer has none of its own.
    renamed.setdefault(f"{2 * hidden}.bias", np.zeros(1, np.float32))
    return {**renamed, **tensors}, float(base.reshape(()))


def _input_count(state: Mapping[str, Any], path: Path) -> int:
    first = state.get("0.weight")
    if not isinstance(first, np.ndarray) or first.ndim != 2 or first.shape[1] <= _BLOCK_INPUTS:
        raise FormatError(f"{path}: the first layer is not of more than {_BLOCK_INPUTS} inputs")
    return int(first.shape[1])


def _choose_resolutions(resolutions: Optional[Sequence[int]], count: int) -> Sequence[int]:
    chosen = _RESOLUTIONS.get(count, ()) if resolutions is None else resolutions
    if len(chosen) != count or sorted(set(chosen)) != list(chosen):
        raise ArgumentError(
            f"resolutions is {list(chosen)}; the network has {count} of them: "
            "give its encoder's image_size_list, which rises"
        )
    return chosen


def _resolution_classes(space: Space, known: Sequence[int]) -> List[Dict[str, Any]]:
    shares = [
        [float(np.interp(r, known, unit)) for unit in np.eye(len(known))]
        for r in _choices(space, "r")
    ]
    return [{"kind": "lookup", "gene": "r", "values": shares}]


def _tutorial_classes(space: Space) -> Dict[str, Any]:
    classes = np.eye(_CLASSES, dtype=int)[[(r - 112) // 16 for r in _choices(space, "r")]]
    return {"kind": "lookup", "gene": "r", "values": classes.tolist()}


def _choices(space: Space, name: str) -> List[int]:
    return next(gene["choices"] for gene in space.description["genes"] if gene["name"] == name)


def _blocks(space: Space) -> List[Dict[str, Any]]:
    """Kernels, then expansions, one-hot; dead blocks zero."""
    names = [gene["name"] for gene in space.description["genes"]]
    blocks = [name for name in names if name.startswith(("ks[", "e["))]
    return [{"kind": "one_hot", "genes": blocks}]


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
