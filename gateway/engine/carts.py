"""Carts: what a buyer has gathered, and the purchase that it describes."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from gateway.engine import stages
from gateway.engine.actions import Action
from gateway.engine.catalogue import NotSoldFor, Variant, Wanted
from gateway.engine.catalogue import item as catalogue_item
from gateway.engine.codes import CartCode, EnteredCode, Fit, Occasion, StoredValue, draws, fitting
from gateway.engine.display import Display, Texts, Writing
from gateway.engine.figures import Sum
from gateway.engine.findings import OneChoice
from gateway.engine.levies import TaxState
from gateway.engine.money import Currency, Money
from gateway.engine.places import Destination
from gateway.engine.pricing import PricedItem, PricedPurchase
from gateway.engine.problems import Caution
from gateway.engine.rulebook import Market
from gateway.engine.running import StrategyFailed
from gateway.engine.shipping import ShippingChoice, Unshippable
from gateway.engine.tags import ERROR
from gateway.engine.tree import Item, Purchase, price_with_parts
from gateway.engine.values import value

MOST_LINES = 1_000
MOST_QUANTITY = 1_000_000
MOST_LOCALES = 4


@value
class CartLine:
    """So many of a variant; ``price_when_added`` is what one cost then, minor units."""

    variant_id: str
    quantity: int
    price_when_added: int | None = None


@value
class Cart:
    """A cart. Its id is the key to it; ``version`` goes up by one at each change.

    ``attempt_id`` is the purchase under way, ``order_id`` the order it became.
    """

    id: str
    version: int
    currency: Currency
    lines: tuple[CartLine, ...] = ()
    destination: Destination | None = None
    codes: tuple[str, ...] = ()
    method_id: str | None = None
    attempt_id: str | None = None
    order_id: str | None = None

    @property
    def changeable(self) -> bool:
        """Whether it is neither bought nor being bought."""
        return self.attempt_id is None and self.order_id is None

    @property
    def variant_ids(self) -> tuple[str, ...]:
        """The variants in it, in order."""
        return tuple(line.variant_id for line in self.lines)


def with_added(cart: Cart, lines: Iterable[CartLine]) -> Cart:
    """``cart`` with ``lines`` added; more of a variant that is there joins its line."""
    found = {line.variant_id: line for line in cart.lines}
    for line in lines:
        there = found.get(line.variant_id)
        quantity = line.quantity + (there.quantity if there else 0)
        found[line.variant_id] = replace(there or line, quantity=quantity)
    return replace(cart, lines=tuple(found.values()))


def with_quantities(cart: Cart, quantities: Mapping[str, int]) -> Cart:
    """``cart`` with those quantities by variant id; zero removes the line."""
    lines = (
        replace(line, quantity=quantities.get(line.variant_id, line.quantity))
        for line in cart.lines
    )
    return replace(cart, lines=tuple(line for line in lines if line.quantity))


@dataclass(frozen=True, slots=True)
class Setting:
    """What a cart is priced with: the goods, the market's rules, stored value, the day."""

    variants: Mapping[str, Variant]
    market: Market
    stored: tuple[StoredValue, ...]
    on: date
    used_before: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Described:
    """A purchase to price, and which of the entered codes fit it."""

    purchase: Purchase
    fit: Fit


def describe(cart: Cart, setting: Setting) -> Described:
    """The purchase that ``cart`` is in ``setting``."""
    items = tuple(_item(line, cart.currency.code, setting) for line in cart.lines)
    market = setting.market
    fit = fitting(cart.codes, market.coupons, setting.stored, _occasion(cart, items, setting))
    purchase = Purchase(
        currency=cart.currency,
        items=items,
        on=setting.on,
        rounding=market.rounding,
        discounts=fit.discounts,
        methods=market.methods,
        method_id=cart.method_id,
        stored_value=fit.stored_value,
        destination=cart.destination,
        tax_tables=market.tax_tables,
    )
    return Described(purchase, fit)


def _occasion(cart: Cart, items: Sequence[Item], setting: Setting) -> Occasion:
    subtotal = sum(item.quantity * price_with_parts(item) for item in items)
    return Occasion(cart.currency, subtotal, setting.on, setting.used_before)


def _item(line: CartLine, currency: str, setting: Setting) -> Item:
    variant = setting.variants.get(line.variant_id)
    if variant is None:
        return _gone(line)
    wanted = Wanted(variant, line.quantity, line.price_when_added)
    try:
        found = catalogue_item(wanted, currency, includes_tax=setting.market.includes_tax)
    except NotSoldFor:
        return _gone(line)
    if variant.sells(line.quantity):
        return found
    return replace(found, tags=found.tags | {ERROR})


