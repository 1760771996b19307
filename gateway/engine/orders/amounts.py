"""What an order comes to, as recorded: captures and refunds are shares of it."""

from gateway.engine.money import Currency
from gateway.engine.pricing.snapshots import PurchaseSnapshot, TaxedTotal
from gateway.engine.values import value_object


@value_object
class TaxedShare:
    """So much of an order, minor units: ``gross`` with its ``tax``."""

    gross: int = 0
    tax: int = 0

    def plus(self, other: "TaxedShare") -> "TaxedShare":
        """Both together."""
        return TaxedShare(self.gross + other.gross, self.tax + other.tax)

    def less(self, other: "TaxedShare") -> "TaxedShare":
        """What is left without ``other``; nothing where that is more."""
        gross = max(self.gross - other.gross, 0)
        return TaxedShare(gross, min(max(self.tax - other.tax, 0), gross))

    def take(self, gross: int) -> "TaxedShare":
        """``gross`` of it (no more than there is), its tax pro rata, rounded down."""
        return TaxedShare(gross, self.tax * gross // self.gross if self.gross else 0)

    def take_units(self, count: int, quantity: int) -> "TaxedShare":
        """``count`` units of the ``quantity`` that it stands for; the last unit takes the rest."""
        return self.take(self.gross * count // quantity)


@value_object
class LineAmount:
    """What a line of an order comes to after discounts, for its ``quantity``."""

    line_id: str
    quantity: int
    total: TaxedShare


@value_object
class OrderAmounts:
    """What an order comes to. ``total`` has surcharges and roundings besides lines and shipping.

    ``due`` of it is paid by charges, ``stored_value`` by stored value, minor units.
    """

    currency: Currency
    lines: tuple[LineAmount, ...]
    shipping: TaxedShare
    total: TaxedShare
    due: int
    stored_value: int = 0

    @property
    def rounded_off(self) -> int:
        """By how much lines and shipping come to more than was paid: rounded off, minor units."""
        parts = sum(line.total.gross for line in self.lines) + self.shipping.gross
        return max(parts - self.total.gross, 0)


def order_amounts(figures: PurchaseSnapshot, stored_value: int = 0) -> OrderAmounts:
    """The amounts of an order with ``figures``, of which stored value paid ``stored_value``.

    The total is what is paid altogether: the recorded one with what rounding made of it.
    """
    total = _taxed_share(figures.total)
    due = total.gross - stored_value if figures.due is None else figures.due.minor
    return OrderAmounts(
        figures.currency,
        tuple(
            LineAmount(item.line_id or item.reference, item.quantity, _taxed_share(item.total))
            for item in figures.items
        ),
        _taxed_share(figures.shipping_total),
        TaxedShare(due + stored_value, total.tax),
        due,
        stored_value,
    )


def _taxed_share(total: TaxedTotal) -> TaxedShare:
    gross = total.gross or total.net
    return TaxedShare(gross.minor if gross else 0, total.tax.minor if total.tax else 0)
