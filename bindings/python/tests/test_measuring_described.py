"""Networks made from a description's layers: shapes, sizes, operations, and what is read."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np
import pytest
from conftest import REPOSITORY

import helpnas
from helpnas.measuring.builders.described import build

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'helpnas[measure]'")
ort = pytest.importorskip(
    "onnxruntime", reason="onnxruntime is not installed: pip install 'helpnas[measure]'"
)


def layer(kind: str, **sizes: Any) -> Dict[str, Any]:
    return {"kind": kind, "path": f"space.{kind}", **sizes}


def linear(tokens: int, inputs: int, outputs: int, bias: int = 1, norm: int = 0) -> Any:
    return layer("linear", tokens=tokens, inputs=inputs, outputs=outputs, bias=bias, norm=norm)


def conv(side: int, inputs: int, outputs: int, kernel: int, stride: int = 1, **more: int) -> Any:
    sizes = {"groups": 1, "bias": 0, "norm": 1, **more}
    return layer(
        "conv", height=side, width=side, inputs=inputs, outputs=outputs, kernel=kernel,
        stride=stride, **sizes,
    )  # fmt: skip


def norm(tokens: int, features: int, bias: int = 1) -> Any:
    return layer("norm", tokens=tokens, features=features, bias=bias)


def attention(tokens: int, heads: int, size: int, groups: int = 0, others: int = 0) -> Any:
    return layer(
        "attention", tokens=tokens, heads=heads, head_size=size,
        key_value_tokens=others or tokens, key_value_heads=groups or heads,
    )  # fmt: skip


def elements(kind: str, count: int) -> Any:
    return layer(kind, elements=count)


def vision_transformer() -> List[Any]:
    """Two blocks of 65 tokens with a class token, 64 wide, on 32 x 32 pixels."""
    block = [
        norm(65, 64), linear(65, 64, 192), attention(65, 4, 16), linear(65, 64, 64),
        elements("add", 65 * 64), norm(65, 64), linear(65, 64, 256),
        elements("activation", 65 * 256), linear(65, 256, 64), elements("add", 65 * 64),
    ]  # fmt: skip
    return [conv(32, 3, 64, 4, 4, bias=1, norm=0), *block, *block, linear(1, 64, 10)]


def language_model() -> List[Any]:
    """Grouped queries and a gated feed-forward network: 16 tokens, 32 wide."""
    block = [
        norm(16, 32, bias=0), linear(16, 32, 64, 0), linear(16, 32, 16, 0), linear(16, 32, 16, 0),
        attention(16, 8, 8, groups=2), linear(16, 64, 32, 0), elements("add", 512),
        norm(16, 32, bias=0), linear(16, 32, 96, 0), linear(16, 32, 96, 0),
        elements("activation", 16 * 96), elements("add", 16 * 96), linear(16, 96, 32, 0),
        elements("add", 512),
    ]  # fmt: skip
    return [layer("embedding", tokens=16, vocabulary=100, features=32), *block, *block]


def convolutional() -> List[Any]:
    """A stem, an inverted bottleneck that squeezes and excites, a head."""
    return [
        conv(32, 3, 16, 3, 2), conv(16, 16, 48, 1), elements("activation", 16 * 16 * 48),
        conv(16, 48, 48, 5, 2, groups=48), linear(1, 48, 12), linear(1, 12, 48),
        conv(8, 48, 24, 1), elements("add", 8 * 8 * 24), norm(64, 24),
        layer("pool", height=8, width=8, channels=24, kernel=8, stride=8), linear(1, 24, 100),
    ]  # fmt: skip


#: Name -> layers, multiply-accumulates, parameters; by hand.
NETWORKS: Dict[str, Tuple[List[Any], int, int]] = {
    "vision transformer": (
        vision_transformer(),
        64 * 64 * 48 + 2 * (65 * 64 * (192 + 64 + 2 * 256) + 2 * 65 * 65 * 64) + 64 * 10,
        64 * 49 + 2 * (4 * 64 + 192 + 64 * (192 + 64 + 512) + 64 + 256 + 64) + 650,
    ),
    "language model": (
        language_model(),
        2 * (16 * 32 * (64 + 32 + 64 + 3 * 96) + 2 * 16 * 16 * 64),
        3200 + 2 * (2 * 32 + 32 * (64 + 32 + 64 + 3 * 96)),
    ),
    "convolutional": (
        convolutional(),
        256 * (27 * 16 + 16 * 48) + 64 * 48 * (25 + 24) + 2 * 48 * 12 + 2400,
        27 * 16 + 16 * 48 + 48 * (25 + 24) + 2 * (16 + 48 + 48 + 24 + 24) + 2 * 48 * 12 + 60 + 2500,
    ),
}


def macs(model: bytes) -> int:
    """Of products and convolutions, from the shapes that ONNX infers."""
    graph = onnx.shape_inference.infer_shapes(onnx.load_from_string(model)).graph
    known = [*graph.value_info, *graph.output, *graph.input]
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in known}
    shapes.update({item.name: list(item.dims) for item in graph.initializer})
    total = 0
    for node in graph.node:
        if node.op_type in ("MatMul", "Conv"):
            reads = shapes[node.input[1]]
            inner = np.prod(reads[1:]) if node.op_type == "Conv" else reads[-2]
            total += int(np.prod(shapes[node.output[0]]) * inner)
    return total


def run(network: Any, batch: int) -> List[Any]:
    session = ort.InferenceSession(network.model, providers=["CPUExecutionProvider"])
    feed = network.inputs or {
        given.name: np.random.default_rng(0).standard_normal(given.shape, np.float32)
        for given in session.get_inputs()
    }
    outputs = session.run(None, feed)
    assert all(len(each) == batch for each in [*outputs, *feed.values()])
    return list(outputs)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_sizes_are_those_of_the_layers(name: str) -> None:
    layers, operations, parameters = NETWORKS[name]
    network = build(layers, 1, 0)
    assert macs(network.model) == operations
    assert network.parameters() == parameters


@pytest.mark.parametrize("name", sorted(NETWORKS))
@pytest.mark.parametrize("batch", [1, 3])
def test_outputs_are_finite_numbers_of_the_usual_size(name: str, batch: int) -> None:
    for output in run(build(NETWORKS[name][0], batch, 0), batch):
        assert np.isfinite(output).all() and 0.1 < output.std() < 10


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_layer_is_needed_for_an_output(name: str) -> None:
    graph = onnx.load_from_string(build(NETWORKS[name][0], 1, 0).model).graph
    needed = {value.name for value in graph.output}
    for node in reversed(graph.node):
        assert needed & set(node.output), node
        needed.update(node.input)


def test_the_seed_draws_the_weights() -> None:
    layers = vision_transformer()
    assert build(layers, 1, 0) == build(layers, 1, 0) != build(layers, 1, 1)


def test_tokens_are_drawn_from_the_vocabulary() -> None:
    inputs = build(language_model(), 2, 0).inputs
    assert inputs is not None
    (tokens,) = inputs.values()
    assert tokens.shape == (2, 16) and tokens.min() >= 0 and 50 < tokens.max() < 100
    assert len(np.unique(tokens)) > 8


def kinds(layers: List[Any]) -> List[str]:
    return [node.op_type for node in onnx.load_from_string(build(layers, 1, 0).model).graph.node]


def test_what_fits_is_not_converted() -> None:
    gated = [linear(4, 8, 8), linear(4, 8, 16), linear(4, 8, 16), elements("add", 64)]
    assert kinds(gated) == ["MatMul", "Add"] * 3 + ["Add"]
    graph = onnx.load_from_string(build(gated, 1, 0).model).graph
    adds = [node for node in graph.node if node.op_type == "Add"]
    assert set(adds[-1].input) == {adds[1].output[0], adds[2].output[0]}


@pytest.mark.parametrize(
    ("layers", "between"),
    [
        ([conv(4, 3, 6, 3, norm=0), linear(16, 6, 2)], ["Reshape", "Transpose"]),
        ([linear(16, 6, 3), conv(4, 3, 6, 3, norm=0)], ["Reshape", "Transpose", "Reshape"]),
        ([conv(4, 3, 6, 3, norm=0), linear(1, 6, 2)], ["GlobalAveragePool", "Reshape"]),
        ([linear(9, 6, 3), linear(1, 3, 2)], ["ReduceMean"]),
        ([conv(4, 3, 6, 3, norm=0), linear(1, 96, 2)], ["Reshape"]),
        ([linear(9, 6, 3), linear(10, 3, 2)], ["Pad"]),
        ([linear(9, 6, 3), linear(7, 3, 2)], ["Slice"]),
        ([linear(9, 6, 3), linear(10, 2, 2)], ["Slice", "Pad"]),
        ([conv(4, 3, 6, 3, norm=0), linear(17, 6, 2)], ["Reshape", "Transpose", "Pad"]),
        ([conv(4, 3, 6, 3, norm=0), conv(5, 4, 6, 3, norm=0)], ["Slice", "Pad"]),
    ],
)
def test_what_does_not_fit_is_converted(layers: List[Any], between: List[str]) -> None:
    found = kinds(layers)
    first = 1 if layers[0]["kind"] == "conv" else 2
    assert found[first : first + len(between)] == between
    assert found[first + len(between)] in ("MatMul", "Conv")
    run(build(layers, 2, 0), 2)


@pytest.mark.parametrize(("side", "kernel", "stride"), [(7, 3, 2), (8, 5, 2), (8, 4, 4), (9, 2, 3)])
def test_strides_divide_sides_and_round_up(side: int, kernel: int, stride: int) -> None:
    (output,) = run(build([conv(side, 3, 4, kernel, stride)], 1, 0), 1)
    assert output.shape == (1, 4, -(-side // stride), -(-side // stride))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([linear(4, 2.5, 8)], "space.linear.inputs is 2.5, not a whole number"),
        ([conv(4, 6, 8, 3, groups=4)], "groups is 4, which does not divide inputs 6 and outputs 8"),
        ([attention(4, 6, 8, groups=4)], "key_value_heads is 4, which does not divide heads 6"),
        ([layer("custom")], "no layers that are known"),
        ([linear(1, 2**15, 2**15)], "1,073,741,824 weights, 4,096 MB: more than the 2 GB"),
    ],
)
def test_layers_that_no_network_can_have(layers: List[Any], message: str) -> None:
    with pytest.raises(helpnas.MeasurementError, match=message):
        build(layers, 1, 0)


@pytest.mark.parametrize("name", ["fbnet", "hat"])
def test_published_networks_cost_what_their_descriptions_say(name: str) -> None:
    """But for multiply-accumulates of HAT, whose decoder is described token by token."""
    file = REPOSITORY / "examples" / "spaces" / "published" / f"{name}.json"
    space = helpnas.Space.from_file(file)
    for row in space.sample(4, seed=1):
        network = build(space.layers(row), 1, 0)
        assert macs(network.model) == space.macs([row])[0]
        assert network.parameters() == space.cost([row], "parameters")[0]


def test_dead_layers_are_left_out_and_groups_written_out() -> None:
    space = helpnas.Space.from_file(REPOSITORY / "examples" / "spaces" / "small_vit.json")
    shallow, deep = (
        {
            "depth": depth, "width": 64, **{f"heads_{i}": 2 for i in range(depth)},
            **{f"ratio_{i}": 2 for i in range(depth)},
        }
        for depth in (2, 4)
    )  # fmt: skip
    layers = space.layers(shallow)
    assert len(layers) == 1 + 2 * 10 + 2 and len(space.layers(deep)) == 1 + 4 * 10 + 2
    assert layers[11]["path"] == "space.layers[1](i = 1).layers[0]"
    assert layers[12]["outputs"] == 3 * 32 * 2
