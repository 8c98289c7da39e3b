"""Once-for-all's latency lookup tables: a device as the sum of its blocks' latencies."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple, Union

import numpy as np

from .._c.arrays import FloatArray
from .._c.errors import ArgumentError, FormatError, MeasurementError
from .._c.handles import Path
from ..spaces import Archs, Space
from .restricted_pickle import describe
from .yaml_files import load_yaml

_STAGES = 5
_BLOCKS_IN_STAGE = 4
#: How keys of blocks are written; older tables leave out the end from -se on.
_FORM = "expanded_conv-input:HxWxC-output:HxWxC-expand:N-kernel:N-stride:N-idskip:N[-se:N-hs:N]"
_FIXED = ("Conv", "Conv_1", "AvgPool2D", "Conv_2", "Logits")
_KEY = re.compile(
    r"(?P<layer>\w+)-input:(?P<input>\d+x\d+x\d+)-output:(?P<output>\d+x\d+x\d+|\d+)"
    r"(-expand:(?P<expand>\d+)-kernel:(?P<kernel>\d+)-stride:\d+-idskip:\d(-se:\d-hs:\d)?)?",
    re.ASCII,
)

#: Height, width, channels.
Shape = Tuple[int, ...]
#: Input and output shape, expanded channels, kernel size.
Block = Tuple[Shape, Shape, int, int]


class LookupTable:
    """A device of the space "ofa-mbv3", by the latencies of its layers.

    Attributes:
        space: "ofa-mbv3".
        resolutions: the image sizes for which there is a table, growing.
    """

    def __init__(self, tables: Sequence["ResolutionTable"], space: Space) -> None:
        self.space = space
        self._tables: Dict[int, ResolutionTable] = {}
        for table in sorted(tables, key=lambda table: table.resolution):
            first = self._tables.setdefault(table.resolution, table)
            if first is not table:
                found = f"{first.file} and {table.file}"
                raise FormatError(f"{found} are both of resolution {table.resolution}")
        self.resolutions = list(self._tables)

    def __repr__(self) -> str:
        return f"LookupTable(resolutions {self.resolutions})"

    @classmethod
    def from_yaml(
        cls, paths: Union[Path, Sequence[Path]], space: Union[Space, str] = "ofa-mbv3"
    ) -> "LookupTable":
        """Read a YAML file for each resolution, as ``note10_224_lookup_table.yaml``.

        Channels, strides and resolution follow from the keys of the file; older tables, whose
        keys end with idskip, are read as well.

        Raises:
            FormatError: a file is malformed, or two are of one resolution.
            ImportError: PyYAML is not installed.
        """
        files = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        if not files:
            raise ArgumentError("no lookup tables are given")
        opened = Space(space) if isinstance(space, str) else space
        return cls([ResolutionTable.from_yaml(file) for file in files], opened)

    def latency(self, archs: Archs) -> FloatArray:
        """Milliseconds of each architecture, float64 [n]: the sum over its layers.

        Raises:
            ArchitectureError: one is outside the space.
            MeasurementError: there is no table of its resolution, or no entry for a block.
        """
        rows = self.space.genes(archs)
        self.space.check(rows)
        return np.array([self._row(row.tolist()) for row in rows], np.float64)

    def _row(self, genes: List[int]) -> float:
        table = self._tables.get(genes[-1])
        if table is None:
            known = ", ".join(map(str, self.resolutions))
            raise MeasurementError(f"no lookup table of resolution {genes[-1]}; there are {known}")
        return table.latency(genes)


@dataclass(frozen=True)
class ResolutionTable:
    """The layers' latencies at one resolution.

    Attributes:
        file: where they come from.
        resolution: the image's side.
        shapes: what the first block gives, then each stage.
        fixed_ms: layers that every network has, together.
        blocks_ms: blocks of the stages.
    """

    file: str
    resolution: int
    shapes: Tuple[Shape, ...]
    fixed_ms: float
    blocks_ms: Mapping[Block, float]

    @classmethod
    def from_yaml(cls, path: Path) -> "ResolutionTable":
        """Read one file.

        Raises:
            FormatError: it is malformed, or not of five stages; names the key.
        """
        return cls.from_entries(str(path), load_yaml(path))

    @classmethod
    def from_entries(cls, file: str, entries: Any) -> "ResolutionTable":
        """The same of the file's content: key -> {"mean": milliseconds, ...}."""
        if not isinstance(entries, dict):
            raise FormatError(f"{file}: {describe(entries)}, not a table")
        fixed: Dict[str, Tuple[Shape, Shape, float]] = {}
        blocks: Dict[Block, float] = {}
        for key, entry in entries.items():
            _add_entry(file, key, entry, fixed, blocks)
        missing = [name for name in _FIXED if name not in fixed]
        if missing:
            raise FormatError(f"{file}: no entry {missing[0]!r}")
        image, stem, _ = fixed["Conv"]
        shapes = _stages(file, stem, blocks)
        # The first block expands by 1 and is of no stage.
        total = sum(ms for _, _, ms in fixed.values()) + _first_block(file, stem, blocks)
        return cls(file, image[0], shapes, total, blocks)

    def latency(self, genes: Sequence[int]) -> float:
        """Milliseconds of one row of genes.

        Raises:
            MeasurementError: no entry for one of its blocks.
        """
        total = self.fixed_ms
        for stage in range(_STAGES):
            depth = genes[2 * _STAGES * _BLOCKS_IN_STAGE + stage]
            for place in range(depth):
                block = stage * _BLOCKS_IN_STAGE + place
                expansion = genes[_STAGES * _BLOCKS_IN_STAGE + block]
                total += self._block(stage, place, genes[block], expansion)
        return total

    def _block(self, stage: int, place: int, kernel: int, expansion: int) -> float:
        output = self.shapes[stage + 1]
        given = output if place else self.shapes[stage]
        found = self.blocks_ms.get((given, output, given[-1] * expansion, kernel))
        if found is None:
            shapes = f"input:{_text(given)}-output:{_text(output)}"
            key = f"expanded_conv-{shapes}-expand:{given[-1] * expansion}-kernel:{kernel}"
            raise MeasurementError(f"{self.file}: no entry '{key}-...'")
        return found


