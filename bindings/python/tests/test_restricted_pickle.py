"""Reading PyTorch's files: the honest come through, the hostile never run."""

from __future__ import annotations

import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch_files as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpnas import FormatError
from helpnas.published.restricted_pickle import files as _files
from helpnas.published.restricted_pickle import interpreter as _interpreter
from helpnas.published.restricted_pickle import read_torch_file
from helpnas.published.restricted_pickle import torch_files as _torch

FLOATS = np.arange(12, dtype="<f4").tobytes()


def program(tmp_path: Path, body: bytes, **data: bytes) -> Path:
    return tf.write_torch_file(tmp_path / "x.pt", tf.PROTO + body + tf.STOP, data or {"0": FLOATS})


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5, "three", None, True, False, -(2**31), 2**40],
        {"a": {"b": [1, (2, 3)]}},
        [],
        {},
        (),
        (1,),
        (1, 2),
        (1, 2, 3),
        (1, 2, 3, 4),
        7,
        "x",
        [[0.1] * 3000],
        {i: str(i) for i in range(3000)},
    ],
)
def test_plain_data(tmp_path: Path, value: Any) -> None:
    file = tf.write_torch_file(tmp_path / "x.pt", pickle.dumps(value, protocol=2))
    assert read_torch_file(file) == value


def test_shared_parts_stay_shared(tmp_path: Path) -> None:
    part = [1, 2]
    file = tf.write_torch_file(tmp_path / "x.pt", pickle.dumps([part, part], protocol=2))
    first, second = read_torch_file(file)
    assert first is second


@pytest.mark.parametrize("dtype", ["<f4", "<f8", "<i8", "<i4"])
def test_tensors(tmp_path: Path, dtype: str) -> None:
    values = np.arange(6).astype(dtype).reshape(2, 3)
    found = read_torch_file(tf.write_value(tmp_path / "x.pt", {"w": values}))["w"]
    assert found.dtype == values.dtype and (found == values).all()
    assert not found.flags.writeable


def test_views_of_one_storage(tmp_path: Path) -> None:
    transposed = tf.tensor("0", 12, 0, (3, 4), (1, 3))
    part = tf.tensor("0", 12, 5, (2,), (6,))
    scalar = tf.tensor("0", 12, 7, (), ())
    empty = tf.tensor("0", 12, 12, (0, 4), (4, 1))
    body = tf.MARK + transposed + part + scalar + empty + tf.TUPLE
    found = read_torch_file(program(tmp_path, body))
    assert (found[0] == np.arange(12).reshape(4, 3).T).all()
    assert found[1].tolist() == [5, 11] and found[2] == 7 and found[3].shape == (0, 4)


def test_metadata_of_a_state_dict_is_dropped(tmp_path: Path) -> None:
    body = tf.named("collections", "OrderedDict") + tf.EMPTY_TUPLE + tf.REDUCE
    body += tf.MARK + tf.text("a") + tf.integer(1) + b"u" + tf.dictionary({"_metadata": b"N"})
    assert read_torch_file(program(tmp_path, body + tf.BUILD)) == {"a": 1}


class Attack:
    def __init__(self, call: Any, *arguments: Any) -> None:
        self.state = (call, arguments)

    def __reduce__(self) -> Any:
        return self.state


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_calls_are_not_made(tmp_path: Path, protocol: int) -> None:
    marker = tmp_path / "ran"
    attacks = [
        Attack(os.system, f"touch {marker}"),
        Attack(eval, f"open({str(marker)!r}, 'w')"),
        Attack(exec, f"open({str(marker)!r}, 'w')"),
        Attack(getattr, "x", "upper"),
        [1, {"a": Attack(os.mkdir, str(marker))}],
    ]
    for attack in attacks:
        file = tf.write_torch_file(tmp_path / "x.pt", pickle.dumps(attack, protocol=protocol))
        with pytest.raises(FormatError, match="not allowed"):
            read_torch_file(file)
    assert not marker.exists()


