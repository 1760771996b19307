"""The amounts of lines as rows of a display: with or without tax, struck through, of one."""

from collections.abc import Iterable

from gateway.engine.display.protocols import DisplayedItem
from gateway.engine.money import Money
from gateway.engine.pricing.snapshots import TaxedTotal


def are_stated_with_tax(items: Iterable[DisplayedItem]) -> bool:
    """Whether no price of ``items`` is stated without the tax that comes to it."""
    return not any(_is_stated_net(item) for item in items)


def _is_stated_net(item: DisplayedItem) -> bool:
    """Whether the price of ``item`` is stated without the tax that comes to it.

    What is stored of an order does not say so; its figures do.
    """
    net, gross, discount = item.total.net, item.total.gross, item.discount
    if net is None or gross is None or discount is None or net == gross:
        return False
    undiscounted_minor = net.minor - discount.minor
    alone_minor = item.unit_price.minor * item.quantity
    return undiscounted_minor == alone_minor or (
        # In a quote, the price of a bundle is stated without its parts.
        bool(item.components)
        and undiscounted_minor == alone_minor + item.quantity * _parts_minor(item)
    )


def _parts_minor(item: DisplayedItem) -> int:
    """What the parts of one ``item`` cost as stated, with theirs, in minor units."""
    return sum(
        part.quantity * (part.unit_price.minor + _parts_minor(part)) for part in item.components
    )


def shown_amount(total: TaxedTotal, *, with_tax: bool) -> Money | None:
    """The amount with or without tax; the other one where that is not known."""
    amount = total.gross if with_tax else total.net
    if amount is not None:
        return amount
    return total.net if with_tax else total.gross


def struck_amount(item: DisplayedItem, amount: Money | None, *, with_tax: bool) -> Money | None:
    """The amount before reductions, on the same side as ``amount``; None if it is not larger."""
    if item.reduced_from is None or amount is None:
        return None
    side = shown_amount(item.reduced_from, with_tax=with_tax)
    # If tax is rounded on the total, the tax of a line may be one minor unit lower.
    return side if side is not None and side.minor > amount.minor else None


def amount_of_one(item: DisplayedItem, amount: Money | None, struck: Money | None) -> Money | None:
    """What one of several costs beside the ``amount`` of all; None for one, or in broken units.

    The stated price is not it where the line has another tax than that price, is shown on the
    other side of the tax, or has parts that cost something.
    """
    if item.quantity == 1:
        return None
    if amount is None or item.discount is None:
        return item.unit_price
    if amount.minor - item.discount.minor == item.unit_price.minor * item.quantity:
        return item.unit_price
    share_minor, rest_minor = divmod((struck or amount).minor, item.quantity)
    return None if rest_minor else Money(share_minor, amount.currency)
