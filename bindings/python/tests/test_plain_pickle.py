"""Reading plain pickles and NumPy's numbers in them: the hostile never run."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch_files as tf
from conftest import shared_folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpnas import FormatError
from helpnas.published.restricted_pickle import read_pickle_file, read_torch_file


def write(folder: Path, content: bytes) -> Path:
    (folder / "x.pickle").write_bytes(content)
    return folder / "x.pickle"


def read(folder: Path, content: bytes) -> Any:
    return read_pickle_file(write(folder, content))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "value",
    [
        [1.5, -1.0, 3],
        [[0, 1], [1, 0]],
        [],
        {"a": (1, None, True)},
        b"bytes",
        "text",
        [0.1] * 3000,
        [[1, 0]] * 300,
    ],
)
def test_plain_data(tmp_path: Path, value: Any, protocol: int) -> None:
    assert read(tmp_path, pickle.dumps(value, protocol)) == value


def test_protocol_0_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"x\.pickle: opcode LIST at byte 1 is not allowed"):
        read(tmp_path, pickle.dumps([1.5], 0))


@pytest.mark.parametrize("module", [b"numpy._core.multiarray", b"numpy.core.multiarray"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_numpy_scalars_are_numbers(tmp_path: Path, protocol: int, module: bytes) -> None:
    value = [np.float64(0.1), np.float64(2.5), np.int64(-204), np.float32(0.5), np.int32(7)]
    content = pickle.dumps(value, protocol)
    names = (b"numpy._core.multiarray", b"numpy.core.multiarray")
    for name in names if protocol < 4 else ():
        content = content.replace(name, module)
    found = read(tmp_path, content)
    assert found == [0.1, 2.5, -204, 0.5, 7]
    assert [type(item) for item in found] == [float, float, int, float, int]


def test_numpy_scalars_in_a_zip_archive(tmp_path: Path) -> None:
    program = pickle.dumps({"arch": [{"r": np.int64(204)}, {"r": np.int64(140)}]}, 2)
    file = tf.write_torch_file(tmp_path / "x.pt", program)
    assert read_torch_file(file) == {"arch": [{"r": 204}, {"r": 140}]}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_numpy_arrays(tmp_path: Path, protocol: int) -> None:
    array = np.arange(6, dtype="<f8").reshape(2, 3)
    whole, transposed, again = read(tmp_path, pickle.dumps([array, array.T, array], protocol))
    assert (whole == array).all() and (transposed == array.T).all() and again is whole
    assert not whole.flags.writeable
    scalar = read(tmp_path, pickle.dumps(np.array(7, np.int64), protocol))
    assert scalar.shape == () and scalar.dtype == np.int64 and scalar == 7


@pytest.mark.parametrize(
    "value",
    [
        np.array([None, 1], object),
        np.zeros(2, ">f8"),
        np.zeros(2, "<c16"),
        np.zeros(2, [("a", "<f8")]),
        np.zeros(2, "U3"),
        np.zeros(2, "M8[s]"),
        np.float16(1),
        np.bool_(True),
        np.ma.masked_array([1.0], [True]),
        np.arange(3).dtype,
    ],
)
def test_other_numpy_types_are_refused(tmp_path: Path, value: Any) -> None:
    for protocol in (2, 4, 5):
        try:
            found = read(tmp_path, pickle.dumps([value], protocol))
        except FormatError:
            continue
        # A type alone is data that says nothing; it is no NumPy object.
        assert not isinstance(found[0], (np.ndarray, np.generic, np.dtype))


DTYPE = tf.named("numpy", "dtype") + tf.MARK + tf.text("f8") + b"\x89\x88" + tf.TUPLE + tf.REDUCE
STATE = tf.MARK + b"K\3" + tf.text("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0" + tf.TUPLE
FLOAT64 = DTYPE + STATE + tf.BUILD
SCALAR = tf.named("numpy.core.multiarray", "scalar")
RECONSTRUCT = tf.named("numpy.core.multiarray", "_reconstruct")
NDARRAY = RECONSTRUCT + tf.named("numpy", "ndarray") + b"K\0\x85C\1b\x87" + tf.REDUCE
ENCODE = tf.named("_codecs", "encode")
EIGHT = b"C\x08" + b"\0" * 8


def array(shape: bytes, data: bytes, dtype: bytes = FLOAT64, order: bytes = b"\x89") -> bytes:
    return NDARRAY + tf.MARK + b"K\1" + shape + dtype + order + data + tf.TUPLE + tf.BUILD


@pytest.mark.parametrize(
    "body",
    [
        SCALAR + FLOAT64 + b"C\x07" + b"\0" * 7 + b"\x86R",
        SCALAR + FLOAT64 + b"C\x10" + b"\0" * 16 + b"\x86R",
        SCALAR + FLOAT64 + b"C\0" + b"\x86R",
        SCALAR + FLOAT64 + tf.text("12345678") + b"\x86R",
        SCALAR + DTYPE + EIGHT + b"\x86R",
        SCALAR + tf.text("f8") + EIGHT + b"\x86R",
        SCALAR + FLOAT64 + b"\x85R",
        SCALAR + b")R",
        tf.named("numpy", "dtype") + tf.text("O") + b"\x85R",
        tf.named("numpy", "dtype") + tf.text("f8") + b"\x85R",
        tf.named("numpy", "dtype") + tf.text("f8,f8") + b"\x89\x88\x87R",
        tf.named("numpy", "dtype") + b")R",
        tf.named("numpy", "dtype") + b"]\x85R",
        DTYPE + STATE.replace(b"<", b">") + tf.BUILD,
        DTYPE + b"}" + tf.BUILD,
        DTYPE + b")" + tf.BUILD,
        tf.named("numpy", "ndarray") + b")R",
        tf.named("numpy", "ndarray") + b"K\5\x85R",
        RECONSTRUCT + tf.named("numpy", "dtype") + b"K\0\x85C\1b\x87R",
        RECONSTRUCT + b")R",
        NDARRAY + b"}" + tf.BUILD,
        array(tf.integers([2]), EIGHT),
        array(tf.integers([2**62, 4]), EIGHT),
        array(tf.integers([-1]), EIGHT),
        array(tf.integers([1] * 9), EIGHT),
        array(b"]", EIGHT),
        array(tf.integers([1]), EIGHT, dtype=DTYPE),
        array(tf.integers([1]), EIGHT, dtype=b"N"),
        array(tf.integers([1]), b"]"),
        ENCODE + tf.text("x") + tf.text("rot13") + b"\x86R",
        ENCODE + tf.text("\u20ac") + tf.text("latin1") + b"\x86R",
        ENCODE + b"C\1x" + tf.text("latin1") + b"\x86R",
        ENCODE + tf.text("x") + b"\x85R",
        tf.text("numpy") + b"K\1\x93",
        b"\x93",
        tf.storage("0", 1),
        tf.named("torch._utils", "_rebuild_tensor_v2"),
    ],
)
def test_malformed_numbers_are_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(FormatError, match="x.pickle"):
        read(tmp_path, b"\x80\4" + body + b".")


def test_the_fragments_are_well_formed(tmp_path: Path) -> None:
    assert read(tmp_path, b"\x80\4" + SCALAR + FLOAT64 + EIGHT + b"\x86R.") == 0.0
    assert read(tmp_path, b"\x80\4" + array(tf.integers([1]), EIGHT) + b".").tolist() == [0.0]
    assert read(tmp_path, b"\x80\4" + array(tf.integers([0, 2**40]), b"C\0") + b".").size == 0


def test_one_text_cannot_become_bytes_again_and_again(tmp_path: Path) -> None:
    start = ENCODE + b"q\0" + tf.text("x" * 10_000) + tf.text("latin1") + b"\x86q\1R"
    with pytest.raises(FormatError, match="more bytes than the file holds"):
        read(tmp_path, b"\x80\2(" + start + b"h\0h\1R" * 100 + b"t.")


class Sentinel:
    """Calls with which a pickle would leave a folder behind."""

    def __init__(self, marker: Path, kind: str) -> None:
        self.marker, self.kind = marker, kind

    def __reduce__(self) -> Any:
        command = f"mkdir {self.marker}"
        return {
            "system": (os.system, (command,)),
            "eval": (eval, (f"__import__('os').mkdir({str(self.marker)!r})",)),
            "mkdir": (os.mkdir, (str(self.marker),)),
            "popen": (subprocess.Popen, (["mkdir", str(self.marker)],)),
        }[self.kind]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["system", "eval", "mkdir", "popen"])
def test_calls_are_not_made(tmp_path: Path, protocol: int, kind: str) -> None:
    attack = Sentinel(tmp_path / "ran", kind)
    for value in (attack, [1.0, {"a": attack}], {"a": attack}):
        with pytest.raises(FormatError, match="not allowed"):
            read(tmp_path, pickle.dumps(value, protocol))
    assert not attack.marker.exists()


@pytest.mark.parametrize(
    "template",
    [
        b"cos\nsystem\n(X%sR.",
        b"cos\nsystem\n(X%stR.",
        b"cposix\nsystem\nX%s\x85R.",
        b"\x80\4\x8c\2os\x8c\6system\x93X%s\x85R.",
        b"\x80\4X\2\0\0\0osX\6\0\0\0system\x93X%s\x85R.",
        b"(X%sios\nsystem\n.",
        b"(cos\nsystem\nX%so.",
        b"cos\nsystem\nX%s\x85\x81.",
        b"\x80\4cos\nsystem\nX%s\x85}\x92.",
        b"c__builtin__\neval\nX%s\x85R.",
        b"cbuiltins\nexec\nX%s\x85R.",
        b"cbuiltins\ngetattr\ncos\n__dict__\nX%s\x86R.",
        b"\x82\1X%s\x85R.",
        b"\x83\1\0X%s\x85R.",
        b"\x84\1\0\0\0X%s\x85R.",
        b"cnumpy\ndtype\ncos\nsystem\nX%s\x86R.",
        b"ccollections\nOrderedDict\nX%s\x85R.",
        b"c_codecs\nencode\ncos\nsystem\nX%s\x86R.",
        b"cnumpy.core.multiarray\n_reconstruct\ncos\nsystem\nX%sN\x87R.",
        b"]}X\x0c\0\0\0__setstate__cos\nsystem\nsbX%s.",
        b"Pcos\nsystem\n.X%s",
        b"(X%sQ.",
    ],
)
def test_other_ways_to_call_are_refused(tmp_path: Path, template: bytes) -> None:
    marker = tmp_path / "ran"
    command = f"mkdir {marker}".encode()
    with pytest.raises(FormatError, match="x.pickle"):
        read(tmp_path, template % (struct.pack("<I", len(command)) + command))
    assert not marker.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80",
        b"\x80\4",
        b"\x80\4.",
        b"\x80\6].",
        b"]",
        b"]]",
        b"(]]t",
        b"X\xff\xff\xff\xffa.",
        b"PK\3\4",
        b"\xff.",
        b"\x8d" + b"\xff" * 8 + b"a.",
        b"\x8e" + b"\xff" * 8 + b"a.",
        b"B\xff\xff\xff\x7fa.",
        b"\x96" + b"\xff" * 8 + b"a.",
        b"C\xffa.",
        b"\x8c\xffa.",
        b"\x8a\xff1.",
        b"\x8b\xff\xff\xff\x7f1.",
        b"j\xff\xff\xff\xff.",
        b"r\xff\xff\xff\xff.",
        b"h\0.",
        b"\x95" + b"\xff" * 7,
        b"]\x94e.",
        b"\x94.",
        b"(\x94.",
        b"]..",
        b"]a.",
        b"(].",
        b"\x97.",
        b"\x98.",
        b"]\x90.",
        b"\x8f.",
        b"(\x91.",
        b"I" + b"9" * 100_000 + b"\n.",
    ],
)
def test_malformed_pickles_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FormatError, match="x.pickle"):
        read(tmp_path, content)


def test_what_follows_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="3 bytes follow"):
        read(tmp_path, pickle.dumps([1.0], 4) + b"]a.")


def test_a_nest_of_shared_lists_stays_small(tmp_path: Path) -> None:
    nest = b"]q\0" + b"".join(b"]q%c(h%ch%ce" % (i + 1, i, i) for i in range(200))
    assert len(read(tmp_path, b"\x80\2(" + nest + b"t.")) == 201


def test_deep_nesting_is_only_data(tmp_path: Path) -> None:
    assert read(tmp_path, b"\x80\2" + b"]" * 200_000 + b"a" * 199_999 + b".")
    assert read(tmp_path, b"\x80\2)" + b"\x85" * 200_000 + b".")


@pytest.mark.parametrize("protocol", [2, 4])
def test_truncated_files_are_refused(tmp_path: Path, protocol: int) -> None:
    value = [1.5, np.float64(2), [1, 0, "x"], {"a": np.arange(3.0)}]
    content = pickle.dumps(value, protocol)
    read(tmp_path, content)
    for length in range(len(content)):
        with pytest.raises(FormatError):
            read(tmp_path, content[:length])


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), protocol=st.sampled_from([2, 4]))
def test_flipped_bits_are_refused_or_harmless(tmp_path: Path, data: Any, protocol: int) -> None:
    content = bytearray(pickle.dumps([1.5, np.float64(2), np.arange(3.0), {"a": (1,)}], protocol))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read(tmp_path, bytes(content))
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
                b")",
                b"}",
                b"]",
                b"a",
                b"e",
                b"s",
                b"u",
                b"K\1",
                b"h\0",
                b"q\0",
                b"\x94",
                b"\x85",
                b"\x86",
                b"\x87",
                b"N",
                b"\x89",
                b"\x88",
                b"\x93",
                EIGHT,
                FLOAT64,
                DTYPE,
                STATE,
                SCALAR,
                RECONSTRUCT,
                NDARRAY,
                ENCODE,
                tf.text("latin1"),
                tf.text("numpy"),
                tf.text("dtype"),
                tf.named("numpy", "ndarray"),
                tf.named("collections", "OrderedDict"),
            ]
        ),
        max_size=30,
    )
)
def test_any_program_is_data_or_refused(tmp_path: Path, body: Any) -> None:
    try:
        read(tmp_path, b"\x80\4" + b"".join(body) + b".")
    except FormatError:
        pass


def test_the_published_files() -> None:
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "oneproxy"
    files = sorted(folder.glob("*.pickle"))
    assert len(files) == 19
    for file in files:
        found = read_pickle_file(file)
        assert isinstance(found, list) and len(found) == 1999
        if file.stem != "encode":
            assert {type(value) for value in found} == {float}
