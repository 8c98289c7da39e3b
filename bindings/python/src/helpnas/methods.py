"""The methods that adapt a model to a device, as the library lists them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Optional, Tuple

from ._c.arrays import choice
from ._c.errors import UnsupportedError
from ._c.handles import read_buffer


@dataclass(frozen=True)
class Method:
    """One method of ``Model.adapt``.

    Attributes:
        name: as ``Model.adapt`` takes it.
        number: its constant in ``help.h``.
        minimum_rows: fewest measured architectures that it can be fitted to.
        needs: "bayes", a model fitted for that method; "references", HELP's network and every
            reference measured; "costs", a space that has them; None, nothing.
        summary: what it is, in one line.
    """

    name: str
    number: int
    minimum_rows: int
    needs: Optional[str]
    summary: str


@lru_cache(maxsize=None)
def methods() -> Tuple[Method, ...]:
    """Every method of the library, in the order of their numbers."""
    return tuple(Method(**each) for each in json.loads(read_buffer("help_methods")))


def method_number(name: Optional[str]) -> int:
    """The library's number for a method; 0, the model's default, for None.

    Raises:
        UnsupportedError: no such method.
    """
    numbers = {method.name: method.number for method in methods()}
    return 0 if name is None else choice(name, "method", numbers, UnsupportedError)
