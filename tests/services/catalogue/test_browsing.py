"""Looking through what is sold, page by page."""

import base64
from dataclasses import dataclass, field

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.engine.catalogue.product_selections import ProductFilter
from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.money import Currency, Money
from gateway.services.catalogue.browsing import shop_price, variant_price
from gateway.services.catalogue.product_lists import ProductPage, list_products, select_products
from gateway.services.pagination import InvalidPage
from gateway.services.policy import Policy
from gateway.services.product_index_cache import ProductIndexCache
from gateway.services.product_list_cache import ProductListCache
from tests.shelves import DEFAULT_POLICY

PRODUCTS = [Product(f"prd_{n}", f"thing-{n}", f"Thing {n}") for n in range(5)]
USD, JPY = Currency("USD", 2), Currency("JPY", 0)


@dataclass(frozen=True)
class CatalogueShop:
    """What looking around needs."""

    database: SqliteDatabase
    policy: Policy
    currencies: IsoCurrencies
    product_list_cache: ProductListCache = field(default_factory=ProductListCache)
    product_index_cache: ProductIndexCache = field(default_factory=ProductIndexCache)


def single_variant(product: Product) -> Variant:
    return Variant(f"var_{product.id}", product.id, product.handle, product.title, {"USD": 100})


@pytest.fixture
async def shop(database: SqliteDatabase, clock: ManualClock) -> CatalogueShop:
    async with database.begin() as work:
        await work.catalogue.save({each: [single_variant(each)] for each in PRODUCTS}, clock.now())
    return CatalogueShop(database, DEFAULT_POLICY, IsoCurrencies())


def products_of(product_page: ProductPage) -> list[Product]:
    return [edge.node for edge in product_page.edges]


async def list_page(
    first: int | None, after: str | None, query: str | None, shop: CatalogueShop
) -> ProductPage:
    selection = select_products(query, None, ProductFilter("USD"))
    return await list_products(selection, first, after, dependencies=shop)


async def test_all_products_are_reached_once(shop: CatalogueShop) -> None:
    seen: list[Product] = []
    after: str | None = None
    for _ in range(3):
        product_page = await list_page(2, after, None, shop)
        seen += products_of(product_page)
        after = product_page.page_info.end_cursor
    assert seen == PRODUCTS
    assert (product_page.page_info.has_next_page, product_page.page_info.has_previous_page) == (
        False,
        True,
    )


async def test_a_search_counts_blanks_and_case_for_nothing(shop: CatalogueShop) -> None:
    product_page = await list_page(None, None, "  THING \0 7", shop)
    assert products_of(product_page) == []
    product_page = await list_page(None, None, "  THING   3\0", shop)
    assert products_of(product_page) == [PRODUCTS[3]]
    assert (product_page.page_info.has_next_page, product_page.page_info.has_previous_page) == (
        False,
        False,
    )


def forge_cursor(*fields: str) -> str:
    return base64.urlsafe_b64encode("\x1f".join(fields).encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        "",
        "%",
        forge_cursor("orders", "1"),
        forge_cursor("products", ""),
        forge_cursor("products", "-1"),
        forge_cursor("products", "٣"),
        forge_cursor("products", str(2**63)),
        forge_cursor("products", "9" * 5000),
    ],
)
async def test_what_is_no_cursor_of_the_list_is_refused(shop: CatalogueShop, after: str) -> None:
    with pytest.raises(InvalidPage, match="`after` is not a cursor of this list"):
        await list_page(1, after, None, shop)


async def test_sizes_and_words_out_of_bounds_are_refused(shop: CatalogueShop) -> None:
    for first in (0, -1, 101):
        with pytest.raises(InvalidPage, match="`first` must be between 1 and 100"):
            await list_page(first, None, None, shop)
    with pytest.raises(InvalidPage, match="`query` must have at most 200 characters"):
        await list_page(None, None, "x" * 201, shop)


def test_a_price_is_in_the_merchants_currency_or_in_one_there_is(shop: CatalogueShop) -> None:
    everywhere = Variant("var", "prd", "SKU", "Thing", {"EUR": 90, "USD": 100, "JPY": 120})
    assert shop_price(everywhere, shop) == Money(100, USD)
    abroad = Variant("var", "prd", "SKU", "Thing", {"JPY": 120, "ZAR": 5})
    assert shop_price(abroad, shop) == Money(120, JPY)
    assert variant_price(everywhere, JPY, IsoCurrencies()) == Money(120, JPY)
    with pytest.raises(LookupError, match="SKU has no price"):
        shop_price(Variant("var", "prd", "SKU", "Thing", {}), shop)
