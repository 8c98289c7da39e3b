"""PyTorch's older stream: the honest come through, the hostile never run."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch_files as tf
from conftest import shared_folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpnas import FormatError
from helpnas.published.restricted_pickle import read_torch_file

VALUES = np.arange(12, dtype="<f4")


def write(folder: Path, content: bytes) -> Path:
    (folder / "x.pth").write_bytes(content)
    return folder / "x.pth"


def one_tensor(count: int = 12, size: Any = (3, 4), stride: Any = (4, 1), **storage: Any) -> bytes:
    return tf.stream_tensor(tf.stream_storage("7", count, **storage), size, stride)


def honest() -> bytes:
    head = tf.named("collections", "OrderedDict") + tf.EMPTY_TUPLE + tf.REDUCE + tf.MARK
    body = head + tf.text("w") + one_tensor() + tf.text("n") + tf.integer(3) + b"u"
    return tf.stream(body + tf.dictionary({"_metadata": b"N"}) + tf.BUILD, {"7": VALUES})


@pytest.mark.parametrize("dtype", ["<f4", "<f8", "<i8", "<i4"])
def test_tensors(tmp_path: Path, dtype: str) -> None:
    values = np.arange(6).astype(dtype)
    kind = tf.STORAGES[values.dtype]
    body = tf.stream_tensor(tf.stream_storage("1", 6, kind), (3, 2), (1, 3))
    found = read_torch_file(write(tmp_path, tf.stream(body, {"1": values})))
    assert found.dtype == values.dtype and (found == values.reshape(2, 3).T).all()
    assert not found.flags.writeable


def test_a_state_dict(tmp_path: Path) -> None:
    found = read_torch_file(write(tmp_path, honest()))
    assert list(found) == ["w", "n"] and (found["w"] == VALUES.reshape(3, 4)).all()


def test_storages_in_any_order_and_shared(tmp_path: Path) -> None:
    first, second = tf.stream_storage("1", 12), tf.stream_storage("2", 2, "LongStorage")
    body = tf.MARK + tf.stream_tensor(first, (2,), (6,), 5) + tf.stream_tensor(second, (), ())
    body += tf.stream_tensor(first, (12,), (1,)) + tf.TUPLE
    storages = {"2": np.array([9, 8], "<i8"), "1": VALUES}
    found = read_torch_file(write(tmp_path, tf.stream(body, storages)))
    assert found[0].tolist() == [5, 11] and found[1] == 9 and (found[2] == VALUES).all()


def test_no_storages(tmp_path: Path) -> None:
    assert read_torch_file(write(tmp_path, tf.stream(b"]K\1a", {}))) == [1]


@pytest.mark.parametrize(
    "content",
    [
        tf.stream(one_tensor(), {"7": VALUES}, magic=tf.MAGIC + 1),
        tf.stream(one_tensor(), {"7": VALUES}, magic=None),
        tf.stream(one_tensor(), {"7": VALUES}, protocol=1002),
        tf.stream(one_tensor(), {"7": VALUES}, protocol=[]),
        tf.stream(one_tensor(), {"7": VALUES}, system={"little_endian": False}),
        tf.stream(one_tensor(), {"7": VALUES}, system={}),
        tf.stream(one_tensor(), {"7": VALUES}, system=[True]),
        tf.stream(one_tensor(), {"7": VALUES}, keys=[]),
        tf.stream(one_tensor(), {"7": VALUES}, keys=["8"]),
        tf.stream(one_tensor(), {"7": VALUES}, keys=["7", "7"]),
        tf.stream(one_tensor(), {"7": VALUES}, keys=[7]),
        tf.stream(one_tensor(), {"7": VALUES}, keys=[["7"]]),
        tf.stream(one_tensor(), {"7": VALUES, "8": VALUES}),
        tf.stream(one_tensor(), {}),
        tf.stream(one_tensor(), {"7": VALUES[:11]}),
        tf.stream(one_tensor(13), {"7": VALUES}),
        tf.stream(one_tensor(2**20), {"7": VALUES}),
        tf.stream(one_tensor(2**62), {"7": VALUES}),
        tf.stream(one_tensor(2**70), {"7": VALUES}),
        tf.stream(one_tensor(-1), {"7": VALUES}),
        tf.stream(one_tensor(size=(13,), stride=(1,)), {"7": VALUES}),
        tf.stream(one_tensor(size=(10**9,), stride=(0,)), {"7": VALUES}),
        tf.stream(one_tensor(kind="HalfStorage"), {"7": VALUES}),
        tf.stream(one_tensor(view=tf.MARK + tf.integer(0) + tf.TUPLE), {"7": VALUES}),
        tf.stream(tf.tensor("7", 12, 0, (12,), (1,)), {"7": VALUES}),
        tf.stream(tf.MARK + one_tensor() + one_tensor(11) + tf.TUPLE, {"7": VALUES}),
        tf.stream(tf.MARK + one_tensor() + one_tensor(kind="IntStorage") + tf.TUPLE, {"7": VALUES}),
        tf.stream(one_tensor(), {"7": VALUES}) + b"\0",
        tf.one_pickle(tf.MAGIC) + pickle.dumps([1], 2),
    ],
)
def test_malformed_streams_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FormatError, match="x.pth"):
        read_torch_file(write(tmp_path, content))


def test_many_storages_cannot_outgrow_the_file(tmp_path: Path) -> None:
    ids = b"".join(tf.stream_storage(str(key), 1000) for key in range(1000))
    with pytest.raises(FormatError, match="larger than the file"):
        read_torch_file(write(tmp_path, tf.stream(tf.MARK + ids + tf.TUPLE, {})))


class Attack:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("place", ["protocol", "system", "keys", "body"])
def test_calls_are_not_made(tmp_path: Path, place: str) -> None:
    attack = Attack(tmp_path / "ran")
    if place == "body":
        content = tf.stream(pickle.dumps(attack, 2)[2:-1], {})
    else:
        content = tf.stream(b"]", {}, **{place: attack})
    with pytest.raises(FormatError, match="not allowed"):
        read_torch_file(write(tmp_path, content))
    assert not attack.marker.exists()


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    content = honest()
    for length in range(len(content)):
        with pytest.raises(FormatError):
            read_torch_file(write(tmp_path, content[:length]))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bits_are_refused_or_harmless(tmp_path: Path, data: Any) -> None:
    content = bytearray(honest())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read_torch_file(write(tmp_path, bytes(content)))
    except FormatError:
        pass


def test_the_published_accuracy_predictor() -> None:
    folder = shared_folder("LIBHELP_DATASETS", "datasets")
    found = read_torch_file(folder / "ofa" / "acc_predictor.pth")
    assert [values.shape for values in found.values()] == [
        (400, 128),
        (400,),
        (400, 400),
        (400,),
        (400, 400),
        (400,),
        (1, 400),
        (1,),
    ]
    assert all(np.isfinite(values).all() for values in found.values())


def test_the_published_latency_predictors() -> None:
    folder = shared_folder("LIBHELP_DATASETS", "datasets")
    files = sorted((folder / "hat" / "predictors").glob("*.pt"))
    assert len(files) == 8
    for file in files:
        found = read_torch_file(file)
        assert sum(values.size for values in found.values()) == 486_001
