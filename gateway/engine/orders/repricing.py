"""An order's figures from its lines: when purchases join it, and when it changes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.engine.addresses.address import Destination
from gateway.engine.money import Currency
from gateway.engine.orders.lines import OrderLine, OrderTerms
from gateway.engine.orders.order import Order
from gateway.engine.pricing.calculated_purchase import apply_outcome
from gateway.engine.pricing.calculations import BY_TABLE, CalculationOutcome
from gateway.engine.pricing.discount_codes import CodeContext, apply_codes, select_promotions
from gateway.engine.pricing.ledger import Adjustment
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import ExtraCharge, Purchase, price_with_components
from gateway.engine.pricing.snapshots import PurchaseSnapshot, take_snapshot
from gateway.engine.rulebook.rulebook import Market


def order_terms(order: Order) -> OrderTerms:
    """By what ``order`` is priced again; made of its figures where it has no terms."""
    if order.terms is not None:
        return order.terms
    codes = [adjustment.code for adjustment in order.adjustments or () if adjustment.code]
    covered = order.figures.paid_by_stored_value.minor
    return OrderTerms(order.placed_at.date(), tuple(dict.fromkeys(codes)), stored_value=covered)


def price_order_lines(
    lines: Sequence[OrderLine],
    terms: OrderTerms,
    *,
    currency: Currency,
    destination: Destination,
    market: Market,
    calculated: CalculationOutcome = BY_TABLE,
) -> PricedPurchase:
    """The whole of ``lines``, each at the price it was bought at, under the rules of ``market``.

    Discount codes and promotions apply as far as they still fit; of those whose uses are counted,
    only the ones that it was bought with. ``calculated`` is what the merchant's calculator says of
    these lines.
    """
    items = tuple(replace(line.item, line_id=line.id) for line in lines)
    subtotal = sum(item.quantity * price_with_components(item) for item in items)
    if calculated.judges_codes:
        market = market.without_codes()
    applied_codes = apply_codes(
        terms.codes,
        market.coupons,
        (),
        CodeContext(currency, subtotal, terms.on, frozenset()),
        market.promotions,
        calculated.judged_codes,
    )
    purchase = Purchase(
        currency=currency,
        items=items,
        on=terms.on,
        rounding=market.rounding_for(destination),
        discounts=applied_codes.discounts,
        surcharges=order_fees(lines, terms, destination=destination, market=market),
        shipping=terms.shipping or (),
        methods=market.methods if terms.shipping is None else (),
        method_id=terms.method_id,
        shipping_tax=market.shipping_tax_for(destination, terms.customer),
        stored_value=terms.stored_value or None,
        destination=destination,
        tax_tables=market.tax_tables,
        is_home=market.is_home(destination),
        promotions=tuple(
            promotion
            for promotion in select_promotions(market.promotions, terms.codes)
            if not promotion.is_limited or promotion.name in terms.promotions
        ),
        customer=terms.customer,
        standing=terms.standing,
        customer_groups=frozenset(terms.customer_groups),
    )
    return PricedPurchase(apply_outcome(purchase, calculated))


def order_fees(
    lines: Iterable[OrderLine], terms: OrderTerms, *, destination: Destination, market: Market
) -> tuple[ExtraCharge, ...]:
    """What is charged beside ``lines``: as ``terms`` say, else by the rules of ``market``."""
    if terms.fees is not None:
        return terms.fees
    return market.fees_for(destination, tuple(line.item for line in lines)) if market.fees else ()


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
    return replace(figures, items=items, adjustments=_adjustments_with_line_ids(figures, lines))


def _adjustments_with_line_ids(
    figures: PurchaseSnapshot, lines: Sequence[OrderLine]
) -> tuple[Adjustment, ...] | None:
    """The adjustments, each with the id of its line.

    Where the figures do not tell lines by their ids, the line is known if only one has the
    reference.
    """
    if figures.adjustments is None:
        return None
    counts = Counter(item.reference for item in figures.items)
    items_and_lines = tuple(zip(figures.items, lines, strict=True))
    ids_by_reference = {
        item.reference: line.id for item, line in items_and_lines if counts[item.reference] == 1
    }
    ids_by_line = {item.line_id: line.id for item, line in items_and_lines if item.line_id}
    return tuple(
        replace(
            adjustment,
            line_id=ids_by_line.get(adjustment.line_id or "")
            or ids_by_reference.get(adjustment.item_reference or ""),
        )
        for adjustment in figures.adjustments
    )
