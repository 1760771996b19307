"""Joining: a purchase becomes part of an open order of the same destination."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency, Money
from gateway.engine.orders.lines import OrderLine, OrderTerms
from gateway.engine.orders.order import Order, OrderBucket, OrderStatus, order_bucket
from gateway.engine.orders.repricing import (
    order_fees,
    order_terms,
    price_order_lines,
    snapshot_order,
)
from gateway.engine.pricing.calculations import BY_TABLE, CalculationOutcome
from gateway.engine.pricing.pipeline import SHIPPING
from gateway.engine.pricing.priced_purchase import ROUNDING_LABEL, PricedPurchase
from gateway.engine.pricing.purchase import ExtraCharge, FixedRates, RatesByGoods, ShippingTax
from gateway.engine.pricing.snapshots import PurchaseSnapshot
from gateway.engine.pricing.totals import TaxedMoney
from gateway.engine.rulebook.rulebook import Market
from gateway.engine.tax.line_tax import TaxRate
from gateway.engine.tax.stated_taxes import StatedTax


@dataclass(frozen=True, slots=True)
class ConsolidationPolicy:
    """Which purchases become one order.

    An order can be joined for ``window`` after it was placed, its end included, until it has
    ``max_lines`` lines. What ships in less than ``short_term`` joins only what does so too.
    ``joins_carts``: whether the order of a cart joins, and is joined, as one-click purchases are.
    ``max_wait`` is how long after it was placed a partly filled order waits for the rest; None:
    without end.
    """

    window: timedelta
    short_term: timedelta
    max_lines: int = 100
    joins_carts: bool = False
    max_wait: timedelta | None = None

    def bucket(self, ships_in: timedelta) -> OrderBucket:
        """The bucket of what ships in that time."""
        return order_bucket(ships_in, self.short_term)


@dataclass(frozen=True, slots=True)
class JoiningPurchase:
    """A purchase as far as it decides which order it can join.

    ``client_id`` None: the purchaser has signed in and may join what was ordered on any client.
    """

    purchaser_id: str
    client_id: str | None
    destination_key: str
    bucket: OrderBucket
    currency: Currency
    line_count: int
    clicked: bool


def can_join(
    order: Order, purchase: JoiningPurchase, policy: ConsolidationPolicy, now: datetime
) -> bool:
    """Whether ``purchase``, made at ``now``, becomes part of ``order``.

    Nothing of the order may be in a parcel: what is added would cost shipping of its own. An order
    with a promotion whose uses are counted keeps it for itself.
    """
    return (
        order.status is OrderStatus.OPEN
        and (order.terms is None or not order.terms.promotions)
        and now <= order.closes_at
        and order.purchaser_id == purchase.purchaser_id
        and purchase.client_id in (None, order.client_id)
        and order.destination_key == purchase.destination_key
        and order.bucket is purchase.bucket
        and order.currency == purchase.currency
        and len(order.lines) + purchase.line_count <= policy.max_lines
        and (policy.joins_carts or (purchase.clicked and order.lines[0].clicked))
        and all(line.scheduled == 0 for line in order.lines)
    )


@dataclass(frozen=True)
class JoinedOrder:
    """An order as joining makes it, and what that adds to its figures.

    ``joined`` is the order before, ``lines`` are all that it has afterwards, as ``priced`` says.
    ``added`` is the goods, their tax, the shipping that the parcel costs more by, and
    ``added_fees``: those that the goods make due, and those that they spare, which are below zero.
    ``shipping_taxes`` are those of its shipping where the merchant's calculator stated them.
    """

    joined: Order
    lines: tuple[OrderLine, ...]
    priced: PricedPurchase
    added: TaxedMoney
    added_shipping: TaxedMoney
    added_fees: tuple[ExtraCharge, ...] = ()
    shipping_taxes: tuple[StatedTax, ...] | None = None

    @cached_property
    def order(self) -> Order:
        """The order with the lines and all its figures; an offer shows only what is added.

        Raises:
            StrategyFailed: a figure cannot be computed.

        """
        figures = snapshot_order(self.priced, self.lines)
        return replace(self.joined, lines=self.lines, figures=figures)

    def charge(self, paid: Money) -> Money:
        """What is to pay for it where ``paid`` is held or captured: never below zero."""
        due = self.priced.due or self.priced.total.gross or Money(0, paid.currency)
        return replace(due, minor=max(0, due.minor - paid.minor))


def join_order(
    order: Order,
    lines: Sequence[OrderLine],
    *,
    destination: Destination,
    market: Market,
    calculated: CalculationOutcome = BY_TABLE,
) -> JoinedOrder | None:
    """``order`` with ``lines`` added, priced as a whole; None where nothing ships it so.

    The version of the order is as it was. ``calculated`` is what the merchant's calculator says of
    the whole.

    Raises:
        StrategyFailed: a figure cannot be computed.

    """
    all_lines, terms = (*order.lines, *lines), order_terms(order)
    priced = price_order_lines(
        all_lines,
        terms,
        currency=order.currency,
        destination=destination,
        market=market,
        calculated=calculated,
    )
    shipping = priced.ledger_after(SHIPPING).shipping
    if shipping.problem is not None:
        return None
    total = priced.total.to_taxed_money()
    if total.gross is None:
        return None
    return JoinedOrder(
        order,
        all_lines,
        priced,
        added=_difference(total, order.total),
        added_shipping=_difference(priced.shipping_total.to_taxed_money(), order.shipping_total),
        added_fees=_fee_difference(
            order_fees(all_lines, terms, destination=destination, market=market),
            order_fees(order.lines, terms, destination=destination, market=market),
        ),
        shipping_taxes=None if shipping.selected is None else shipping.selected.method.stated_taxes,
    )


def _fee_difference(
    after: Sequence[ExtraCharge], before: Sequence[ExtraCharge]
) -> tuple[ExtraCharge, ...]:
    """The fees that are new, then those that are gone, as amounts to give back."""
    return (
        *(fee for fee in after if fee not in before),
        *(replace(fee, amount=-fee.amount) for fee in before if fee not in after),
    )


def price_alone(
    lines: Sequence[OrderLine],
    terms: OrderTerms,
    joined: JoinedOrder,
    *,
    destination: Destination,
    market: Market,
    max_due: Money | None = None,
    calculated: CalculationOutcome = BY_TABLE,
) -> tuple[PurchaseSnapshot, OrderTerms]:
    """What ``lines`` cost as an order of their own, with the shipping that joining would add.

    So nobody pays more than they were shown where the order closed before their payment was
    confirmed: where the sums are rounded to a step, what is due is no more than ``max_due``.
    ``calculated`` is what the merchant's calculator says of these lines alone; of the shipping, tax
    is by the rates that it stated for the whole. Returns the terms as well, by which that order is
    priced again.
    """

    def price(fees: tuple[ExtraCharge, ...]) -> tuple[PurchaseSnapshot, OrderTerms]:
        alone_terms = replace(terms, shipping=shipping, fees=fees)
        priced = price_order_lines(
            lines,
            alone_terms,
            currency=joined.order.currency,
            destination=destination,
            market=market,
            calculated=calculated,
        )
        return snapshot_order(priced, lines), alone_terms

    shipping, spared = _added_shipping(
        joined, market.shipping_tax_for(destination, terms.customer), market
    )
    fees = (*joined.added_fees, *spared)
    figures, alone_terms = price(fees)
    excess = 0 if max_due is None or figures.due is None else figures.due.minor - max_due.minor
    if not 0 < excess <= market.rounding_for(destination).payable_step:
        return figures, alone_terms
    rounding = ExtraCharge(ROUNDING_LABEL, -excess, tax_source=FixedRates(()))
    return price((*fees, rounding))


def _added_shipping(
    joined: JoinedOrder, shipping_tax: ShippingTax, market: Market
) -> tuple[tuple[ExtraCharge, ...], tuple[ExtraCharge, ...]]:
    """The shipping that joining adds, and what it spares of the shipping of what is there.

    It is with tax where these goods alone may be taxed otherwise than with the others.
    """
    name, source = joined.order.shipping_name, shipping_tax.source
    if joined.shipping_taxes is not None:
        source = FixedRates(
            tuple(TaxRate(tax.name, tax.rate_percent) for tax in joined.shipping_taxes)
        )
    includes_tax = (
        joined.shipping_taxes is not None
        or isinstance(source, RatesByGoods)
        or any(method.includes_tax for method in market.methods if method.name == name)
    )
    added, gross = joined.added_shipping, joined.added_shipping.gross
    price = gross if includes_tax else added.net
    if name is None or price is None:
        return (), ()
    charge = ExtraCharge(name, max(0, price.minor), includes_tax, source)
    if gross is None or gross.minor >= 0:
        return (charge,), ()
    spared = ExtraCharge(name, gross.minor, includes_tax=True, tax_source=source)
    return (charge,), (spared,)


def _difference(after: TaxedMoney, before: TaxedMoney) -> TaxedMoney:
    return TaxedMoney(
        _subtract(after.net, before.net),
        _subtract(after.gross, before.gross),
        _subtract(after.tax, before.tax),
    )


def _subtract(after: Money | None, before: Money | None) -> Money | None:
    if after is None or before is None:
        return None
    return replace(after, minor=after.minor - before.minor)
