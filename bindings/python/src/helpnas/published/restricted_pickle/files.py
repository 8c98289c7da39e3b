"""Opens a file of one of the three kinds, and names it in every error."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
import zlib
from typing import Any, Iterator

from ..._c.errors import FormatError
from ..._c.handles import Path
from ...file_kinds import but_it_is
from .numpy_arrays import plain_globals
from .torch_files import STREAM_START, read_stream, read_whole, read_zip

MAX_FILE_BYTES = 256 * 2**20

#: What the standard library raises over damaged content.
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
)


def read_torch_file(path: Path) -> Any:
    """The data in a file of ``torch.save``, a zip archive or a stream from before 1.6.

    Numbers, text, lists, tuples, dicts, and NumPy arrays for tensors.  Arrays are
    read-only and of the file's own strides; NumPy scalars become Python's numbers.

    Raises:
        FormatError: not a file of this kind, or one that wants more than data.
        OSError: it cannot be read.
    """
    content = _content(path)
    with _name_in_errors(path):
        if content.startswith(STREAM_START):
            return read_stream(content)
        return read_zip(content)


def read_pickle_file(path: Path) -> Any:
    """The data in a plain pickle of protocol 2 or later, as ``read_torch_file`` gives it.

    Raises:
        FormatError: not a file of this kind, or one that wants more than data.
        OSError: it cannot be read.
    """
    content = _content(path)
    with _name_in_errors(path):
        return read_whole(io.BytesIO(content), plain_globals(len(content)))


def _content(path: Path) -> bytes:
    with open(path, "rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise FormatError(f"{path}: more than {MAX_FILE_BYTES} bytes")
    return content


@contextlib.contextmanager
def _name_in_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (FormatError, *_DAMAGES) as error:
        raise FormatError(f"{path}: {error}{but_it_is(path)}") from None
