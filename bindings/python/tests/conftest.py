"""What several test files use: a small model, and where data from outside lies."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, Dict, Iterator

import numpy as np
import pytest

import helpnas
from helpnas.model_file import model_bytes

REPOSITORY = Path(__file__).resolve().parents[3]
# The published references, so that the small model measures what real ones do.
REFERENCES = [11982, 431, 55, 9, 14451, 8636, 9881, 13479, 6196, 1462]


def shared_folder(variable: str, name: str) -> Path:
    """A folder of data beside the repository, or where the variable says; else skip."""
    folder = Path(os.environ.get(variable, REPOSITORY.parent / "shared" / name))
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}; set {variable}")
    return folder


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder with the published data of NAS-Bench-201."""
    return shared_folder("LIBHELP_DATASETS", "datasets") / "help" / "nasbench201"


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder with predictions of the official code."""
    return shared_folder("LIBHELP_GOLDEN", "golden")


@pytest.fixture(scope="module")
def experiments() -> Iterator[Any]:
    """Imports an experiment as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(REPOSITORY / "experiments"))
        yield importlib.import_module


@pytest.fixture(scope="session")
def space() -> helpnas.Space:
    return helpnas.Space("nasbench201")


def network_shapes(hidden: int, references: int) -> Dict[str, Any]:
    """Shapes of the network's tensors, in the file's order."""
    h, r = hidden, references
    matrices = {
        "gc1": (8, h),
        "gc2": (h, h),
        "gc3": (h, h),
        "gc4": (h, h),
        "fc_hw1": (h, r),
        "fc_hw2": (h, h),
        "fc3": (2 * h, 2 * h),
        "fc4": (2 * h, 2 * h),
        "fc5": (1, 2 * h),
    }
    shapes: Dict[str, Any] = {}
    for name, shape in matrices.items():
        outputs = shape[1] if name.startswith("gc") else shape[0]
        shapes[name + ".weight"], shapes[name + ".bias"] = shape, (outputs,)
    return shapes


def small_model_tensors(hidden: int = 6, references: int = 10) -> Dict[str, Any]:
    """Random weights of a small network."""
    random = np.random.default_rng(7)
    shapes = network_shapes(hidden, references)
    draws = 3 * (2 * hidden + 1)
    tensors: Dict[str, Any] = {}
    for name, shape in shapes.items():
        scale = (1.0 if len(shape) == 1 else shape[0 if name.startswith("gc") else 1]) ** -0.5
        tensors["help.network." + name] = random.normal(0, scale, shape).astype(np.float32)
    # Outputs near the middle of the scale: the made-up latencies stay above 0.
    tensors["help.network.fc5.weight"] *= np.float32(0.1)
    tensors["help.network.fc5.bias"][:] = 0.5
    for name, shape in shapes.items():
        tensors["help.rates." + name] = np.full(shape, 1e-3, np.float32)
    for name, shape in {
        "0.weight": (references, references),
        "0.bias": (references,),
        "2.weight": (2 * draws, references),
        "2.bias": (2 * draws,),
    }.items():
        tensors["help.inference.z_encoder." + name] = random.normal(0, 0.3, shape).astype(
            np.float32
        )
    return tensors


@pytest.fixture(scope="session")
def description(space: helpnas.Space) -> Dict[str, Any]:
    return {
        "format_version": 1,
        "space": "nasbench201",
        "help": {
            "hidden": 6,
            "references": space.format(space.from_index(REFERENCES)),
            "inner_steps": 2,
            "modulation_scale": 0.01,
        },
        "record": {"origin": "the tests' own"},
    }


@pytest.fixture(scope="session")
def small_model_file(description: Dict[str, Any]) -> bytes:
    return model_bytes(small_model_tensors(), description)


@pytest.fixture(scope="session")
def model(small_model_file: bytes) -> helpnas.Model:
    """A model with random weights: all behaviour of a real one but its accuracy."""
    return helpnas.Model.from_bytes(small_model_file)


def latency_of(space: helpnas.Space, archs: Any) -> Any:
    """A made-up device, in milliseconds."""
    return 2.0 + 1e-7 * space.macs(archs)


@pytest.fixture(scope="session")
def phone(space: helpnas.Space) -> helpnas.Predictor:
    """A predictor with deviations: method "bayes", learnt from made-up devices."""
    random = np.random.default_rng(5)
    rows = space.sample(200, seed=5)
    features = space.encode(rows).reshape(len(rows), -1)
    prices = random.lognormal(0, 0.7, (7, features.shape[1]))
    noise = random.lognormal(0, 0.05, (7, len(rows)))
    columns = {f"device{n}": (2 + features @ prices[n]) * noise[n] for n in range(7)}
    table = helpnas.LatencyTable(space, rows, columns)
    model = helpnas.meta_train(table, list(columns)[:6], help=False)
    return model.adapt(rows[:12], columns["device6"][:12])


@pytest.fixture(scope="session")
def predictor(model: helpnas.Model) -> helpnas.Predictor:
    rows = model.reference_genes
    return model.adapt(rows, latency_of(model.space, rows))
