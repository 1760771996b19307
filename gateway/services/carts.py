"""Carts: making, changing and pricing them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from gateway.engine import bargains
from gateway.engine.carts import (
    MOST_LINES,
    MOST_QUANTITY,
    Cart,
    CartLine,
    PricedCart,
    Setting,
    describe,
    with_added,
    with_quantities,
)
from gateway.engine.catalogue import Variant
from gateway.engine.codes import code_key
from gateway.engine.complaints import Complaints, Path
from gateway.engine.destinations import settled
from gateway.engine.money import Currency
from gateway.engine.places import Destination
from gateway.engine.problems import Caution, ErrorCode, UserError, WarningCode
from gateway.engine.rulebook import NO_RULES
from gateway.engine.tags import PRICE_CHANGED
from gateway.services.outcomes import Outcome, refused
from gateway.services.parts import Parts
from gateway.services.ports.calendars import Calendars
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Reading, Stale, Work

MOST_CODES = 20
CURRENCY: Path = ("input", "currency")
LINES: Path = ("input", "lines")
CART: Path = ("input", "cartId")
VERSION: Path = ("input", "expectedVersion")


@dataclass(frozen=True, slots=True)
class WantedLine:
    """So many of a variant, as a client asks for them."""

    variant_id: str
    quantity: int


Goods: TypeAlias = Mapping[str, Variant]
"""Variants by id."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A changed cart, or why it stays as it is; and what to know about it.

    ``variants`` are the goods in it, where they were read already.
    """

    cart: Cart | None = None
    errors: tuple[UserError, ...] = ()
    cautions: tuple[Caution, ...] = ()
    variants: Goods | None = None


Edit: TypeAlias = Callable[[Cart, Work], Awaitable[Edited]]


# -- reading


async def find(id: str, parts: Parts) -> PricedCart | None:
    """The cart of that id with its figures, computed as they are read."""
    async with parts.database.read() as reading:
        cart = await reading.carts.find(id)
        return None if cart is None else await priced(cart, reading, parts)


async def show_due(found: PricedCart, parts: Parts) -> None:
    """Keep what the cart is shown to leave to pay: a checkout charges no more unasked.

    Whoever reads no such figure was not shown one.
    """
    if not found.fit.names_stored_value or not found.cart.changeable:
        return
    now = bargains.shown(found)
    async with parts.database.read() as reading:
        if await reading.carts.shown(found.id, found.version) == now:
            return
    async with parts.database.begin() as work:
        await work.carts.show(found.id, found.version, now)


async def priced(
    cart: Cart, reading: Reading, parts: Parts, variants: Goods | None = None
) -> PricedCart:
    """``cart`` in today's setting: two reads, however many lines it has; one with ``variants``."""
    cart = _placed(cart, parts)
    found = await setting(cart, reading, parts, variants=variants)
    return parts.recent_carts.priced(cart, found)


def _placed(cart: Cart, parts: Parts) -> Cart:
    """``cart`` with its destination as it is understood now, whenever it was set."""
    to = cart.destination
    if to is None:
        return cart
    return replace(cart, destination=settled(to, parts.countries.rules(to.country)))


class Today(Protocol):
    """What tells which rules are in force where a cart goes."""

    @property
    def clock(self) -> Clock:
        """What time it is."""
        ...

    @property
    def calendars(self) -> Calendars:
        """What day that is elsewhere."""
        ...


async def setting(
    cart: Cart,
    reading: Reading,
    parts: Today,
    used_before: frozenset[str] = frozenset(),
    variants: Goods | None = None,
) -> Setting:
    """The goods, the rules and the stored value that ``cart`` is priced with now."""
    on = parts.calendars.day(parts.clock.now(), cart.destination)
    rules = await reading.rule_sets.in_force(on)
    rulebook = NO_RULES if rules is None else rules.rulebook
    if variants is None:
        variants = await reading.catalogue.variants(cart.variant_ids) if cart.lines else {}
    return Setting(
        variants=variants,
        market=rulebook.for_market(cart.currency.code, on),
        stored=await reading.stored_values.find(cart.codes) if cart.codes else (),
        on=on,
        used_before=used_before,
    )


# -- making


