"""How people of a locale write amounts."""

from decimal import Decimal
from typing import Protocol

from gateway.engine.money import Money


class Formats(Protocol):
    """Writing by locale."""

    def locale(self, wanted: str | None) -> str:
        """The known locale nearest to the language tag ``wanted``; ``en-US`` where none is."""

    def money(self, value: Money, locale: str) -> str:
        """``value`` with its currency's sign and decimals."""

    def percent(self, percent: Decimal, locale: str) -> str:
        """``percent`` (8.25 is 8.25 %) with the locale's signs."""
