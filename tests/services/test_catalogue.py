"""Looking through what is sold, page by page."""

import base64
from dataclasses import dataclass

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.currencies import IsoCurrencies
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine.catalogue import Product, Variant
from gateway.engine.money import Currency, Money
from gateway.services.catalogue import own_price, page, price
from gateway.services.pages import Page, WrongPage
from gateway.services.policy import Policy
from gateway.settings import Settings

THINGS = [Product(f"prd_{n}", f"thing-{n}", f"Thing {n}") for n in range(5)]
USD, JPY = Currency("USD", 2), Currency("JPY", 0)


@dataclass(frozen=True)
class Shop:
    """What looking around needs."""

    database: SqliteDatabase
    policy: Policy
    currencies: IsoCurrencies


def only(product: Product) -> Variant:
    return Variant(f"var_{product.id}", product.id, product.handle, product.title, {"USD": 100})


@pytest.fixture
async def shop(database: SqliteDatabase, clock: StandingClock) -> Shop:
    async with database.begin() as work:
        await work.catalogue.save({each: [only(each)] for each in THINGS}, clock.now())
    return Shop(database, Settings().policy, IsoCurrencies())


def nodes(found: Page[Product]) -> list[Product]:
    return [edge.node for edge in found.edges]


async def test_all_products_are_reached_once(shop: Shop) -> None:
    seen: list[Product] = []
    after: str | None = None
    for _ in range(3):
        found = await page(2, after, None, parts=shop)
        seen += nodes(found)
        after = found.page_info.end_cursor
    assert seen == THINGS
    assert (found.page_info.has_next_page, found.page_info.has_previous_page) == (False, True)


async def test_a_search_counts_blanks_and_case_for_nothing(shop: Shop) -> None:
    found = await page(None, None, "  THING \0 3", parts=shop)
    assert nodes(found) == []
    found = await page(None, None, "  THING   3\0", parts=shop)
    assert nodes(found) == [THINGS[3]]
    assert (found.page_info.has_next_page, found.page_info.has_previous_page) == (False, False)


def encoded(*place: str) -> str:
    return base64.urlsafe_b64encode("\x1f".join(place).encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        "",
        "%",
        encoded("orders", "1"),
        encoded("products", ""),
        encoded("products", "-1"),
        encoded("products", "٣"),
        encoded("products", str(2**63)),
        encoded("products", "9" * 5000),
    ],
)
async def test_what_is_no_cursor_of_the_list_is_refused(shop: Shop, after: str) -> None:
    with pytest.raises(WrongPage, match="`after` is not a cursor of this list"):
        await page(1, after, None, parts=shop)


async def test_sizes_and_words_out_of_bounds_are_refused(shop: Shop) -> None:
    for first in (0, -1, 101):
        with pytest.raises(WrongPage, match="`first` must be between 1 and 100"):
            await page(first, None, None, parts=shop)
    with pytest.raises(WrongPage, match="`query` must have at most 200 characters"):
        await page(None, None, "x" * 201, parts=shop)


def test_a_price_is_in_the_merchants_currency_or_in_one_there_is(shop: Shop) -> None:
    everywhere = Variant("var", "prd", "SKU", "Thing", {"EUR": 90, "USD": 100, "JPY": 120})
    assert own_price(everywhere, shop) == Money(100, USD)
    abroad = Variant("var", "prd", "SKU", "Thing", {"JPY": 120, "ZAR": 5})
    assert own_price(abroad, shop) == Money(120, JPY)
    assert price(everywhere, JPY, IsoCurrencies()) == Money(120, JPY)
    with pytest.raises(LookupError, match="SKU has no price"):
        own_price(Variant("var", "prd", "SKU", "Thing", {}), shop)
