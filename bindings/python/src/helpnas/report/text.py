"""Texts of a page, escaped, and numbers, each kind in one form."""

from __future__ import annotations

import html
import math
import unicodedata
from typing import Any, Tuple

#: Longer texts of a device or record are cut off.
_LONGEST = 400
#: From here on without decimals, and with separators: 999.4, 5,861.
_LARGE = 999.5
#: A blank at which no line is broken, between a number and its unit.
_JOINED = "\u00a0"
_SUFFIXES = ((1e9, " G"), (1e6, " M"), (1e3, " k"))
#: Turn the direction of what follows them.
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F}


def escape(value: Any) -> str:
    """HTML of any value as text: markup and control characters are shown, not obeyed."""
    return html.escape("".join(map(_visible, str(value))))


def brief(value: Any) -> str:
    """The same, cut off where it is too long to be read."""
    text = str(value)
    return escape(text if len(text) <= _LONGEST else text[:_LONGEST] + " …")


def _visible(character: str) -> str:
    if character in "\n\t":
        return character
    unseen = unicodedata.category(character) in ("Cc", "Cs") or ord(character) in _TURNING
    return character.encode("unicode_escape").decode() if unseen else character


def ms(value: float) -> str:
    """Milliseconds with their unit, four digits."""
    return f"{digits(value)}{_JOINED}ms"


def digits(value: float) -> str:
    """A latency without its unit."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.4g}" if abs(value) < _LARGE else f"{value:,.0f}"


def four_digits(value: float) -> str:
    """A latency for a column: at least four digits, zeros at the end too."""
    if not math.isfinite(value):
        return "–"
    return f"{value:#.4g}" if abs(value) < _LARGE else f"{value:,.0f}"


def percent(share: float) -> str:
    """A share of 1, one decimal."""
    return f"{100 * share:.1f}{_JOINED}%" if math.isfinite(share) else "–"


def signed_percent(share: float) -> str:
    """The same with its sign."""
    if not math.isfinite(share):
        return "–"
    return f"{100 * share:+.1f}{_JOINED}%".replace("-", "−")


def level_name(level: float) -> str:
    """An interval by its level: "90 % interval"."""
    return f"{100 * level:.3g}{_JOINED}% interval"


def correlation(value: float) -> str:
    """A rank correlation."""
    return f"{value:.3f}".replace("-", "−") if math.isfinite(value) else "–"


def quantity(value: float) -> str:
    """An accuracy, or whatever stands in for it: 0.8183, 192.4 M."""
    if not math.isfinite(value):
        return str(value).replace("-", "−")
    unit, suffix = suffix_of(abs(value))
    return f"{value / unit:,.4g}{suffix}".replace("-", "−")


def suffix_of(size: float) -> Tuple[float, str]:
    """What to divide by, and how that is written after the number: (1e6, " M")."""
    return next((pair for pair in _SUFFIXES if size >= 10 * pair[0]), (1.0, ""))


def name_and_unit(label: str) -> Tuple[str, str]:
    """A label such as "accuracy (percent)" in its two parts; the unit may be empty."""
    name, bracket, unit = label.partition(" (")
    return (name, unit[:-1]) if bracket and unit.endswith(")") else (label, "")
