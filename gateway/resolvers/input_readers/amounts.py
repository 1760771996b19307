"""Readers of amounts, percentages, quantities and texts of inputs, which collect errors."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.money import Currency, InvalidAmount, money_from_major_units
from gateway.engine.text.card_numbers import looks_like_card_number
from gateway.engine.user_errors import ErrorCollector, InputPath
from gateway.resolvers.bounds import MAX_NAME_LENGTH, MAX_QUANTITY, RateBound

MAX_PERCENT = Decimal(1000)
MAX_TEXT_LENGTH = MAX_NAME_LENGTH


@dataclass(frozen=True, slots=True)
class AmountReader:
    """Reads values in one currency and collects errors; a refused value becomes zero or empty."""

    currency: Currency
    collector: ErrorCollector

    def amount(self, value: Decimal, path: InputPath, *, allow_negative: bool = False) -> int:
        """``value`` in minor units."""
        if value < 0 and not allow_negative:
            return self._refuse(path, "The amount must not be negative.")
        try:
            return money_from_major_units(value, self.currency).minor
        except InvalidAmount as error:
            return self._refuse(path, f"Not an amount: {error}.")

    def percent(self, value: Decimal, path: InputPath, maximum: Decimal = MAX_PERCENT) -> Decimal:
        """``value`` percent, from zero to ``maximum``."""
        message = RateBound(int(maximum)).error_message(value)
        if message is None:
            return value
        self._refuse(path, message)
        return Decimal(0)

    def quantity(self, value: int, path: InputPath) -> int:
        """``value`` as a quantity of at least one."""
        if 1 <= value <= MAX_QUANTITY:
            return value
        return self._refuse(path, f"The quantity must be between 1 and {MAX_QUANTITY}.")

    def text(self, value: str, path: InputPath) -> str:
        """``value`` as a name or label: not empty, not too long, and without a card number."""
        if not value.strip():
            self._refuse(path, "The text must not be empty.")
        elif len(value) > MAX_TEXT_LENGTH:
            self._refuse(path, f"The text must have at most {MAX_TEXT_LENGTH} characters.")
        elif looks_like_card_number(value):
            self._refuse(path, "The text looks like a card number; do not send one.")
        return value

    def _refuse(self, path: InputPath, message: str) -> int:
        self.collector.add(path, message)
        return 0
