"""What can go wrong with workers, whatever the work is."""

from __future__ import annotations

from .._c.errors import HelpError


class FleetError(HelpError):
    """The workers could not begin, or are not what the driver is; the message says what to do."""
