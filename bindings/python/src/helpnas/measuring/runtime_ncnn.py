"""ncnn as a runtime: the spaces' convolutional networks in its own format."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Set

import numpy as np
import numpy.typing as npt

from .optional_packages import onnx, optional

Array = npt.NDArray[Any]
#: First number of a text of layers.
_MAGIC = 7767517
#: Says that 32-bit floats follow.
_FLOAT32 = b"\0\0\0\0"


class Ncnn:
    """ncnn on the processor; batch 1 alone.

    Args:
        mixed: allow numbers of 16 bits, ncnn's own default; False computes in 32 bits.

    Raises:
        ImportError: ncnn is not installed.
    """

    name = "ncnn"

    def __init__(self, mixed: bool = True) -> None:
        self._ncnn = optional("ncnn", "ncnn")
        self._mixed = mixed
        self.identity: Dict[str, Any] = {
            "name": self.name,
            "version": str(self._ncnn.__version__),
            "precision": "mixed" if mixed else "float32",
        }

    def prepare(
        self, model: bytes, threads: int, inputs: Optional[Mapping[str, Any]] = None
    ) -> Callable[[], object]:
        """See ``Runtime``.

        Raises:
            NotImplementedError: an operator that the convolutional spaces do not have, a batch
                of more than 1, or inputs of one's own.
        """
        if inputs is not None:
            raise NotImplementedError(f"inputs of one's own: {', '.join(inputs)}")
        network = NcnnNetwork(model, self._ncnn, threads, self._mixed)
        image = np.random.default_rng(0).standard_normal(network.shape, np.float32)
        return lambda: network.run(image)


class NcnnNetwork:
    """An ONNX model that ncnn runs."""

    def __init__(self, model: bytes, ncnn: Any, threads: int, mixed: bool) -> None:
        self._ncnn = ncnn
        converted = _Converter(model)
        self.shape = converted.shape
        self._net = ncnn.Net()
        options = self._net.opt
        options.num_threads = threads
        if not mixed:
            options.use_fp16_packed = options.use_fp16_storage = False
            options.use_fp16_arithmetic = options.use_bf16_storage = False
        with tempfile.TemporaryDirectory(prefix="helpnas-ncnn-") as folder:
            text, weights = Path(folder) / "net.param", Path(folder) / "net.bin"
            text.write_text(converted.text(), encoding="ascii")
            weights.write_bytes(b"".join(converted.weights))
            if self._net.load_param(str(text)) or self._net.load_model(str(weights)):
                raise RuntimeError("ncnn could not load the network")

    def run(self, image: Array) -> Array:
        """The output for an image [channels, rows, columns]."""
        extractor = self._net.create_extractor()
        # A copy: a first layer that works in place ends the process on memory that is not ncnn's.
        extractor.input("input", self._ncnn.Mat(image).clone())
        status, output = extractor.extract("output")
        if status:
            raise RuntimeError(f"ncnn ended with status {status}")
        return np.array(output)


class _Converter:
    """Layers of ncnn, one for each node; copies where several nodes read one blob."""

    def __init__(self, model: bytes) -> None:
        package = onnx()
        graph = package.load_from_string(model).graph
        self._arrays = {
            item.name: package.numpy_helper.to_array(item) for item in graph.initializer
        }
        shape = [size.dim_value for size in graph.input[0].type.tensor_type.shape.dim]
        if len(shape) != 4 or shape[0] != 1:
            raise NotImplementedError(f"an input of shape {shape}: ncnn takes one image")
        self.shape = shape[1:]
        self.weights: List[bytes] = []
        self._lines: List[str] = []
        self._blobs = 0
        self._readers = Counter(name for node in graph.node for name in node.input)
        self._copies: Dict[str, List[str]] = {}
        self._same: Dict[str, str] = {}
        # Blobs of one pixel: ncnn holds them as vectors, and its linear layers read them.
        self._flat: Set[str] = set()
        self._layer("Input", [], "input", {0: shape[3], 1: shape[2], 2: shape[1]})
        attribute = package.helper.get_attribute_value
        for node in graph.node:
            options = {item.name: attribute(item) for item in node.attribute}
            self._node(node.op_type, list(node.input), node.output[0], options)
        self._layer("Noop", [graph.output[0].name], "output", {})

    def text(self) -> str:
        """What ncnn's ``.param`` files hold."""
        return "\n".join([str(_MAGIC), f"{len(self._lines)} {self._blobs}", *self._lines, ""])

    def _layer(self, kind: str, inputs: List[str], output: str, options: Dict[int, Any]) -> None:
        if kind == "Pooling" and 4 in options or len(inputs) == 1 and inputs[0] in self._flat:
            self._flat.add(output)
        self._line(kind, [self._read(name) for name in inputs], [output], options)
        count = self._readers[output]
        if count > 1:
            copies = [f"{output}_{place}" for place in range(count)]
            self._copies[output] = copies[::-1]
            self._line("Split", [output], copies, {})

    def _line(
        self, kind: str, inputs: List[str], outputs: List[str], options: Dict[int, Any]
    ) -> None:
        settings = [f"{key}={value}" for key, value in options.items()]
        counts = [str(len(inputs)), str(len(outputs))]
        words = [kind, f"layer{len(self._lines)}", *counts, *inputs, *outputs, *settings]
        self._lines.append(" ".join(words))
        self._blobs += len(outputs)

    def _read(self, name: str) -> str:
        name = self._same.get(name, name)
        return self._copies[name].pop() if name in self._copies else name

    def _node(self, kind: str, inputs: List[str], output: str, options: Dict[str, Any]) -> None:
        if kind in ("Reshape", "Flatten"):  # of a shuffle, or of what is flat here already
            self._same[output] = self._same.get(inputs[0], inputs[0])
            return
        x, numbers = inputs[:1], [self._arrays[name] for name in inputs[1:] if name in self._arrays]
        makers: Dict[str, Callable[[], None]] = {
            "Conv": lambda: self._convolution(x, output, options, numbers),
            "BatchNormalization": lambda: self._normalization(x, output, options, numbers),
            "Gemm": lambda: self._linear(x, output, numbers),
            "Relu": lambda: self._layer("ReLU", x, output, {}),
            "HardSwish": lambda: self._layer("HardSwish", x, output, {0: 1 / 6, 1: 0.5}),
            "HardSigmoid": lambda: self._layer("HardSigmoid", x, output, {0: 1 / 6, 1: 0.5}),
            "Transpose": lambda: self._layer("ShuffleChannel", x, output, {0: 2}),
            "Add": lambda: self._layer("BinaryOp", inputs, output, {0: 0}),
            "Mul": lambda: self._product(inputs, output, numbers),
            "AveragePool": lambda: self._pool(x, output, options),
            "GlobalAveragePool": lambda: self._layer("Pooling", x, output, {0: 1, 4: 1}),
        }
        if kind not in makers:
            raise NotImplementedError(f"operator {kind}")
        makers[kind]()

    def _product(self, inputs: List[str], output: str, numbers: List[Array]) -> None:
        if numbers:
            scalar = {0: 2, 1: 1, 2: float(numbers[0])}
            self._layer("BinaryOp", inputs[:1], output, scalar)
        else:
            self._layer("BinaryOp", inputs, output, {0: 2})

    def _pool(self, x: List[str], output: str, options: Dict[str, Any]) -> None:
        settings = {0: 1, 1: options["kernel_shape"][0], 2: options["strides"][0]}
        padding = options.get("pads", [0])[0]
        self._layer("Pooling", x, output, {**settings, 3: padding, 5: 1, 6: 0})

    def _convolution(
        self, x: List[str], output: str, options: Dict[str, Any], numbers: List[Array]
    ) -> None:
        if x[0] in self._flat:
            self._linear(x, output, numbers)
            return
        weight, groups = numbers[0], options["group"]
        settings = {
            0: weight.shape[0],
            1: options["kernel_shape"][0],
            3: options["strides"][0],
            4: options["pads"][0],
            5: len(numbers) - 1,
            6: weight.size,
        }
        if groups > 1:
            settings[7] = groups
        kind = "Convolution" if groups == 1 else "ConvolutionDepthWise"
        self._layer(kind, x, output, settings)
        self.weights += [_FLOAT32, *(number.tobytes() for number in numbers)]

    def _linear(self, x: List[str], output: str, numbers: List[Array]) -> None:
        weight = numbers[0]
        self._layer(
            "InnerProduct", x, output, {0: len(weight), 1: len(numbers) - 1, 2: weight.size}
        )
        self.weights += [_FLOAT32, *(number.tobytes() for number in numbers)]

    def _normalization(
        self, x: List[str], output: str, options: Dict[str, Any], numbers: List[Array]
    ) -> None:
        scale, bias, mean, variance = numbers
        self._layer("BatchNorm", x, output, {0: scale.size, 1: options["epsilon"]})
        self.weights += [part.tobytes() for part in (scale, mean, variance, bias)]
