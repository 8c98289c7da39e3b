"""Search spaces: architectures as text, as rows of genes, and as network inputs."""

from __future__ import annotations

import ctypes
import json
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import (
    Any,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
    TypeVar,
    Union,
    cast,
)

import numpy as np
import numpy.typing as npt

from . import ofa_dicts
from ._c.arrays import (
    FloatArray,
    Int32Array,
    Int64Array,
    count_number,
    gene_rows,
    index_vector,
    number,
    seed_number,
)
from ._c.errors import ArchitectureError, ArgumentError, FormatError, UnsupportedError
from ._c.handles import Handle, Path, make, read_buffer, read_json
from ._c.library import library
from ._c.prototypes import SpacePointer
from .file_kinds import but_it_is

#: Architectures as every function takes them: a list in the space's own notation (texts,
#: dicts, or lists), or rows of genes [n, width].
Archs = Union[Sequence[str], Sequence[Mapping[str, Any]], Sequence[Sequence[Any]], npt.NDArray[Any]]
Self = TypeVar("Self", bound="Space")


class Space(Handle[SpacePointer]):
    """A search space; immutable, for any number of threads.

    Args:
        name: of a built-in space: "nasbench201", "fbnet", "ofa-mbv3", "hat-wmt14-en-de",
            "hat-wmt14-en-fr", "hat-wmt19-en-de", "hat-iwslt14-de-en".

    Raises:
        UnsupportedError: no such space; the message lists the names.
    """

    _free = "help_space_free"
    _known_notation: Optional[str] = None

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ArgumentError(f"name must be a text, not {name!r}")
        self._hold(make(SpacePointer, "help_space_open", name.encode()))

    @classmethod
    def from_json(cls: Type[Self], description: Union[str, Mapping[str, Any]]) -> Self:
        """A space of your own (docs/guide/own-spaces.md), from JSON text or what it says.

        Raises:
            FormatError: names the place in the description and what is wrong there.
        """
        text = description if isinstance(description, str) else json.dumps(description)
        data = text.encode("utf-8", "surrogatepass")
        return cls.adopt(make(SpacePointer, "help_space_from_json", data, len(data)))

    @classmethod
    def from_file(cls: Type[Self], path: Path) -> Self:
        """A space of your own from a file of JSON.

        Raises:
            FormatError: names the file, the place in it and what is wrong there.
        """
        other = but_it_is(path)
        if other not in ("", "; it is JSON"):
            raise FormatError(f"{path}: not the description of a space{other}")
        try:
            return cls.from_json(FilePath(path).read_text(encoding="utf-8"))
        except (FormatError, UnicodeDecodeError) as error:
            raise FormatError(f"{path}: {error}") from None

    def __repr__(self) -> str:
        return "Space(closed)" if self.closed else f"Space({self.name!r})"

    def __eq__(self, other: object) -> bool:
        """Whether rows of one are rows of the other, with the same meaning."""
        if not isinstance(other, Space):
            return NotImplemented
        return self is other or self.description == other.description

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> Tuple[Any, ...]:
        try:
            if Space(self.name) == self:
                return Space, (self.name,)
        except UnsupportedError:
            pass  # a space of its own, which its description is all of
        return Space.from_json, (self.description,)

    @property
    def name(self) -> str:
        """The space's name."""
        return str(library().help_space_name(self.pointer).decode())

    @property
    def width(self) -> int:
        """Genes in an architecture."""
        return int(library().help_space_width(self.pointer))

    @property
    def feature_count(self) -> int:
        """Floats in an architecture's encoding."""
        return int(library().help_space_feature_count(self.pointer))

    @property
    def count(self) -> int:
        """Architectures that sampling and search draw from; 2**64 - 1 when there are more."""
        return int(library().help_space_count(self.pointer))

    @property
    def description(self) -> Dict[str, Any]:
        """Genes with their choices, the features, and the size; ``from_json`` takes it."""
        return read_json("help_space_describe", self.pointer)

    def parse(self, text: Union[str, Sequence[str]]) -> Int32Array:
        """Genes of a text of the space, int32 [width]; of n texts, [n, width].

        Raises:
            FormatError: the text is not of this space.
            ArchitectureError: it is, but outside the space.
        """
        if isinstance(text, (list, tuple, np.ndarray)):
            return self._parse_rows(text)
        row = np.empty(self.width, np.int32)
        self._parse(text, row)
        return row

    def _parse(self, text: Any, row: Int32Array) -> None:
        if not isinstance(text, str):
            raise ArgumentError(f"an architecture's text must be a text, not {text!r}")
        encoded = text.encode("utf-8", "surrogatepass")
        library().help_arch_parse(self.pointer, encoded, len(encoded), row)

    def _parse_rows(self, texts: Sequence[str]) -> Int32Array:
        rows = np.empty((len(texts), self.width), np.int32)
        for place, text in enumerate(texts):
            with _of_row(place):
                self._parse(text, rows[place])
        return rows

    def format(self, archs: Any) -> Any:
        """Text of one architecture, a row of genes [width]; or a list of n for [n, width].

        Raises:
            ArchitectureError: outside the space.
        """
        if np.ndim(archs) == 1 and not _is_notation(archs):
            return self.format_rows(self.genes([archs]))[0]
        return self.format_rows(self.genes(archs))

    def format_rows(self, rows: Int32Array) -> List[str]:
        texts = []
        for place, row in enumerate(rows):
            with _of_row(place):
                texts.append(read_buffer("help_arch_format", self.pointer, row).decode())
        return texts

    def notation(self, archs: Archs) -> List[Any]:
        """n architectures as people write them in this space.

        NAS-Bench-201: text. FBNet: lists of 22 operation numbers. OFA: dicts {ks, e, d, r}.
        HAT: dicts as in its YAML files. A space of your own: dicts by gene.

        Raises:
            ArchitectureError: one is outside the space.
        """
        return self.notation_rows(self.genes(archs))

    def notation_rows(self, rows: Int32Array) -> List[Any]:
        texts = self.format_rows(rows)
        if self._known_notation is None:
            self._known_notation = self.description["notation"]
        return list(map(json.loads, texts)) if self._known_notation == "json" else texts

    def genes(self, archs: Archs) -> Int32Array:
        """Architectures in any form as int32 rows [n, width]; rows are not yet checked.

        Raises:
            ArgumentError: neither a list of architectures nor a table of numbers.
            FormatError: a text or dict is not of this space.
            ArchitectureError: a number is not an integer of 32 bits.
        """
        if isinstance(archs, (str, Mapping)):
            raise ArgumentError("architectures must be a list; this is one architecture")
        if _is_notation(archs):
            return self._parse_rows([self._text(arch) for arch in archs])
        width = self.width
        rows = cast(Any, archs) if len(archs) else np.empty((0, width), np.int32)
        return gene_rows(rows, width)

    def _text(self, arch: Any) -> str:
        if isinstance(arch, str):
            return arch
        if isinstance(arch, Mapping) and self.name == ofa_dicts.SPACE:
            arch = ofa_dicts.whole_dict(_plain(arch))
        return json.dumps(_plain(arch))

    def canonicalize(self, archs: Archs) -> Int32Array:
        """Rows with one value in genes that do not matter, int32 [n, width].

        Two rows are the same architecture when these are equal.

        Raises:
            ArchitectureError: one is outside the space.
        """
        rows = self.genes(archs).copy()
        library().help_arch_canonicalize(self.pointer, rows, *_extent(rows))
        return rows

    def check(self, archs: Archs) -> None:
        """Make sure that all architectures are in the space.

        Raises:
            ArchitectureError, FormatError: the first that is not, its number in ``row``.
        """
        rows, bad = self.genes(archs), ctypes.c_size_t()
        try:
            library().help_arch_check(self.pointer, rows, *_extent(rows), ctypes.byref(bad))
        except ArchitectureError as error:
            error.row = bad.value
            raise

    def sample(self, count: int, seed: int = 0) -> Int32Array:
        """Different architectures drawn uniformly, int32 [count, width].

        Raises:
            ArgumentError: more than the space has.
        """
        rows = np.empty((self._check_count(count), self.width), np.int32)
        library().help_space_sample(self.pointer, seed_number(seed), rows, *_extent(rows))
        return rows

    def _check_count(self, count: int) -> int:
        # Before the rows are allocated: their number is the caller's.
        if count_number(count, "count") > self.count:
            raise ArgumentError(f"count is {count}; {self.name} has {self.count} architectures")
        return count

    def mutate(self, archs: Archs, probability: float = 0.1, seed: int = 0) -> Int32Array:
        """Change each gene, with this probability, to another of its choices: int32 [n, width]."""
        rows = self.genes(archs)
        out = np.empty_like(rows)
        library().help_arch_mutate(
            self.pointer,
            rows,
            *_extent(rows),
            number(probability, "probability"),
            seed_number(seed),
            out,
            rows.shape[1],
        )
        return out

    def crossover(self, parents_a: Archs, parents_b: Archs, seed: int = 0) -> Int32Array:
        """Children that take each gene from either parent with equal probability.

        Args:
            parents_a, parents_b: n architectures each; row i of both are the parents of child i.
            seed: random seed.

        Returns:
            The children, int32 [n, width].

        Raises:
            ArgumentError: the numbers of parents differ.
        """
        first, second = self.genes(parents_a), self.genes(parents_b)
        if first.shape != second.shape:
            raise ArgumentError(f"parents_a are {len(first)} but parents_b {len(second)}")
        out = np.empty_like(first)
        library().help_arch_crossover(
            self.pointer, first, second, *_extent(first), seed_number(seed), out, first.shape[1]
        )
        return out

    def encode(self, archs: Archs) -> npt.NDArray[np.float32]:
        """The network's input, float32 [n, feature_count]."""
        rows = self.genes(archs)
        out = np.empty((len(rows), self.feature_count), np.float32)
        library().help_arch_encode(self.pointer, rows, *_extent(rows), out, out.shape[1])
        return out

    def macs(self, archs: Archs) -> FloatArray:
        """Multiply-accumulate operations of each network, float64 [n]: the FLOPs baseline.

        Raises:
            UnsupportedError: a space of your own without the cost "macs".
        """
        rows = self.genes(archs)
        out = np.empty(len(rows), np.float64)
        library().help_arch_macs(self.pointer, rows, *_extent(rows), out)
        return out

    def costs(self, archs: Archs) -> Dict[str, FloatArray]:
        """All costs of each network that the space knows, by name, each float64 [n].

        "macs" and "parameters"; "activations", the numbers that layers read and write;
        "operations", the layers; and further costs that a space of your own names.
        """
        rows = self.genes(archs)
        return {name: self.cost(rows, name) for name in self.description["cost_names"]}

    def cost(self, archs: Archs, name: str) -> FloatArray:
        """One of `costs` of each network, float64 [n].

        Raises:
            UnsupportedError: the space has no cost of this name; the message lists those it has.
        """
        rows = self.genes(archs)
        out = np.empty(len(rows), np.float64)
        library().help_arch_costs(self.pointer, rows, *_extent(rows), name.encode(), out)
        return out

    def layers(self, arch: Any) -> List[Dict[str, Any]]:
        """Layers of one network, in the order of the description: dicts with the "kind", the
        "path" in the description, and a number for every size of the kind.

        Args:
            arch: in the space's own notation, or a row of genes.

        Raises:
            ArchitectureError: outside the space.
            UnsupportedError: the space is not described by layers.
        """
        row = self.genes([arch])[0]
        return cast(
            List[Dict[str, Any]],
            json.loads(read_buffer("help_arch_layers", self.pointer, row)),
        )

    def from_index(self, indices: Any) -> Int32Array:
        """Rows of the benchmark's architectures with these numbers, int32 [n, width].

        Raises:
            ArgumentError: a number beyond the benchmark's.
            UnsupportedError: the space has no numbering.
        """
        numbers = index_vector(indices, "indices")
        rows = np.empty((len(numbers), self.width), np.int32)
        library().help_arch_from_index(self.pointer, numbers, len(numbers), rows, rows.shape[1])
        return rows

    def to_index(self, archs: Archs) -> Int64Array:
        """The benchmark's number of each architecture, int64 [n].

        Raises:
            UnsupportedError: the space has no numbering.
        """
        rows = self.genes(archs)
        out = np.empty(len(rows), np.uint64)
        library().help_arch_to_index(self.pointer, rows, *_extent(rows), out)
        return out.astype(np.int64)


