"""PyTorch, operation by operation, as a runtime."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np

from .optional_packages import onnx, optional

#: Inputs -> output of one operation.
Operation = Callable[..., Any]


class Torch:
    """PyTorch in eager mode: each layer is a call, and nothing is merged.

    Threads are a setting of the whole process: the model prepared last sets them.

    Raises:
        ImportError: torch is not installed.
    """

    name = "pytorch"

    def __init__(self) -> None:
        self._torch = optional("torch", "torch")
        version = str(self._torch.__version__).partition("+")[0]
        self.identity: Dict[str, Any] = {
            "name": self.name,
            "version": version,
            "mode": "eager",
            "precision": "float32",
        }

    def prepare(
        self, model: bytes, threads: int, inputs: Optional[Mapping[str, Any]] = None
    ) -> Callable[[], object]:
        """See ``Runtime``; takes one input.

        Raises:
            NotImplementedError: the model has an operator that the built-in spaces do not.
        """
        self._torch.set_num_threads(threads)
        network = EagerNetwork(model, self._torch)
        image = network.image() if inputs is None else self._torch.tensor(_only(inputs))
        return lambda: network.run(image)

    def prepare_module(
        self, module: Any, inputs: Tuple[Any, ...], threads: int
    ) -> Callable[[], object]:
        """A function that runs a module as it is."""
        self._torch.set_num_threads(threads)

        def run() -> Any:
            with self._torch.inference_mode():
                return module(*inputs)

        return run


def _only(inputs: Mapping[str, Any]) -> Any:
    """The one array.

    Raises:
        NotImplementedError: there are more.
    """
    if len(inputs) != 1:
        raise NotImplementedError(f"{len(inputs)} inputs: {', '.join(inputs)}")
    return next(iter(inputs.values()))


class EagerNetwork:
    """An ONNX model as a list of PyTorch calls."""

    def __init__(self, model: bytes, torch: Any) -> None:
        self._torch = torch
        package = onnx()
        graph = package.load_from_string(model).graph
        self._weights = {
            item.name: torch.from_numpy(package.numpy_helper.to_array(item).copy())
            for item in graph.initializer
        }
        attribute = package.helper.get_attribute_value
        operations = [
            _operation(node.op_type, {a.name: attribute(a) for a in node.attribute}, torch)
            for node in graph.node
        ]
        nodes = [(list(node.input), str(node.output[0])) for node in graph.node]
        self._output = str(graph.output[0].name)
        self._input = graph.input[0]
        self._steps = list(zip(operations, nodes, self._last_uses(nodes)))

    def _last_uses(self, nodes: List[Tuple[List[str], str]]) -> List[List[str]]:
        """The activations that no later node reads, by node."""
        ends: List[List[str]] = [[] for _ in nodes]
        seen = {self._output, *self._weights}
        for place in reversed(range(len(nodes))):
            ends[place] = [name for name in dict.fromkeys(nodes[place][0]) if name not in seen]
            seen.update(ends[place])
        return ends

    def image(self) -> Any:
        """Random numbers for the input."""
        shape = [size.dim_value for size in self._input.type.tensor_type.shape.dim]
        return self._torch.from_numpy(np.random.default_rng(0).standard_normal(shape, np.float32))

    def run(self, image: Any) -> Any:
        """The output for an input."""
        values = dict(self._weights)
        values[self._input.name] = image
        with self._torch.inference_mode():
            for operation, (inputs, output), ends in self._steps:
                values[output] = operation(*[values[name] for name in inputs])
                for name in ends:
                    del values[name]
        return values[self._output]


def _operation(kind: str, options: Dict[str, Any], torch: Any) -> Operation:
    functional = torch.nn.functional
    makers: Dict[str, Callable[[], Operation]] = {
        "Conv": lambda: _convolution(options, functional),
        "BatchNormalization": lambda: _normalization(options, functional),
        "AveragePool": lambda: _pool(options, functional),
        "GlobalAveragePool": lambda: lambda x: functional.adaptive_avg_pool2d(x, 1),
        "Gemm": lambda: functional.linear,
        "Flatten": lambda: lambda x: x.flatten(1),
        "Reshape": lambda: lambda x, shape: x.reshape(shape.tolist()),
        "Transpose": lambda: lambda x: x.permute(options["perm"]),
        "Relu": lambda: torch.relu,
        "HardSwish": lambda: functional.hardswish,
        "HardSigmoid": lambda: functional.hardsigmoid,
        "Add": lambda: torch.add,
        "Mul": lambda: torch.mul,
    }
    if kind not in makers:
        raise NotImplementedError(f"operator {kind}")
    return makers[kind]()


def _convolution(options: Dict[str, Any], functional: Any) -> Operation:
    stride, padding, groups = options["strides"], options["pads"][:2], options["group"]

    def run(x: Any, weight: Any, bias: Any = None) -> Any:
        return functional.conv2d(x, weight, bias, stride, padding, 1, groups)

    return run


def _normalization(options: Dict[str, Any], functional: Any) -> Operation:
    def run(x: Any, scale: Any, bias: Any, mean: Any, variance: Any) -> Any:
        return functional.batch_norm(x, mean, variance, scale, bias, eps=options["epsilon"])

    return run


def _pool(options: Dict[str, Any], functional: Any) -> Operation:
    kernel, stride = options["kernel_shape"], options["strides"]
    padding = options.get("pads", [0, 0])[:2]

    def run(x: Any) -> Any:
        return functional.avg_pool2d(x, kernel, stride, padding, count_include_pad=False)

    return run
