"""The published HELP checkpoint, turned into a model."""

from __future__ import annotations

import hashlib
from pathlib import Path as FilePath
from typing import Any, Dict, Mapping, Optional

import numpy as np
import numpy.typing as npt

from .._c.errors import FormatError, UnsupportedError
from .._c.handles import Path
from ..model_file import model_bytes
from ..models import Model
from ..spaces import Archs, Space
from .help_repository import published_reference_archs
from .help_splits import PAPER
from .restricted_pickle import read_torch_file

_PREFIX = "meta_learner."

Tensors = Dict[str, npt.NDArray[np.float32]]


def import_checkpoint(
    path: Path, space: str = "nasbench201", references: Optional[Archs] = None
) -> Model:
    """Read a checkpoint of the official HELP code; nothing in the file is executed.

    Args:
        path: the ``.pt`` file, as in ``<space>/checkpoint/help_max_corr.pt``.
        space: "nasbench201", "fbnet" or "ofa-mbv3".
        references: the reference architectures in the order of the network's inputs;
            default those numbered in ``hardware_embedding_index.pt``, next to the file or
            in the folder above, of the architectures listed there.

    Raises:
        FormatError: the file is malformed, or not such a checkpoint.
        UnsupportedError: another space.
    """
    if space not in PAPER:
        names = ", ".join(map(repr, PAPER))
        raise UnsupportedError(f"checkpoints of {space!r} are not known; there are {names}")
    checkpoint = read_torch_file(path)
    if not isinstance(checkpoint, dict):
        raise FormatError(f"{path}: not a checkpoint: {type(checkpoint).__name__}")
    tensors = {
        **_tensors(checkpoint, "model", "help.network.", _PREFIX),
        **_tensors(checkpoint, "task_lr", "help.rates.", _PREFIX),
        **_tensors(checkpoint, "inference_network", "help.inference."),
    }
    description = {
        "format_version": 1,
        "space": space,
        "help": {
            "hidden": _hidden(tensors),
            "references": _reference_texts(FilePath(path), Space(space), references),
            "inner_steps": 2,
            "modulation_scale": 0.01,
        },
        "record": _record(FilePath(path), space, checkpoint.get("epi")),
    }
    return Model.from_bytes(model_bytes(tensors, description))


def _tensors(checkpoint: Mapping[str, Any], key: str, ours: str, theirs: str = "") -> Tensors:
    """The float tensors of one part of the checkpoint, under the model file's names."""
    part = checkpoint.get(key)
    if not isinstance(part, dict):
        raise FormatError(f"not a HELP checkpoint: no {key!r}")
    renamed: Tensors = {}
    for name, values in part.items():
        if not isinstance(values, np.ndarray) or values.dtype != np.float32:
            raise FormatError(f"not a HELP checkpoint: {key}/{name} is not a float tensor")
        if not str(name).startswith(theirs):
            raise FormatError(f"not a HELP checkpoint: {key}/{name} is not {theirs}...")
        renamed[ours + str(name)[len(theirs) :]] = values
    return renamed


def _hidden(tensors: Tensors) -> int:
    """Width of the layers: gc1 is [features, hidden], fc1 is [hidden, features]."""
    for name, axis in (("help.network.gc1.weight", 1), ("help.network.fc1.weight", 0)):
        first = tensors.get(name)
        if first is not None and first.ndim == 2:
            return int(first.shape[axis])
    raise FormatError("not a HELP checkpoint: no matrix gc1.weight or fc1.weight")


def _reference_texts(path: FilePath, space: Space, references: Optional[Archs]) -> Any:
    if references is not None:
        return space.format(space.genes(references))
    folders = (path.resolve().parent, path.resolve().parent.parent)
    for folder in folders:
        if (folder / "hardware_embedding_index.pt").is_file():
            return space.format(published_reference_archs(folder, space))
    raise FormatError(f"{path}: no hardware_embedding_index.pt next to it; give references")


def _record(path: FilePath, space: str, episode: Any) -> Dict[str, Any]:
    """Where the weights come from; ``help_model_describe`` shows it."""
    split = PAPER[space]
    return {
        "devices": {"train": list(split.train), "valid": list(split.valid)},
        "settings": {"episode": episode if isinstance(episode, int) else None},
        "provenance": {
            "source": "checkpoint of the official HELP code (NeurIPS 2021)",
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        },
    }
