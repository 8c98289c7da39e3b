"""What runs a model: each runtime, in each of its settings, is a device of its own."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Protocol, Union

import numpy as np

from .._c.errors import ArgumentError
from .optional_packages import optional
from .runtime_ncnn import Ncnn
from .runtime_torch import Torch

#: One inference.
Inference = Callable[[], object]
#: Arrays by the inputs' names.
Inputs = Mapping[str, Any]


class Runtime(Protocol):
    """Runs ONNX models.

    Attributes:
        name: "onnxruntime", ...
        identity: version and settings: all that distinguishes two devices.
    """

    name: str
    identity: Dict[str, Any]

    def prepare(self, model: bytes, threads: int, inputs: Optional[Inputs] = None) -> Inference:
        """A function that runs the model once; the first calls may be slower.

        Args:
            model: all inputs have fixed shapes.
            threads: to run it with.
            inputs: what to run it on; left out where random float32 numbers will do, so that a
                runtime of your own needs this parameter for other networks alone.
        """
        ...


class OnnxRuntime:
    """ONNX Runtime on the processor.

    Args:
        optimised: with all graph optimisations, or none.
        int8: quantised to 8 bits first: static, QDQ, a scale a tensor, one calibration image.

    Raises:
        ImportError: onnxruntime is not installed.
    """

    name = "onnxruntime"

    def __init__(self, optimised: bool = True, int8: bool = False) -> None:
        self._runtime = optional("onnxruntime", "helpnas[measure]")
        self._optimised = optimised
        self._quantiser = _Quantiser() if int8 else None
        self.identity: Dict[str, Any] = {
            "name": self.name,
            "version": str(self._runtime.__version__),
            "graph_optimisations": "all" if optimised else "none",
            "precision": "int8" if int8 else "float32",
        }

    def prepare(self, model: bytes, threads: int, inputs: Optional[Inputs] = None) -> Inference:
        """See ``Runtime``."""
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        levels = self._runtime.GraphOptimizationLevel
        level = levels.ORT_ENABLE_ALL if self._optimised else levels.ORT_DISABLE_ALL
        options.graph_optimization_level = level
        if self._quantiser is not None:
            model = self._quantiser.quantise(model, inputs)
        session = self._runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        feed = inputs or {given.name: _image(given.shape) for given in session.get_inputs()}
        return lambda: session.run(None, feed)


class _Quantiser:
    """Quantises models, each once: results are kept on disk while it lives."""

    def __init__(self) -> None:
        self._quantization = optional("onnxruntime.quantization", "helpnas[measure]")
        self._shapes = optional("onnxruntime.quantization.shape_inference", "helpnas[measure]")
        self._folder = tempfile.TemporaryDirectory(prefix="helpnas-int8-")

    def quantise(self, model: bytes, inputs: Optional[Inputs] = None) -> bytes:
        """The model in 8 bits."""
        done = Path(self._folder.name) / (hashlib.sha256(model).hexdigest() + ".onnx")
        if not done.exists():
            self._quantise(model, done, inputs)
        return done.read_bytes()

    def _quantise(self, model: bytes, target: Path, inputs: Optional[Inputs]) -> None:
        given = target.with_suffix(".given")
        merged = target.with_suffix(".merged")
        given.write_bytes(model)
        # Merges batch normalizations into the convolutions, as every deployment does.
        self._shapes.quant_pre_process(
            os.fspath(given), os.fspath(merged), skip_symbolic_shape=True
        )
        feed = _OneImage(_images(merged) if inputs is None else dict(inputs))
        self._quantization.quantize_static(os.fspath(merged), os.fspath(target), feed)
        given.unlink()
        merged.unlink()


class _OneImage:
    """What a quantiser calibrates with."""

    def __init__(self, feed: Dict[str, Any]) -> None:
        self._feed: Optional[Dict[str, Any]] = feed

    def get_next(self) -> Optional[Dict[str, Any]]:
        """The image, once."""
        feed, self._feed = self._feed, None
        return feed


def _images(model: Path) -> Dict[str, Any]:
    """Random numbers for all inputs of a model."""
    inputs = optional("onnx", "helpnas[measure]").load(os.fspath(model)).graph.input
    return {given.name: _image(_dimensions(given)) for given in inputs}


def _dimensions(value: Any) -> List[int]:
    return [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]


class OpenVino:
    """OpenVINO on the processor, set for latency.

    Raises:
        ImportError: openvino is not installed.
    """

    name = "openvino"

    def __init__(self) -> None:
        self._openvino = optional("openvino", "openvino")
        self._core = self._openvino.Core()
        self.identity: Dict[str, Any] = {
            "name": self.name,
            # What follows the first hyphen is a commit and a branch.
            "version": str(self._openvino.__version__).partition("-")[0],
            "precision": "float32",
        }

    def prepare(self, model: bytes, threads: int, inputs: Optional[Inputs] = None) -> Inference:
        """See ``Runtime``."""
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "f32",
        }
        compiled = self._core.compile_model(self._core.read_model(model), "CPU", settings)
        request = compiled.create_infer_request()
        for number, given in enumerate(compiled.inputs):
            image = inputs[given.any_name] if inputs else _image(given.shape)
            request.set_input_tensor(number, self._openvino.Tensor(image))
        return lambda: request.infer()


def _image(shape: Any) -> Any:
    """Random numbers, the same each time."""
    return np.random.default_rng(0).standard_normal([int(size) for size in shape], np.float32)


_RUNTIMES: Dict[str, Callable[[], Runtime]] = {
    OnnxRuntime.name: OnnxRuntime,
    OpenVino.name: OpenVino,
    Torch.name: Torch,
    Ncnn.name: Ncnn,
}


def find_runtime(runtime: Union[str, Runtime]) -> Runtime:
    """A runtime by its name, in its usual setting; a runtime as it is.

    Raises:
        ArgumentError: an unknown name.
        ImportError: it is not installed; the message has the command.
    """
    if not isinstance(runtime, str):
        return runtime
    if runtime not in _RUNTIMES:
        names = ", ".join(map(repr, _RUNTIMES))
        raise ArgumentError(f"runtime is {runtime!r}, not one of {names}, nor a Runtime")
    return _RUNTIMES[runtime]()
