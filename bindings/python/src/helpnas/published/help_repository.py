"""The layouts in which the HELP repository publishes its latencies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Callable, Dict, List, Tuple, Union

import numpy as np

from .._c.arrays import FloatArray, Int32Array, Int64Array
from .._c.errors import FormatError, UnsupportedError
from .._c.handles import Path
from ..spaces import Space
from .checks import count_list, errors_of, integer_rows, member, number_list
from .restricted_pickle import read_torch_file


@dataclass(frozen=True)
class PublishedTable:
    """What a layout holds.

    Attributes:
        space: the search space.
        file: the file that lists the architectures.
        archs: genes, int32 [n, width].
        devices: name -> milliseconds, float64 [n].
        references: rows of the reference architectures, int64 [k].
    """

    space: Space
    file: FilePath
    archs: Int32Array
    devices: Dict[str, FloatArray]
    references: Int64Array


def read_repository(path: Path, space: Union[Space, str]) -> PublishedTable:
    """Read the folder of a space, or the folder above it.

    Raises:
        FormatError: a file is missing or malformed, or of another space.
        UnsupportedError: the repository has no such space.
    """
    name = space if isinstance(space, str) else space.name
    inside = FilePath(path) / _layout(name).folder
    folder = inside if inside.is_dir() else FilePath(path)
    file = _architecture_file(folder, name)
    opened = Space(space) if isinstance(space, str) else space
    archs = _read_archs(folder, opened)
    references = published_references(folder, len(archs))
    return PublishedTable(opened, file, archs, _devices(folder, len(archs)), references)


def _layout(space: str) -> "_Layout":
    if space not in _LAYOUTS:
        names = ", ".join(map(repr, _LAYOUTS))
        raise UnsupportedError(f"the layout of {space!r} is not known; there are {names}")
    return _LAYOUTS[space]


def published_references(folder: FilePath, count: int) -> Int64Array:
    """Row numbers of the published reference architectures, below ``count``: int64 [k].

    Raises:
        FormatError: the file is malformed, or a number is beyond the table.
    """
    file = folder / "hardware_embedding_index.pt"
    return count_list(read_torch_file(file), file, count)


def published_reference_archs(folder: FilePath, space: Space) -> Int32Array:
    """Genes of the published reference architectures, int32 [k, width].

    Raises:
        FormatError: a file is missing or malformed, or of another space.
        UnsupportedError: the repository has no such space.
    """
    if space.name == "nasbench201":
        return space.from_index(published_references(folder, space.count))
    archs = _read_archs(folder, space)
    return archs[published_references(folder, len(archs))]


def _read_archs(folder: FilePath, space: Space) -> Int32Array:
    layout = _layout(space.name)
    file = _architecture_file(folder, space.name)
    archs = layout.read(file, space)
    with errors_of(file):
        space.check(archs)
    return archs


def _architecture_file(folder: FilePath, space: str) -> FilePath:
    for name in _LAYOUTS[space].files:
        if (folder / name).is_file():
            return folder / name
    wanted = " or ".join(_LAYOUTS[space].files)
    others = [
        other
        for other, layout in _LAYOUTS.items()
        if any((folder / name).is_file() for name in layout.files)
    ]
    hint = f"; this is {others[0]!r}" if others else ""
    raise FormatError(f"{folder}: no {wanted}, which the layout of {space!r} has{hint}")


def _devices(folder: FilePath, count: int) -> Dict[str, FloatArray]:
    files = sorted((folder / "latency").glob("*.pt"))
    if not files:
        raise FormatError(f"{folder / 'latency'}: no .pt files")
    return {file.stem: _latencies(file, count) for file in files}


def _latencies(file: FilePath, count: int) -> FloatArray:
    values = number_list(read_torch_file(file), file, count)
    bad = ~(np.isnan(values) | ((values > 0) & np.isfinite(values)))
    if bad.any():
        row = int(np.argmax(bad))
        raise FormatError(f"{file}: row {row} is {values[row]} ms, not above 0")
    return values


def _numbered_rows(file: FilePath, space: Space) -> Int32Array:
    """All architectures, if the file numbers them as the library does."""
    rows = space.from_index(np.arange(space.count))
    numbers = read_torch_file(file)
    if not isinstance(numbers, dict) or not all(
        type(text) is str and type(number) is int for text, number in numbers.items()
    ):
        raise FormatError(f"{file}: not a numbering of architectures")
    if sorted(numbers.values()) != list(range(len(rows))):
        raise FormatError(f"{file}: not a numbering of {len(rows)} architectures")
    texts = sorted(numbers, key=numbers.__getitem__)
    differ = (space.parse(texts) != rows).any(axis=1)
    if differ.any():
        number = int(np.argmax(differ))
        raise FormatError(f"{file}: number {number} is {texts[number]}, not the library's")
    return rows


def _operation_rows(file: FilePath, space: Space) -> Int32Array:
    """Operations by layer: ``metainfo.pt`` has dicts of them, ``arch.pt`` plain lists."""
    value = read_torch_file(file)
    if file.name == "metainfo.pt":
        value = [
            member(arch, "op_idx_list", file, f"row {row}")
            for row, arch in enumerate(_architectures(value, file))
        ]
    return integer_rows(value, file, space.width)


def _block_rows(file: FilePath, space: Space) -> Int32Array:
    """Once-for-all's dicts, as genes: kernels, expansions, depths, resolution."""
    parts: Dict[str, List[Any]] = {key: [] for key in ("ks", "e", "d", "r")}
    for row, arch in enumerate(_architectures(read_torch_file(file), file)):
        for key, found in parts.items():
            value = member(arch, key, file, f"row {row}")
            found.append([value] if key == "r" else value)
    widths = {"ks": 20, "e": 20, "d": 5, "r": 1}
    return np.hstack([integer_rows(parts[key], file, width) for key, width in widths.items()])


def _architectures(value: Any, file: FilePath) -> List[Any]:
    found = member(value, "arch", file)
    if not isinstance(found, list):
        raise FormatError(f"{file}: 'arch' is not a list")
    return found


@dataclass(frozen=True)
class _Layout:
    """A folder's name, its file of architectures (the first that exists), and its reader."""

    folder: str
    files: Tuple[str, ...]
    read: Callable[[FilePath, Space], Int32Array]


_LAYOUTS = {
    "nasbench201": _Layout("nasbench201", ("str_arch2idx.pt",), _numbered_rows),
    "fbnet": _Layout("fbnet", ("metainfo.pt", "arch.pt"), _operation_rows),
    "ofa-mbv3": _Layout("ofa", ("ofa_archs.pt",), _block_rows),
}
