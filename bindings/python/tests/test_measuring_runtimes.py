"""Measuring this machine: the runtimes, each in its settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import helpnas
from helpnas.measuring import Ncnn, OnnxRuntime, OpenVino, Torch, build_model

ARCHS = [
    "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|%s~2|" % operation
    for operation in ("none", "skip_connect", "nor_conv_1x1")
]

needs_onnx = pytest.mark.skipif(
    not all(__import__("importlib.util").util.find_spec(m) for m in ("onnx", "onnxruntime")),
    reason="onnx or onnxruntime is not installed: pip install 'helpnas[measure]'",
)


@needs_onnx
@pytest.mark.parametrize("optimised", [True, False])
def test_this_machine_is_a_device(optimised: bool, tmp_path: Path) -> None:
    runtime: Any = "onnxruntime" if optimised else OnnxRuntime(optimised=False)
    found = helpnas.measure("nasbench201", ARCHS, runtime=runtime, rounds=2, runs=1)
    assert len(found) == 3 and (found.latency_ms > 0).all() and found.failures == {}
    assert found.device["cpu"] in found.name and "1 thread, batch 1" in found.name
    assert found.device["clock"] in ("cpu", "wall")
    kept = found.device["runtime"]
    assert kept["name"] == "onnxruntime" and kept["version"] in found.name
    assert kept["graph_optimisations"] == ("all" if optimised else "none")
    assert ("not optimised" in found.name) is not optimised
    found.to_csv(tmp_path / "here.csv")
    assert helpnas.Measurements.from_csv(tmp_path / "here.csv").device == found.device


@needs_onnx
def test_batch_and_threads_are_the_devices() -> None:
    many = helpnas.measure("nasbench201", ARCHS[2:], batch=4, threads=2, rounds=1, runs=1)
    assert "2 threads, batch 4" in many.name and many.device["clock"] == "wall"
    assert (many.device["threads"], many.device["batch"]) == (2, 4)
    other = helpnas.measure("nasbench201", ARCHS[:1], dataset="cifar100", rounds=1)
    assert other.name.endswith("batch 1, cifar100") and other.device["dataset"] == "cifar100"


@needs_onnx
def test_a_measurement_of_another_setting_is_not_continued(tmp_path: Path) -> None:
    options: Any = {"rounds": 1, "runs": 1, "resume": tmp_path / "r.json", "name": "here"}
    helpnas.measure("nasbench201", ARCHS, **options)
    for change in ({"batch": 2}, {"runtime": OnnxRuntime(optimised=False)}, {"clock": "wall"}):
        with pytest.raises(helpnas.MismatchError, match="was measured with"):
            helpnas.measure("nasbench201", ARCHS, **{**options, **change})


@needs_onnx
def test_eight_bits_are_a_device_of_their_own() -> None:
    runtime = OnnxRuntime(int8=True)
    found = helpnas.measure("nasbench201", ARCHS[:1], runtime=runtime, rounds=2, runs=1)
    assert "int8" in found.name and len(found) == 1
    onnx = pytest.importorskip("onnx")
    model = build_model("nasbench201", ARCHS[0])
    quantiser = runtime._quantiser
    assert quantiser is not None
    small = quantiser.quantise(model)
    assert small == quantiser.quantise(model)
    kinds = [node.op_type for node in onnx.load_from_string(small).graph.node]
    assert kinds.count("QuantizeLinear") > 15 and "BatchNormalization" not in kinds[:5]


def test_a_broken_network_is_told_with_the_runtimes_reason() -> None:
    class Picky:
        name, identity = "picky", {"name": "picky", "version": "1"}  # type: ignore[var-annotated]

        def prepare(self, model: bytes, threads: int) -> Any:
            if model.count(b"AveragePool") > 15:
                raise RuntimeError("AveragePool is not supported")
            return lambda: np.ones(10_000).sum()

    pytest.importorskip("onnx", reason="onnx is not installed: pip install 'helpnas[measure]'")
    pooled = ARCHS[0].replace("none~2", "avg_pool_3x3~2")
    found = helpnas.measure("nasbench201", [*ARCHS, pooled], runtime=Picky(), rounds=2)
    assert found.failures == {pooled: "RuntimeError: AveragePool is not supported"}
    assert len(found) == 3


def test_unknown_runtimes() -> None:
    with pytest.raises(helpnas.ArgumentError, match="'abacus'.*'onnxruntime', 'openvino'"):
        helpnas.measure("nasbench201", ARCHS, runtime="abacus")


@pytest.mark.parametrize(
    ("module", "make", "command"),
    [
        ("openvino", OpenVino, r"pip install 'openvino'"),
        ("ncnn", Ncnn, r"pip install 'ncnn'"),
        ("torch", Torch, r"pip install 'torch'"),
        ("onnxruntime", OnnxRuntime, r"pip install 'helpnas\[measure\]'"),
        ("onnx.helper", lambda: build_model("nasbench201", ARCHS[0]), r"helpnas\[measure\]"),
    ],
)
def test_missing_packages_are_named(monkeypatch: Any, module: str, make: Any, command: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=f"{module} is needed.*{command}"):
        make()


def test_openvino_runs_the_networks() -> None:
    pytest.importorskip("openvino", reason="openvino is not installed")
    found = helpnas.measure("nasbench201", ARCHS, runtime="openvino", rounds=2, runs=1)
    assert len(found) == 3 and "openvino" in found.name


@pytest.mark.parametrize("name", ["nasbench201", "fbnet", "ofa-mbv3"])
def test_pytorch_computes_what_onnxruntime_does(name: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from helpnas.measuring.runtime_torch import EagerNetwork

    space = helpnas.Space(name)
    for row in space.sample(3, seed=4):
        model = build_model(space, row)
        network = EagerNetwork(model, torch)
        image = network.image()
        session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
        (expected,) = session.run(None, {"input": image.numpy()})
        output = network.run(image).numpy()
        np.testing.assert_allclose(output, expected, rtol=0, atol=5e-3 * np.abs(expected).max())
    found = helpnas.measure(space, space.sample(2), runtime="pytorch", rounds=2, runs=1)
    assert len(found) == 2 and "pytorch" in found.name


@pytest.mark.parametrize("name", ["nasbench201", "fbnet", "ofa-mbv3"])
def test_ncnn_computes_what_onnxruntime_does(name: str) -> None:
    ncnn = pytest.importorskip("ncnn", reason="ncnn is not installed")
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from helpnas.measuring.runtime_ncnn import NcnnNetwork

    space = helpnas.Space(name)
    rows = space.sample(3, seed=4)
    if name == "nasbench201":
        rows[0] = [3, 0, 2, 4, 1, 3]
    for row in rows:
        model = build_model(space, row)
        network = NcnnNetwork(model, ncnn, threads=1, mixed=False)
        image = np.random.default_rng(0).standard_normal(network.shape, np.float32)
        session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
        ((expected,),) = session.run(None, {"input": image[None]})
        largest = np.abs(expected).max()
        np.testing.assert_allclose(network.run(image), expected, rtol=0, atol=5e-3 * largest)
    found = helpnas.measure(space, rows, runtime="ncnn", rounds=2, runs=1)
    assert len(found) == 3 and "ncnn" in found.name and "mixed" in found.name
    with pytest.raises(helpnas.MeasurementError, match="ncnn takes one image"):
        helpnas.measure(space, rows, runtime="ncnn", batch=2)


def test_a_space_of_your_own_needs_a_function() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    features = [{"kind": "one_hot", "genes": ["a"]}]
    own = helpnas.Space.from_json(
        {"name": "own", "genes": [{"name": "a", "choices": [0, 1]}], "features": features}
    )
    with pytest.raises(helpnas.UnsupportedError, match="run="):
        helpnas.measure(own, [[0], [1]])
    found = helpnas.measure(own, [[0], [1]], run=lambda arch: 1.0 + int(arch["a"]))
    assert found.latency_ms.tolist() == [1, 2]
