"""Looking through what is sold."""

from typing import Protocol

from gateway.engine.catalogue import Product, Variant
from gateway.engine.money import Currency, Money
from gateway.services.pages import Edge, Page, WrongPage, cursor, place, size
from gateway.services.pages import page as paged
from gateway.services.policy import Policy
from gateway.services.ports.catalogue import ListedProduct
from gateway.services.ports.currencies import Currencies
from gateway.services.ports.database import Database

LIST = "products"
MOST_WORDS = 200
LARGEST_PLACE = 2**63 - 1


class Shop(Protocol):
    """The parts of the gateway that looking around needs."""

    @property
    def database(self) -> Database:
        """Where everything is kept."""
        ...

    @property
    def policy(self) -> Policy:
        """What the merchant decided."""
        ...

    @property
    def currencies(self) -> Currencies:
        """The currencies in use."""
        ...


async def page(
    first: int | None, after: str | None, query: str | None, *, parts: Shop
) -> Page[Product]:
    """A page of the listed products; with ``query``, of those whose words hold it.

    Raises:
        WrongPage: ``first`` is out of bounds, ``after`` no cursor, or ``query`` too long.

    """
    count, start, words = size(first), _start(after), _words(query)
    async with parts.database.read() as reading:
        found = await reading.catalogue.page(count + 1, start, words)
    listed = paged(found, count, _cursor, later=start is not None)
    edges = tuple(Edge(each.cursor, each.node.product) for each in listed.edges)
    return Page(edges, listed.page_info)


def own_price(variant: Variant, parts: Shop) -> Money:
    """What one costs in the merchant's own currency, or in the first it is sold for."""
    return price(variant, parts.policy.currency, parts.currencies)


def price(variant: Variant, currency: Currency, currencies: Currencies) -> Money:
    """What one costs in ``currency``; where it is not sold for that, in the first it is sold for.

    Raises:
        LookupError: it is sold for no currency at all.

    """
    minor = variant.price(currency.code)
    if minor is not None:
        return Money(minor, currency)
    for code in sorted(variant.prices):
        minor, found = variant.price(code), currencies.find(code)
        if minor is not None and found is not None:
            return Money(minor, found)
    raise LookupError(f"{variant.sku or variant.id} has no price")


def _cursor(listed: ListedProduct) -> str:
    return cursor(LIST, listed.place)


def _start(after: str | None) -> int | None:
    found = place(after, 2)
    if found is None:
        return None
    name, digits = found
    if name != LIST or not (digits.isascii() and digits.isdecimal()):
        raise WrongPage("`after` is not a cursor of this list.")
    if len(digits) > len(str(LARGEST_PLACE)) or int(digits) > LARGEST_PLACE:
        raise WrongPage("`after` is not a cursor of this list.")
    return int(digits)


def _words(query: str | None) -> str:
    words = " ".join((query or "").split())
    if len(words) > MOST_WORDS:
        raise WrongPage(f"`query` must have at most {MOST_WORDS} characters.")
    # Postgres keeps no NUL in a text.
    return words.replace("\0", "")