@pytest.mark.parametrize(
    "name",
    [
        "builtins eval",
        "os system",
        "posix system",
        "torch load",
        "torch Storage",
        "collections OrderedDict.fromkeys",
        "torch._utils _rebuild_tensor",
        "x y",
        "collections  OrderedDict",
        "helpnas load",
        "numpy load",
        "numpy.core.multiarray fromfile",
    ],
)
def test_other_globals_are_refused_by_name(tmp_path: Path, name: str) -> None:
    module, attribute = name.split(" ", 1)
    body = tf.named(module, attribute) + tf.EMPTY_TUPLE + tf.REDUCE
    with pytest.raises(FormatError, match="global .* is not allowed"):
        read_torch_file(program(tmp_path, body))


@pytest.mark.parametrize(
    ("opcode", "body"),
    [
        ("STACK_GLOBAL", tf.text("os") + tf.text("system") + b"\x93"),
        ("INST", b"(ios\nsystem\n"),
        ("OBJ", b"(cos\nsystem\no"),
        ("NEWOBJ", tf.named("collections", "OrderedDict") + b")\x81"),
        ("EXT1", b"\x82\x01"),
        ("PERSID", b"Pstorage\n"),
        ("INT", b"I" + b"9" * 1000 + b"\n"),
        ("LONG", b"L" + b"9" * 1000 + b"L\n"),
        ("STRING", b"S'x'\n"),
        ("DUP", b"]2"),
        ("POP", b"]]0"),
        ("LONG4", b"\x8b" + struct.pack("<i", 4) + b"\1\2\3\4"),
        ("NEXT_BUFFER", b"\x97"),
    ],
)
def test_other_opcodes_are_refused_by_name(tmp_path: Path, opcode: str, body: bytes) -> None:
    with pytest.raises(FormatError, match=rf"opcode {opcode}|global"):
        read_torch_file(program(tmp_path, body))


@pytest.mark.parametrize(
    "body",
    [
        tf.tensor("0", 12, 0, (2**62, 2**62), (2**62, 1)),
        tf.tensor("0", 12, 0, (13,), (1,)),
        tf.tensor("0", 12, 0, (4, 4), (3, 1)),
        tf.tensor("0", 12, 0, (1000000,), (0,)),
        tf.tensor("0", 12, 1, (12,), (1,)),
        tf.tensor("0", 12, 13, (0,), (1,)),
        tf.tensor("0", 12, -1, (1,), (1,)),
        tf.tensor("0", 12, 2**70, (1,), (1,)),
        tf.tensor("0", 12, 11, (2,), (-1,)),
        tf.tensor("0", 12, 0, (-2, -3), (1, 1)),
        tf.tensor("0", 12, 0, (2,), (2**61,)),
        tf.tensor("0", 12, 0, (2, 3), (1,)),
        tf.tensor("0", 12, 0, (1,) * 9, (1,) * 9),
        tf.tensor("0", 12, 0, (0, 2**63), (2**63, 2**63)),
        tf.tensor("0", 13, 0, (1,), (1,)),
        tf.tensor("0", 2**62, 0, (1,), (1,)),
        tf.tensor("1", 12, 0, (1,), (1,)),
        tf.tensor("../data.pkl", 12, 0, (1,), (1,)),
        tf.tensor("0", 12, 0, (1,), (1,), "HalfStorage"),
        tf.named("torch._utils", "_rebuild_tensor_v2") + tf.EMPTY_TUPLE + tf.REDUCE,
        tf.named("torch._utils", "_rebuild_tensor_v2") + tf.integers([1] * 6) + tf.REDUCE,
        tf.named("torch", "FloatStorage") + tf.integers([2**40]) + tf.REDUCE,
        tf.named("collections", "OrderedDict") + tf.integers([1]) + tf.REDUCE,
        tf.text("os.system") + tf.EMPTY_TUPLE + tf.REDUCE,
        tf.integers([1, 2, 3, 4, 5]) + tf.PERSISTENT,
        tf.text("0") + tf.PERSISTENT,
    ],
)
def test_tensors_beyond_their_storage_are_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(FormatError):
        read_torch_file(program(tmp_path, body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"]]",
        b"(",
        b"t",
        b"a",
        b"]a",
        b"}u",
        b"}(K\1u",
        b"]K\1K\1s",
        b"K\1b",
        b"}}b",
        b"h\0",
        b"j\0\0\0\0",
        b"q\0",
        b"(q\0",
        b"R",
        b")R",
        b"\x85",
        b"(\x86",
        b"}(]K\1u",
        b"}))s",
        b"](K\1",
        b"(e",
        b"\xff",
        b"X\xff\xff\xff\xffabc",
        b"X\1\0\0\0\xff",
        b"G\0",
        b"cos",
        b"}(NK\1u",
        b"}(G" + b"\0" * 8 + b"K\1u",
        b"Q",
        b"]Q",
    ],
)
def test_malformed_programs_are_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(FormatError):
        read_torch_file(program(tmp_path, body))


