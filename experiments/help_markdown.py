"""What experiments write their tables and pages with."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Dict, Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Lines of a Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def milliseconds(value: float) -> str:
    """12.34, or a dash."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def replace_section(
    page: Path, marker: str, titles: Sequence[str], title: str, paragraphs: Sequence[str]
) -> None:
    """Write one section below the marker, in the order of the titles, and keep the others."""
    kept, _, below = page.read_text("utf-8").partition(marker)
    sections: Dict[str, str] = {}
    for section in below.split("\n## ")[1:]:
        sections[section.partition("\n")[0]] = section.partition("\n")[2].strip()
    sections[title] = "\n\n".join(paragraphs)
    text = "".join(f"\n\n## {name}\n\n{sections[name]}" for name in titles if name in sections)
    page.write_text(kept + marker + text + "\n", "utf-8")
