"""Columns of results: their types in Parquet, and their values in the journal's JSON."""

from __future__ import annotations

import base64
from typing import Any, Dict, Mapping

from ..measuring.optional_packages import optional

#: What a command installs that ``helpnas.fleet`` needs.
EXTRA = "helpnas[fleet]"
#: Type of a column: name -> the same in pyarrow.
_TYPES = {
    "text": "string",
    "number": "float64",
    "whole": "int64",
    "bytes": "binary",
}
#: A list of these is written ``"texts"`` and so on.
_LISTS = {"texts": "text", "numbers": "number", "wholes": "whole"}

Row = Dict[str, Any]


def arrow() -> Any:
    """The package pyarrow.

    Raises:
        ImportError: it is not installed; the message has the command.
    """
    optional("pyarrow.parquet", EXTRA)
    return optional("pyarrow", EXTRA)


def schema(columns: Mapping[str, str]) -> Any:
    """pyarrow's schema of columns given as name -> type."""
    return arrow().schema([(name, _arrow_type(kind)) for name, kind in columns.items()])


def _arrow_type(kind: str) -> Any:
    if kind in _LISTS:
        return arrow().list_(_arrow_type(_LISTS[kind]))
    return getattr(arrow(), _TYPES[kind])()


def to_json(row: Row, columns: Mapping[str, str]) -> Row:
    """The row as the journal has it: bytes become text."""
    return {
        name: base64.b64encode(value).decode() if columns[name] == "bytes" and value else value
        for name, value in row.items()
    }


def from_json(row: Row, columns: Mapping[str, str]) -> Row:
    """The row that ``to_json`` was given."""
    return {
        name: base64.b64decode(value) if columns[name] == "bytes" and value else value
        for name, value in row.items()
    }
