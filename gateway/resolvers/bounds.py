"""The bounds of inputs: declared with a field, described in the schema, checked before the call.

A field declares ``metadata=text_bound(2_000)`` or ``metadata=list_bound(10)``; otherwise the bound
of its type applies. Texts must not have characters that a database refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar, Protocol, TypeAlias

from gateway.engine.validity import END_YEAR, FIRST_YEAR

Metadata: TypeAlias = Mapping[str, object]

BOUND = "bound"
MAX_NAME_LENGTH = 200
"""Characters of a name, of a line of an address, and of each text without another bound."""
MAX_QUANTITY = 1_000_000
MAX_PROSE_LENGTH = 2_000
"""Characters of texts with sentences, such as notes and messages."""
MAX_ADDRESS_LINES = 10
"""Lines of an address as typed; a shipping label has fewer."""
MAX_EMAIL_LENGTH = 254
"""Characters (RFC 5321, section 4.5.3.1.3, without the angle brackets)."""
MAX_URL_LENGTH = 2_000
MAX_ID_LENGTH = 255
MAX_AMOUNT = Decimal(10) ** 15
"""Minor units, exclusive."""
MAX_RATE_DIGITS = 12
FIRST_DAY, END_DAY = date(FIRST_YEAR, 1, 1), date(END_YEAR, 1, 1)


class Bound(Protocol):
    """A bound of a value."""

    checked_by_guard: ClassVar[bool]
    """Whether the argument guard checks it; otherwise the use case does."""

    @property
    def description(self) -> str:
        """The bound in a sentence of the schema."""

    def error_message(self, value: object) -> str | None:
        """The error message for ``value``, with figures; None if it is within the bound."""


@dataclass(frozen=True, slots=True)
class TextBound:
    """A maximum of characters; all must be Unicode scalar values other than U+0000.

    PostgreSQL stores neither U+0000 nor a lone surrogate; JSON and GraphQL can write both.
    """

    checked_by_guard: ClassVar[bool] = True

    max_length: int = MAX_NAME_LENGTH

    @property
    def description(self) -> str:
        """The bound in a sentence of the schema."""
        return f"At most {self.max_length:,} characters."

    def error_message(self, value: object) -> str | None:
        """The error message for ``value``, with figures; None if it is within the bound."""
        if not isinstance(value, str):
            return None
        if len(value) > self.max_length:
            return f"At most {self.max_length:,} characters; these are {len(value):,}."
        if "\0" in value:
            return "A text must not hold the character U+0000."
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            return "A text must not hold half of a surrogate pair."
        return None


@dataclass(frozen=True, slots=True)
class ListBound:
    """A maximum of entries, each within ``entry_bound``.

    ``weight`` is the cost of an entry, compared with the entries of other lists.
    """

    checked_by_guard: ClassVar[bool] = True

    max_entries: int
    entry_bound: Bound | None = None
    weight: int = 1
    noun: str = "entries"

    @property
    def description(self) -> str:
        """The bound in a sentence of the schema."""
        entry_description = (
            f" {self.entry_bound.description[:-1]} each." if self.entry_bound is not None else ""
        )
        return f"At most {self.max_entries:,} {self.noun}.{entry_description}"

    def error_message(self, value: object) -> str | None:
        """The error message for ``value``, with figures; None if it is within the bound."""
        if isinstance(value, list) and len(value) > self.max_entries:
            return f"At most {self.max_entries:,} {self.noun}; these are {len(value):,}."
        return None


@dataclass(frozen=True, slots=True)
class CountBound:
    """A whole number from ``minimum`` to ``maximum``."""

    checked_by_guard: ClassVar[bool] = False

    minimum: int
    maximum: int

    @property
    def description(self) -> str:
        """The bound in a sentence of the schema."""
        return f"From {self.minimum:,} to {self.maximum:,}."

    def error_message(self, value: object) -> str | None:
        """The error message for ``value``, with figures; None if it is within the bound."""
        if isinstance(value, int) and not self.minimum <= value <= self.maximum:
            return f"A number between {self.minimum} and {self.maximum}; this is {value}."
        return None


@dataclass(frozen=True, slots=True)
class AmountBound:
    """An amount of money whose minor units fit 64 bits, with room for its taxes."""

    checked_by_guard: ClassVar[bool] = True

    @property
    def description(self) -> str:
        """The bound in a sentence of the schema."""
        return "Below 10^15 minor units."

    def error_message(self, value: object) -> str | None:
        """The error message for ``value``, with figures; None if it is within the bound."""
        if isinstance(value, Decimal) and abs(value) >= MAX_AMOUNT:
            return f"An amount stays below 10^15 minor units; this is {value:f}."
        return None


@dataclass(frozen=True, slots=True)
class RateBound:
    """A rate in percent, from 0 to ``maximum``, with at most ``MAX_RATE_DIGITS`` digits."""

    checked_by_guard: ClassVar[bool] = False

    maximum: int = 1000

    @property
    def description(self) -> str:
        """The bound in a sentence of the schema."""
        return f"From 0 to {self.maximum:,}, of at most {MAX_RATE_DIGITS} digits."

    def error_message(self, value: object) -> str | None:
        """The error message for ``value``, with figures; None if it is within the bound."""
        if not isinstance(value, Decimal):
            return None
        digits = len(value.as_tuple().digits)
        digit_count = max(digits, -int(value.as_tuple().exponent))
        if digit_count > MAX_RATE_DIGITS:
            return f"A rate has at most {MAX_RATE_DIGITS} digits; this has {digit_count}."
        if not 0 <= value <= self.maximum:
            return f"The percentage must be between 0 and {self.maximum}; this is {value:f}."
        return None


@dataclass(frozen=True, slots=True)
class DateBound:
    """A day or an instant of this century.

    ``too_early`` and ``too_late`` are the error messages.
    """

    checked_by_guard: ClassVar[bool] = True

    too_early: str = f"Not before {FIRST_DAY}."
    too_late: str = f"Before {END_DAY}."

    @property
    def description(self) -> str:
        """The bound in a sentence of the schema."""
        return f"From {FIRST_DAY.year} to {END_DAY.year - 1}."

    def error_message(self, value: object) -> str | None:
        """The error message for ``value``, with figures; None if it is within the bound."""
        if not isinstance(value, date):
            return None
        day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
        if day < FIRST_DAY:
            return self.too_early
        return self.too_late if day >= END_DAY else None


def text_bound(max_length: int) -> Metadata:
    """The metadata of a text of at most ``max_length`` characters."""
    return {BOUND: TextBound(max_length)}


def list_bound(max_entries: int, entry_bound: Bound | None = None, *, weight: int = 1) -> Metadata:
    """The metadata of a list of at most ``max_entries`` entries."""
    return {BOUND: ListBound(max_entries, entry_bound, weight)}


def count_bound(minimum: int, maximum: int) -> Metadata:
    """The metadata of a whole number in a range."""
    return {BOUND: CountBound(minimum, maximum)}


def rate_bound(maximum: int = 1000) -> Metadata:
    """The metadata of a rate in percent."""
    return {BOUND: RateBound(maximum)}


def date_bound(too_early: str, too_late: str) -> Metadata:
    """The metadata of an instant, with the error messages of its use case."""
    return {BOUND: DateBound(too_early, too_late)}
