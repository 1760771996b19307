"""What day it is elsewhere."""

from datetime import date, datetime
from typing import Protocol

from gateway.engine.addresses.address import Destination


class Calendars(Protocol):
    """Days by place."""

    def day(self, at: datetime, destination: Destination | None) -> date:
        """The day it is at ``destination`` at that instant; in UTC where the place is not known."""
        ...
