"""Changes of an order until it is scheduled: the whole is priced anew at the prices bought at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Money
from gateway.engine.orders.lines import OrderLine, OrderTerms, total_demand
from gateway.engine.orders.order import Order, OrderStatus
from gateway.engine.orders.price_limits import NO_LIMITS, PriceLimits, limit_terms
from gateway.engine.orders.repricing import (
    order_fees,
    order_terms,
    price_order_lines,
    snapshot_order,
)
from gateway.engine.pricing.calculations import BY_TABLE, CalculationOutcome
from gateway.engine.pricing.pipeline import SHIPPING
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.runs import StrategyFailed
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.tax.line_tax import TaxState
from gateway.engine.user_errors import ErrorCode, InputPath, UserError

ORDER_PATH: InputPath = ("input", "orderId")
LINE_PATH: InputPath = ("input", "lineId")
QUANTITY_PATH: InputPath = ("input", "quantity")
EXPECTED_TOTAL_PATH: InputPath = ("input", "expectedTotal")
_STATUS_REASONS: Mapping[OrderStatus, str] = {
    OrderStatus.SCHEDULED: "All of the order is in parcels.",
    OrderStatus.SHIPPED: "The order is on its way.",
    OrderStatus.DELIVERED: "The order is delivered.",
    OrderStatus.CANCELLED: "The order is cancelled.",
}


class OrderNotShippable(Exception):
    """No shipping method takes the order there, or its figures cannot be computed there."""


@dataclass(frozen=True, slots=True)
class RepricedOrder:
    """An order before and after a change; ``after`` has the version of ``before``.

    What is cancelled as a whole keeps its lines and figures.
    """

    before: Order
    after: Order

    @property
    def is_cancelled(self) -> bool:
        """Whether nothing is left of it."""
        return self.after.status is OrderStatus.CANCELLED

    @property
    def added(self) -> Money:
        """What it costs more, below zero where it costs less."""
        before, after = gross_total(self.before), gross_total(self.after)
        return replace(after, minor=after.minor - before.minor)

    @property
    def taken(self) -> dict[str, int]:
        """What it takes more from stock, by variant id."""
        return _surplus(self.after.lines, self.before.lines)

    @property
    def returned(self) -> dict[str, int]:
        """What goes back to stock, by variant id."""
        if self.is_cancelled:
            return dict(self.before.demand)
        return _surplus(self.before.lines, self.after.lines)

    @property
    def returned_stored_value(self) -> int:
        """What goes back to the codes of stored value that paid, minor units."""
        return order_terms(self.before).stored_value - order_terms(self.after).stored_value


def _surplus(lines: Sequence[OrderLine], others: Sequence[OrderLine]) -> dict[str, int]:
    other_demand = dict(total_demand(others))
    return {
        variant_id: count - other_demand.get(variant_id, 0)
        for variant_id, count in total_demand(lines)
        if count > other_demand.get(variant_id, 0)
    }


def gross_total(order: Order) -> Money:
    """What ``order`` costs with tax; nothing where that is not known."""
    return order.total.gross or Money(0, order.currency)


def amount_due(order: Order) -> Money:
    """What charges have to pay of ``order``: its total less what stored value has paid."""
    return order.due or gross_total(order)


def modification_error(order: Order) -> UserError | None:
    """Why nothing of ``order`` can be changed any more; None where something can."""
    if order.is_modifiable:
        return None
    reason = _STATUS_REASONS.get(order.status, "Nothing of the order is open.")
    return UserError(ErrorCode.NOT_MODIFIABLE, ORDER_PATH, reason)


def change_quantity(order: Order, line_id: str, quantity: int) -> tuple[OrderLine, ...] | UserError:
    """The lines of ``order`` with another quantity of one; at 0 the line goes.

    Refused: another order's line (NOT_FOUND), and less than is in parcels (NOT_MODIFIABLE).
    """
    line = order.find_line(line_id)
    if line is None:
        return UserError(ErrorCode.NOT_FOUND, LINE_PATH, "The order has no such line.")
    if line.open_quantity == 0:
        message = "All of the line is in parcels."
        return UserError(ErrorCode.NOT_MODIFIABLE, LINE_PATH, message)
    if quantity < line.scheduled:
        message = f"Of the line {line.scheduled} are in parcels: it cannot be fewer."
        return UserError(ErrorCode.NOT_MODIFIABLE, QUANTITY_PATH, message)
    return tuple(
        order_line.with_quantity(quantity) if order_line.id == line_id else order_line
        for order_line in order.lines
        if quantity > 0 or order_line.id != line_id
    )


def scheduled_lines(order: Order) -> tuple[OrderLine, ...]:
    """What is left of the lines of ``order`` when all that is in no parcel is cancelled."""
    return tuple(line.with_quantity(line.scheduled) for line in order.lines if line.scheduled > 0)


def reprice_order(
    order: Order,
    lines: Sequence[OrderLine],
    *,
    destination: Destination,
    market: Market,
    calculated: CalculationOutcome = BY_TABLE,
    limits: PriceLimits = NO_LIMITS,
) -> RepricedOrder:
    """``order`` with ``lines``, of which there is one at least, priced as a whole.

    It costs what ``limits`` allow. Stored value pays what it has paid, as far as there is as much
    to pay. ``calculated`` is what the merchant's calculator says of ``lines`` at ``destination``.

    Raises:
        OrderNotShippable: nothing ships it so, or a figure cannot be computed.

    """
    terms = order_terms(order)

    def price(terms: OrderTerms) -> PricedPurchase:
        return price_order_lines(
            lines,
            terms,
            currency=order.currency,
            destination=destination,
            market=market,
            calculated=calculated,
        )

    fees = order_fees(lines, terms, destination=destination, market=market)
    try:
        # The terms themselves stay: another change may make it dearer again.
        priced = price(limit_terms(terms, order.figures, limits, price, fees))
        problem = priced.ledger_after(SHIPPING).shipping.problem
        if problem is not None:
            raise OrderNotShippable(f"{problem.value.capitalize()}.")
        figures = snapshot_order(priced, lines)
    except StrategyFailed as error:
        raise OrderNotShippable("The order cannot be priced so.") from error
    gross = figures.total.gross
    if gross is None or figures.tax_state is TaxState.FAILED:
        raise OrderNotShippable("The tax cannot be computed.")
    after = replace(
        order,
        lines=tuple(lines),
        figures=figures,
        terms=replace(terms, stored_value=figures.paid_by_stored_value.minor),
        unsigned_minor=min(order.unsigned_minor, gross.minor),
    )
    return RepricedOrder(order, after)


def price_change_error(
    repriced: RepricedOrder, expected: Money | None, *, may_cost_more: bool = True
) -> UserError | None:
    """That the order would cost more than ``expected``, or than now where nothing is expected.

    Unless it ``may_cost_more``, it costs no more than now whatever is expected.
    """
    if repriced.is_cancelled:
        return None
    total, limit = gross_total(repriced.after), gross_total(repriced.before)
    source = "now; give `expectedTotal` to allow it" if may_cost_more else "now"
    if expected is not None and (may_cost_more or expected.minor < limit.minor):
        limit, source = expected, "expected"
    if total.minor <= limit.minor:
        return None
    message = (
        f"The order would cost {total.amount} {total.currency.code}, more than "
        f"{limit.amount} {limit.currency.code} {source}."
    )
    return UserError(ErrorCode.PRICE_CHANGED, EXPECTED_TOTAL_PATH, message)
