"""The range of days in which a rule is in force."""

from dataclasses import dataclass
from datetime import date, datetime

FIRST_YEAR, END_YEAR = 2000, 2100
"""Dates and times of clients and files must be in a year from FIRST_YEAR up to, not including,
END_YEAR. The distance to the limits of ``datetime`` leaves room to add a year or an offset.
"""


def is_in_supported_years(at: date | datetime) -> bool:
    """Whether the year of ``at``, in its own time zone, is one of the supported years."""
    return FIRST_YEAR <= at.year < END_YEAR


@dataclass(frozen=True, slots=True)
class Validity:
    """The days from ``start`` (inclusive) to ``end`` (exclusive). None means no limit."""

    start: date | None = None
    end: date | None = None

    def includes(self, day: date) -> bool:
        """Whether ``day`` is in the range."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    @property
    def is_empty(self) -> bool:
        """Whether no day is in the range."""
        return self.start is not None and self.end is not None and self.end <= self.start


ALWAYS = Validity()
