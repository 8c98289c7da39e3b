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

from ._c.callbacks import CancelFlag, Progress
from ._c.errors import (
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
from .accuracy import AccuracyModel, load_accuracy
from .accuracy_table import AccuracyTable
from .additive_table import AdditiveTable
from .describing import SpaceBuilder
from .evaluation import check_held_out, coverage, evaluate, mean_rows, score
from .evolver import Evolver, load_evolver
from .limits import Limit
from .measuring import (
    DeviceLostError,
    Measurements,
    export_models,
    measure,
    read_measurements,
)
from .methods import Method, methods
from .models import Model, Predictor, bundled_models, load, load_predictor
from .monotonicity import Monotonicity, ProxyTest, monotonicity, proxy_test
from .published.hat_files import read_hat_yaml
from .published.hat_predictors import import_hat_predictor
from .published.help_checkpoints import import_checkpoint
from .published.metad2a import Candidate, read_candidates
from .published.ofa_lookup import LookupTable
from .published.once_for_all import import_accuracy_model
from .search import SearchResult
from .spaces import Space
from .tables import LatencyTable
from .training import meta_train

__version__ = "1.0.0"

__all__ = [
    "AbiError",
    "AccuracyModel",
    "AccuracyTable",
    "AdditiveTable",
    "ArchitectureError",
    "ArgumentError",
    "CallbackError",
    "CancelFlag",
    "CancelledError",
    "Candidate",
    "DeviceLostError",
    "DivergedError",
    "Evolver",
    "FormatError",
    "HandleError",
    "HelpError",
    "HelpIOError",
    "HelpMemoryError",
    "InfeasibleError",
    "InternalError",
    "LatencyTable",
    "LibraryError",
    "Limit",
    "LookupTable",
    "MeasurementError",
    "Measurements",
    "Method",
    "MismatchError",
    "Model",
    "Monotonicity",
    "Predictor",
    "Progress",
    "ProxyTest",
    "SearchResult",
    "Space",
    "SpaceBuilder",
    "UnsupportedError",
    "VersionError",
    "bundled_models",
    "check_held_out",
    "coverage",
    "evaluate",
    "export_models",
    "import_accuracy_model",
    "import_checkpoint",
    "import_hat_predictor",
    "load",
    "load_accuracy",
    "load_evolver",
    "load_predictor",
    "mean_rows",
    "measure",
    "meta_train",
    "methods",
    "monotonicity",
    "proxy_test",
    "read_candidates",
    "read_hat_yaml",
    "read_measurements",
    "score",
]
