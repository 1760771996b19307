"""What the page of one product shows beside the product itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.money import Currency, Money
from gateway.engine.rulebook.rulebook import NO_RULES
from gateway.engine.values import LastingValue
from gateway.services.catalogue.browsing import BrowsingDependencies
from gateway.services.identity.callers import Caller
from gateway.services.ports.calendars import Calendars
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import ReadSession
from gateway.services.staff_actions import staff_member

MAX_KEPT_RANGES = 4_096
"""Price ranges that a process keeps."""


class ShopDay(Protocol):
    """What tells which day it is."""

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def calendars(self) -> Calendars:
        """The day at a place."""
        ...


@dataclass(frozen=True, slots=True)
class PriceRange(LastingValue):
    """The lowest and the highest price of a product's variants, in one currency."""

    min: Money
    max: Money


def can_see_product(product: Product, caller: Caller) -> bool:
    """Whether the caller may have the product by its id or handle: staff also what is unlisted."""
    return product.listed or staff_member(caller) is not None


def price_range(
    variants: Sequence[Variant],
    dependencies: BrowsingDependencies,
    currency_code: str | None = None,
) -> PriceRange:
    """The prices of ``variants`` in a currency, else in the merchant's, else in their first one.

    Variants without a price in that currency are left out.

    Raises:
        LookupError: no variant has a price.

    """
    for code in _currency_codes(variants, dependencies, currency_code):
        currency = dependencies.currencies.find(code)
        if currency:
            prices = [
                price for variant in variants if (price := variant.price(currency.code)) is not None
            ]
            if prices:
                return _price_range(min(prices), max(prices), currency)
    raise LookupError("the product has no price")


# The same few prices come again in every list.
@lru_cache(maxsize=MAX_KEPT_RANGES)
def _price_range(lowest: int, highest: int, currency: Currency) -> PriceRange:
    return PriceRange(Money(lowest, currency), Money(highest, currency))


def _currency_codes(
    variants: Sequence[Variant], dependencies: BrowsingDependencies, currency_code: str | None
) -> Iterator[str]:
    """The currencies to show prices in, the preferred ones first."""
    if currency_code:
        yield currency_code
    yield dependencies.policy.currency.code
    yield from sorted({code for variant in variants for code in variant.prices})


async def load_all_variants(
    product_ids: Sequence[str], reading: ReadSession
) -> dict[str, tuple[Variant, ...]]:
    """The variants of the products, listed or not, by product id."""
    return await reading.catalogue.list_all_variants(product_ids)


async def load_tax_inclusion(
    currency_codes: Sequence[str], reading: ReadSession, dependencies: ShopDay
) -> dict[str, bool]:
    """Whether prices include tax today, by currency code."""
    day = dependencies.calendars.day(dependencies.clock.now(), None)
    rule_set = await reading.rule_sets.find_current(day)
    rulebook = NO_RULES if rule_set is None else rule_set.rulebook
    return {code: rulebook.for_market(code, day).includes_tax for code in currency_codes}
