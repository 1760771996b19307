"""The port of the clock."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...
