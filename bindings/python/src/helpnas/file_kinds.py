"""What kind of file something is, by its first bytes, for messages about a wrong one."""

from __future__ import annotations

from typing import Optional

from ._c.handles import Path

#: Enough for the header of the library's own files to name their kind.
_BEGINNING = 4096
#: Of the library's own files: what to read them with.
_OWN = {
    b"libhelp-model": "a model of libhelp: helpnas.load reads it",
    b"libhelp-predictor": "a predictor of libhelp: helpnas.load_predictor reads it",
    b"libhelp-accuracy": "an accuracy model of libhelp: helpnas.load_accuracy reads it",
    b"libhelp-evolver": "a search of libhelp: helpnas.load_evolver reads it",
}


def but_it_is(path: Path) -> str:
    """The end of a message about a file that is not what was wanted: "; it is a CSV table" and
    so on, or nothing if that is not known."""
    try:
        with open(path, "rb") as file:
            kind = _kind(file.read(_BEGINNING))
    except OSError:
        return ""
    return "" if kind is None else f"; it is {kind}"


def _kind(begin: bytes) -> Optional[str]:
    for mark, name in _OWN.items():
        if mark in begin:
            return name
    if begin.startswith(b"PK\x03\x04"):
        return "a PyTorch checkpoint or another zip archive"
    if begin.startswith(b"\x80") and begin[1:2] in b"\x02\x03\x04\x05":
        return "a pickle"
    if begin[8:9] == b"{":
        return "a file of safetensors"
    if begin.lstrip()[:1] in (b"{", b"["):
        return "JSON"
    first = begin.partition(b"\n")[0]
    return "a CSV table" if b"," in first and b"\0" not in begin else None
