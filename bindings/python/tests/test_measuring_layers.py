"""Layers measured alone, and their sum."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import pytest

import helpnas
from helpnas import ArgumentError, FormatError, MeasurementError, UnsupportedError
from helpnas.measuring import LayerTable, build_model, layer_table, measure_layers
from helpnas.measuring.builders.single_layer import Layer, layer_model

SPACES = ("nasbench201", "fbnet")


def every_layer(space: str) -> List[Layer]:
    return layer_table._every_layer(helpnas.Space(space))


def simulated(space: str, call: float = 0.25) -> LayerTable:
    """A device on which layer number i takes i ms more than a call."""
    names = [layer.name for layer in every_layer(space)]
    return LayerTable(space, {"made up": {name: call + i for i, name in enumerate(names)}})


class MadeUpRuntime:
    """Prepares nothing; fails on models that have an operator."""

    name = "made up"
    identity: Dict[str, Any] = {"name": "made up", "version": "1"}

    def __init__(self, failing: bytes = b"no such operator") -> None:
        self.models: List[bytes] = []
        self._failing = failing

    def prepare(self, model: bytes, threads: int) -> Callable[[], object]:
        if self._failing in model:
            raise RuntimeError("no such operator")
        self.models.append(model)
        return lambda: sum(range(1000))


@pytest.mark.parametrize(("space", "count"), [("nasbench201", 20), ("fbnet", 105)])
def test_layers_of_one_shape_are_one(space: str, count: int) -> None:
    assert len(every_layer(space)) == count


@pytest.mark.parametrize("space", SPACES)
def test_the_layers_of_a_network_do_what_it_does(space: str) -> None:
    """Multiply-accumulates and parameters of the layers add up to the network's."""
    pytest.importorskip("onnx", reason="onnx is not installed: pip install 'helpnas[measure]'")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from test_measuring_networks import sizes

    alone = {layer.name: np.array(sizes(layer_model(layer, 1, 0))) for layer in every_layer(space)}
    listed, _ = layer_table._LAYERS[space]
    for row in helpnas.Space(space).sample(8, seed=2).tolist():
        total = sum(alone[layer.name] for layer in listed(row))
        assert tuple(total) == sizes(build_model(space, row))


@pytest.mark.parametrize("space", SPACES)
def test_a_layer_runs_and_gives_the_shape_it_says(space: str) -> None:
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    for layer in every_layer(space):
        session = ort.InferenceSession(layer_model(layer, 2, 0), providers=["CPUExecutionProvider"])
        image = np.ones((2, *layer.input), np.float32)
        assert session.run(None, {"input": image})[0].shape == (2, *layer.output)


def test_a_sum_counts_each_layer_as_often_as_it_runs() -> None:
    table = simulated("nasbench201")
    names = [layer.name for layer in every_layer("nasbench201")]
    cost = {name: float(i) for i, name in enumerate(names)}
    fixed = sum(cost[name] for name in names if name.split()[0] in ("stem", "head", "reduction"))
    fixed += 15 * sum(cost[name] for name in names if name.startswith("sum"))
    genes = [3, 3, 1, 0, 4, 1]
    operations = Counter(["nor_conv_3x3", "nor_conv_3x3", "none", "avg_pool_3x3"])
    cell = sum(cost[name] * operations[name.split()[0]] for name in names)
    assert table.latency("made up", [genes]) == pytest.approx([0.25 + fixed + 5 * cell])
    assert table.latency("made up", [[1] * 6]) == pytest.approx([0.25 + fixed])


def test_blocks_that_pass_their_input_on_cost_nothing() -> None:
    table = simulated("fbnet")
    genes = np.full((2, 22), 3)
    genes[1, 2] = 8
    (all_blocks, one_less) = table.latency("made up", genes)
    name = "k3_e6_g1 24x32x32 to 24x32x32"
    assert all_blocks - one_less == pytest.approx(table.devices["made up"][name] - 0.25)


def test_a_layer_faster_than_a_call_takes_no_time_away() -> None:
    names = [layer.name for layer in every_layer("fbnet")]
    table = LayerTable("fbnet", {"d": {name: 1.0 if name == "call" else 0.5 for name in names}})
    assert table.latency("d", [[0] * 22]) == pytest.approx([1.0])


@pytest.mark.parametrize("space", SPACES)
def test_tables_come_back_from_files(space: str, tmp_path: Path) -> None:
    table = simulated(space, call=0.1)
    table.to_csv(tmp_path / "layer_table.csv")
    assert LayerTable.from_csv(tmp_path / "layer_table.csv", space).devices == table.devices


def test_what_is_wrong_with_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "layer_table.csv"
    simulated("fbnet").to_csv(file)
    text = file.read_text()
    for wrong, message in (
        (text.replace("layer,", "arch,"), "the columns must be 'layer'"),
        (text.replace("stem,1.25", "stem,0"), "row 3, column 'made up': '0' is not a latency"),
        (text.replace("stem,1.25", "stem,1,2"), "row 3: 3 fields, not 2"),
        (text.replace("stem,", "trunk,"), "no latency of layer 'stem'"),
        (text + "trunk,1\n", "an unknown layer 'trunk'"),
        (text + "stem,1\n", "row 107: 'stem' is given twice"),
    ):
        file.write_text(wrong)
        with pytest.raises(FormatError, match=message):
            LayerTable.from_csv(file, "fbnet")


def test_unknown_devices_spaces_and_layers_are_refused() -> None:
    table = simulated("fbnet")
    with pytest.raises(ArgumentError, match="no device 'other' in the table; it has made up"):
        table.latency("other", [[0] * 22])
    with pytest.raises(UnsupportedError, match="only of nasbench201, fbnet"):
        measure_layers("ofa-mbv3", runtime=MadeUpRuntime())
    with pytest.raises(ArgumentError, match="d: a latency is not a finite number above 0"):
        LayerTable("fbnet", {"d": {**table.devices["made up"], "stem": float("nan")}})


@pytest.mark.parametrize("space", SPACES)
def test_every_layer_is_measured_once_prepared(space: str) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: pip install 'helpnas[measure]'")
    runtime, seen = MadeUpRuntime(), []
    table = measure_layers(
        space, runtime=runtime, rounds=2, name="d", progress=lambda *done: seen.append(done)
    )
    count = len(every_layer(space))
    assert len(runtime.models) == len(set(runtime.models)) == count
    assert seen[-1] == (2 * count, 2 * count)
    assert min(table.devices["d"].values()) > 0


def test_a_layer_that_fails_is_named() -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: pip install 'helpnas[measure]'")
    with pytest.raises(MeasurementError, match="'none 16x32x32' could not .* no such operator"):
        measure_layers("nasbench201", runtime=MadeUpRuntime(b"Mul"), rounds=1)


def test_the_measured_layers_are_there() -> None:
    """data/latencies: every column of the architectures has its layers."""
    from conftest import REPOSITORY

    for space in SPACES:
        folder = REPOSITORY / "data" / "latencies"
        known = LayerTable.from_csv(folder / f"layers-{space}.csv", space)
        table = helpnas.LatencyTable.from_csv(folder / f"{space}.csv", space)
        assert set(known.devices) == set(table.devices)
        for device in ("amd_epyc_onnxruntime", "amd_epyc_openvino"):
            sums = known.latency(device, table.archs)
            assert helpnas.score(sums, table.latency(device))["spearman"] > 0.9
