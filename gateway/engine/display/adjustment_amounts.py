"""The amounts of adjustments as rows of a display, which add up with those around them."""

from collections.abc import Sequence

from gateway.engine.display.protocols import DisplayedPurchase
from gateway.engine.money import Money, allocate
from gateway.engine.pricing.ledger import Adjustment


def adjustment_amounts(purchase: DisplayedPurchase) -> tuple[tuple[Adjustment, Money], ...]:
    """The adjustments that are no rounding of what is to pay, each with the amount of its row.

    An adjustment is stated as the prices are: where they include tax, so does it. The subtotal and
    the shipping are shown without tax, which has rows of its own, and so are adjustments: together
    they are what lies between the subtotal and the total, without tax and shipping.
    """
    rows = [row for row in purchase.adjustments or () if not row.rounds_payable]
    included_tax_minor = _included_tax_minor(purchase, rows) if rows else 0
    if not included_tax_minor:
        return tuple((row, row.amount) for row in rows)
    sign = 1 if included_tax_minor > 0 else -1
    # What is taken off carries tax that is taken off; what is added, tax that is added.
    weights = [max(0, sign * row.amount.minor) for row in rows]
    if not any(weights):
        weights = [abs(row.amount.minor) for row in rows]
    shares = allocate(abs(included_tax_minor), weights)
    return tuple(
        (row, Money(row.amount.minor - sign * share, row.amount.currency))
        for row, share in zip(rows, shares, strict=True)
    )


def _included_tax_minor(purchase: DisplayedPurchase, rows: Sequence[Adjustment]) -> int:
    """The tax that is in the amounts of ``rows``, in minor units; 0 while it is not known."""
    subtotal, items_total = purchase.subtotal.net, purchase.items_total.net
    if subtotal is None or items_total is None:
        return 0
    return sum(row.amount.minor for row in rows) - (items_total.minor - subtotal.minor)
