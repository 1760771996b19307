"""From which day to which something holds."""

from dataclasses import dataclass
from datetime import date, datetime

FIRST_YEAR, END_YEAR = 2000, 2100
"""What is bought, given or known lies in between; a year can be added to it, or an offset."""


def is_in_supported_years(at: date | datetime) -> bool:
    """Whether ``at`` lies within the years that are reckoned with, by its own clock."""
    return FIRST_YEAR <= at.year < END_YEAR


@dataclass(frozen=True, slots=True)
class Validity:
    """The days from ``start`` (inclusive) to ``end`` (exclusive); None is without limit."""

    start: date | None = None
    end: date | None = None

    def includes(self, day: date) -> bool:
        """Whether ``day`` is one of the days."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    @property
    def is_empty(self) -> bool:
        """Whether there is no such day."""
        return self.start is not None and self.end is not None and self.end <= self.start


ALWAYS = Validity()