async def create(
    currency: str | None, lines: Sequence[WantedLine], parts: Parts
) -> Outcome[PricedCart]:
    """A new cart with ``lines``, in ``currency`` or the merchant's own."""
    found = parts.currencies.find(currency) if currency else parts.policy.currency
    if found is None:
        return refused(ErrorCode.INVALID_INPUT, CURRENCY, f"There is no currency {currency}.")
    cart = Cart(parts.ids.new("crt"), 1, found)
    async with parts.database.begin() as work:
        edited = await _added(cart, lines, work)
        if edited.cart is None:
            return Outcome(user_errors=edited.errors)
        await work.carts.add(edited.cart, parts.clock.now())
        found_cart = await priced(edited.cart, work, parts, edited.variants)
    return Outcome(found_cart, warnings=edited.cautions)


async def _added(cart: Cart, lines: Sequence[WantedLine], work: Reading) -> Edited:
    errors = _quantity_errors(lines, least=1)
    if errors:
        return Edited(errors=errors)
    wanted = (*cart.variant_ids, *(line.variant_id for line in lines))
    variants = await work.catalogue.variants(list(dict.fromkeys(wanted)))
    errors = _variant_errors(lines, variants, cart.currency)
    if errors:
        return Edited(errors=errors)
    changed = with_added(cart, _cart_lines(lines, variants, cart.currency))
    return replace(_within_limits(changed), variants=variants)


def _cart_lines(
    lines: Iterable[WantedLine], variants: dict[str, Variant], currency: Currency
) -> list[CartLine]:
    return [
        CartLine(each.variant_id, each.quantity, variants[each.variant_id].price(currency.code))
        for each in lines
    ]


def _within_limits(cart: Cart) -> Edited:
    complaints = Complaints()
    if len(cart.lines) > MOST_LINES:
        complaints.add(LINES, f"A cart holds at most {MOST_LINES} lines.")
    if any(line.quantity > MOST_QUANTITY for line in cart.lines):
        complaints.add(LINES, f"A line holds at most {MOST_QUANTITY}.")
    return Edited(errors=tuple(complaints.found)) if complaints.found else Edited(cart)


def _quantity_errors(lines: Sequence[WantedLine], least: int) -> tuple[UserError, ...]:
    complaints = Complaints()
    if len(lines) > MOST_LINES:
        complaints.add(LINES, f"There may be at most {MOST_LINES} lines.")
        return tuple(complaints.found)
    for at, line in enumerate(lines):
        if not least <= line.quantity <= MOST_QUANTITY:
            message = f"The quantity must be between {least} and {MOST_QUANTITY}."
            complaints.add((*LINES, str(at), "quantity"), message)
    return tuple(complaints.found)


def _variant_errors(
    lines: Sequence[WantedLine], variants: dict[str, Variant], currency: Currency
) -> tuple[UserError, ...]:
    complaints = Complaints()
    for at, line in enumerate(lines):
        path = (*LINES, str(at), "variantId")
        variant = variants.get(line.variant_id)
        if variant is None:
            complaints.add(path, "There is no such variant.", ErrorCode.NOT_FOUND)
        elif variant.price(currency.code) is None:
            complaints.add(path, f"It is not sold for {currency.code}.")
    return tuple(complaints.found)


# -- changing


async def change(cart_id: str, expected: int, edit: Edit, parts: Parts) -> Outcome[PricedCart]:
    """The cart after ``edit``, if it is at the ``expected`` version and can be changed."""
    try:
        async with parts.database.begin() as work:
            return await _changed(cart_id, expected, edit, work, parts)
    except Stale:
        return refused(ErrorCode.VERSION_CONFLICT, VERSION, "The cart was changed meanwhile.")


async def _changed(
    cart_id: str, expected: int, edit: Edit, work: Work, parts: Parts
) -> Outcome[PricedCart]:
    cart = await work.carts.find(cart_id)
    if cart is None:
        return refused(ErrorCode.NOT_FOUND, CART, "There is no such cart.")
    if not cart.changeable:
        return refused(ErrorCode.NOT_MODIFIABLE, CART, "The cart is bought or being bought.")
    if cart.version != expected:
        message = f"The cart is at version {cart.version}."
        return refused(ErrorCode.VERSION_CONFLICT, VERSION, message)
    edited = await edit(cart, work)
    if edited.cart is None:
        return Outcome(user_errors=edited.errors)
    changed = edited.cart
    if changed != cart:
        changed = replace(changed, version=cart.version + 1)
        await work.carts.save(changed, parts.clock.now())
    found = await priced(changed, work, parts, edited.variants)
    if found.fit.names_stored_value:
        await work.carts.show(found.id, found.version, bargains.shown(found))
    return Outcome(found.telling(edited.cautions), warnings=edited.cautions)


