"""Reading amounts, percentages, counts and texts of inputs, with a complaint where one is wrong."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.engine.complaints import Complaints, Path
from gateway.engine.money import Currency, UnfitAmount, money
from gateway.engine.secrets_in_text import looks_like_card_number
from gateway.resolvers.bounds import MAX_NAME, Rate

MOST_QUANTITY = 1_000_000
MOST_PERCENT = Decimal(1000)
MOST_TEXT = MAX_NAME


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
            return money(value, self.currency).minor
        except UnfitAmount as unfit:
            return self._refused(path, f"Not an amount: {unfit}.")

    def percent(self, value: Decimal, path: Path, most: Decimal = MOST_PERCENT) -> Decimal:
        """``value`` percent, from zero to ``most``."""
        complaint = Rate(int(most)).complaint(value)
        if complaint is None:
            return value
        self._refused(path, complaint)
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
