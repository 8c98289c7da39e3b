"""Compare what two builds compute: differences.py DIGESTS NUMBERS DIGESTS NUMBERS

Each pair is from ``digests DATA NUMBERS > DIGESTS``.  A line for each digest that differs, with
the largest relative difference of the numbers behind it, and how many are equal.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Dict, List


def digests(path: str) -> Dict[str, str]:
    """The digest of each line by what it is of."""
    lines = (line.split("  ", 1) for line in Path(path).read_text().splitlines())
    return {what: digest for digest, what in lines}


def numbers(path: str) -> Dict[str, List[float]]:
    """The numbers behind each digest."""
    blocks: Dict[str, List[float]] = {}
    block: List[float] = []
    for line in Path(path).read_text().splitlines():
        if line.startswith("= "):
            blocks[line[2:]], block = block, []
        else:
            block.append(float(line))
    return blocks


def largest_difference(ours: List[float], theirs: List[float]) -> str:
    """As a share of the larger number, or why there is none."""
    if len(ours) != len(theirs):
        return f"{len(ours)} numbers and {len(theirs)}"
    if not ours:
        return "no numbers behind it"
    shares = [abs(a - b) / max(abs(a), abs(b)) for a, b in zip(ours, theirs) if a != b]
    return f"largest relative difference {max((s for s in shares if s == s), default=0.0):.1e}"


def main() -> int:
    first, first_numbers, second, second_numbers = sys.argv[1:]
    ours, theirs = digests(first), digests(second)
    our_numbers, their_numbers = numbers(first_numbers), numbers(second_numbers)
    different = [what for what in ours if ours[what] != theirs.get(what)]
    for what in different:
        print(f"{what}: {largest_difference(our_numbers[what], their_numbers.get(what, []))}")
    print(f"{len(ours) - len(different)} of {len(ours)} digests are equal")
    return 0 if ours.keys() == theirs.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
