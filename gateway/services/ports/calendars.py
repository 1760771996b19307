"""The port of calendars, which know the day at a place."""

from datetime import date, datetime
from typing import Protocol

from gateway.engine.addresses.address import Destination


class Calendars(Protocol):
    """Days by place."""

    def day(self, at: datetime, destination: Destination | None) -> date:
        """The day at ``destination`` at that instant; in UTC if its time zone is unknown."""
        ...
