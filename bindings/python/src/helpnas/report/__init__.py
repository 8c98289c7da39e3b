"""One page about a device: a file of HTML that needs nothing else.

Styles and charts are inside the file, every text is escaped, and the page reads without
scripts, on a phone, in the dark and on paper.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Mapping, Optional, Sequence

from .._c.handles import Path
from ..models import Predictor
from .contents import Chosen, HeldOut
from .page import render

__all__ = ["Chosen", "HeldOut", "Report"]


@dataclass(frozen=True)
class Report:
    """What the page tells; a part that is not given has no section.

    Attributes:
        predictor: adapted to the device; its measurements and diagnostics are told.
        title: the page's.
        device: names and values that identify the device.
        held_out: measurements to judge by.
        chosen: what a search found.
        notes: sentences under the headline, as what stands in for what.
        command: what made the page; default this process's command line.
        level: of the intervals.
        warnings: of measuring, sentences.
    """

    predictor: Predictor
    title: str = "Latency of a device"
    device: Mapping[str, Any] = field(default_factory=dict)
    held_out: Optional[HeldOut] = None
    chosen: Optional[Chosen] = None
    notes: Sequence[str] = ()
    command: Optional[str] = None
    level: float = 0.9
    warnings: Sequence[str] = ()

    def html(self) -> str:
        """The page.

        Raises:
            ArgumentError: a measurement that is no latency, or a level that is not between 0
                and 1.
        """
        return render(self)

    def save(self, path: Path) -> None:
        """Write the page to a file."""
        FilePath(path).write_text(self.html(), encoding="utf-8")
