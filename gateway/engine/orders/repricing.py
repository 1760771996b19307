"""An order's figures from its lines: when purchases join it, and when it changes."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.orders.lines import OrderLine, OrderTerms
from gateway.engine.pricing.discount_codes import CodeContext, apply_codes
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import Purchase, price_with_components
from gateway.engine.pricing.snapshots import PurchaseSnapshot, take_snapshot
from gateway.engine.rulebook.rulebook import Market


def price_order_lines(
    lines: Sequence[OrderLine],
    terms: OrderTerms,
    *,
    currency: Currency,
    destination: Destination,
    market: Market,
) -> PricedPurchase:
    """The whole of ``lines``, each at the price it was bought at, under the rules of ``market``.

    Discount codes apply as far as they still fit.
    """
    items = tuple(line.item for line in lines)
    subtotal = sum(item.quantity * price_with_components(item) for item in items)
    applied_codes = apply_codes(
        terms.codes, market.coupons, (), CodeContext(currency, subtotal, terms.on, frozenset())
    )
    return PricedPurchase(
        Purchase(
            currency=currency,
            items=items,
            on=terms.on,
            rounding=market.rounding,
            discounts=applied_codes.discounts,
            methods=market.methods,
            method_id=terms.method_id,
            stored_value=terms.stored_value or None,
            destination=destination,
            tax_tables=market.tax_tables,
        )
    )


def snapshot_order(priced: PricedPurchase, lines: Sequence[OrderLine]) -> PurchaseSnapshot:
    """The figures of ``priced``, whose items are ``lines`` in their order.

    Raises:
        StrategyFailed: a figure cannot be computed.

    """
    return with_line_ids(take_snapshot(priced), lines)


def with_line_ids(figures: PurchaseSnapshot, lines: Sequence[OrderLine]) -> PurchaseSnapshot:
    """``figures`` whose items are known by the ids of ``lines``, in the same order."""
    items = tuple(
        replace(item, line_id=line.id) for item, line in zip(figures.items, lines, strict=True)
    )
    return replace(figures, items=items)
