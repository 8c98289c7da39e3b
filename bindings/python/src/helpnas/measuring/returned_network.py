"""What a function of the user's returned for an architecture, as a network to be measured."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from .._c.errors import MeasurementError
from .network import Array, OnnxNetwork, OwnNetwork, TorchNetwork
from .optional_packages import onnx

_WANTED = (
    "an onnx.ModelProto, bytes of one, a path to one, (one of these, {input name: array}), "
    "or (torch.nn.Module, tensors)"
)


class BuildError(MeasurementError):
    """The function ``build`` raised, or what it returned is no network that can be measured."""


def network_of(built: Any) -> OwnNetwork:
    """What ``build`` returned as a network.

    Args:
        built: an ``onnx.ModelProto``, bytes of one, or a path to one; a tuple of one of these
            and {name of an input: array}; or a tuple of a ``torch.nn.Module`` and its input, a
            tensor, or a tuple of them.

    Raises:
        BuildError: it is something else, or its inputs are not known; the message says what it
            is, to follow "returned".
    """
    found, inputs = built if isinstance(built, tuple) and len(built) == 2 else (built, None)
    if _is_module(found):
        return TorchNetwork(found, _tensors(inputs), _from_torch)
    return _network(_model(found), inputs)


def _is_module(value: Any) -> bool:
    """Whether it is a torch module; torch need not be installed to tell."""
    names = {(kind.__module__, kind.__qualname__) for kind in type(value).__mro__}
    return ("torch.nn.modules.module", "Module") in names


def _tensors(inputs: Any) -> Tuple[Any, ...]:
    if inputs is None:
        raise BuildError("a torch module alone: return (module, tensors), what it is run on")
    tensors = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    for tensor in tensors:
        if not hasattr(tensor, "element_size"):
            raise BuildError(f"a torch module with the input {_short(tensor)}, not a tensor")
    return tensors


def _from_torch(model: bytes, arrays: List[Array]) -> OnnxNetwork:
    """The exported model; a tensor that it does not read is no input of it."""
    read = onnx().load_from_string(model)
    names = [value.name for value in read.graph.input]
    return _network(read, dict(zip(names, arrays)))


def _model(found: Any) -> Any:
    """An ``onnx.ModelProto``."""
    package = onnx()
    if isinstance(found, package.ModelProto):
        return found
    try:
        if isinstance(found, (bytes, bytearray)):
            return package.load_from_string(bytes(found))
        if isinstance(found, (str, os.PathLike)):
            return package.load(os.fspath(found))
    except Exception as error:
        raise BuildError(f"{_short(found)}, which is no ONNX model: {error}") from error
    raise BuildError(f"{_short(found)}, not {_WANTED}")


def _short(value: Any) -> str:
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _network(model: Any, inputs: Any) -> OnnxNetwork:
    if not model.graph.node:
        raise BuildError("an ONNX model without nodes")
    weights = {item.name for item in model.graph.initializer}
    wanted = [value for value in model.graph.input if value.name not in weights]
    arrays = _usual(wanted) if inputs is None else _given(wanted, inputs)
    fixed = type(model)()
    fixed.CopyFrom(model)
    for value in fixed.graph.input:
        if value.name in arrays:
            _fix(value, arrays[value.name].shape)
    try:
        data = fixed.SerializeToString()
    except ValueError as error:
        raise BuildError(f"a model that cannot be written: {error}") from error
    is_plain = inputs is None and all(each.dtype == np.float32 for each in arrays.values())
    return OnnxNetwork(data, None if is_plain else arrays)


def _fix(value: Any, shape: Sequence[int]) -> None:
    dims = value.type.tensor_type.shape
    dims.ClearField("dim")
    for size in shape:
        dims.dim.add().dim_value = size


def _usual(wanted: Sequence[Any]) -> Dict[str, Array]:
    """Normal numbers for inputs that are floats, ones for others.

    Raises:
        BuildError: the shape of one is not known.
    """
    return {value.name: _usual_array(value.name, value.type.tensor_type) for value in wanted}


def _usual_array(name: str, tensor: Any) -> Array:
    sizes: List[int] = [each.dim_value for each in tensor.shape.dim]
    if not tensor.HasField("shape") or not all(sizes):
        raise BuildError(
            f"a model whose input {name!r} has no fixed shape ({_shape(tensor)}): fix it, or "
            "return (model, {input name: array})"
        )
    kind = np.dtype(onnx().helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    if kind.kind != "f":
        return np.ones(sizes, kind)
    return np.random.default_rng(0).standard_normal(sizes, np.float32).astype(kind)


def _given(wanted: Sequence[Any], inputs: Any) -> Dict[str, Array]:
    """Arrays by name, one for each input of the model.

    Raises:
        BuildError: one is missing or unknown, or of another type or shape than the model's.
    """
    names = [value.name for value in wanted]
    if not isinstance(inputs, Mapping) or set(inputs) != set(names):
        keys = sorted(map(str, inputs)) if isinstance(inputs, Mapping) else _short(inputs)
        raise BuildError(f"inputs {keys}, where the model has {sorted(names)}")
    return {value.name: _given_array(value, inputs[value.name]) for value in wanted}


def _given_array(value: Any, given: Any) -> Array:
    array, tensor = np.ascontiguousarray(given), value.type.tensor_type
    kind = np.dtype(onnx().helper.tensor_dtype_to_np_dtype(tensor.elem_type))
    if array.dtype != kind:
        raise BuildError(f"input {value.name!r} as {array.dtype}, where the model has {kind}")
    dims = [each.dim_value or -1 for each in tensor.shape.dim]
    known = [size for size, dim in zip(array.shape, dims) if dim in (-1, size)]
    if tensor.HasField("shape") and not len(known) == len(dims) == array.ndim:
        shape = ", ".join(map(str, array.shape))
        raise BuildError(
            f"input {value.name!r} of shape ({shape}), where the model has ({_shape(tensor)})"
        )
    return array


def _shape(tensor: Any) -> str:
    """Sizes as a model has them: numbers, names, or nothing."""
    if not tensor.HasField("shape"):
        return "not known"
    return ", ".join(str(each.dim_value or each.dim_param or "?") for each in tensor.shape.dim)
