"""Spaces described by their layers: costs against the built-in spaces, the builder, the command."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any, Dict

import numpy as np
import pytest
from cli_tools import run, run_json
from conftest import REPOSITORY

import helpnas
from helpnas.describing import SpaceBuilder, above, extremes, lookup, one_of

SPACES = REPOSITORY / "examples" / "spaces"


def script(name: str) -> ModuleType:
    """The example that writes descriptions."""
    spec = importlib.util.spec_from_file_location(name, SPACES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PUBLISHED = script("published_spaces").SPACES


def small() -> SpaceBuilder:
    """Two genes, one of them of labels, and every kind of condition."""
    builder = SpaceBuilder("small")
    depth = builder.gene("depth", [1, 2], drawn=[1, 2])
    with builder.repeat(2, "i", alive_if=[above(depth, "{i}")]):
        builder.gene("op_{i}", ["narrow", "wide"])
        builder.size("width", lookup("op_{i}", [4, 8]))
        builder.linear("width", 3, bias=True, alive_if=[one_of("op_{i}", "wide")])
        builder.custom(macs="100 * width")
    builder.cost("double", each_layer="2 * macs")
    builder.feature("one_hot")
    return builder


@pytest.mark.parametrize(
    ("name", "built_in"), [("fbnet", "fbnet"), ("ofa", "ofa-mbv3"), ("hat", "hat-wmt14-en-de")]
)
def test_described_costs_equal_the_built_in_ones(name: str, built_in: str) -> None:
    space, described = helpnas.Space(built_in), PUBLISHED[name]().space()
    rows = space.sample(1000, seed=5)
    expected, costs = space.costs(rows), described.costs(rows)
    assert list(costs) == list(expected) == ["macs", "parameters", "activations", "operations"]
    for cost, values in costs.items():
        np.testing.assert_array_equal(values, expected[cost])
    np.testing.assert_array_equal(described.macs(rows), space.macs(rows))


def test_gpt_has_the_weights_and_products_of_its_matrices() -> None:
    space = PUBLISHED["gpt"]().space()
    archs = space.notation(space.sample(50, seed=1))
    costs = space.costs(archs)
    for place, arch in enumerate(archs):
        weights, biases, products = 50254 * arch["embed_dim"], 0, 0
        for layer in range(arch["n_layer"]):
            width, attended = arch["embed_dim"], 64 * arch[f"n_head_{layer}"]
            hidden = width * arch[f"mlp_ratio_{layer}"]
            weights += 4 * width * attended + 3 * width * hidden
            biases += 3 * attended + 2 * width + 2 * hidden
            products += 2 * 1024 * 1024 * attended
        normalized = 2 * (2 * arch["n_layer"] + 1) * arch["embed_dim"]
        embedded = 50254 * arch["embed_dim"]
        assert costs["macs"][place] == 1024 * weights + products
        assert costs["parameters"][place] == (
            weights + embedded + normalized + arch["bias"] * biases
        )


@pytest.mark.parametrize("name", ["vit", "llama", "point_cloud"])
def test_the_examples_are_what_their_scripts_write(name: str) -> None:
    written = json.loads((SPACES / f"{name}.json").read_text())
    assert written == script(name).space().description()
    with helpnas.Space.from_json(written) as space:
        assert (space.macs(space.sample(100)) > 0).all()


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_published_descriptions_are_what_the_script_writes(name: str) -> None:
    written = json.loads((SPACES / "published" / f"{name}.json").read_text())
    assert written == PUBLISHED[name]().description()


def test_the_guides_descriptions_are_read() -> None:
    guide = (REPOSITORY / "docs" / "guide" / "own-spaces.md").read_text()
    found = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    assert found
    for text in found:
        with helpnas.Space.from_json(text) as space:
            assert (space.macs(space.sample(20)) > 0).all()


def test_the_guides_message_is_what_forgotten_conditions_give() -> None:
    guide = (REPOSITORY / "docs" / "guide" / "own-spaces.md").read_text()
    description = json.loads(re.findall(r"```json\n(.*?)```", guide, re.DOTALL)[0])
    del description["layers"][1]["alive_if"]
    with pytest.raises(helpnas.FormatError) as error:
        helpnas.Space.from_json(description)
    message = str(error.value).split("help_space_from_json: ")[1]
    assert f"`{message}`" in guide.replace("\n", " ")


def test_a_vision_transformer_counts_as_in_torch() -> None:
    """DeiT-small but for the head's size: 22,050,664 parameters by torch (timm)."""
    description = script("vit").space().description()
    assert description["genes"][0]["choices"][1] == 384
    with helpnas.Space.from_json(description) as space:
        arch: Dict[str, Any] = {"embed_dim": 384, "depth": 12}
        for layer in range(12):
            arch.update({f"heads_{layer}": 6, f"mlp_ratio_{layer}": "4"})
        assert space.costs([arch])["parameters"][0] == 22_050_664


def test_the_builder_writes_what_the_library_reads(tmp_path: Path) -> None:
    file = tmp_path / "small.json"
    small().write(file)
    with helpnas.Space.from_file(file) as space, small().space() as same:
        assert space == same
        costs = space.costs([{"depth": 2, "op_0": "narrow", "op_1": "wide"}])
    assert {name: values[0] for name, values in costs.items()} == {
        "macs": 400 + 24 + 800,
        "parameters": 27,
        "activations": 11,
        "operations": 1,
        "double": 2 * 1224,
    }


