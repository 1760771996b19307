"""The port of number formats by locale."""

from decimal import Decimal
from typing import Protocol

from gateway.engine.money import Money


class LocaleFormats(Protocol):
    """Formats amounts and percentages by locale."""

    def nearest_locale(self, language_tag: str | None) -> str:
        """The known locale nearest to ``language_tag``; ``en-US`` if none is near."""

    def format_money(self, value: Money, locale: str) -> str:
        """``value`` with its currency's sign and decimals."""

    def format_percent(self, percent: Decimal, locale: str) -> str:
        """``percent`` (8.25 is 8.25 %) with the locale's signs."""
