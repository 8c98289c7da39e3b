"""What ``include/help.h`` declares, for programs: ``help.json`` and ``help_ffi.h``."""

from __future__ import annotations

import json
from typing import Any, Dict

from . import facts, flat, layout
from .header import Header, parse


def described(text: str, header: Header, compiler: str) -> Dict[str, Any]:
    """What ``help.json`` says of a header with this text."""
    measured = layout.measured(text, header, compiler)
    return {
        "library": facts.library(header),
        "data_model": "LP64",
        "types": header.names,
        "enums": [facts.enumeration(*each) for each in header.enumerations.items()],
        "handles": [facts.handle(*each) for each in header.handles.items()],
        "structs": [facts.structure(*each, measured) for each in header.structures.items()],
        "callbacks": [facts.callback(*each, header) for each in header.callbacks.items()],
        "functions": [facts.function(*each, header) for each in header.functions.items()],
    }


def generated(text: str, compiler: str) -> Dict[str, str]:
    """Texts of the files made from a header, by name."""
    header = parse(text)
    found = described(text, header, compiler)
    return {
        "help.json": json.dumps(found, indent=1, ensure_ascii=False) + "\n",
        "help_ffi.h": flat.text(header, found["library"]["version"]),
    }
