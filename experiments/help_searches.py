"""Repeat HELP's searches, and write them into docs/results/published-searches.md.

    .venv/bin/python experiments/help_searches.py table4|table5|behaviour --shared ../shared

The page is kept up to its marker, and below it the sections that are not asked for.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Callable, Dict, List, Tuple

from help_behaviour import behaviour
from help_markdown import replace_section
from help_table4 import table4
from help_table5 import table5

REPOSITORY = Path(__file__).parents[1]
MARKER = "<!-- below this line experiments/help_searches.py writes -->"
SECTIONS: Dict[str, Tuple[str, Callable[[Path], List[str]]]] = {
    "table4": ("HELP's Table 4: MetaD2A's candidates, CIFAR-100", table4),
    "table5": ("HELP's Table 5: once-for-all, ImageNet", table5),
    "behaviour": ("Behaviour", behaviour),
}
TITLES = [title for title, _ in SECTIONS.values()]


def main() -> None:
    """Compute one section and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("section", choices=SECTIONS)
    parser.add_argument("--shared", type=Path, required=True, help="folder with datasets/")
    parser.add_argument(
        "--output", type=Path, default=REPOSITORY / "docs/results/published-searches.md"
    )
    arguments = parser.parse_args()
    title, write = SECTIONS[arguments.section]
    paragraphs = write(arguments.shared)
    replace_section(arguments.output, MARKER, TITLES, title, paragraphs)
    print("\n\n".join(paragraphs))


if __name__ == "__main__":
    main()
