"""Measuring architectures: on this machine, through a function, or on devices elsewhere.

import helpnas

model = helpnas.load("nasbench201")
found = helpnas.measure(model)                     # its ten references, on this machine
here = model.adapt(found.archs, found.latency_ms)
found.to_csv("here.csv")                           # and here.json, what the device is
"""

from .elsewhere import export_models, read_measurements
from .layer_table import LayerTable, measure_layers
from .measure_device import DeviceLostError, measure
from .measurements import Measurements
from .networks import build_model, data_sets
from .returned_network import BuildError
from .runtime_ncnn import Ncnn
from .runtime_torch import Torch
from .runtimes import OnnxRuntime, OpenVino, Runtime

__all__ = [
    "BuildError",
    "DeviceLostError",
    "LayerTable",
    "Measurements",
    "Ncnn",
    "OnnxRuntime",
    "OpenVino",
    "Runtime",
    "Torch",
    "build_model",
    "data_sets",
    "export_models",
    "measure",
    "measure_layers",
    "read_measurements",
]
