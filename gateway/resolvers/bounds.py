"""How much an input may hold: declared with its field, told in the schema, checked before work.

A field says ``metadata=text(2_000)`` or ``metadata=many(10)``; one that says nothing has its
type's own bound. Of a text too, no character that a database refuses is let in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar, Protocol, TypeAlias

from gateway.engine.validity import END_YEAR, FIRST_YEAR

Metadata: TypeAlias = Mapping[str, object]

BOUND = "bound"
MAX_NAME = 200
"""Characters of a name, of a line of an address, and of every text that says nothing else."""
MAX_PROSE = 2_000
"""Characters of what is written in sentences: notes, messages, hints."""
MAX_ADDRESS_LINES = 10
"""Of an address as it is typed; a label has fewer."""
MAX_EMAIL = 254
"""RFC 5321, section 4.5.3.1.3, without the angle brackets."""
MAX_URL = 2_000
MAX_ID = 255
MAX_AMOUNT = Decimal(10) ** 15
"""Minor units, not reached: the least that one amount may be worth in a currency's main unit."""
MAX_RATE_DIGITS = 12
FIRST_DAY, END = date(FIRST_YEAR, 1, 1), date(END_YEAR, 1, 1)


class Bound(Protocol):
    """What a value must keep to."""

    at_the_door: ClassVar[bool]
    """Whether it is looked at before all work; else its use case does, among all else."""

    @property
    def told(self) -> str:
        """The bound in a sentence of the schema."""

    def complaint(self, value: object) -> str | None:
        """What is wrong with ``value``, with figures; None for one that keeps to the bound."""


@dataclass(frozen=True, slots=True)
class Characters:
    """A text of so many characters, all of them Unicode scalar values and none of them U+0000.

    PostgreSQL stores neither U+0000 nor a lone surrogate; JSON and GraphQL can write both.
    """

    at_the_door: ClassVar[bool] = True

    most: int = MAX_NAME

    @property
    def told(self) -> str:
        """The bound in a sentence of the schema."""
        return f"At most {self.most:,} characters."

    def complaint(self, value: object) -> str | None:
        """What is wrong with ``value``, with figures; None for one that keeps to the bound."""
        if not isinstance(value, str):
            return None
        if len(value) > self.most:
            return f"At most {self.most:,} characters; these are {len(value):,}."
        if "\0" in value:
            return "A text must not hold the character U+0000."
        if not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value):
            return "A text must not hold half of a surrogate pair."
        return None


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of so many entries, each of which keeps to ``each``.

    ``weight`` is what one costs to work on, beside the entries of other lists.
    """

    at_the_door: ClassVar[bool] = True

    most: int
    each: Bound | None = None
    weight: int = 1
    what: str = "entries"

    @property
    def told(self) -> str:
        """The bound in a sentence of the schema."""
        inner = f" {self.each.told[:-1]} each." if self.each is not None else ""
        return f"At most {self.most:,} {self.what}.{inner}"

    def complaint(self, value: object) -> str | None:
        """What is wrong with ``value``, with figures; None for one that keeps to the bound."""
        if isinstance(value, list) and len(value) > self.most:
            return f"At most {self.most:,} {self.what}; these are {len(value):,}."
        return None


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number from ``least`` to ``most``."""

    at_the_door: ClassVar[bool] = False

    least: int
    most: int

    @property
    def told(self) -> str:
        """The bound in a sentence of the schema."""
        return f"From {self.least:,} to {self.most:,}."

    def complaint(self, value: object) -> str | None:
        """What is wrong with ``value``, with figures; None for one that keeps to the bound."""
        if isinstance(value, int) and not self.least <= value <= self.most:
            return f"A number between {self.least} and {self.most}; this is {value}."
        return None


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money that a 64-bit number of minor units holds, with room for its taxes."""

    at_the_door: ClassVar[bool] = True

    @property
    def told(self) -> str:
        """The bound in a sentence of the schema."""
        return "Below 10^15 minor units."

    def complaint(self, value: object) -> str | None:
        """What is wrong with ``value``, with figures; None for one that keeps to the bound."""
        if isinstance(value, Decimal) and abs(value) >= MAX_AMOUNT:
            return f"An amount stays below 10^15 minor units; this is {value:f}."
        return None


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in percent, from 0 to ``most``, of so many digits as cost no time."""

    at_the_door: ClassVar[bool] = False

    most: int = 1000

    @property
    def told(self) -> str:
        """The bound in a sentence of the schema."""
        return f"From 0 to {self.most:,}, of at most {MAX_RATE_DIGITS} digits."

    def complaint(self, value: object) -> str | None:
        """What is wrong with ``value``, with figures; None for one that keeps to the bound."""
        if not isinstance(value, Decimal):
            return None
        digits = len(value.as_tuple().digits)
        places = max(digits, -int(value.as_tuple().exponent))
        if places > MAX_RATE_DIGITS:
            return f"A rate has at most {MAX_RATE_DIGITS} digits; this has {places}."
        if not 0 <= value <= self.most:
            return f"The percentage must be between 0 and {self.most}; this is {value:f}."
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """A day or an instant of this century; ``early`` and ``late`` say why another is refused."""

    at_the_door: ClassVar[bool] = True

    early: str = f"Not before {FIRST_DAY}."
    late: str = f"Before {END}."

    @property
    def told(self) -> str:
        """The bound in a sentence of the schema."""
        return f"From {FIRST_DAY.year} to {END.year - 1}."

    def complaint(self, value: object) -> str | None:
        """What is wrong with ``value``, with figures; None for one that keeps to the bound."""
        if not isinstance(value, date):
            return None
        day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
        if day < FIRST_DAY:
            return self.early
        return self.late if day >= END else None


def text(most: int) -> Metadata:
    """The metadata of a text of so many characters."""
    return {BOUND: Characters(most)}


def many(most: int, each: Bound | None = None, *, weight: int = 1) -> Metadata:
    """The metadata of a list of so many entries."""
    return {BOUND: Entries(most, each, weight)}


def count(least: int, most: int) -> Metadata:
    """The metadata of a whole number in a range."""
    return {BOUND: Count(least, most)}


def rate(most: int = 1000) -> Metadata:
    """The metadata of a rate in percent."""
    return {BOUND: Rate(most)}


def span(early: str, late: str) -> Metadata:
    """The metadata of an instant whose use case has bounds of its own, in its words."""
    return {BOUND: Span(early, late)}