def test_a_nested_key_does_not_overflow_the_stack(tmp_path: Path) -> None:
    deep = b")" + b"\x85" * 200_000
    with pytest.raises(FormatError, match="key of type tuple"):
        read_torch_file(program(tmp_path, tf.EMPTY_DICT + deep + b"K\1s"))


def test_deep_nesting_is_only_data(tmp_path: Path) -> None:
    assert read_torch_file(program(tmp_path, b"]" * 200_000 + b"a" * 199_999))


@pytest.mark.parametrize(
    ("module", "limit"),
    [
        (_interpreter, "MAX_OPCODES"),
        (_interpreter, "MAX_MEMO"),
        (_interpreter, "MAX_PROTOCOL"),
        (_torch, "MAX_ENTRIES"),
        (_files, "MAX_FILE_BYTES"),
    ],
)
def test_limits(tmp_path: Path, monkeypatch: Any, module: Any, limit: str) -> None:
    file = tf.write_torch_file(tmp_path / "x.pt", pickle.dumps([[1], [2]], 2), {"0": FLOATS})
    read_torch_file(file)
    monkeypatch.setattr(module, limit, 1)
    with pytest.raises(FormatError):
        read_torch_file(file)


BOMB = b"K\1" + b"\x85q\0h\0\x86" * 200


@pytest.mark.parametrize(
    "body",
    [
        BOMB + tf.PERSISTENT,
        tf.MARK
        + tf.text("storage")
        + tf.named("torch", "FloatStorage")
        + BOMB
        + tf.text("cpu")
        + BOMB
        + tf.TUPLE
        + tf.PERSISTENT,
        tf.MARK
        + tf.text("storage")
        + tf.named("torch", "FloatStorage")
        + tf.text("0")
        + tf.text("cpu")
        + BOMB
        + tf.TUPLE
        + tf.PERSISTENT,
        tf.named("torch._utils", "_rebuild_tensor_v2")
        + tf.MARK
        + tf.storage("0", 12)
        + BOMB * 3
        + b"NNN"
        + tf.TUPLE
        + tf.REDUCE,
        tf.EMPTY_DICT + BOMB + b"K\1s",
        BOMB + BOMB + tf.REDUCE,
        BOMB + BOMB + tf.BUILD,
    ],
)
def test_nests_of_shared_parts_are_never_written_out(tmp_path: Path, body: bytes) -> None:
    # Each level holds the one before twice: as text they would fill any memory.
    with pytest.raises(FormatError) as caught:
        read_torch_file(program(tmp_path, body))
    assert len(str(caught.value)) < 300


def test_compressed_entries_are_refused(tmp_path: Path) -> None:
    bomb = {"0": b"\0" * 10_000_000}
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        file = tf.write_torch_file(tmp_path / "x.pt", b"\x80\2].", bomb, compression=method)
        assert file.stat().st_size < 100_000
        with pytest.raises(FormatError, match="compressed"):
            read_torch_file(file)


