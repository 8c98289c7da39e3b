"""FBNet, OFA, HAT and spaces of one's own: their notation, and all four verbs in each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest
from conftest import REPOSITORY

import helpnas

EXAMPLE = REPOSITORY / "examples" / "spaces" / "mobilenetv2.json"
BUILT_IN = [
    "nasbench201",
    "fbnet",
    "ofa-mbv3",
    "hat-wmt14-en-de",
    "hat-wmt14-en-fr",
    "hat-wmt19-en-de",
    "hat-iwslt14-de-en",
]
OFA = {"ks": [7] * 20, "e": [6] * 20, "d": [2, 3, 4, 2, 3], "r": [224]}
HAT = {
    "encoder": {
        "encoder_embed_dim": 512,
        "encoder_layer_num": 6,
        "encoder_ffn_embed_dim": [2048] * 6,
        "encoder_self_attention_heads": [8] * 6,
    },
    "decoder": {
        "decoder_embed_dim": 640,
        "decoder_layer_num": 2,
        "decoder_ffn_embed_dim": [3072, 1024],
        "decoder_self_attention_heads": [4, 8],
        "decoder_ende_attention_heads": [8, 8],
        "decoder_arbitrary_ende_attn": [-1, 2],
    },
}


def opened(name: str) -> helpnas.Space:
    return helpnas.Space.from_file(EXAMPLE) if name == "mobilenetv2" else helpnas.Space(name)


@pytest.mark.parametrize("name", [*BUILT_IN, "mobilenetv2"])
def test_text_and_notation_of_ten_thousand_are_read_back(name: str) -> None:
    space = opened(name)
    rows = space.sample(10_000, seed=5)
    assert (space.canonicalize(rows) == rows).all()
    assert (space.parse(space.format(rows)) == rows).all()
    some = rows[:500]
    assert (space.genes(space.notation(some)) == some).all()


def test_fbnet_is_lists_of_numbers_or_names() -> None:
    space = helpnas.Space("fbnet")
    assert space.notation([[8] * 22]) == [[8] * 22]
    assert (space.genes([["skip"] * 22]) == 8).all()


def test_ofa_is_dicts_with_any_resolution_form() -> None:
    space = helpnas.Space("ofa-mbv3")
    plain = {**OFA, "r": 224}
    archs = [OFA, plain, {**plain, "wid": None}, {**plain, "ks": np.full(20, 7)}]
    rows = space.canonicalize(archs)
    assert (rows == rows[0]).all()
    found = space.notation(rows)[0]
    assert found["d"] == OFA["d"] and found["r"] == 224
    assert found["ks"][:4] == [7, 7, 3, 3]  # the first stage has two blocks


def test_hat_reads_both_of_its_forms() -> None:
    space = helpnas.Space("hat-wmt14-en-de")
    (found,) = space.notation([HAT])
    assert found["decoder-ffn-embed-dim-all-subtransformer"] == [3072, 1024]
    assert (space.genes([found]) == space.genes([HAT])).all()


@pytest.mark.parametrize(
    ("name", "arch"),
    [
        ("fbnet", [9] * 22),
        ("fbnet", ["skip"] * 21),
        ("fbnet", ["conv"] * 22),
        ("ofa-mbv3", {**OFA, "r": [224, 192]}),
        ("ofa-mbv3", {**OFA, "d": [5] * 5}),
        ("ofa-mbv3", {"ks": [3] * 20}),
        ("ofa-mbv3", {**OFA, "depth": 3}),
        ("hat-wmt14-en-de", {"encoder": HAT["encoder"]}),
        ("mobilenetv2", {"depth0": 9}),
        ("mobilenetv2", {}),
    ],
)
def test_what_is_not_of_the_space_is_refused(name: str, arch: Any) -> None:
    with pytest.raises((helpnas.FormatError, helpnas.ArchitectureError)):
        opened(name).macs([arch])


def test_a_choice_with_a_fraction_is_to_be_written_as_text() -> None:
    space = {"name": "mine", "genes": [{"name": "e", "choices": [3, 3.5]}]}
    message = r'choices\[1\] is 3\.5, not an integer: write .* as texts, such as "3\.5"'
    with pytest.raises(helpnas.FormatError, match=message):
        helpnas.Space.from_json(space)
    space["genes"] = [{"name": "e", "choices": ["3", "3.5"]}]
    assert helpnas.Space.from_json(space).genes([{"e": "3.5"}]).tolist() == [[1]]


def test_an_unknown_object_in_a_dict_is_refused() -> None:
    with pytest.raises(helpnas.ArgumentError, match="cannot hold"):
        helpnas.Space("ofa-mbv3").macs([{**OFA, "r": object()}])


def test_a_description_can_be_read_again(tmp_path: Path) -> None:
    space = helpnas.Space.from_file(EXAMPLE)
    again = helpnas.Space.from_json(space.description)
    rows = space.sample(50, seed=1)
    assert (again.encode(rows) == space.encode(rows)).all()
    assert (again.macs(rows) == space.macs(rows)).all()
    assert again.count == space.count


def test_errors_name_the_file_and_the_place(tmp_path: Path) -> None:
    description: Dict[str, Any] = json.loads(EXAMPLE.read_text())
    description["genes"][7]["choices"] = []
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(description))
    with pytest.raises(helpnas.FormatError, match=r"bad.json.*genes\[7\].choices"):
        helpnas.Space.from_file(file)
    file.write_text("{")
    with pytest.raises(helpnas.FormatError, match="bad.json"):
        helpnas.Space.from_file(file)


def trained(space: helpnas.Space) -> "tuple[helpnas.LatencyTable, helpnas.Model]":
    """A tiny model on made-up devices, which charge for features and operations."""
    random = np.random.default_rng(3)
    archs = space.sample(150, seed=3)
    features = space.encode(archs).astype(float)
    costs = [features @ random.lognormal(0, 1, features.shape[1]) + 1 for _ in range(6)]
    columns = {f"device{i}": cost for i, cost in enumerate(costs)}
    table = helpnas.LatencyTable(space, archs, columns, references=range(10))
    *train, _ = columns
    model = helpnas.meta_train(
        table,
        train=train,
        episodes=20,
        tasks=2,
        query=30,
        hidden=16,
        seed=1,
        meta_rate=3e-3,
        bayes=False,
    )
    return table, model


@pytest.mark.parametrize("name", ["fbnet", "ofa-mbv3", "hat-iwslt14-de-en", "mobilenetv2"])
def test_all_four_verbs(name: str, tmp_path: Path) -> None:
    space = opened(name)
    table, model = trained(space)
    model.save(tmp_path / "model.safetensors")
    model = helpnas.load(tmp_path / "model.safetensors")
    assert model.space.name == name

    latency = table.latency("device5")
    phone = model.adapt(model.references, latency[:10], method="help")
    assert (phone.predict(space.notation(table.archs)) > 0).all()
    limit = float(np.median(phone.predict(table.archs)))
    found = phone.search(max_latency_ms=limit, accuracy=space.macs, generations=5, seed=2)
    assert (found.latency_ms <= limit).all() and len(found) == 10
    assert (space.genes(found.archs) == found.genes).all()
    drawn = [set(g.get("drawn", g["choices"])) for g in space.description["genes"]]
    if name != "mobilenetv2":  # whose choices are labels
        assert all(set(column) <= wanted for column, wanted in zip(found.genes.T, drawn))

    phone.save(tmp_path / "phone.safetensors")
    again = helpnas.load_predictor(tmp_path / "phone.safetensors")
    assert (again.predict(table.archs) == phone.predict(table.archs)).all()


def test_models_of_two_spaces_of_one_name_are_kept_apart() -> None:
    description = json.loads(EXAMPLE.read_text())
    space = helpnas.Space.from_json(description)
    table, model = trained(space)
    description["genes"][0]["choices"] = [2, 3, 4, 5]
    other = helpnas.Space.from_json(description)
    changed = helpnas.LatencyTable(other, other.sample(20, seed=0), {"a": np.ones(20)})
    with pytest.raises(helpnas.MismatchError):
        helpnas.evaluate(model, changed)
