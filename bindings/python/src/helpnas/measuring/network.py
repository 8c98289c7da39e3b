"""A network to be measured: an ONNX model or a torch module, and what it is run on."""

from __future__ import annotations

import hashlib
import inspect
import io
import warnings
from dataclasses import dataclass
from typing import Any, Callable, List, Optional, Protocol, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from .optional_packages import onnx, optional
from .runtime_torch import Torch
from .runtimes import Inference, Inputs, Runtime

#: Of the ONNX models that torch modules become; every runtime of today reads it.
_OPSET = 17

Array = npt.NDArray[Any]


class Network(Protocol):
    """What a visit runs."""

    @property
    def size(self) -> int:
        """Bytes of it, roughly."""

    def prepare(self, runtime: Runtime, threads: int) -> Inference:
        """A function that runs it once."""

    def onnx(self) -> bytes:
        """It as an ONNX model."""


@dataclass(frozen=True)
class OnnxNetwork:
    """An ONNX model.

    Attributes:
        model: its bytes; all inputs have fixed shapes.
        inputs: what it is run on, by name; None: normal numbers for its float32 inputs.
    """

    model: bytes
    inputs: Optional[Inputs] = None

    @property
    def size(self) -> int:
        """See ``Network``."""
        return len(self.model)

    def prepare(self, runtime: Runtime, threads: int) -> Inference:
        """See ``Network``."""
        if self.inputs is None:
            return runtime.prepare(self.model, threads)
        return runtime.prepare(self.model, threads, self.inputs)

    def onnx(self) -> bytes:
        """See ``Network``."""
        return self.model

    def structure(self) -> str:
        """Equal for models that differ in nothing but the values of weights."""
        graph = onnx().load_from_string(self.model).graph
        return hashlib.sha256(repr(_graph_parts(graph)).encode()).hexdigest()

    def parameters(self) -> int:
        """Numbers among its weights, but for the statistics of normalizations."""
        graph = onnx().load_from_string(self.model).graph
        statistics = {
            name
            for node in graph.node
            if node.op_type == "BatchNormalization"
            for name in node.input[3:]
        }
        return sum(
            int(np.prod(item.dims, dtype=np.int64))
            for item in graph.initializer
            if item.dims and _is_float(item) and item.name not in statistics
        )


class ModelList:
    """Networks, each a function that writes its ONNX model."""

    def __init__(self, models: Sequence[Callable[[], bytes]]) -> None:
        self._models = models

    def __call__(self, index: int) -> OnnxNetwork:
        """That with this number."""
        return OnnxNetwork(self._models[index]())

    def warnings(self) -> List[str]:
        """None: they are the library's own."""
        return []


def _graph_parts(graph: Any) -> List[Any]:
    """Everything about a graph but its weights' values and its nodes' names."""
    values = [*graph.input, *graph.output]
    return [
        *(value.SerializeToString(deterministic=True) for value in values),
        *((item.name, _tensor_parts(item)) for item in graph.initializer),
        *(_node_parts(node) for node in graph.node),
    ]


def _node_parts(node: Any) -> Tuple[Any, ...]:
    attributes = [(each.name, _attribute_parts(each)) for each in node.attribute]
    return node.op_type, node.domain, list(node.input), list(node.output), sorted(attributes)


def _attribute_parts(attribute: Any) -> str:
    if attribute.HasField("t"):
        return repr(_tensor_parts(attribute.t))
    if attribute.HasField("g"):
        return repr(_graph_parts(attribute.g))
    return repr(attribute.SerializeToString(deterministic=True))


def _tensor_parts(tensor: Any) -> Tuple[Any, ...]:
    shape = tensor.data_type, list(tensor.dims)
    return shape if _is_float(tensor) else (*shape, onnx().numpy_helper.to_array(tensor).tobytes())


def _is_float(tensor: Any) -> bool:
    types = onnx().TensorProto
    return tensor.data_type in (types.FLOAT, types.FLOAT16, types.BFLOAT16, types.DOUBLE)


class TorchNetwork:
    """A ``torch.nn.Module``: runtime "pytorch" runs it as it is, others run it as ONNX.

    Args:
        module: it is set to evaluate.
        inputs: what it is run on.
        to_network: an ONNX model and the arrays it is run on -> the network.

    Raises:
        ImportError: torch is not installed.
    """

    def __init__(
        self,
        module: Any,
        inputs: Tuple[Any, ...],
        to_network: Callable[[bytes, List[Any]], OnnxNetwork],
    ) -> None:
        self._torch = optional("torch", "torch")
        self._module, self._inputs, self._to_network = module.eval(), inputs, to_network

    @property
    def size(self) -> int:
        """See ``Network``."""
        return sum(each.numel() * each.element_size() for each in self._module.parameters())

    def prepare(self, runtime: Runtime, threads: int) -> Inference:
        """See ``Network``."""
        if isinstance(runtime, Torch):
            return runtime.prepare_module(self._module, self._inputs, threads)
        return self._exported().prepare(runtime, threads)

    def onnx(self) -> bytes:
        """See ``Network``."""
        return self._exported().model

    def _exported(self) -> OnnxNetwork:
        export, file = self._torch.onnx.export, io.BytesIO()
        # The newer way needs one more package, and writes operators that older runtimes lack.
        older = {"dynamo": False} if "dynamo" in inspect.signature(export).parameters else {}
        with warnings.catch_warnings(), self._torch.no_grad():
            warnings.simplefilter("ignore")
            export(self._module, self._inputs, file, opset_version=_OPSET, **older)
        return self._to_network(file.getvalue(), [_array(each) for each in self._inputs])

    def structure(self) -> str:
        """Equal for modules that differ in nothing but the values of weights."""
        parts = [
            (name, type(each).__name__, each.extra_repr(), _settings(each))
            for name, each in self._module.named_modules()
        ]
        shapes = [list(each.shape) for each in (*self._module.parameters(), *self._inputs)]
        return repr((parts, shapes))

    def parameters(self) -> int:
        """Numbers among its parameters."""
        return sum(each.numel() for each in self._module.parameters())


def _settings(module: Any) -> List[Tuple[str, str]]:
    """The plain numbers and texts that a module keeps."""
    plain = (int, float, str, tuple)
    return sorted((name, repr(v)) for name, v in vars(module).items() if isinstance(v, plain))


def _array(tensor: Any) -> Any:
    return tensor.detach().cpu().numpy()


#: A network that a function of the user's built.
OwnNetwork = Union[OnnxNetwork, TorchNetwork]
