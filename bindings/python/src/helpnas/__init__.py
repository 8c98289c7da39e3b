"""Latency of neural architectures on a new device, learnt from about ten measurements.

import helpnas

model = helpnas.load("nasbench201")
ms = [measure(arch) for arch in model.references]  # ten, on the new device
phone = model.adapt(model.references, ms)
phone.predict(archs)                               # milliseconds, float64 [n]

def score(archs): ...                              # your accuracies, higher is better

found = phone.search(max_latency_ms=11.0, accuracy=score)
print(found.archs[0], found.accuracy[0], found.latency_ms[0])
phone.save("phone.safetensors")                    # helpnas.load_predictor reads it
"""

from ._errors import (
    AbiError,
    ArchitectureError,
    ArgumentError,
    CallbackError,
    CancelledError,
    DivergedError,
    FormatError,
    HandleError,
    HelpError,
    HelpIOError,
    HelpMemoryError,
    InfeasibleError,
    InternalError,
    LibraryError,
    MeasurementError,
    MismatchError,
    UnsupportedError,
    VersionError,
)
from .callbacks import CancelFlag, Progress
from .checkpoints import import_checkpoint
from .evaluation import evaluate, mean_rows, score
from .models import Model, Predictor, bundled_models, load, load_predictor
from .search import SearchResult
from .spaces import Space
from .tables import LatencyTable
from .training import meta_train

__version__ = "1.0.0"

__all__ = [
    "AbiError",
    "ArchitectureError",
    "ArgumentError",
    "CallbackError",
    "CancelFlag",
    "CancelledError",
    "DivergedError",
    "FormatError",
    "HandleError",
    "HelpError",
    "HelpIOError",
    "HelpMemoryError",
    "InfeasibleError",
    "InternalError",
    "LatencyTable",
    "LibraryError",
    "MeasurementError",
    "MismatchError",
    "Model",
    "Predictor",
    "Progress",
    "SearchResult",
    "Space",
    "UnsupportedError",
    "VersionError",
    "bundled_models",
    "evaluate",
    "import_checkpoint",
    "load",
    "load_predictor",
    "mean_rows",
    "meta_train",
    "score",
]
