"""Measure networks of one's own: vision transformers of examples/spaces/small_vit.json.

    python examples/python/own_networks.py [--rounds 10]

The command line takes the same function: in this folder
    helpnas measure ../spaces/small_vit.json --build own_networks:onnx_of -o here.csv

Needs onnx and onnxruntime: pip install 'helpnas[measure]'
"""

import argparse
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import onnx
from onnx import helper, numpy_helper

import helpnas

SPACE = Path(__file__).parents[1] / "spaces/small_vit.json"
PATCHES, HEAD_SIZE, CLASSES = 64, 32, 100


class Network:
    """An ONNX graph as it grows; weights are random, since latency does not depend on them."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)
        self._nodes: List[Any] = []
        self._stored: List[Any] = []

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """An operator with one output, whose name is returned."""
        output = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def store(self, values: Any) -> str:
        """A constant."""
        name = f"stored_{len(self._stored)}"
        self._stored.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def weights(self, *shape: int) -> str:
        """Random numbers."""
        return self.store(0.05 * self._random.standard_normal(shape, np.float32))

    def linear(self, x: str, inputs: int, outputs: int) -> str:
        """A matrix product and a bias."""
        product = self.add("MatMul", x, self.weights(inputs, outputs))
        return self.add("Add", product, self.weights(outputs))

    def norm(self, x: str, width: int) -> str:
        """Layer normalization."""
        return self.add("LayerNormalization", x, self.weights(width), self.weights(width), axis=-1)

    def heads(self, x: str, count: int, order: List[int]) -> str:
        """Tokens apart by head."""
        shape = self.store(np.array([1, PATCHES, count, HEAD_SIZE]))
        return self.add("Transpose", self.add("Reshape", x, shape), perm=order)

    def attention(self, x: str, width: int, heads: int) -> str:
        """Self-attention of all patches."""
        attended = heads * HEAD_SIZE
        query, key, value = (
            self.heads(self.linear(x, width, attended), heads, order)
            for order in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        )
        scale = self.store(np.float32(HEAD_SIZE**-0.5))
        scores = self.add("Mul", self.add("MatMul", query, key), scale)
        mixed = self.add("MatMul", self.add("Softmax", scores, axis=-1), value)
        shape = self.store(np.array([1, PATCHES, attended]))
        joined = self.add("Reshape", self.add("Transpose", mixed, perm=[0, 2, 1, 3]), shape)
        return self.linear(joined, attended, width)

    def model(self, output: str) -> Any:
        """The finished model for one image."""
        kind = onnx.TensorProto.FLOAT
        image = helper.make_tensor_value_info("image", kind, [1, 3, 32, 32])
        scores = helper.make_tensor_value_info(output, kind, [1, CLASSES])
        graph = helper.make_graph(self._nodes, "vit", [image], [scores], self._stored)
        opset = helper.make_opsetid("", 17)
        return helper.make_model(graph, opset_imports=[opset], ir_version=8)


def onnx_of(arch: Dict[str, int]) -> Any:
    """The network of an architecture: {"depth": 2, "width": 96, "heads_0": 3, ...}."""
    network, width = Network(), arch["width"]
    x = network.add(
        "Conv", "image", network.weights(width, 3, 4, 4), network.weights(width), strides=[4, 4]
    )
    x = network.add("Reshape", x, network.store(np.array([1, width, PATCHES])))
    x = network.add("Transpose", x, perm=[0, 2, 1])
    for block in range(arch["depth"]):
        attended = network.attention(network.norm(x, width), width, arch[f"heads_{block}"])
        x = network.add("Add", x, attended)
        hidden = width * arch[f"ratio_{block}"]
        inner = network.linear(network.norm(x, width), width, hidden)
        x = network.add("Add", x, network.linear(network.add("Relu", inner), hidden, width))
    mean = network.add("ReduceMean", network.norm(x, width), axes=[1], keepdims=0)
    return network.model(network.linear(mean, width, CLASSES))


def main() -> None:
    """Measure ten networks that are built here, and the same made from the description."""
    parser = argparse.ArgumentParser(description="Measure networks of one's own.")
    parser.add_argument("--rounds", type=int, default=10, help="rounds over all networks")
    options = parser.parse_args()

    space = helpnas.Space.from_file(SPACE)
    archs = space.notation(space.sample(10, seed=0))
    own = helpnas.measure(space, archs, build=onnx_of, rounds=options.rounds)
    made = helpnas.measure(space, archs, rounds=options.rounds)
    for warning in own.warnings:
        print(f"warning: {warning}")
    print("  own ms  description's ms  architecture")
    for arch, own_ms, made_ms in zip(archs, own.latency_ms, made.latency_ms):
        print(f"{own_ms:8.3f}  {made_ms:16.3f}  {arch}")
    scores = helpnas.score(made.latency_ms, own.latency_ms)
    print(f"rank correlation of both: {scores['spearman']:.3f}")


if __name__ == "__main__":
    main()
