"""What is sold: products, their variants, what these cost, and how many can be sold."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.engine.tags import BACKORDER, NOT_DISCOUNTABLE
from gateway.engine.tree import ByTable, Item
from gateway.engine.values import value


@value
class Stock:
    """How many there are and how soon they leave.

    ``available`` of None is without limit; below zero, so many are owed. ``ships_in_days`` is for
    what is there, ``backorder_days`` for what must come in first.
    """

    available: int | None = None
    backorder: bool = False
    ships_in_days: int = 0
    backorder_days: int = 0

    def holds(self, quantity: int) -> bool:
        """Whether so many are there now."""
        return self.available is None or quantity <= self.available

    def sells(self, quantity: int) -> bool:
        """Whether so many can be sold, there or not."""
        return self.backorder or self.holds(quantity)

    def days(self, quantity: int) -> int:
        """After how many days so many are expected to leave."""
        return self.ships_in_days if self.holds(quantity) else self.backorder_days


UNLIMITED = Stock()


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things in a bundle: how many, and their unit prices there (minor units)."""

    variant: "Variant"
    quantity: int
    prices: Mapping[str, int]


@value
class Variant:
    """Something that can be bought.

    ``prices`` are minor units by currency code, for a bundle without its parts. ``tax_table``
    selects an alternate table, ``tax_category`` the rules for such goods. ``grams`` is its weight,
    for a bundle without its parts. What is no longer ``listed`` is not sold, but orders name it.
    ``sku`` is empty where the merchant has none; ``options`` are the values that tell it from the
    others of its product, as its title names them.
    """

    id: str
    product_id: str
    sku: str
    title: str
    prices: Mapping[str, int]
    tax_table: str | None = None
    tax_category: str | None = None
    grams: int = 0
    tags: frozenset[str] = frozenset()
    stock: Stock = UNLIMITED
    discountable: bool = True
    parts: tuple[Part, ...] = ()
    listed: bool = True
    options: str = ""

    def price(self, currency: str) -> int | None:
        """What one costs with all its parts, minor units; None where it is not sold for that."""
        if not self.parts:
            return self.prices.get(currency)
        prices = [self.prices.get(currency)]
        for part in self.parts:
            price = part.prices.get(currency)
            prices.append(None if price is None else price * part.quantity)
        known = [price for price in prices if price is not None]
        return sum(known) if len(known) == len(prices) else None

    @property
    def available(self) -> int | None:
        """How many are there now, as many as its parts allow; None is without limit."""
        counts = [self.stock.available]
        for part in self.parts:
            there = part.variant.available
            counts.append(None if there is None else there // part.quantity)
        known = [max(0, count) for count in counts if count is not None]
        return min(known) if known else None

    def sells(self, quantity: int) -> bool:
        """Whether so many can be sold, with all their parts."""
        return (
            self.listed
            and self.stock.sells(quantity)
            and all(part.variant.sells(quantity * part.quantity) for part in self.parts)
        )

    def days(self, quantity: int) -> int:
        """After how many days so many are expected to leave: when the last part does."""
        parts = (part.variant.days(quantity * part.quantity) for part in self.parts)
        return max(self.stock.days(quantity), *parts) if self.parts else self.stock.days(quantity)

    def demand(self, quantity: int) -> dict[str, int]:
        """What so many take from stock, by variant id: its own and its parts'."""
        wanted = {self.id: quantity}
        for part in self.parts:
            for each, count in part.variant.demand(quantity * part.quantity).items():
                wanted[each] = wanted.get(each, 0) + count
        return wanted


@dataclass(frozen=True, slots=True)
class Product:
    """What is listed: a title with variants. ``handle`` is its name in files and addresses."""

    id: str
    handle: str
    title: str
    vendor: str = ""
    description: str = ""
    listed: bool = True


class NotSoldFor(LookupError):
    """A variant has no price in a currency."""


@value
class Wanted:
    """So many of a variant, and what one cost when the buyer chose it, minor units."""

    variant: Variant
    quantity: int
    price_when_added: int | None = None


def item(wanted: Wanted, currency: str, *, includes_tax: bool) -> Item:
    """The line of a purchase for ``wanted``.

    Raises:
        NotSoldFor: it, or a part of it, has no price in that currency.

    """
    part = Part(wanted.variant, wanted.quantity, wanted.variant.prices)
    return _line(part, currency, 1, includes_tax, _when_added(wanted, currency))


def _when_added(wanted: Wanted, currency: str) -> int | None:
    """What the line itself cost then: the buyer saw the price of the whole, its parts included."""
    variant, added = wanted.variant, wanted.price_when_added
    if added is None or not variant.parts:
        return added
    own, whole = variant.prices.get(currency), variant.price(currency)
    return None if own is None or whole is None else own + added - whole


def _line(
    part: Part,
    currency: str,
    holders: int,
    includes_tax: bool,  # noqa: FBT001
    price_when_added: int | None = None,
) -> Item:
    """``part``, of each of ``holders``, as a line; a bundle's own parts are its components."""
    variant, units = part.variant, part.quantity * holders
    price = part.prices.get(currency)
    if price is None:
        raise NotSoldFor(f"{variant.sku or variant.title} in {currency}")
    return Item(
        reference=variant.id,
        name=variant.title,
        unit_price=price,
        quantity=part.quantity,
        includes_tax=includes_tax,
        taxation=ByTable(variant.tax_table, variant.tax_category),
        tags=_tags(variant, units),
        components=tuple(_line(each, currency, units, includes_tax) for each in variant.parts),
        grams=variant.grams,
        price_when_added=price_when_added,
        variant_id=variant.id,
    )


def _tags(variant: Variant, units: int) -> frozenset[str]:
    tags = variant.tags
    if not variant.discountable:
        tags |= {NOT_DISCOUNTABLE}
    if not variant.stock.holds(units):
        tags |= {BACKORDER}
    return tags
