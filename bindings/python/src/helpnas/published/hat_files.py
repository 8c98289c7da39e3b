"""HAT's published files: latencies of transformers, and single transformers."""

from __future__ import annotations

from itertools import combinations_with_replacement
from pathlib import Path as FilePath
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np

from .._c.arrays import FloatArray, Int32Array
from .._c.errors import FormatError, UnsupportedError
from .._c.handles import Path
from ..csv_files import CSVLines
from ..spaces import Space
from .restricted_pickle import describe
from .yaml_files import load_yaml

#: What describes a transformer, and whether there is one for each layer.
_FIELDS = {
    "encoder_embed_dim": False,
    "encoder_layer_num": False,
    "encoder_ffn_embed_dim": True,
    "encoder_self_attention_heads": True,
    "decoder_embed_dim": False,
    "decoder_layer_num": False,
    "decoder_ffn_embed_dim": True,
    "decoder_self_attention_heads": True,
    "decoder_ende_attention_heads": True,
    "decoder_arbitrary_ende_attn": True,
}
_LATENCIES = ("latency_mean_encoder", "latency_mean_decoder")
_MAX_LAYERS = 6


def hat_csv_files(path: Path, space: str) -> Dict[str, FilePath]:
    """Device -> CSV file, of one file or of a task's in a folder.

    Raises:
        FormatError: the folder has none of the task.
        UnsupportedError: the space is not one of HAT's.
    """
    given, task = FilePath(path), _task(space)
    found = [given] if not given.is_dir() else sorted(given.glob(f"{task}_*_all.csv"))
    if not found:
        raise FormatError(f"{given}: no {task}_*_all.csv, as {space!r} has")
    return {_device(file.stem, task): file for file in found}


def every_hat_csv_file(folder: Path) -> Dict[str, FilePath]:
    """Machine and task, "xeon wmt14ende", -> CSV file, of all tasks' in a folder.

    Raises:
        FormatError: the folder has none.
    """
    found = sorted(FilePath(folder).glob("*_*_*_all.csv"))
    if not found:
        raise FormatError(f"{folder}: no <task>_<device>_all.csv")
    parts = [file.stem.split("_") for file in found]
    return {f"{machine} {task}": file for (task, _, machine, _), file in zip(parts, found)}


def _task(space: str) -> str:
    """As file names have it: wmt14ende of hat-wmt14-en-de."""
    if not space.startswith("hat-"):
        raise UnsupportedError(f"{space!r} is not one of HAT's spaces, 'hat-...'")
    return "".join(space.split("-")[1:])


def _device(stem: str, task: str) -> str:
    name = stem[len(task) + 1 :] if stem.startswith(task + "_") else stem
    return name[: -len("_all")] if name.endswith("_all") else name


def read_hat_csv(path: Path, space: Space) -> Tuple[Int32Array, FloatArray]:
    """Architectures of one of HAT's CSV files, int32 [n, 40], and milliseconds, float64 [n].

    The file has averages over layers instead of the layers.  A row becomes the
    architecture whose layers have these averages exactly, are the most alike, and do not
    grow; since HAT's encoding has only the averages, all others with the same are equal
    to it.  Rows with equal averages are one architecture, and its latency their mean.

    The latency is the encoder's mean and the decoder's mean together.

    Raises:
        FormatError: names the file, row and column of what is wrong.
        UnsupportedError: the space is not one of HAT's.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = CSVLines(path, file)
        found: Dict[Tuple[int, ...], List[float]] = {}
        for genes, latency in _rows(lines, _Averages(_choices(space))):
            found.setdefault(genes, []).append(latency)
    archs = np.array(list(found), np.int32).reshape(len(found), space.width)
    return archs, np.array([sum(values) / len(values) for values in found.values()], np.float64)


def read_hat_yaml(path: Path) -> Dict[str, Any]:
    """The architecture in one of HAT's subtransformer files, under the file's own keys.

    This is the notation of the library's HAT spaces: ``Space.genes`` takes a list of them.

    Raises:
        FormatError: not YAML, or not the ten keys with integers and lists of integers.
        ImportError: PyYAML is not installed.
    """
    value = load_yaml(path)
    keys = {_file_key(name): is_list for name, is_list in _FIELDS.items()}
    if not isinstance(value, dict):
        raise FormatError(f"{path}: {describe(value)}, not a subtransformer's keys")
    for key in value:
        if key not in keys:
            raise FormatError(f"{path}: unknown key {describe(key)}")
    for key, is_list in keys.items():
        if key not in value:
            raise FormatError(f"{path}: no key {key!r}")
        _check_entry(path, key, value[key], is_list)
    return {key: value[key] for key in keys}


def _file_key(name: str) -> str:
    return name.replace("_", "-") + ("-all" if _FIELDS[name] else "") + "-subtransformer"


def _check_entry(path: Path, key: str, value: Any, is_list: bool) -> None:
    items = value if isinstance(value, list) and is_list else [value]
    wanted = "a list of integers" if is_list else "an integer"
    if isinstance(value, list) is not is_list or not 1 <= len(items) <= _MAX_LAYERS:
        raise FormatError(f"{path}: {key} is {describe(value)}, not {wanted}")
    for item in items:
        if type(item) is not int:
            raise FormatError(f"{path}: {key} has {describe(item)}, not {wanted}")


def _choices(space: Space) -> Dict[str, List[int]]:
    """The choices of each field; a list's are the same in each layer."""
    genes = {gene["name"]: gene["choices"] for gene in space.description["genes"]}
    names = {name: f"{name}[0]" if is_list else name for name, is_list in _FIELDS.items()}
    for gene in names.values():
        if gene not in genes:
            raise UnsupportedError(f"{space.name!r} is not one of HAT's: it has no gene {gene}")
    return {name: genes[gene] for name, gene in names.items()}


