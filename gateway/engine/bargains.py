"""From a priced cart to a purchase: what stands in the way, and the draft if nothing does."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.engine.buying import (
    AddressInsufficient,
    Buyer,
    CartAt,
    Consent,
    Draft,
    InvalidPurchase,
    OutOfStock,
    PriceChanged,
    PriceGuard,
)
from gateway.engine.carts import PricedCart, Setting
from gateway.engine.codes import draws
from gateway.engine.levies import TaxState
from gateway.engine.money import Money
from gateway.engine.orders import ActionChannel
from gateway.engine.places import PostalAddress
from gateway.engine.problems import ErrorCode, UserError
from gateway.engine.records import recorded
from gateway.engine.running import StrategyFailed
from gateway.engine.stages import SHIPPING


@dataclass(frozen=True, slots=True)
class Shown:
    """What a cart was last shown to leave to pay, minor units.

    ``covered`` is what stored value paid of it; where the total was not known, all that it could.
    """

    covered: int
    due: int | None


def shown(cart: PricedCart) -> Shown:
    """What somebody who looks at ``cart`` now is shown."""
    try:
        gross, due = cart.total.gross, cart.due
    except StrategyFailed:
        gross = due = None
    if gross is None or due is None:
        return Shown(cart.fit.stored_value or 0, None)
    return Shown(gross.minor - due.minor, due.minor)


@dataclass(frozen=True, slots=True)
class Terms:
    """Who buys, where it goes, what pays for it, and the most the buyer expects it to cost.

    ``expected_due``: of that, the most to pay; without it what was ``shown`` counts.
    """

    buyer: Buyer
    address: PostalAddress = field(repr=False)
    method: str = field(repr=False)
    expected_total: Money | None = None
    expected_due: Money | None = None
    shown: Shown | None = None
    channel: ActionChannel = ActionChannel.CLICK
    cart: CartAt | None = None
    consent: Consent | None = None


class Untaxable(Exception):
    """The tax of a purchase cannot be computed, though everything about it is known."""


Obstacle = OutOfStock | AddressInsufficient | PriceChanged | InvalidPurchase


def obstacle(cart: PricedCart, setting: Setting, terms: Terms) -> Obstacle | None:
    """The first thing that keeps ``cart`` from being bought under ``terms``."""
    if not cart.items:
        return _invalid(("input", "cartId"), "There is nothing in the cart.")
    return _lacking(cart, setting) or _unshippable(cart) or _dearer(cart, terms)


def _invalid(path: tuple[str, ...], message: str) -> InvalidPurchase:
    return InvalidPurchase((UserError(ErrorCode.INVALID_INPUT, path, message),))


def _lacking(cart: PricedCart, setting: Setting) -> OutOfStock | None:
    for item in cart.unavailable:
        variant = setting.variants.get(item.reference)
        return OutOfStock(item.reference, (variant.available if variant else 0) or 0)
    return None


def _unshippable(cart: PricedCart) -> AddressInsufficient | None:
    problem = cart.at(SHIPPING).shipping.problem
    if problem is None:
        return None
    error = UserError(ErrorCode.ADDRESS_INSUFFICIENT, None, f"{problem.value.capitalize()}.")
    return AddressInsufficient((error,))


def _dearer(cart: PricedCart, terms: Terms) -> PriceChanged | None:
    actual, expected = total(cart), terms.expected_total
    causes = tuple(f"{each.target}: {each.message}" for each in cart.fit.cautions)
    if expected is not None and actual.minor > expected.minor:
        return PriceChanged(expected, actual, causes=causes)
    due, most = cart.due or actual, _most_due(actual, terms)
    if most is None or due.minor <= most:
        return None
    return PriceChanged(replace(actual, minor=most), due, PriceGuard.DUE, causes)


def _most_due(actual: Money, terms: Terms) -> int | None:
    """The most that may be charged, minor units; None where nothing but the total was promised.

    Without a promise of its own, stored value has to pay at least what it was shown to pay, unless
    no more is left than was shown: what somebody else spent meanwhile is nobody's charge.
    """
    if terms.expected_due is not None:
        return terms.expected_due.minor
    seen, expected = terms.shown, terms.expected_total
    if seen is None:
        return None
    most = max(seen.due or 0, actual.minor - seen.covered)
    return most if expected is None else min(most, max(0, expected.minor - seen.covered))


def total(cart: PricedCart) -> Money:
    """What ``cart`` costs with tax, to a known destination.

    Raises:
        Untaxable: its tax cannot be computed.

    """
    gross = cart.total.gross
    if gross is None or cart.tax_state is TaxState.FAILED:
        raise Untaxable(cart.tax_state)
    return gross


def draft(cart: PricedCart, setting: Setting, terms: Terms) -> Draft:
    """The order that ``cart`` becomes under ``terms`` once it is paid."""
    gross = total(cart)
    due = cart.due or gross
    demand: dict[str, int] = {}
    days = 0
    for line in cart.cart.lines:
        variant = setting.variants[line.variant_id]
        days = max(days, variant.days(line.quantity))
        for id, count in variant.demand(line.quantity).items():
            demand[id] = demand.get(id, 0) + count
    codes = tuple(each.code for each in cart.fit.discounts if each.code)
    paid = draws(cart.fit.stored, gross.minor - due.minor)
    counted = {each.code for each in setting.market.coupons if each.once_per_purchaser}
    return Draft(
        buyer=terms.buyer,
        figures=recorded(cart),
        due=due,
        demand=tuple(demand.items()),
        address=terms.address,
        method=terms.method,
        ships_in=timedelta(days=days),
        channel=terms.channel,
        # In one order, so that no two purchases wait for each other.
        stored=tuple(sorted(paid, key=lambda each: each.code)),
        codes=codes,
        once=tuple(code for code in codes if code in counted),
        cart=terms.cart,
        consent=terms.consent,
        clicked=None if terms.cart else cart.cart.lines[0].variant_id,
    )
