"""The networks that are measured: shapes, sizes, operations, and what they compute."""

from __future__ import annotations

import math
from typing import Any, List, Tuple

import numpy as np
import numpy_networks as reference
import pytest

import helpnas
from helpnas import Limit
from helpnas.measuring import build_model

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'helpnas[measure]'")
ort = pytest.importorskip(
    "onnxruntime", reason="onnxruntime is not installed: pip install 'helpnas[measure]'"
)

SPACES = ("nasbench201", "fbnet", "ofa-mbv3")


def weights_of(model: bytes) -> Any:
    graph = onnx.load_from_string(model).graph
    return {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}


def sizes(model: bytes) -> Tuple[int, int]:
    """Multiply-accumulates and trained parameters, from the shapes that ONNX infers."""
    graph = onnx.shape_inference.infer_shapes(onnx.load_from_string(model)).graph
    shapes = {
        value.name: [size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in [*graph.value_info, *graph.output]
    }
    weights = {item.name: list(item.dims) for item in graph.initializer}
    macs = parameters = 0
    for node in graph.node:
        trained: List[str] = []
        if node.op_type in ("Conv", "Gemm"):
            trained = list(node.input[1:])
            macs += np.prod(shapes[node.output[0]]) * np.prod(weights[node.input[1]][1:])
        elif node.op_type == "BatchNormalization":
            trained = list(node.input[1:3])
        parameters += sum(np.prod(weights[name]) for name in trained)
    return int(macs), int(parameters)


def run(model: bytes, seed: int = 0) -> Tuple[Any, Any]:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    image = np.random.default_rng(seed).standard_normal(given.shape).astype(np.float32)
    return image, session.run(None, {given.name: image})[0]


@pytest.mark.parametrize("name", ["nasbench201", "fbnet"])
def test_the_library_counts_the_same_operations(name: str) -> None:
    space = helpnas.Space(name)
    rows = space.sample(12, seed=5)
    counted = [sizes(build_model(space, row))[0] for row in rows]
    assert counted == space.macs(rows).tolist()


@pytest.mark.parametrize("name", SPACES)
def test_the_library_counts_the_same_parameters(name: str) -> None:
    """A search finds a network within its own count, from both sides, and beyond it nothing."""
    model = helpnas.load(name)
    rows = model.space.sample(6, seed=5)
    phone = model.adapt(rows, model.space.macs(rows) * 1e-7, method="macs")
    for row in rows:
        count = sizes(build_model(model.space, row))[1]
        found = phone.search(
            max_latency_ms=math.inf,
            accuracy=model.space.macs,
            candidates=row[None],
            limits=[Limit.parameters(count + 0.5, minimum=count - 0.5)],
        )
        assert found.genes.tolist() == [row.tolist()]
        with pytest.raises(helpnas.InfeasibleError):
            phone.search(
                max_latency_ms=math.inf,
                accuracy=model.space.macs,
                candidates=row[None],
                limits=[Limit.parameters(count - 0.5)],
            )


def test_operations_of_ofa_differ_by_the_rounded_excitations() -> None:
    """The library squeezes to a quarter; the network rounds that to a multiple of 8."""
    space = helpnas.Space("ofa-mbv3")
    rows = space.sample(12, seed=5)
    for row, macs in zip(rows, space.macs(rows)):
        excess = sizes(build_model(space, row))[0] - macs
        assert 0 <= excess < 1e-4 * macs


@pytest.mark.parametrize(
    ("gene", "macs", "parameters"),
    [(0, 7_783_040, 73_306), (3, 220_119_680, 1_531_546)],
)
def test_sizes_that_the_benchmark_published(gene: int, macs: int, parameters: int) -> None:
    """NAS-Bench-201's own records of its smallest and its largest network on CIFAR-10."""
    assert sizes(build_model("nasbench201", [gene] * 6)) == (macs, parameters)


@pytest.mark.parametrize("gene", [0, 3])
def test_other_data_sets_differ_in_pixels_and_classes(gene: int) -> None:
    macs, parameters = sizes(build_model("nasbench201", [gene] * 6))
    body = macs - 64 * 10
    for name, share, classes in (("cifar100", 1, 100), ("imagenet16-120", 4, 120)):
        expected = body // share + 64 * classes, parameters + 65 * (classes - 10)
        assert sizes(build_model("nasbench201", [gene] * 6, dataset=name)) == expected


#: FBNet's genes by kernel, expansion and groups, as the papers write them.
FBNET = "k3_e1 k3_e1_g2 k3_e3 k3_e6 k5_e1 k5_e1_g2 k5_e3 k5_e6 skip".split()


@pytest.mark.parametrize(
    ("published", "blocks"),
    [
        (
            249e6,
            "skip k3_e3 k3_e1 skip skip k5_e6 k3_e3 k5_e1 k3_e3 k5_e6 k5_e3 k5_e1_g2 k5_e6 "
            "k3_e6 k5_e1_g2 k5_e1 k3_e1_g2 k5_e6 k5_e6 k5_e3 k5_e6 k3_e6",
        ),
        (
            295e6,
            "k3_e1 k3_e6 k5_e1 k3_e1 k3_e1 k5_e6 k5_e3 k3_e6 k5_e6 k5_e6 k5_e1 skip k5_e3 k5_e6 "
            "k3_e1 k5_e1 k5_e3 k5_e6 k5_e1 k5_e6 k5_e6 k3_e6",
        ),
    ],
)
def test_fbnet_a_and_b_have_their_published_size_on_imagenet(published: float, blocks: str) -> None:
    """FBNet's Table 2; HW-NAS-Bench's networks, which these are, differ in small parts."""
    genes = [FBNET.index(block) for block in blocks.split()]
    macs, _ = sizes(build_model("fbnet", genes, dataset="imagenet"))
    assert macs == pytest.approx(published, rel=0.01)


def test_a_data_set_of_another_space_is_refused() -> None:
    message = "dataset is 'imagenet'; networks of nasbench201 are for 'cifar10', 'cifar100'"
    with pytest.raises(helpnas.ArgumentError, match=message):
        build_model("nasbench201", [0] * 6, dataset="imagenet")
    assert [helpnas.measuring.data_sets(name)[0] for name in SPACES] == [
        {"nasbench201": "cifar10", "fbnet": "cifar100", "ofa-mbv3": "imagenet"}[name]
        for name in SPACES
    ]


def parameters_of_fbnet(genes: Any) -> int:
    """Weights, two numbers for each normalized channel, and the classifier's biases."""
    blocks = [(3, 1, 1), (3, 1, 2), (3, 3, 1), (3, 6, 1)]
    blocks += [(5, *rest) for _, *rest in blocks]
    widths = [16] + [24] * 4 + [32] * 4 + [64] * 4 + [112] * 4 + [184] * 4 + [352]
    total, before = 3 * 16 * 9 + 2 * 16, 16
    for layer, (gene, width) in enumerate(zip(genes, widths)):
        if gene < 8:
            kernel, expansion, groups = blocks[gene]
            inner = before * expansion
            total += (before + width) * inner // groups + inner * kernel**2 + 4 * inner + 2 * width
        elif before != width or layer in (5, 9, 17):
            total += before * width + 2 * width
        before = width
    return total + 352 * 1504 + 2 * 1504 + 1504 * 100 + 100


def parameters_of_ofa(genes: Any) -> int:
    def pointwise(inputs: int, outputs: int) -> int:
        return inputs * outputs + 2 * outputs

    # Squeezed channels by expanded ones: quarters, to the next multiple of 8 within a tenth.
    squeezed = {
        72: 24,
        96: 24,
        120: 32,
        144: 40,
        160: 40,
        240: 64,
        320: 80,
        336: 88,
        448: 112,
        480: 120,
        640: 160,
        672: 168,
        960: 240,
    }
    total, before = 3 * 16 * 9 + 32 + 16 * 9 + 32 + pointwise(16, 16), 16
    for stage, width in enumerate([24, 40, 80, 112, 160]):
        for slot in range(4 * stage, 4 * stage + genes[40 + stage]):
            inner = before * genes[20 + slot]
            total += pointwise(before, inner) + inner * genes[slot] ** 2 + 2 * inner
            total += pointwise(inner, width)
            if stage in (1, 3, 4):
                total += 2 * inner * squeezed[inner] + squeezed[inner] + inner
            before = width
    return total + pointwise(160, 960) + 960 * 1280 + 1280 * 1000 + 1000


@pytest.mark.parametrize("count", [parameters_of_fbnet, parameters_of_ofa])
def test_parameters_are_those_of_the_definition(count: Any) -> None:
    space = helpnas.Space({"parameters_of_fbnet": "fbnet"}.get(count.__name__, "ofa-mbv3"))
    for row in space.sample(12, seed=6):
        assert sizes(build_model(space, row))[1] == count(row.tolist())


@pytest.mark.parametrize("name", SPACES)
def test_numpy_computes_the_same(name: str) -> None:
    """But for roundings, which random weights can amplify a hundredfold; a wrong layer: by 1."""
    space = helpnas.Space(name)
    function = getattr(reference, name.replace("-mbv3", "_mobilenetv3"))
    rows = space.sample(3, seed=8)
    if name == "nasbench201":  # every operation, nothing, and skips alone
        rows = np.vstack([[[3, 0, 2, 4, 1, 3], [0] * 6, [1] * 6], rows])
    if name == "ofa-mbv3":
        rows[:, -1] = 128
    for row in rows:
        model = build_model(space, row, batch=2)
        image, output = run(model)
        kept = {k: v for k, v in weights_of(model).items() if not k.startswith("constant")}
        weights = reference.Weights(list(kept.values()))
        expected = function(weights, image.astype(np.float64), row.tolist())
        assert weights.are_used_up()
        np.testing.assert_allclose(output, expected, rtol=0, atol=5e-3 * np.abs(expected).max())


def transformer(layers: int) -> Any:
    """Genes of a transformer with this many decoder layers, of every number of heads."""
    space = helpnas.Space("hat-iwslt14-de-en")
    row = space.sample(1, seed=layers)[0].copy()
    row[15] = layers
    row[8:14] = row[22:28] = [8, 4, 2, 4, 8, 4]
    row[34:40] = [-1, 1, 2, -1, 1, 2]
    return space.canonicalize([row])[0]


@pytest.mark.parametrize("layers", [1, 3])
def test_decoding_in_a_loop_is_decoding_at_once(layers: int) -> None:
    row = transformer(layers)
    model = build_model("hat-iwslt14-de-en", row, batch=2)
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    feed = {
        given.name: random.standard_normal(given.shape).astype(np.float32)
        for given in session.get_inputs()
    }
    (output,) = session.run(None, feed)
    kept = {k: v for k, v in weights_of(model).items() if not k.startswith("constant")}
    weights = reference.Weights(list(kept.values()))
    expected = reference.hat(weights, feed["source"], feed["target"], row.tolist())
    assert weights.are_used_up() and output.shape == (23, 2, 1, row[14])
    np.testing.assert_allclose(output, expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("layers", [1, 4])
def test_the_library_counts_a_transformers_operations(layers: int) -> None:
    """But for what tokens that are decoded later would be read, which the library counts."""
    space, row = helpnas.Space("hat-wmt14-en-de"), transformer(layers)
    graph = onnx.load_from_string(build_model(space, row)).graph
    sizes_of = {item.name: np.prod(item.dims) for item in graph.initializer}
    (loop,) = [node for node in graph.node if node.op_type == "Loop"]
    encoder = [n.input[1] for n in graph.node if n.op_type == "MatMul" and n.input[1] in sizes_of]
    body = onnx.helper.get_attribute_value(loop.attribute[0]).node
    decoder = [n.input[1] for n in body if n.op_type == "MatMul" and n.input[1] in sizes_of]
    counts = [{-1: 1, 1: 2, 2: 3}[value] for value in row[34 : 34 + layers].tolist()]
    own, crossing = encoder[: 6 * row[1]], encoder[6 * row[1] :]
    macs = 30 * sum(sizes_of[name] for name in own + decoder)
    for layer, count in enumerate(counts):
        macs += 30 * count * sum(sizes_of[name] for name in crossing[2 * layer : 2 * layer + 2])
    macs += row[1] * 2 * 30 * 30 * 512 + sum(2 * 30 * 30 * count * 512 for count in counts)
    macs += layers * 2 * 512 * sum(range(1, 31))
    later = layers * 2 * 512 * sum(range(30))
    assert macs + later == space.macs([row])[0]


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("batch", [1, 3])
def test_outputs_are_finite_and_as_many_as_images(name: str, batch: int) -> None:
    space = helpnas.Space(name)
    for row in space.sample(3, seed=9):
        image, output = run(build_model(space, row, batch))
        assert image.shape[0] == output.shape[0] == batch
        assert np.isfinite(output).all() and output.std() > 0


@pytest.mark.parametrize("name", SPACES)
def test_the_seed_draws_the_weights(name: str) -> None:
    space = helpnas.Space(name)
    arch = space.notation(space.sample(1))[0]
    assert build_model(space, arch) == build_model(name, arch, seed=0)
    assert build_model(space, arch) != build_model(space, arch, seed=1)


def test_nothing_is_left_out_of_a_cell() -> None:
    """A convolution that only ``none`` leads to runs, and so does ``none``."""
    graph = onnx.load_from_string(build_model("nasbench201", [0, 0, 3, 0, 0, 0])).graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("Mul") == 5 * 15
    assert kinds.count("Conv") == 1 + 15 + 2 * 3


def test_spaces_without_networks_and_architectures_outside() -> None:
    with pytest.raises(helpnas.ArchitectureError):
        build_model("nasbench201", [9] * 6)
    with pytest.raises(helpnas.ArgumentError, match="batch"):
        build_model("nasbench201", [0] * 6, batch=0)
    features = [{"kind": "one_hot", "genes": ["a"]}]
    own = helpnas.Space.from_json(
        {"name": "own", "genes": [{"name": "a", "choices": [0, 1]}], "features": features}
    )
    with pytest.raises(helpnas.UnsupportedError, match="'own'.*run="):
        build_model(own, [0])
    assert helpnas.measuring.data_sets(own) == ()
