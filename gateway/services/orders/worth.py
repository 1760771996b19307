"""What lines of an order cost, as recorded."""

from collections.abc import Mapping

from gateway.engine.orders.order import Order
from gateway.services.orders.order_money import amounts_of


def is_worth_nothing(order: Order, counts: Mapping[str, int]) -> bool:
    """Whether nothing was paid for so many of the lines of ``order``, such as for a free extra."""
    return all(
        line.total.take_units(min(counts.get(line.line_id, 0), line.quantity), line.quantity).gross
        == 0
        for line in amounts_of(order).lines
        if line.quantity > 0
    )