def _add_entry(
    file: str,
    key: Any,
    entry: Any,
    fixed: Dict[str, Tuple[Shape, Shape, float]],
    blocks: Dict[Block, float],
) -> None:
    match = _KEY.fullmatch(key) if isinstance(key, str) and len(key) < 200 else None
    if match is None or (match["layer"] == "expanded_conv") is not (match["expand"] is not None):
        given = repr(key[:300]) if isinstance(key, str) else describe(key)
        raise FormatError(f"{file}: key {given} is not of a layer; a block's is '{_FORM}'")
    ms, shapes = _mean(file, key, entry), (_shape(match["input"]), _shape(match["output"]))
    if match["expand"] is None:
        if match["layer"] not in _FIXED or match["layer"] in fixed:
            raise FormatError(f"{file}: key {key!r} is of an unknown layer, or there are two")
        fixed[match["layer"]] = (*shapes, ms)
        return
    block = (*shapes, int(match["expand"]), int(match["kernel"]))
    if block in blocks:
        raise FormatError(f"{file}: key {key!r} and another are of one block")
    blocks[block] = ms


def _mean(file: str, key: str, entry: Any) -> float:
    mean: Any = entry.get("mean") if isinstance(entry, dict) else None
    if type(mean) not in (int, float) or not 0 < mean < math.inf:
        raise FormatError(f"{file}: mean of {key!r} is {describe(mean)}, not milliseconds above 0")
    return float(mean)


def _shape(text: str) -> Shape:
    return tuple(int(size) for size in text.split("x"))


def _text(shape: Shape) -> str:
    return "x".join(map(str, shape))


def _stages(file: str, stem: Shape, blocks: Mapping[Block, float]) -> Tuple[Shape, ...]:
    """The shape of the first block, then of each stage: each is what follows from the last."""
    shapes = [stem]
    for _ in range(_STAGES):
        following = {output for given, output, _, _ in blocks if given == shapes[-1] != output}
        if len(following) != 1:
            place = f"after {_text(shapes[-1])}"
            raise FormatError(f"{file}: {len(following)} shapes {place}, not one")
        shapes += following
    return tuple(shapes)


def _first_block(file: str, stem: Shape, blocks: Dict[Block, float]) -> float:
    found = [block for block in blocks if block[0] == block[1] == stem]
    if len(found) != 1:
        raise FormatError(f"{file}: {len(found)} first blocks of {_text(stem)}, not one")
    return blocks.pop(found[0])
