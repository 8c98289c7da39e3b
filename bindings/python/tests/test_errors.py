"""A class for each status, and the calls that lead to each."""

from __future__ import annotations

import ctypes
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import latency_of, small_model_tensors

import helpnas
from helpnas._c import errors as _errors
from helpnas._c import prototypes as _prototypes
from helpnas._c.library import library
from helpnas.model_file import model_bytes


def test_every_status_has_a_class_of_its_name() -> None:
    names = {status: library().help_status_name(status).decode() for status in range(-5, 200)}
    known = {s: name for s, name in names.items() if name != "HELP_ERR_UNKNOWN" and s != 0}
    assert known == {status: kind.name for status, kind in _errors._CLASSES.items()}


def test_classes_are_also_pythons_own() -> None:
    assert issubclass(helpnas.ArgumentError, ValueError)
    assert issubclass(helpnas.HelpIOError, OSError)
    assert issubclass(helpnas.HelpMemoryError, MemoryError)
    assert issubclass(helpnas.LibraryError, ImportError)


def test_an_unknown_status_is_the_base_class() -> None:
    error = _errors.error_for(77, "why")
    assert type(error) is helpnas.HelpError and error.status == 77 and str(error) == "why"


def test_argument(space: helpnas.Space) -> None:
    with pytest.raises(helpnas.ArgumentError) as caught:
        space.mutate(space.sample(2), probability=2.0)
    assert caught.value.status == 1 and caught.value.name == "HELP_ERR_ARGUMENT"
    assert str(caught.value)


def test_handle() -> None:
    space = helpnas.Space("nasbench201")
    space.close()
    with pytest.raises(helpnas.HandleError, match="closed"):
        assert space.count


def test_abi(model: helpnas.Model) -> None:
    class Longer(ctypes.Structure):
        _fields_ = [("known", _prototypes.AdaptOptions), ("new", ctypes.c_int64)]

    options = Longer(_prototypes.AdaptOptions(), 1)
    known = ctypes.pointer(options.known)
    library().help_adapt_options_init(known, ctypes.sizeof(_prototypes.AdaptOptions))
    options.known.struct_size = ctypes.sizeof(Longer)
    rows = model.reference_genes
    arguments = (model.pointer, rows, *rows.shape, latency_of(model.space, rows), known)
    with pytest.raises(helpnas.AbiError):
        library().help_adapt(*arguments, ctypes.byref(_prototypes.PredictorPointer()))
    options.new = 0
    made = _prototypes.PredictorPointer()
    library().help_adapt(*arguments, ctypes.byref(made))
    library().help_predictor_free(made)


def test_architecture_names_the_row(space: helpnas.Space) -> None:
    rows = space.sample(5)
    rows[3, 5] = 9
    with pytest.raises(helpnas.ArchitectureError, match="3") as caught:
        space.check(rows)
    assert caught.value.row == 3


def test_io(model: helpnas.Model, tmp_path: Any) -> None:
    with pytest.raises(helpnas.HelpIOError, match="missing"):
        helpnas.load(tmp_path / "missing.safetensors")
    with pytest.raises(helpnas.HelpIOError):
        helpnas.load(tmp_path)
    with pytest.raises(helpnas.HelpIOError):
        helpnas.load_predictor(tmp_path / "missing.safetensors")
    with pytest.raises(helpnas.HelpIOError):
        model.save(tmp_path / "no folder" / "model.safetensors")


def test_format(tmp_path: Any, space: helpnas.Space) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"not a model")
    with pytest.raises(helpnas.FormatError):
        helpnas.load(file)
    with pytest.raises(helpnas.FormatError):
        space.parse("|nor_conv_3x3~0|")


def test_version(description: Any) -> None:
    newer = model_bytes(small_model_tensors(), {**description, "format_version": 2})
    with pytest.raises(helpnas.VersionError):
        helpnas.Model.from_bytes(newer)


