"""Reading amounts, percentages, counts and texts of inputs, with a complaint where one is wrong."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.complaints import Complaints, Path
from gateway.engine.money import Currency, TooPrecise, money
from gateway.engine.secrets_in_text import looks_like_card_number

MOST_MINOR = 10**13
MOST_QUANTITY = 1_000_000
MOST_PERCENT = Decimal(1000)
MOST_TEXT = 255


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads values in one currency, noting complaints; what is refused reads as zero or empty."""

    currency: Currency
    complaints: Complaints

    def amount(self, value: Decimal, path: Path, *, negative: bool = False) -> int:
        """``value`` in minor units."""
        if value < 0 and not negative:
            return self._refused(path, "The amount must not be negative.")
        try:
            minor = money(value, self.currency).minor
        except TooPrecise as precise:
            return self._refused(path, f"Too many decimals: {precise}.")
        if abs(minor) > MOST_MINOR:
            return self._refused(path, "The amount is too large.")
        return minor

    def percent(self, value: Decimal, path: Path, most: Decimal = MOST_PERCENT) -> Decimal:
        """``value`` percent, from zero to ``most``."""
        if 0 <= value <= most:
            return value
        self._refused(path, f"The percentage must be between 0 and {most}.")
        return Decimal(0)

    def quantity(self, value: int, path: Path) -> int:
        """A count of at least one."""
        if 1 <= value <= MOST_QUANTITY:
            return value
        return self._refused(path, f"The quantity must be between 1 and {MOST_QUANTITY}.")

    def text(self, value: str, path: Path) -> str:
        """A name or label: not empty, not long, and no card number."""
        if not value.strip():
            self._refused(path, "The text must not be empty.")
        elif len(value) > MOST_TEXT:
            self._refused(path, f"The text must have at most {MOST_TEXT} characters.")
        elif looks_like_card_number(value):
            self._refused(path, "The text looks like a card number; do not send one.")
        return value

    def _refused(self, path: Path, message: str) -> int:
        self.complaints.add(path, message)
        return 0
