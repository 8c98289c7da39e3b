"""Networks of a function of the user's: what it may return, and what is said of what it may not."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import pytest

import helpnas
from helpnas import Measurements, export_models, measure, read_measurements
from helpnas.measuring import BuildError, OnnxRuntime, build_model

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'helpnas[measure]'")
pytest.importorskip(
    "onnxruntime", reason="onnxruntime is not installed: pip install 'helpnas[measure]'"
)

SPACE = helpnas.Space.from_json(
    {
        "name": "two-layers",
        "genes": [
            {"name": "width", "choices": [8, 16, 32, 64]},
            {"name": "function", "choices": ["Relu", "Tanh", "Sigmoid"]},
        ],
    }
)
ARCHS = [{"width": width, "function": "Relu"} for width in (8, 16, 32, 64)]
QUICK: Dict[str, Any] = {"rounds": 2, "runs": 1, "clock": "wall", "name": "here"}


def network(arch: Any, size: Any = 4, kind: int = onnx.TensorProto.FLOAT) -> Any:
    """Two layers on an input [1, size]; of integers, which are cast first."""
    helper, width = onnx.helper, arch["width"]
    weights = [np.ones((4, width), np.float32), np.ones((width, 4), np.float32)]
    nodes = [
        helper.make_node("Cast", ["x"], ["floats"], to=onnx.TensorProto.FLOAT),
        helper.make_node("MatMul", ["floats", "w0"], ["inner"]),
        helper.make_node(arch["function"], ["inner"], ["active"]),
        helper.make_node("MatMul", ["active", "w1"], ["y"]),
    ]
    given = helper.make_tensor_value_info("x", kind, [1, size])
    made = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 4])
    stored = [onnx.numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(weights)]
    graph = helper.make_graph(nodes, "network", [given], [made], stored)
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8)


class Watched(OnnxRuntime):
    """Keeps what it was asked to prepare."""

    def __init__(self) -> None:
        super().__init__()
        self.prepared: List[Any] = []

    def prepare(self, model: bytes, threads: int, inputs: Any = None) -> Any:
        self.prepared.append((model, inputs))
        return super().prepare(model, threads, inputs)


def test_a_function_is_given_architectures_and_its_networks_are_measured() -> None:
    given: List[Any] = []

    def build(arch: Any) -> Any:
        given.append(arch)
        return network(arch)

    runtime = Watched()
    found = measure(SPACE, ARCHS, build=build, runtime=runtime, **QUICK)
    assert sorted(arch["width"] for arch in given) == [8, 16, 32, 64]
    assert found.space.notation(found.archs) == ARCHS and (found.latency_ms > 0).all()
    assert found.failures == {} and not any("network" in each for each in found.warnings)
    assert found.device["build"].endswith("build") and found.device["batch"] is None
    models = {model for model, _ in runtime.prepared}
    assert models == {network(arch).SerializeToString() for arch in ARCHS}


def forms(folder: Path) -> Dict[str, Callable[[Any], Any]]:
    def in_file(arch: Any) -> Path:
        file = folder / f"{arch['width']}.onnx"
        onnx.save(network(arch), file)
        return file

    x = np.full((1, 4), 2, np.float32)
    return {
        "model": network,
        "bytes": lambda arch: network(arch).SerializeToString(),
        "path": in_file,
        "text": lambda arch: str(in_file(arch)),
        "inputs": lambda arch: (network(arch, "n"), {"x": x}),
    }


@pytest.mark.parametrize("form", ["model", "bytes", "path", "text", "inputs"])
def test_what_it_may_return(form: str, tmp_path: Path) -> None:
    found = measure(SPACE, ARCHS, build=forms(tmp_path)[form], **QUICK)
    assert len(found) == 4 and found.failures == {}


def test_inputs_fix_the_shapes_and_are_what_is_run_on() -> None:
    runtime, x = Watched(), np.arange(4, dtype=np.float32)[None]
    build = lambda arch: (network(arch, "n"), {"x": x})  # noqa: E731
    measure(SPACE, ARCHS[:1], build=build, runtime=runtime, **QUICK)
    ((model, inputs),) = runtime.prepared
    dims = onnx.load_from_string(model).graph.input[0].type.tensor_type.shape.dim
    assert [each.dim_value for each in dims] == [1, 4] and (inputs["x"] == x).all()


def test_integers_are_ones_unless_given() -> None:
    runtime = Watched()
    build = lambda arch: network(arch, kind=onnx.TensorProto.INT64)  # noqa: E731
    measure(SPACE, ARCHS[:1], build=build, runtime=runtime, **QUICK)
    ((_, inputs),) = runtime.prepared
    assert inputs["x"].dtype == np.int64 and (inputs["x"] == 1).all()


def test_a_function_may_take_batch_and_seed() -> None:
    seen: List[Any] = []

    def build(arch: Any, batch: int, seed: int) -> Any:
        seen.append((batch, seed))
        return network(arch)

    found = measure(SPACE, ARCHS, build=build, batch=3, seed=5, rounds=1, clock="wall")
    assert set(seen) == {(3, 5)} and found.device["batch"] == 3 and "batch 3" in found.name
    with pytest.raises(helpnas.ArgumentError, match="batch is 3, but .* has no parameter"):
        measure(SPACE, ARCHS, build=lambda arch: network(arch), batch=3)


def test_built_in_spaces_may_have_networks_of_ones_own() -> None:
    space = helpnas.Space("nasbench201")
    widths = iter(range(8, 12))
    found = measure(
        space, space.sample(3), build=lambda arch: network({**ARCHS[0], "width": next(widths)}),
        **QUICK,
    )  # fmt: skip
    assert len(found) == 3


def no_network(built: Any) -> Callable[[Any], Any]:
    """Builds those of ARCHS but the second, for which it returns this."""
    return lambda arch: built if arch == ARCHS[1] else network(arch)


class NotSerializable:
    def __repr__(self) -> str:
        return "x" * 500


@pytest.mark.parametrize(
    ("built", "message"),
    [
        (None, "returned None, not an onnx.ModelProto, bytes of one, a path"),
        (17, "returned 17, not"),
        (NotSerializable(), "returned " + "x" * 77 + "..., not"),
        (b"nonsense", "returned 8 bytes, which is no ONNX model"),
        (b"", "returned an ONNX model without nodes"),
        ("/no/such/file.onnx", "returned '/no/such/file.onnx', which is no ONNX model"),
        (network(ARCHS[1], "n"), r"input 'x' has no fixed shape \(1, n\): fix it, or return \(mod"),
        (network(ARCHS[1], None), r"input 'x' has no fixed shape \(1, \?\)"),
        ((network(ARCHS[1], "n"), {"z": 1}), r"inputs \['z'\], where the model has \['x'\]"),
        ((network(ARCHS[1], "n"), [1, 2]), r"inputs \[1, 2\], where the model has \['x'\]"),
        ((network(ARCHS[1]), {"x": np.ones((1, 4))}), "'x' as float64, where the model has float"),
        ((network(ARCHS[1]), {"x": np.ones((2, 4), np.float32)}), r"shape \(2, 4\), where.*\(1, 4"),
    ],
)
def test_what_is_no_network_fails_alone(built: Any, message: str) -> None:
    found = measure(SPACE, ARCHS, build=no_network(built), **QUICK)
    assert found.space.notation(found.archs) == [ARCHS[0], *ARCHS[2:]]
    ((text, reason),) = found.failures.items()
    assert json.loads(text) == ARCHS[1]
    assert re.search(message, reason)


def test_a_model_whose_numbers_are_elsewhere_fails_alone() -> None:
    built = network(ARCHS[1])
    built.graph.initializer.add(
        name="sizes", dims=[2], data_type=onnx.TensorProto.INT64, data_location=1,
        external_data=[{"key": "location", "value": "nowhere"}],
    )  # fmt: skip
    found = measure(SPACE, ARCHS, build=no_network(built), **QUICK)
    ((_, reason),) = found.failures.items()
    assert "returned what cannot be read" in reason and len(found) == 3


def raising(error: BaseException) -> Callable[[Any], Any]:
    def build(arch: Any) -> Any:
        if arch == ARCHS[1]:
            raise error
        return network(arch)

    return build


def test_a_function_that_raises_is_quoted_with_its_line() -> None:
    found = measure(SPACE, ARCHS, build=raising(KeyError("heads")), **QUICK)
    ((_, reason),) = found.failures.items()
    line = raising.__code__.co_firstlineno + 3
    assert f"raised KeyError: 'heads' (test_measuring_own_networks.py, line {line})" in reason
    assert len(found) == 3


def test_an_oserror_of_the_function_is_no_lost_device() -> None:
    def build(arch: Any) -> Any:
        if arch != ARCHS[0]:
            raise FileNotFoundError("weights.pt")
        return network(arch)

    found = measure(SPACE, ARCHS, build=build, **QUICK)
    assert len(found) == 1 and len(found.failures) == 3


def test_one_that_always_raises_is_an_error_that_says_why() -> None:
    def build(arch: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(helpnas.MeasurementError, match="none of the 4.*build raised ZeroDivision"):
        measure(SPACE, ARCHS, build=build, **QUICK)


def test_the_same_network_for_all_is_refused_before_anything_is_measured() -> None:
    runtime = Watched()
    with pytest.raises(BuildError, match="the same network for 3 architectures, whatever") as told:
        measure(SPACE, ARCHS, build=lambda arch: network(ARCHS[0]), runtime=runtime, **QUICK)
    assert '"width": 8' in str(told.value) and runtime.prepared == []


def test_the_same_network_for_some_is_told() -> None:
    """Though the weights differ."""
    random = np.random.default_rng(0)

    def build(arch: Any) -> Any:
        built = network({**arch, "width": min(arch["width"], 32)})
        for item in built.graph.initializer:
            item.raw_data = random.random(list(item.dims), np.float32).tobytes()
        return built

    found = measure(SPACE, ARCHS, build=build, **QUICK)
    (warning,) = [each for each in found.warnings if "same network" in each]
    assert '"width": 32' in warning and '"width": 64' in warning and "more" not in warning
    assert len(found) == 4


@pytest.mark.parametrize("build", [7, "own_networks:build"])
def test_build_must_be_a_function(build: Any) -> None:
    with pytest.raises(helpnas.ArgumentError, match="build is .*, not a function"):
        measure(SPACE, ARCHS, build=build)


def test_build_or_run_alone() -> None:
    with pytest.raises(helpnas.ArgumentError, match="build and run are given"):
        measure(SPACE, ARCHS, build=network, run=lambda arch: 1.0)


def test_spaces_without_networks_say_what_to_give() -> None:
    with pytest.raises(helpnas.UnsupportedError, match="'two-layers'.*give build=.*or run="):
        measure(SPACE, ARCHS)


class Mending:
    """A function that fails for one architecture until it is mended."""

    def __init__(self) -> None:
        self.mended = False

    def __call__(self, arch: Any) -> Any:
        return network(arch) if self.mended else no_network(None)(arch)


def test_a_measurement_is_continued_when_the_function_is_mended(tmp_path: Path) -> None:
    build, runtime = Mending(), Watched()
    options: Any = {"resume": tmp_path / "rounds.json", "runtime": runtime, **QUICK}
    first = measure(SPACE, ARCHS, build=build, **options)
    assert len(first) == 3
    build.mended = True
    runtime.prepared.clear()
    again = measure(SPACE, ARCHS, build=build, **options)
    assert len(again) == 4 and again.failures == {} and len(runtime.prepared) == 1
    assert again.latency_ms[[0, 2, 3]].tolist() == first.latency_ms.tolist()
    with pytest.raises(helpnas.MismatchError, match="build 'Mending', this is 'network'"):
        measure(SPACE, ARCHS, build=network, **options)


def test_tables_of_own_spaces_say_what_the_space_is(tmp_path: Path) -> None:
    found = measure(SPACE, ARCHS, build=network, **QUICK)
    found.to_csv(tmp_path / "here.csv")
    read = Measurements.from_csv(tmp_path / "here.csv")
    assert read.space == SPACE and (read.archs == found.archs).all()
    assert read.device == found.device


def test_networks_of_ones_own_as_files(tmp_path: Path) -> None:
    files = export_models(SPACE, ARCHS, tmp_path / "out", build=network)
    assert [file.read_bytes() for file in files] == [
        network(arch).SerializeToString() for arch in ARCHS
    ]
    table = tmp_path / "out" / "measurements.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], *(f"{line}{i + 1}" for i, line in enumerate(lines[1:]))]))
    back = read_measurements(tmp_path / "out")
    assert back.space == SPACE and back.space.notation(back.archs) == ARCHS
    assert "for batch size" not in (tmp_path / "out" / "README.txt").read_text()


def test_export_names_the_architecture_that_cannot_be_built(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match='"width": 16.*returned None'):
        export_models(SPACE, ARCHS, tmp_path, build=no_network(None))
    assert len(export_models(SPACE, ARCHS, tmp_path, build=network)) == 4


def test_export_warns_of_the_same_network(tmp_path: Path) -> None:
    build = lambda arch: network({**arch, "width": min(arch["width"], 32)})  # noqa: E731
    with pytest.warns(UserWarning, match="the same network for"):
        export_models(SPACE, ARCHS, tmp_path, build=build)


#: The same genes, with layers.
DESCRIBED = helpnas.Space.from_json(
    {
        "name": "described-layers",
        "genes": SPACE.description["genes"],
        "layers": [
            {"kind": "linear", "inputs": 4, "outputs": "width"},
            {"kind": "activation", "elements": "width"},
            {"kind": "linear", "inputs": "width", "outputs": 4},
        ],
    }
)


def test_described_layers_are_networks() -> None:
    runtime = Watched()
    found = measure(DESCRIBED, ARCHS, runtime=runtime, **QUICK)
    assert len(found) == 4 and found.device["build"] == "the description's layers"
    sizes = {model: arch["width"] for arch in ARCHS for model in [build_model(DESCRIBED, arch)]}
    assert {sizes[model] for model, _ in runtime.prepared} == {8, 16, 32, 64}
    wide = onnx.load_from_string(build_model(DESCRIBED, ARCHS[3]))
    assert [list(item.dims) for item in wide.graph.initializer] == [[4, 64], [64, 4]]
    assert build_model(DESCRIBED, ARCHS[3], batch=2) != build_model(DESCRIBED, ARCHS[3])


def test_other_parameters_than_described_are_told() -> None:
    right = measure(DESCRIBED, ARCHS, build=network, **QUICK)
    assert not any("parameters" in warning for warning in right.warnings)

    def build(arch: Any) -> Any:
        return network({**arch, "width": {32: 40, 64: 128}.get(arch["width"], arch["width"])})

    wrong = measure(DESCRIBED, ARCHS, build=build, **QUICK)
    (warning,) = [each for each in wrong.warnings if "parameters" in each]
    assert warning.startswith("2 of 4 networks have other parameters than the space describes")
    assert '"width": 64' in warning and warning.endswith("has 1,024, not 512")


def test_layers_in_the_order_of_the_description() -> None:
    layers = DESCRIBED.layers(ARCHS[1])
    assert [each["kind"] for each in layers] == ["linear", "activation", "linear"]
    assert [each["path"] for each in layers] == [f"space.layers[{i}]" for i in range(3)]
    assert layers[0] == {
        "kind": "linear", "path": "space.layers[0]", "tokens": 1, "inputs": 4, "outputs": 16,
        "bias": 0, "norm": 0,
    }  # fmt: skip
    with pytest.raises(helpnas.UnsupportedError, match="two-layers is not described by layers"):
        SPACE.layers(ARCHS[1])
    with pytest.raises(helpnas.ArchitectureError):
        DESCRIBED.layers([8, 3])


# torch modules


def modules(torch: Any) -> Callable[[Any], Any]:
    def build(arch: Any) -> Any:
        layers = torch.nn.Sequential(
            torch.nn.Linear(4, arch["width"]), torch.nn.ReLU(), torch.nn.Linear(arch["width"], 4)
        )
        return layers, torch.ones(1, 4)

    return build


@pytest.mark.parametrize("runtime", ["onnxruntime", "pytorch"])
def test_torch_modules(runtime: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    found = measure(SPACE, ARCHS, build=modules(torch), runtime=runtime, **QUICK)
    assert len(found) == 4 and not any("network" in each for each in found.warnings)


@pytest.mark.parametrize("runtime", ["onnxruntime", "pytorch"])
def test_torch_modules_that_are_the_same(runtime: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(BuildError, match="the same network for 3"):
        measure(SPACE, ARCHS, build=lambda arch: modules(torch)(ARCHS[0]), runtime=runtime, **QUICK)


def test_a_torch_module_computes_the_same_as_a_file(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    ort = pytest.importorskip("onnxruntime")
    module, x = modules(torch)(ARCHS[1])
    (file,) = export_models(SPACE, ARCHS[1:2], tmp_path, build=lambda arch: (module, x))
    session = ort.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    (output,) = session.run(None, {given.name: x.numpy()})
    np.testing.assert_allclose(output, module(x).detach().numpy(), rtol=1e-5)


def test_a_torch_module_alone_has_no_inputs() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    found = measure(SPACE, ARCHS, build=no_network(torch.nn.Linear(4, 4)), **QUICK)
    (reason,) = found.failures.values()
    assert "a torch module alone: return (module, tensors)" in reason
    found = measure(SPACE, ARCHS, build=no_network((torch.nn.Linear(4, 4), [1])), **QUICK)
    (reason,) = found.failures.values()
    assert "with the input 1, not a tensor" in reason


def test_onnx_models_need_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert len(measure(SPACE, ARCHS, build=network, **QUICK)) == 4
