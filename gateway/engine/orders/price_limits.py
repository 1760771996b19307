"""What a change may make of an order's price: what has left and is paid gets no cheaper by it.

Shipping is paid with the first parcel, so that nothing of it is left to change after that.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from gateway.engine.money import allocate
from gateway.engine.orders.lines import OrderTerms
from gateway.engine.pricing.pipeline import SHIPPING
from gateway.engine.pricing.priced_purchase import PricedPurchase
from gateway.engine.pricing.purchase import ExtraCharge, RatesByGoods
from gateway.engine.pricing.purchase_details import Calculator
from gateway.engine.pricing.snapshots import PurchaseSnapshot
from gateway.engine.tax.charge_sharing import ChargeTaxMethod
from gateway.engine.tax.stated_taxes import StatedTax

PAID_LABEL = "Paid before the change"
"""What an order is charged so that it costs no less than was captured of it."""

OrderPricing: TypeAlias = Callable[[OrderTerms], PricedPurchase]
"""The order as a change makes it, priced under terms."""


@dataclass(frozen=True, slots=True)
class PriceLimits:
    """What a change may make of an order's price.

    ``captured`` is what is captured of it and not given back, minor units: it costs no less, and
    where that is something its shipping gets no cheaper. ``may_raise_shipping``: whether shipping
    may get dearer.
    """

    captured: int = 0
    may_raise_shipping: bool = True


NO_LIMITS = PriceLimits()


def limit_terms(
    terms: OrderTerms,
    figures: PurchaseSnapshot,
    limits: PriceLimits,
    price: OrderPricing,
    fees: Sequence[ExtraCharge],
) -> OrderTerms:
    """``terms`` under which an order with ``figures`` costs what ``limits`` allow.

    Of what is paid already, stored value gets back what it would pay again. ``fees`` are those
    that the order is charged without limits.

    Raises:
        StrategyFailed: a figure cannot be computed.

    """
    terms = _limit_shipping(terms, figures, limits, price)
    if not limits.captured:
        return terms
    priced = price(terms)
    excess, paid = _excess(priced, limits), priced.paid_by_stored_value
    if excess > 0 and paid is not None and paid.minor > 0:
        terms = replace(terms, stored_value=max(0, paid.minor - excess))
        priced = price(terms)
        excess = _excess(priced, limits)
    # What a merchant's calculator says, or said, is not made up for: the change is refused.
    if excess <= 0 or Calculator.MERCHANT in {priced.calculated_by, figures.calculated_by}:
        return terms
    step = priced.purchase.rounding.payable_step
    charge = ExtraCharge(
        PAID_LABEL,
        -(-excess // step) * step,
        includes_tax=True,
        tax_source=RatesByGoods(ChargeTaxMethod.PRO_RATA),
    )
    return replace(terms, fees=(*fees, charge))


def _excess(priced: PricedPurchase, limits: PriceLimits) -> int:
    """By how much more is captured than would be due, minor units."""
    return 0 if priced.due is None else limits.captured - priced.due.minor


def _limit_shipping(
    terms: OrderTerms, figures: PurchaseSnapshot, limits: PriceLimits, price: OrderPricing
) -> OrderTerms:
    """``terms`` with shipping as it was, where it would be cheaper or dearer than it may."""
    before = figures.shipping_total.gross
    if before is None or (limits.may_raise_shipping and not limits.captured):
        return terms
    priced = price(terms)
    after = _gross_shipping(priced)
    is_cheaper = after is None or after < before.minor
    is_dearer = after is None or after > before.minor
    if not (is_cheaper and limits.captured) and not (is_dearer and not limits.may_raise_shipping):
        return terms
    limited_terms = terms
    for charge in _shipping_as_before(priced, figures):
        limited_terms = replace(terms, shipping=(charge,))
        if _gross_shipping(price(limited_terms)) == before.minor:
            break
    return limited_terms


def _gross_shipping(priced: PricedPurchase) -> int | None:
    """What shipping costs with tax, minor units; None where nothing ships it, or it is unknown."""
    if priced.ledger_after(SHIPPING).shipping.problem is not None:
        return None
    gross = priced.shipping_total.gross
    return None if gross is None else gross.minor


def _shipping_as_before(priced: PricedPurchase, figures: PurchaseSnapshot) -> Iterator[ExtraCharge]:
    """Shipping at its price in ``figures``, by the taxes of ``priced``: the best first."""
    name, total = figures.shipping_name, figures.shipping_total
    if name is None or total.net is None or total.gross is None:
        return
    selected = priced.ledger_after(SHIPPING).shipping.selected
    stated = None if selected is None else selected.method.stated_taxes
    if stated:
        taxes = _share_tax(stated, total.gross.minor - total.net.minor)
        yield ExtraCharge(name, total.net.minor, stated_taxes=taxes)
    elif stated is not None:
        yield ExtraCharge(name, total.gross.minor, stated_taxes=())
    else:
        source = priced.purchase.shipping_tax.source
        yield ExtraCharge(name, total.net.minor, tax_source=source)
        # Where it is taxed by other rates now, its price with tax stays.
        yield ExtraCharge(name, total.gross.minor, includes_tax=True, tax_source=source)


def _share_tax(stated: Sequence[StatedTax], minor: int) -> tuple[StatedTax, ...]:
    """``minor`` by the taxes that were stated."""
    weights = [tax.minor for tax in stated]
    shares = allocate(minor, weights if any(weights) else [1] * len(weights))
    return tuple(replace(tax, minor=share) for tax, share in zip(stated, shares, strict=True))
