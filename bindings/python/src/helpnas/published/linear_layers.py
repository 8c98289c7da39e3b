"""The layers of a published multilayer perceptron."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping

import numpy as np
import numpy.typing as npt

from .._c.errors import FormatError
from .._c.handles import Path
from .restricted_pickle import read_torch_file

#: How PyTorch's DataParallel begins names.
_PARALLEL = "module."


@dataclass(frozen=True)
class LinearLayers:
    """Layers as the library's files hold them.

    Attributes:
        widths: outputs of each layer.
        tensors: "layers.0.weight" float32 [outputs, inputs], "layers.0.bias" [outputs], ...
    """

    widths: List[int]
    tensors: Dict[str, npt.NDArray[np.float32]]


def state_dict(path: Path) -> Dict[str, Any]:
    """The named tensors of a checkpoint; nothing in the file is executed.

    They may stand under "state_dict", and their names begin with "module.", as those of
    ``DataParallel``.

    Raises:
        FormatError: the file is malformed, or has no names of tensors.
    """
    state = read_torch_file(path)
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict):
        raise FormatError(f"{path}: not a network: no names of tensors")
    if state and all(str(name).startswith(_PARALLEL) for name in state):
        state = {str(name)[len(_PARALLEL) :]: tensor for name, tensor in state.items()}
    return state


def linear_layers(
    state: Mapping[str, Any], path: Path, names: Callable[[int], List[str]], inputs: int
) -> LinearLayers:
    """The layers of a state dict of ``Linear`` layers and nothing else.

    Args:
        state: names and tensors.
        path: the file, for errors.
        names: the layers' names in order, given how many there are.
        inputs: of the first layer.

    Raises:
        FormatError: it holds other tensors or shapes.
    """
    wanted = names(len(state) // 2)
    pairs = [f"{name}.{part}" for name in wanted for part in ("weight", "bias")]
    if sorted(map(str, state)) != sorted(pairs) or not pairs:
        found = ", ".join(sorted(map(str, state)))[:200]
        raise FormatError(f"{path}: not such a network: its tensors are {found or 'none'}")
    layers = LinearLayers([], {})
    for number, name in enumerate(wanted):
        weight = _tensor(state[f"{name}.weight"], f"{name}.weight", path)
        bias = _tensor(state[f"{name}.bias"], f"{name}.bias", path)
        if bias.ndim != 1 or weight.shape != (len(bias), inputs):
            shapes = f"{list(weight.shape)} and {list(bias.shape)} for {inputs} inputs"
            raise FormatError(f"{path}: layer {name} has shapes {shapes}")
        inputs = len(bias)
        layers.widths.append(inputs)
        layers.tensors[f"layers.{number}.weight"] = weight
        layers.tensors[f"layers.{number}.bias"] = bias
    return layers


def _tensor(values: Any, name: str, path: Path) -> npt.NDArray[np.float32]:
    if not isinstance(values, np.ndarray) or values.dtype != np.float32:
        raise FormatError(f"{path}: {name} is not a float tensor")
    return values