def test_an_entry_that_claims_more_than_the_file(tmp_path: Path) -> None:
    file = program(tmp_path, b"]")
    content = bytearray(file.read_bytes())
    central = content.rindex(b"PK\1\2")
    content[central + 20 : central + 28] = struct.pack("<II", 2**31, 2**31)
    file.write_bytes(bytes(content))
    with pytest.raises(FormatError):
        read_torch_file(file)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_wrong_layouts_are_refused(tmp_path: Path) -> None:
    layouts = [
        [],
        ["data.pkl"],
        ["a/b/data.pkl"],
        ["a/data.pkl", "b/data.pkl"],
        ["a/data.pkl", "a/data.pkl"],
        ["a/other.pkl"],
    ]
    for names in layouts:
        with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
            for name in names:
                archive.writestr(name, b"\x80\2].")
        with pytest.raises(FormatError):
            read_torch_file(tmp_path / "x.pt")


def test_big_endian_files_are_refused(tmp_path: Path) -> None:
    file = tf.write_torch_file(tmp_path / "x.pt", b"\x80\2].", byteorder=b"big")
    with pytest.raises(FormatError, match="little-endian"):
        read_torch_file(file)
    tf.write_torch_file(tmp_path / "x.pt", b"\x80\2].", byteorder=b"little")
    assert read_torch_file(file) == []


@pytest.mark.parametrize("content", [b"", b"PK", b"\x80\2].", pickle.dumps({"a": 1}), b"\0" * 999])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(FormatError, match="x.pt"):
        read_torch_file(tmp_path / "x.pt")


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_torch_file(tmp_path / "missing.pt")


def whole_file(folder: Path) -> bytes:
    value = {"model": {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}, "list": [1.5, 2, "x"]}
    return tf.write_value(folder / "whole.pt", value).read_bytes()


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    content = whole_file(tmp_path)
    for length in range(len(content)):
        (tmp_path / "x.pt").write_bytes(content[:length])
        with pytest.raises(FormatError):
            read_torch_file(tmp_path / "x.pt")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bits_are_refused_or_harmless(tmp_path: Path, data: Any) -> None:
    content = bytearray(whole_file(tmp_path))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= 1 << data.draw(st.integers(0, 7))
    (tmp_path / "x.pt").write_bytes(bytes(content))
    try:
        read_torch_file(tmp_path / "x.pt")
    except FormatError:
        pass


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.lists(
        st.sampled_from(
            [
                tf.MARK,
                tf.TUPLE,
                tf.REDUCE,
                tf.BUILD,
                tf.PERSISTENT,
                tf.EMPTY_TUPLE,
                tf.EMPTY_DICT,
                tf.EMPTY_LIST,
                b"a",
                b"e",
                b"s",
                b"u",
                b"K\1",
                b"h\0",
                b"q\0",
                b"\x85",
                b"\x86",
                b"N",
                tf.named("collections", "OrderedDict"),
                tf.named("torch._utils", "_rebuild_tensor_v2"),
                tf.named("torch", "FloatStorage"),
                tf.text("storage"),
                tf.text("0"),
                tf.storage("0", 12),
            ]
        ),
        max_size=30,
    )
)
def test_any_program_is_data_or_refused(tmp_path: Path, body: Any) -> None:
    try:
        read_torch_file(program(tmp_path, b"".join(body)))
    except FormatError:
        pass


def test_ordered_dicts_are_plain_data(tmp_path: Path) -> None:
    value = OrderedDict([("b", 1), ("a", 2)])
    file = tf.write_torch_file(tmp_path / "x.pt", pickle.dumps(value, protocol=2))
    # Python 3 pickles an OrderedDict with its items set one by one after an empty call.
    assert list(read_torch_file(file).items()) == [("b", 1), ("a", 2)]
