"""What the repeated searches write their tables with."""

from __future__ import annotations

import math
from typing import Any, Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Lines of a Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def milliseconds(value: float) -> str:
    """12.34, or a dash."""
    return "-" if math.isnan(value) else f"{value:.2f}"