def test_measurements(model: helpnas.Model) -> None:
    rows = model.reference_genes
    ms = latency_of(model.space, rows)
    with pytest.raises(helpnas.MeasurementError):
        model.adapt(rows[1:], ms[1:])
    for bad in (0.0, -1.0):
        with pytest.raises(helpnas.MeasurementError):
            model.adapt(rows, np.where(np.arange(len(ms)) == 4, bad, ms))


def test_infeasible(predictor: helpnas.Predictor) -> None:
    with pytest.raises(helpnas.InfeasibleError) as caught:
        predictor.search(max_latency_ms=1e-9, accuracy=lambda archs: [0.0] * len(archs))
    smallest = caught.value.smallest_latency_ms
    assert smallest is not None and smallest > 1e-9


def test_callback(predictor: helpnas.Predictor) -> None:
    with pytest.raises(helpnas.CallbackError):
        predictor.search(max_latency_ms=np.inf, accuracy=lambda a: [np.nan] * len(a), generations=2)


def test_unsupported(model: helpnas.Model) -> None:
    with pytest.raises(helpnas.UnsupportedError, match="nasbench201"):
        helpnas.Space("nasbench202")
    with pytest.raises(helpnas.UnsupportedError):
        helpnas.import_checkpoint("x.pt", "hat-wmt14-en-de")
    with pytest.raises(helpnas.UnsupportedError):
        helpnas.LatencyTable.from_help_repository("x", "hat-wmt14-en-de")


def test_a_bare_name_lists_the_bundled_models() -> None:
    with pytest.raises(helpnas.HelpIOError, match="bundled"):
        helpnas.load("no-such-model")


GOOD = {"ks": [7] * 20, "e": [6] * 20, "d": [4] * 5, "r": 224}
BAD = {**GOOD, "d": [2, 2, 2, 2, 5]}


@pytest.mark.parametrize("form", ["dicts", "texts", "genes"])
@pytest.mark.parametrize("door", ["check", "genes", "macs", "canonicalize", "format", "encode"])
def test_which_row_is_wrong(form: str, door: str) -> None:
    space = helpnas.Space("ofa-mbv3")
    archs: Any = [GOOD, BAD]
    if form == "texts":
        archs = [json.dumps(arch) for arch in archs]
    elif form == "genes":
        archs = np.repeat(space.genes([GOOD]), 2, axis=0)
        archs[1, 44] = 5
    if (form, door) == ("genes", "genes"):
        assert (space.genes(archs) == archs).all()  # rows are checked later
        return
    with pytest.raises(helpnas.ArchitectureError, match=r"row 1\b.*d\[4\]") as caught:
        getattr(space, door)(archs)
    assert caught.value.row == 1


def test_which_row_is_not_of_the_space() -> None:
    space = helpnas.Space("nasbench201")
    good = space.format(space.sample(1))[0]
    with pytest.raises(helpnas.FormatError, match="row 2") as caught:
        space.check([good, good, "nonsense"])
    assert caught.value.row == 2
    with pytest.raises(helpnas.FormatError) as caught:
        space.parse("nonsense")  # the only one
    assert caught.value.row is None
    with pytest.raises(helpnas.ArchitectureError) as outside:
        space.genes([[0.0] * 6, [0.5] * 6])
    assert outside.value.row == 1


def test_a_file_of_another_kind_is_named(tmp_path: Path, small_model_file: bytes) -> None:
    contents = {
        "a CSV table": b"arch,phone\nx,1\n",
        "JSON": b'{"name": 1}',
        "a pickle": pickle.dumps({"a": 1}, 4),
        "a PyTorch checkpoint": b"PK\x03\x04" + bytes(60),
        "a model of libhelp: helpnas.load reads it": small_model_file,
    }
    doors: Any = {
        "a CSV table": helpnas.LatencyTable.from_csv,
        "JSON": helpnas.Space.from_file,
        "a PyTorch checkpoint": helpnas.import_accuracy_model,
    }
    for own, door in doors.items():
        for kind, content in contents.items():
            file = tmp_path / "file"
            file.write_bytes(content)
            if kind != own:
                with pytest.raises(helpnas.FormatError, match=f"it is {kind}") as caught:
                    door(file)
                assert "is wanted here" not in str(caught.value)