@contextmanager
def _of_row(place: int) -> Iterator[None]:
    """Let errors of a call on a single row name the row's place among all."""
    try:
        yield
    except (ArchitectureError, FormatError) as error:
        raise error.of_row(place) from None


def _is_notation(archs: Any) -> bool:
    """Whether architectures are given as texts, dicts or lists of names, and not as numbers."""
    if isinstance(archs, np.ndarray):
        return archs.dtype.kind in "UO" and archs.size > 0
    try:
        items = list(archs)
    except TypeError:
        raise ArgumentError(f"architectures must be a list or an array, not {archs!r}") from None
    if not items:
        return False
    return all(isinstance(item, str) for item in items) or all(map(_is_json, items))


def _is_json(item: Any) -> bool:
    """Whether an architecture is a dict, or a list of names."""
    if isinstance(item, (list, tuple)):
        return len(item) > 0 and isinstance(item[0], str)
    return isinstance(item, Mapping)


def _plain(value: Any) -> Any:
    """What JSON can hold of what a dict may: NumPy's numbers and arrays, mappings, and whole
    numbers that are floats."""
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise ArgumentError(f"an architecture cannot hold {value!r}")


def _extent(rows: Int32Array) -> Tuple[int, int]:
    """(n, stride) of a contiguous batch."""
    return rows.shape[0], rows.shape[1]
