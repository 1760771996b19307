"""The list of products, and prices of variants."""

from typing import Protocol

from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.money import Currency, Money
from gateway.services.pagination import (
    Edge,
    InvalidPage,
    Page,
    decode_position,
    encode_cursor,
    page_size,
)
from gateway.services.pagination import build_page as paged
from gateway.services.policy import Policy
from gateway.services.ports.catalogue import ListedProduct
from gateway.services.ports.currencies import Currencies
from gateway.services.ports.database import Database

CURSOR_LIST = "products"
MAX_QUERY_LENGTH = 200


class BrowsingDependencies(Protocol):
    """The dependencies of browsing."""

    @property
    def database(self) -> Database:
        """The database."""
        ...

    @property
    def policy(self) -> Policy:
        """The merchant's policies."""
        ...

    @property
    def currencies(self) -> Currencies:
        """The currencies in use."""
        ...


async def list_products(
    first: int | None, after: str | None, query: str | None, *, dependencies: BrowsingDependencies
) -> Page[Product]:
    """A page of the listed products, with ``query`` only of those that contain its words.

    Raises:
        InvalidPage: ``first`` is out of bounds, ``after`` no cursor, or ``query`` too long.

    """
    count, start, words = (
        page_size(first),
        decode_position(after, CURSOR_LIST),
        _normalize_query(query),
    )
    async with dependencies.database.read() as reading:
        rows = await reading.catalogue.list_products(count + 1, start, words)
    page_of_rows = paged(rows, count, _product_cursor, has_previous_page=start is not None)
    edges = tuple(Edge(edge.cursor, edge.node.product) for edge in page_of_rows.edges)
    return Page(edges, page_of_rows.page_info)


def shop_price(
    variant: Variant, dependencies: BrowsingDependencies, currency_code: str | None = None
) -> Money:
    """The price of one in a currency, else in the merchant's, else in the variant's first one."""
    asked_currency = currency_code and dependencies.currencies.find(currency_code)
    if asked_currency and variant.price(asked_currency.code) is not None:
        return variant_price(variant, asked_currency, dependencies.currencies)
    return variant_price(variant, dependencies.policy.currency, dependencies.currencies)


def shop_compare_at_price(
    variant: Variant, dependencies: BrowsingDependencies, currency_code: str | None = None
) -> Money | None:
    """The earlier price of one, in the currency of its price; None unless it is higher."""
    currency = shop_price(variant, dependencies, currency_code).currency
    minor = variant.compare_at_price(currency.code)
    return None if minor is None else Money(minor, currency)


def variant_price(variant: Variant, currency: Currency, currencies: Currencies) -> Money:
    """The price of one in ``currency``, else in the variant's first currency.

    Raises:
        LookupError: the variant has no price.

    """
    minor = variant.price(currency.code)
    if minor is not None:
        return Money(minor, currency)
    for code in sorted(variant.prices):
        minor, fallback_currency = variant.price(code), currencies.find(code)
        if minor is not None and fallback_currency is not None:
            return Money(minor, fallback_currency)
    raise LookupError(f"{variant.sku or variant.id} has no price")


def _product_cursor(listed: ListedProduct) -> str:
    return encode_cursor(CURSOR_LIST, listed.position)


def _normalize_query(query: str | None) -> str:
    words = " ".join((query or "").split())
    if len(words) > MAX_QUERY_LENGTH:
        raise InvalidPage(f"`query` must have at most {MAX_QUERY_LENGTH} characters.")
    # PostgreSQL refuses NUL in texts.
    return words.replace("\0", "")