def _rows(lines: CSVLines, averages: "_Averages") -> Iterator[Tuple[Tuple[int, ...], float]]:
    """Genes and milliseconds of each row."""
    columns = {name + ("_avg" if is_list else ""): name for name, is_list in _FIELDS.items()}
    reading = iter(lines)
    header = next(reading, [])
    for column in (*columns, *_LATENCIES):
        if header.count(column) != 1:
            raise lines.error("the column is missing or given twice", column)
    for fields in reading:
        if len(fields) != len(header):
            raise lines.error(f"{len(fields)} fields, not {len(header)}")
        row = dict(zip(header, fields))
        numbers = {columns[column]: lines.number(row[column], column) for column in columns}
        try:
            genes = averages.genes(numbers)
        except ValueError as error:
            column = next(c for c in columns if columns[c] == error.args[0])
            raise lines.error(f"{row[column]!r} {error.args[1]}", column) from None
        yield genes, sum(lines.latency(row[column], column) for column in _LATENCIES)


class _Averages:
    """Finds layers with given averages."""

    def __init__(self, choices: Dict[str, List[int]]) -> None:
        self._choices = choices
        self._tables: Dict[Tuple[str, int], Dict[int, Tuple[int, ...]]] = {}

    def genes(self, numbers: Dict[str, float]) -> Tuple[int, ...]:
        """The 40 genes.

        Raises:
            ValueError: (field, what is wrong).
        """
        layers = {part: self._one(numbers, f"{part}_layer_num") for part in ("encoder", "decoder")}
        genes: List[int] = []
        for name, is_list in _FIELDS.items():
            if is_list:
                genes += self._layers(name, numbers[name], layers[name.split("_")[0]])
            else:
                genes.append(self._one(numbers, name))
        return tuple(genes)

    def _one(self, numbers: Dict[str, float], name: str) -> int:
        if numbers[name] not in self._choices[name]:
            raise ValueError(name, f"is not one of {self._choices[name]}")
        return int(numbers[name])

    def _layers(self, name: str, average: float, layers: int) -> Sequence[int]:
        table = self._tables.get((name, layers))
        if table is None:
            table = layers_by_sum(name, self._choices[name], layers)
            self._tables[name, layers] = table
        total = average * layers
        values = table.get(round(total)) if abs(total) < 1e9 else None
        # The file's averages are floats: sums are whole but for the last digits.
        if values is None or abs(total - round(total)) > 1e-6:
            choices = self._choices[name]
            raise ValueError(name, f"is not the average of {layers} values out of {choices}")
        # Genes of layers that are not there mean nothing.
        return values + values[-1:] * (_MAX_LAYERS - layers)


def layers_by_sum(name: str, choices: Sequence[int], layers: int) -> Dict[int, Tuple[int, ...]]:
    """Sum -> the values, most similar first and not growing, of this many layers with this sum."""
    numbers = {choice: _number(name, choice) for choice in choices}
    best: Dict[int, Tuple[int, Tuple[int, ...]]] = {}
    for values in combinations_with_replacement(sorted(choices, reverse=True), layers):
        total = sum(numbers[value] for value in values)
        spread = sum(numbers[value] ** 2 for value in values)
        if total not in best or spread < best[total][0]:
            best[total] = spread, values
    return {total: values for total, (_, values) in best.items()}


def _number(name: str, choice: int) -> int:
    """In averages, arbitrary attention counts the encoder layers it sees: -1 is 1, 2 is 3."""
    if name != "decoder_arbitrary_ende_attn":
        return choice
    return 1 if choice == -1 else choice + 1
