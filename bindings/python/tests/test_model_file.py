"""Model files: other libraries open them, damage is noticed."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch_files as tf
from conftest import REFERENCES, small_model_tensors
from safetensors import safe_open
from safetensors.numpy import load as load_tensors

import helpnas
from helpnas.model_file import model_bytes


def test_the_safetensors_library_opens_our_files(
    small_model_file: bytes, model: helpnas.Model, tmp_path: Path
) -> None:
    wanted = small_model_tensors()
    model.save(tmp_path / "model.safetensors")
    for data in (small_model_file, model.to_bytes(), (tmp_path / "model.safetensors").read_bytes()):
        found = load_tensors(data)
        assert set(found) == set(wanted)
        for name, values in wanted.items():
            assert (found[name] == values).all()
    with safe_open(tmp_path / "model.safetensors", "numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "libhelp-model"
    assert json.loads(metadata["description"])["space"] == "nasbench201"


def test_loading_and_writing_is_the_identity(model: helpnas.Model) -> None:
    once = model.to_bytes()
    assert helpnas.Model.from_bytes(once).to_bytes() == once


def test_the_record_is_shown(model: helpnas.Model) -> None:
    assert "the tests' own" in json.dumps(model.description)


def loads_or_refuses(data: bytes) -> Any:
    """The model's bytes, or None where it was refused with an error of ours."""
    try:
        with helpnas.Model.from_bytes(data) as model:
            return model.to_bytes()
    except (helpnas.FormatError, helpnas.VersionError, helpnas.UnsupportedError):
        return None


def test_every_truncation_is_refused(model: helpnas.Model) -> None:
    whole = model.to_bytes()
    header = struct.unpack("<Q", whole[:8])[0] + 8
    lengths = {
        *range(1, 64),
        *range(64, header, 37),
        *range(header - 8, header + 8),
        *range(header, len(whole), 997),
        len(whole) - 1,
    }
    for length in sorted(lengths):
        assert loads_or_refuses(whole[:length]) is None, length
    assert loads_or_refuses(whole + b"\0") is None
    with pytest.raises(helpnas.ArgumentError):
        helpnas.Model.from_bytes(b"")


def test_flipped_bits_are_refused_or_harmless(model: helpnas.Model) -> None:
    whole = bytearray(model.to_bytes())
    header = struct.unpack("<Q", whole[:8])[0] + 8
    random = np.random.default_rng(0)
    positions = [*range(header), *random.integers(header, len(whole), 500)]
    for position in positions:
        bit = 1 << int(random.integers(8))
        whole[position] ^= bit
        assert loads_or_refuses(bytes(whole)) in (None, model.to_bytes()), (position, bit)
        whole[position] ^= bit


def test_truncated_and_flipped_predictors(predictor: helpnas.Predictor) -> None:
    whole = predictor.to_bytes()
    random = np.random.default_rng(1)
    for length in [*range(0, 64), *range(64, len(whole), 509)]:
        with pytest.raises(helpnas.HelpError):
            helpnas.Predictor.from_bytes(whole[:length])
    for position in random.integers(0, len(whole), 2000):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << int(random.integers(8))
        try:
            assert helpnas.Predictor.from_bytes(bytes(damaged)).to_bytes() == whole
        except helpnas.HelpError:
            pass


def test_a_model_is_not_a_predictor(model: helpnas.Model, predictor: helpnas.Predictor) -> None:
    with pytest.raises(helpnas.FormatError):
        helpnas.Predictor.from_bytes(model.to_bytes())
    with pytest.raises(helpnas.FormatError):
        helpnas.Model.from_bytes(predictor.to_bytes())