def _gone(line: CartLine) -> Item:
    """The line of something that is no longer sold: it shows, and cannot be bought."""
    return Item(
        reference=line.variant_id,
        name="No longer sold",
        unit_price=0,
        quantity=line.quantity,
        tags=frozenset({ERROR}),
        variant_id=line.variant_id,
    )


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A way to ship a cart; its id names the cart too, for clients cache by it."""

    id: str
    method_id: str
    name: str
    price: Sum
    selected: bool


class PricedCart(PricedPurchase):
    """A cart with its figures."""

    def __init__(self, cart: Cart, described: Described) -> None:
        super().__init__(described.purchase)
        self.cart = cart
        self.fit = described.fit
        self._texts: dict[str, Texts] = {}
        self.entered: tuple[Caution, ...] = ()

    def display(self, writing: Writing) -> Display:
        """The cart prepared for showing it; its texts are kept for the locales asked for last."""
        texts = self._texts.get(writing.locale)
        if texts is None:
            if len(self._texts) >= MOST_LOCALES:
                self._texts.clear()
            texts = self._texts[writing.locale] = Texts()
        return Display(self, writing, self, texts)

    def telling(self, cautions: tuple[Caution, ...]) -> "PricedCart":
        """The same cart, whose display tells why codes were not taken that were just entered."""
        if not cautions:
            return self
        same = copy(self)
        same.entered = cautions
        return same

    @property
    def codes(self) -> tuple[CartCode, ...]:
        """Its codes and what each does, in the order they were entered."""
        return tuple(map(self._code, self.fit.entered))

    def _code(self, entered: EnteredCode) -> CartCode:
        why = entered.misfit
        try:
            amount = self._amount(entered.known.code) if why is None else None
        except StrategyFailed:
            amount = None
        return CartCode(entered.typed, entered.kind, why is None, why, amount)

    def _amount(self, code: str) -> Money | None:
        """What a code that applies takes off, or pays; None while the tax is not known."""
        if all(each.code != code for each in self.fit.stored):
            off = sum(each.amount.minor for each in self.adjustments if each.code == code)
            return Money(-off, self.cart.currency)
        gross, due = self.total.gross, self.due
        if gross is None or due is None:
            return None
        paid = draws(self.fit.stored, gross.minor - due.minor)
        return Money(sum(each.minor for each in paid if each.code == code), self.cart.currency)

    @property
    def notices(self) -> tuple[str, ...]:
        """Why codes do not apply, and that there is no way to ship."""
        unfit = (*self.entered, *self.fit.cautions)
        found = [f"{each.target}: {each.message}" for each in unfit]
        if self._unshippable:
            found.append(f"{Unshippable.NO_METHOD_FITS.value.capitalize()}.")
        return tuple(dict.fromkeys(found))

    @property
    def _unshippable(self) -> bool:
        """Whether nothing ships to where it goes; an address yet to come may be elsewhere."""
        problem = self.at(stages.SHIPPING).shipping.problem
        return problem is Unshippable.NO_METHOD_FITS

    @property
    def actions(self) -> tuple[Action, ...]:
        """What the buyer can do with it; nothing once it is bought or being bought."""
        if not self.cart.changeable:
            return ()
        found = [Action.CHANGE_LINES, Action.ENTER_CODE, Action.GIVE_DESTINATION]
        if self.shipping_options:
            found.append(Action.CHOOSE_SHIPPING)
        return (Action.CHECK_OUT, *found) if self._buyable else tuple(found)

    @property
    def _buyable(self) -> bool:
        """Whether nothing stands in its way but an address and a payment."""
        return (
            bool(self.items)
            and not self.unavailable
            and not self._unshippable
            and self.tax_state is not TaxState.FAILED
        )

    def now(self, cart: Cart, described: Described) -> "PricedCart":
        """What became of it since, keeping the figures that the change leaves valid."""
        if described.purchase != self.purchase:
            changed = PricedCart(cart, described)
            changed._found = self._found.revised(described.purchase)
            return changed
        if (cart, described.fit) == (self.cart, self.fit):
            return self
        same = copy(self)
        same.cart, same.fit = cart, described.fit
        return same

    @property
    def id(self) -> str:
        """The cart's id."""
        return self.cart.id

    @property
    def version(self) -> int:
        """How often it was changed, plus one."""
        return self.cart.version

    @cached_property
    def shipping_options(self) -> tuple[ShippingOption, ...]:
        """The ways to ship that fit, cheapest first."""
        shipping = self.at(stages.SHIPPING).shipping
        return tuple(
            self._option(position, choice, choice == shipping.taken)
            for position, choice in enumerate(shipping.choices)
        )

    def _option(self, position: int, choice: ShippingChoice, selected: bool) -> ShippingOption:  # noqa: FBT001
        method = choice.method
        price = OneChoice(self._found, position)
        own = f"shp_{self.cart.id.removeprefix('crt_')}_{method.id}"
        return ShippingOption(own, method.id, method.name, price, selected)

    @property
    def unavailable(self) -> tuple[PricedItem, ...]:
        """The lines that cannot be bought as they are."""
        return self.tagged(ERROR)