async def add_lines(
    cart_id: str, expected: int, lines: Sequence[WantedLine], parts: Parts
) -> Outcome[PricedCart]:
    """The cart with ``lines`` added."""
    return await change(cart_id, expected, lambda cart, work: _added(cart, lines, work), parts)


async def update_lines(
    cart_id: str, expected: int, lines: Sequence[WantedLine], parts: Parts
) -> Outcome[PricedCart]:
    """The cart with the quantities of ``lines``; zero removes one."""

    async def edit(cart: Cart, _work: Work) -> Edited:
        errors = (*_quantity_errors(lines, least=0), *_absent_errors(cart, lines))
        if errors:
            return Edited(errors=errors)
        return Edited(with_quantities(cart, {line.variant_id: line.quantity for line in lines}))

    return await change(cart_id, expected, edit, parts)


def _absent_errors(cart: Cart, lines: Sequence[WantedLine]) -> tuple[UserError, ...]:
    complaints = Complaints()
    for at, line in enumerate(lines):
        if line.variant_id not in cart.variant_ids:
            path = (*LINES, str(at), "variantId")
            complaints.add(path, "It is not in the cart.", ErrorCode.NOT_FOUND)
    return tuple(complaints.found)


async def set_destination(
    cart_id: str, expected: int, to: Destination, parts: Parts
) -> Outcome[PricedCart]:
    """The cart going to ``to``."""

    async def edit(cart: Cart, _work: Work) -> Edited:
        return Edited(replace(cart, destination=to))

    return await change(cart_id, expected, edit, parts)


async def set_codes(
    cart_id: str, expected: int, codes: Sequence[str], parts: Parts
) -> Outcome[PricedCart]:
    """The cart with those of ``codes`` that exist, in place of those it had."""

    async def edit(cart: Cart, work: Work) -> Edited:
        typed = {code_key(code): code.strip() for code in codes}
        wanted = replace(cart, codes=tuple(typed.values()))
        fit = describe(wanted, await setting(wanted, work, parts)).fit
        kept = tuple(each.typed for each in fit.entered)
        return Edited(replace(cart, codes=kept), cautions=fit.cautions)

    if len(codes) > MOST_CODES:
        message = f"There may be at most {MOST_CODES} codes; these are {len(codes)}."
        return refused(ErrorCode.INVALID_INPUT, ("input", "codes"), message)
    return await change(cart_id, expected, edit, parts)


async def select_shipping(
    cart_id: str, expected: int, option_id: str, parts: Parts
) -> Outcome[PricedCart]:
    """The cart shipped by the option of that id, one of its own."""

    async def edit(cart: Cart, work: Work) -> Edited:
        options = (await priced(cart, work, parts)).shipping_options
        for option in options:
            if option.id == option_id:
                return Edited(replace(cart, method_id=option.method_id))
        path = ("input", "shippingOptionId")
        message = "The cart has no such shipping option."
        return Edited(errors=(UserError(ErrorCode.NOT_FOUND, path, message),))

    return await change(cart_id, expected, edit, parts)


def warnings(outcome: Outcome[PricedCart]) -> tuple[Caution, ...]:
    """What the change told, and what the cart's tags do: these are looked at when this is asked."""
    cart = outcome.value
    return outcome.warnings if cart is None else (*outcome.warnings, *_cautions(cart))


def _cautions(cart: PricedCart) -> tuple[Caution, ...]:
    """What has changed since the lines were added, or can no longer be had."""
    changed = (
        Caution(
            WarningCode.PRICE_CHANGED,
            item.reference,
            f"The price of {item.name} has changed since it was added.",
        )
        for item in cart.tagged(PRICE_CHANGED)
    )
    short = (
        Caution(
            WarningCode.OUT_OF_STOCK,
            item.reference,
            f"{item.name} is not available in this quantity.",
        )
        for item in cart.unavailable
    )
    return (*changed, *short)