def test_loops_and_groups_describe_the_same_space() -> None:
    loop = SpaceBuilder("small")
    loop.gene("depth", [1, 2], drawn=[1, 2])
    for i in range(2):
        alive = [above("depth", i)]
        loop.gene(f"op_{i}", ["narrow", "wide"], alive_if=alive)
        width = lookup(f"op_{i}", [4, 8])
        loop.linear(width, 3, bias=True, alive_if=[*alive, one_of(f"op_{i}", "wide")])
        loop.custom(macs=width, alive_if=alive)
    with loop.space() as space, small().space() as grouped:
        assert space.description["genes"] == grouped.description["genes"]
        rows = space.sample(space.count)
        macs = [space.macs(rows), grouped.macs(rows)]
        parameters = [one.cost(rows, "parameters") for one in (space, grouped)]
    assert (macs[0] < macs[1]).all()
    np.testing.assert_array_equal(*parameters)


def test_the_builder_says_what_is_wrong(tmp_path: Path) -> None:
    builder = SpaceBuilder("wrong")
    builder.gene("width", [1, 2])
    builder.linear("width - 1", 3)
    with pytest.raises(helpnas.FormatError, match=r"layers\[0\].inputs is 0, not above 0 .* 1$"):
        builder.write(tmp_path / "wrong.json")
    assert not (tmp_path / "wrong.json").exists()
    with builder.repeat(2), pytest.raises(helpnas.ArgumentError, match="inside a repeat"):
        builder.description()


def test_a_cost_that_the_space_lacks_is_named() -> None:
    with small().space() as space:
        with pytest.raises(helpnas.UnsupportedError, match="joules.*it has macs, parameters"):
            space.cost(space.sample(1), "joules")
    bare = SpaceBuilder("bare")
    bare.gene("width", [1, 2])
    with bare.space() as space:
        assert space.costs(space.sample(2)) == {}
        with pytest.raises(helpnas.UnsupportedError, match="it has none"):
            space.cost(space.sample(1), "macs")


def test_extremes_are_those_of_all() -> None:
    with small().space() as space:
        every = space.sample(space.count)
        least, most = extremes(space)
        macs = space.macs(np.stack([least, most]))
        assert macs.tolist() == [space.macs(every).min(), space.macs(every).max()]


def test_a_model_file_carries_the_layers(tmp_path: Path) -> None:
    space = PUBLISHED["gpt"]().space()
    archs, random = space.sample(150, seed=3), np.random.default_rng(3)
    costs = space.costs(archs)
    columns = {
        f"device{i}": costs["macs"] * random.uniform(1, 2) + costs["activations"] for i in range(4)
    }
    table = helpnas.LatencyTable(space, archs, columns, references=range(10))
    model = helpnas.meta_train(
        table, train=list(columns)[:3], episodes=5, tasks=2, query=30, hidden=16, seed=1
    )
    model.save(tmp_path / "model.safetensors")
    with helpnas.load(tmp_path / "model.safetensors") as again:
        assert again.space == space
        assert again.space.costs(archs)["macs"].tolist() == costs["macs"].tolist()
        predictor = again.adapt(archs[:10], columns["device3"][:10] / 1e9)
        found = predictor.predict(archs[10:]) * 1e9
    np.testing.assert_allclose(found, columns["device3"][10:], rtol=0.02)


def test_the_command_shows_what_a_description_amounts_to(tmp_path: Path) -> None:
    file = tmp_path / "small.json"
    small().write(file)
    shown = run_json("spaces", "check", file)
    assert (shown["space"], shown["genes"], shown["architectures"]) == ("small", 3, 6)
    macs = {each["which"]: each["costs"]["macs"] for each in shown["networks"]}
    assert (macs["smallest"], macs["largest"]) == (400, 2 * (800 + 24))
    for text in ("small", "largest", "double", "1,648"):
        assert text in run("spaces", "check", file).out


def test_the_command_refuses_what_is_no_description(tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text('{"name": "bad", "genes": [{"name": "a", "choices": [1]}], "layers": [3]}')
    result = run("spaces", "check", file)
    assert result.code == 3 and "space.layers[0] is an integer, not an object" in result.err
    assert run("spaces", "check").code == 2
    assert run("spaces", "fbnet", file).code == 2


def test_every_choice_counts(tmp_path: Path) -> None:
    """All combinations of a described space by plain arithmetic."""
    builder = SpaceBuilder("plain")
    genes = {"a": [1, 2, 3], "b": [5, 7], "side": [8, 9]}
    for name, choices in genes.items():
        builder.gene(name, choices)
    builder.conv("side", "a", "b * 2", 3, stride=2, bias=True)
    with builder.space() as space:
        for a, b, side in itertools.product(*genes.values()):
            costs = space.costs([{"a": a, "b": b, "side": side}])
            after = (side + 1) // 2
            assert costs["macs"][0] == after**2 * a * 2 * b * 9
            assert costs["parameters"][0] == a * 2 * b * 9 + 2 * b
            assert costs["activations"][0] == side**2 * a + after**2 * 2 * b