@pytest.mark.parametrize(
    "change",
    [
        {"space": "nasbench202"},
        {"method": "help"},
        {"help": None},
        {"help": []},
        {"bayes": {}},
        {"format_version": "1"},
        {"format_version": 0},
        {"unknown": 1},
    ],
)
def test_wrong_descriptions_are_refused(description: Any, change: Any) -> None:
    data = model_bytes(small_model_tensors(), {**description, **change})
    assert loads_or_refuses(data) is None


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": 7},
        {"hidden": -1},
        {"hidden": 2**40},
        {"references": []},
        {"references": ["x"] * 10},
        {"references": None},
        {"inner_steps": -1},
        {"inner_steps": "2"},
        {"modulation_scale": None},
        {"unknown": 1},
    ],
)
def test_wrong_descriptions_of_the_network_are_refused(description: Any, change: Any) -> None:
    wrong = {**description, "help": {**description["help"], **change}}
    assert loads_or_refuses(model_bytes(small_model_tensors(), description)) is not None
    assert loads_or_refuses(model_bytes(small_model_tensors(), wrong)) is None


def test_wrong_tensors_are_refused(description: Any) -> None:
    def refused(**change: Any) -> bool:
        tensors = {**small_model_tensors(), **change}
        kept = {name: values for name, values in tensors.items() if values is not None}
        return loads_or_refuses(model_bytes(kept, description)) is None

    assert not refused()
    name = "help.network.gc1.weight"
    good = small_model_tensors()[name]
    assert refused(**{name: None}) and refused(**{name: good.T}) and refused(**{name: good[:, :5]})
    assert refused(**{name: np.full_like(good, np.nan)}) and refused(extra=good)
    assert refused(**{"help.inference.z_encoder.0.bias": None})


def checkpoint_value(hidden: int = 6) -> Any:
    """A checkpoint as the official code lays it out."""
    parts: Any = {"network": {}, "rates": {}, "inference": {}}
    for name, values in small_model_tensors(hidden).items():
        _, part, rest = name.split(".", 2)
        parts[part][("" if part == "inference" else "meta_learner.") + rest] = values
    return {
        "epi": 12,
        "model": parts["network"],
        "inference_network": parts["inference"],
        "task_lr": parts["rates"],
    }


def test_a_checkpoint_becomes_the_same_model(tmp_path: Path, model: helpnas.Model) -> None:
    folder = tmp_path / "nasbench201"
    (folder / "checkpoint").mkdir(parents=True)
    tf.write_value(folder / "hardware_embedding_index.pt", REFERENCES)
    file = tf.write_value(folder / "checkpoint" / "help.pt", checkpoint_value())
    imported = helpnas.import_checkpoint(file, "nasbench201")
    archs = model.space.sample(50)
    ms = np.linspace(1, 2, 10)
    wanted = model.adapt(model.references, ms).predict(archs)
    assert (imported.adapt(model.references, ms).predict(archs) == wanted).all()
    assert "help.pt" in json.dumps(imported.description)
    named = helpnas.import_checkpoint(file, references=model.references[::-1])
    assert named.references == model.references[::-1]


def test_what_is_no_checkpoint_is_refused(tmp_path: Path, model: helpnas.Model) -> None:
    value = checkpoint_value()
    first = "meta_learner.gc1.weight"
    broken = [
        [1],
        {},
        {**value, "model": [1]},
        {**value, "task_lr": {}},
        {**value, "model": {"other.gc1.weight": value["model"][first]}},
        {**value, "model": {**value["model"], first: 1}},
        {**value, "model": {**value["model"], first: np.zeros((8, 6), np.float64)}},
        {**value, "model": {**value["model"], first: np.zeros((8,), np.float32)}},
    ]
    for wrong in broken:
        file = tf.write_value(tmp_path / "x.pt", wrong)
        with pytest.raises(helpnas.FormatError):
            helpnas.import_checkpoint(file, references=model.references)


def test_references_must_be_known(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    file = tf.write_value(tmp_path / "a" / "b" / "x.pt", checkpoint_value())
    with pytest.raises(helpnas.FormatError, match="references"):
        helpnas.import_checkpoint(file)
