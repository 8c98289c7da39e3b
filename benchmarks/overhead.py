"""What surrounds the work: starting up, and a call's way from Python into C."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import List

from timing import Sampler, calls
from workloads import Ways, read_references

import helpnas

ROOT = Path(__file__).resolve().parent.parent

# In a process of its own: import, read the model, adapt, predict one architecture.
_START = """
import sys, time
begin = time.perf_counter()
import numpy
numpy_end = time.perf_counter()
sys.path.insert(0, sys.argv[3])
from {module} import {function}
{function}(sys.argv[1], sys.argv[2])
print(time.perf_counter() - numpy_end)
"""


def starting_up(model: Path, card: Path) -> Ways:
    """Seconds from an interpreter with NumPy to the first prediction, in fresh processes."""
    return {
        "libhelp/1": _process("first_prediction", "with_libhelp", model, card),
        "torch/1": _process("first_prediction", "with_torch", model, card),
    }


def _process(module: str, function: str, model: Path, card: Path) -> Sampler:
    code = _START.format(module=module, function=function)
    command = [sys.executable, "-c", code, str(model), str(card), str(ROOT / "benchmarks")]

    def sample() -> List[float]:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return [float(done.stdout)]

    return sample


class RawCalls:
    """The C functions through bare ctypes: what a C program calls, plus ctypes itself."""

    def __init__(self, model: Path, card: Path) -> None:
        path = os.environ.get("LIBHELP_LIBRARY", ROOT / "build" / "lib" / "libhelp.so.1")
        self._library = ctypes.CDLL(os.fspath(path))
        archs, latencies = read_references(card)
        self._rows = helpnas.Space("nasbench201").genes(archs)
        self._milliseconds = latencies
        self._predictor = self._adapted(model)
        self._out = (ctypes.c_double * len(archs))()

    def _adapted(self, model: Path) -> ctypes.c_void_p:
        handle, predictor = ctypes.c_void_p(), ctypes.c_void_p()
        self._call("help_load", os.fsencode(model), ctypes.byref(handle))
        self._call(
            "help_adapt",
            handle,
            ctypes.c_void_p(self._rows.ctypes.data),
            *map(ctypes.c_size_t, self._rows.shape),
            ctypes.c_void_p(self._milliseconds.ctypes.data),
            None,
            ctypes.byref(predictor),
        )
        self._library.help_model_free(handle)
        return predictor

    def _call(self, name: str, *arguments: object) -> None:
        status = getattr(self._library, name)(*arguments)
        if status != 0:
            raise RuntimeError(f"{name} returned {status}")

    def empty(self) -> Sampler:
        """A call that does nothing."""
        return calls(self._library.help_abi_version)

    def predict_one(self) -> Sampler:
        """One architecture, every argument converted beforehand."""
        predict, predictor, out = self._library.help_predict, self._predictor, self._out
        rows = ctypes.c_void_p(self._rows.ctypes.data)
        count, stride = ctypes.c_size_t(1), ctypes.c_size_t(self._rows.shape[1])
        return calls(lambda: predict(predictor, rows, count, stride, out, None))

    def close(self) -> None:
        """Free the predictor."""
        self._library.help_predictor_free(self._predictor)
