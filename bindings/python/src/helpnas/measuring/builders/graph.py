"""Writes ONNX graphs of layers with random weights."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from ..optional_packages import onnx

#: Of 2022: every runtime of today reads them.
_OPSET = 17
_IR_VERSION = 8

Array = npt.NDArray[Any]
#: Number of a trip and its states -> its output and the states after it.
LoopBody = Callable[[str, List[str]], Tuple[str, List[str]]]


class Graph:
    """A network as it grows: each method adds a layer and returns its output's name.

    Weights are drawn so that activations keep their size: no layer runs on infinities, nor
    on the denormal numbers that processors are slow at.  The same seed draws the same ones.
    """

    def __init__(self, seed: int = 0) -> None:
        self._onnx = onnx()
        self._random = np.random.default_rng(seed)
        self._nodes: List[Any] = []
        self._weights: List[Any] = []
        self._inputs: List[Any] = []
        self._shared: Dict[Any, str] = {}
        self._named = 0

    def input(self, shape: Sequence[int], name: str = "input", dtype: Any = np.float32) -> str:
        """An input."""
        kind = self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        self._inputs.append(self._onnx.helper.make_tensor_value_info(name, kind, list(shape)))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Any operator with one output."""
        name = self._name(operator.lower())
        self._nodes.append(
            self._onnx.helper.make_node(operator, inputs, [name], name, **attributes)
        )
        return name

    def _name(self, kind: str) -> str:
        self._named += 1
        return f"{kind}_{self._named}"

    def constant(self, values: Array, kind: str = "constant") -> str:
        """Numbers stored in the model."""
        name = self._name(kind)
        self._weights.append(self._onnx.numpy_helper.from_array(values, name))
        return name

    def shared_constant(self, values: Array) -> str:
        """The same, stored once however often it is asked for."""
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._shared:
            self._shared[key] = self.constant(values)
        return self._shared[key]

    def weights(self, *shape: int, reads: int) -> str:
        """Normal weights for sums over ``reads`` numbers."""
        values = self._random.standard_normal(shape, np.float32) * np.float32((2 / reads) ** 0.5)
        return self.constant(values, "weight")

    def bias(self, count: int) -> str:
        """Small normal numbers."""
        return self.constant(self._near(0, count), "bias")

    def scale(self, count: int) -> str:
        """Normal numbers near 1."""
        return self.constant(np.abs(self._near(1, count)), "scale")

    def split(self, x: str, widths: Sequence[int]) -> List[str]:
        """Parts of the last axis."""
        names = [self._name("split") for _ in widths]
        sizes = self.shared_constant(np.array(widths, np.int64))
        self._nodes.append(self._onnx.helper.make_node("Split", [x, sizes], names, axis=-1))
        return names

    def _near(self, mean: float, count: int) -> Array:
        noise = self._random.standard_normal(count, np.float32)
        return np.float32(mean) + np.float32(0.05) * noise

    def conv(
        self,
        x: str,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> str:
        """A convolution of a square kernel, padded so that stride 1 keeps the size."""
        reads = inputs // groups * kernel * kernel
        parts = [x, self.weights(outputs, inputs // groups, kernel, kernel, reads=reads)]
        if bias:
            parts.append(self.bias(outputs))
        return self.node(
            "Conv",
            *parts,
            kernel_shape=[kernel] * 2,
            strides=[stride] * 2,
            pads=[kernel // 2] * 4,
            group=groups,
        )

    def batch_norm(self, x: str, channels: int) -> str:
        """Batch normalization as it runs after training."""
        numbers = [
            self.constant(np.abs(self._near(mean, channels)), kind)
            for kind, mean in (("scale", 1), ("bias", 0), ("mean", 0), ("variance", 1))
        ]
        return self.node("BatchNormalization", x, *numbers, epsilon=1e-5)

    def conv_bn(self, x: str, inputs: int, outputs: int, **options: Any) -> str:
        """A convolution, then batch normalization."""
        return self.batch_norm(self.conv(x, inputs, outputs, **options), outputs)

    def linear(self, x: str, inputs: int, outputs: int) -> str:
        """A layer on rows of ``inputs`` numbers, with a bias."""
        weight = self.weights(outputs, inputs, reads=2 * inputs)
        return self.node("Gemm", x, weight, self.bias(outputs), transB=1)

    def classifier(self, x: str, channels: int, classes: int) -> str:
        """The mean of an image's pixels, then a linear layer."""
        pooled = self.node("Flatten", self.node("GlobalAveragePool", x), axis=1)
        return self.linear(pooled, channels, classes)

    def loop(self, trips: int, states: Sequence[Sequence[int]], body: LoopBody) -> str:
        """A loop whose states grow; its outputs, [trips, ...].

        Args:
            states: shapes of the states at the beginning, empty in the one dimension that
                grows, and given as 0.
            body: called once, with the names of the trip's number and of the states; adds
                the layers of a trip and returns the names of its output and the new states.
        """
        helper, types = self._onnx.helper, self._onnx.TensorProto
        count = self.constant(np.array(trips, np.int64))
        goes_on = self.constant(np.array(True))
        empty = [self.constant(np.zeros(shape, np.float32)) for shape in states]
        number, still = self._name("number"), self._name("still")
        before = [self._name("state") for _ in states]
        outer, self._nodes = self._nodes, []
        output, after = body(number, before)
        still_after = self.node("Identity", still)
        inner, self._nodes = self._nodes, outer
        growing = [[size or None for size in shape] for shape in states]

        def values(names: Sequence[str]) -> List[Any]:
            shaped = zip(names, growing)
            return [helper.make_tensor_value_info(n, types.FLOAT, shape) for n, shape in shaped]

        scalar = [
            helper.make_tensor_value_info(number, types.INT64, []),
            helper.make_tensor_value_info(still, types.BOOL, []),
        ]
        ends = helper.make_tensor_value_info(still_after, types.BOOL, [])
        made = helper.make_tensor_value_info(output, types.FLOAT, None)
        graph = helper.make_graph(
            inner, "trip", [*scalar, *values(before)], [ends, *values(after), made]
        )
        names = [self._name("state") for _ in states] + [self._name("loop")]
        self._nodes.append(helper.make_node("Loop", [count, goes_on, *empty], names, body=graph))
        return names[-1]

    def model(self, output: str, shape: Sequence[int]) -> bytes:
        """The finished model, with one output."""
        return self.model_of([(output, shape)])

    def model_of(self, outputs: Sequence[Tuple[str, Sequence[int]]]) -> bytes:
        """The finished model.

        Args:
            outputs: names and shapes.

        Raises:
            onnx.checker.ValidationError: never, unless a builder is wrong.
        """
        helper, kind = self._onnx.helper, self._onnx.TensorProto.FLOAT
        values = [helper.make_tensor_value_info(name, kind, list(shape)) for name, shape in outputs]
        graph = helper.make_graph(self._nodes, "network", self._inputs, values, self._weights)
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        self._onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
