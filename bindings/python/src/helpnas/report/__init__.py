"""One page about a device: a file of HTML that needs nothing else.

Styles and charts are inside the file, every text is escaped, and the page reads without
scripts, on a phone, in the dark and on paper.
"""

from __future__ import annotations

from pathlib import Path as FilePath

from .._c.handles import Path
from .contents import Chosen, Contents, HeldOut
from .page import render

__all__ = ["Chosen", "HeldOut", "Report"]


class Report(Contents):
    """A page of these contents."""

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
