"""Looking around in the shop: lists, search, filters, products, by mouse and by keyboard."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.api.serving import start_gateway
from tests.gifts.real_shop import RealShop, open_real_shop
from tests.web.storefront import SEED_COUNT, Visitor, import_hampers, import_seeds, visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealShop]:
    """`gateway serve` with the demonstration shop, with thirty seeds more."""
    folder = tmp_path_factory.mktemp("catalogue")
    with ExitStack() as stack:
        served = await asyncio.to_thread(stack.enter_context, start_gateway(folder))
        real_shop = await asyncio.to_thread(open_real_shop, served)
        await asyncio.to_thread(import_seeds, real_shop, folder)
        await asyncio.to_thread(import_hampers, real_shop, folder)
        yield real_shop


async def titles(page: Page) -> list[str]:
    """The titles of the products shown."""
    return await page.locator(".grid h2").all_inner_texts()


async def open_filters(page: Page) -> None:
    """Show the filters, which a small screen hides at first."""
    toggle = page.get_by_role("button", name="Filters", exact=True)
    if await toggle.is_visible():
        await toggle.click()


# R116
async def test_the_first_list_takes_one_round_trip(visitor: Visitor) -> None:
    page = await visitor.open()
    await expect(page.locator(".grid h2")).to_have_count(24)
    await expect(page.get_by_role("navigation", name="Collections")).to_contain_text("Gifts")
    first, *files = visitor.watched.asked
    assert first.endswith("/shop")
    # What is asked besides is the visitor's own: a cart.
    assert visitor.operations() <= 1
    assert all(re.search(r"/(assets|media)/|/graphql$", url) for url in files)


# R116
async def test_show_more_goes_on_where_the_list_ended(visitor: Visitor) -> None:
    page = await visitor.open()
    total = int((await page.locator(".list-count").inner_text()).split()[0])
    shown = 24
    while shown < total:
        await page.get_by_role("button", name="Show more").click()
        following = min(shown + 24, total)
        await expect(page.locator(".grid h2")).to_have_count(following)
        await expect(page.locator(".grid h2 a").nth(shown)).to_be_focused()
        shown = following
    assert len(set(await titles(page))) == total
    await expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    # A product and back: the same list.
    await page.locator(".grid h2 a").last.click()
    await expect(page.get_by_role("heading", level=1)).not_to_have_text("All products")
    await page.go_back()
    await expect(page.locator(".grid h2")).to_have_count(total)


# R116
async def test_words_are_found_by_their_beginnings(visitor: Visitor) -> None:
    page = await visitor.open()
    search = page.get_by_role("searchbox", name="Search products")
    await search.fill("blu MUG")
    await search.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Search: blu MUG")
    await expect(page.locator(".grid h2")).to_have_text(["Stoneware mug"])
    assert page.url.endswith("/shop/search?q=blu+MUG")
    await search.fill("zeppelin")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_text("Nothing has all of these words.")).to_be_visible()
    await search.fill("")
    await search.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("All products")


# R116
async def test_filters_narrow_the_list_and_can_be_taken_back(visitor: Visitor) -> None:
    page = await visitor.open()
    await open_filters(page)
    vendors = page.get_by_role("group", name="Brand")
    await vendors.get_by_role("checkbox", name="Green Fingers").check()
    await expect(page.locator(".list-count")).to_have_text(f"{SEED_COUNT} products")
    await vendors.get_by_role("checkbox", name="Gateway Textiles").check()
    await expect(page.locator(".list-count")).to_have_text(f"{SEED_COUNT + 4} products")
    await page.get_by_role("button", name="Remove the filter Brand: Green Fingers").click()
    await expect(page.locator(".list-count")).to_have_text("4 products")
    await page.get_by_role("group", name="Size").get_by_role("checkbox", name="M").check()
    await expect(page.locator(".list-count")).to_have_text("2 products")
    assert sorted(await titles(page)) == ["Merino socks", "T-shirt"]
    # Somebody else who is sent the address sees the same.
    await page.reload()
    await expect(page.locator(".list-count")).to_have_text("2 products")
    await page.go_back()
    await expect(page.locator(".list-count")).to_have_text("4 products")
    await open_filters(page)
    await page.get_by_role("button", name="Clear all filters").click()
    await expect(page.locator(".list-count")).not_to_have_text("4 products")


# R116
async def test_prices_are_bounded_and_sorted(visitor: Visitor) -> None:
    page = await visitor.open()
    await open_filters(page)
    await page.get_by_role("textbox", name="From").fill("cheap")
    await page.get_by_role("button", name="Apply the prices").click()
    await expect(page.get_by_text("“cheap” is not a price. Write it like 12")).to_be_visible()
    await page.get_by_role("textbox", name="From").fill("400")
    await page.get_by_role("textbox", name="To").fill("950,00")
    await page.get_by_role("textbox", name="To").press("Enter")
    await expect(page.locator(".list-count")).to_have_text("2 products")
    await page.get_by_label("Sort").select_option("PRICE_DESC")
    await expect(page.locator(".grid h2")).to_have_text(
        ["Oak table", "Standing desk, made to order"]
    )
    await page.get_by_label("Sort").select_option("PRICE_ASC")
    await expect(page.locator(".grid h2")).to_have_text(
        ["Standing desk, made to order", "Oak table"]
    )
    assert page.url.endswith("?sort=PRICE_ASC&min=400&max=950.00")


# R116
async def test_a_collection_and_a_product_by_keyboard_alone(visitor: Visitor) -> None:
    page = await visitor.open()
    collections = page.get_by_role("navigation", name="Collections")
    await collections.get_by_role("link", name="Textiles").press("Enter")
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Textiles")
    await expect(heading).to_be_focused()
    await page.get_by_role("link", name="Merino socks", exact=True).press("Enter")
    await expect(heading).to_have_text("Merino socks")
    await expect(heading).to_be_focused()
    # Arrow keys choose among the values of an option.
    await page.get_by_role("radio", name="oat").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="moss")).to_be_checked()
    await expect(page.locator(".product-price")).to_contain_text("$18.00")
    await expect(page.locator(".product-price s")).to_contain_text("$22.00")
    await page.go_back()
    await expect(heading).to_have_text("Textiles")


# R116
async def test_what_is_sold_out_and_what_is_made_to_order_is_said(visitor: Visitor) -> None:
    page = await visitor.open("/products/merino-socks")
    await page.get_by_role("radio", name="oat").check(force=True)
    await expect(page.get_by_role("radio", name="L (sold out)")).to_be_visible()
    await page.get_by_role("radio", name="L (sold out)").check(force=True)
    await expect(page.get_by_text("Sold out", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Add to cart", exact=True)).to_have_count(0)
    await visitor.open("/products/standing-desk-made-to-order")
    await expect(page.get_by_text("Ships in 14 days")).to_be_visible()
    await expect(page.get_by_role("button", name="Add to cart", exact=True)).to_be_visible()
    await visitor.open("/products/signed-print-limited-edition")
    await expect(page.get_by_text("Only 3 left")).to_be_visible()


# R116
async def test_the_picture_follows_the_variant(visitor: Visitor) -> None:
    page = await visitor.open("/products/stoneware-mug")
    picture = page.locator(".gallery > .picture img")
    white = await picture.get_attribute("src")
    await page.get_by_role("radio", name="blue").check(force=True)
    await expect(picture).not_to_have_attribute("src", str(white))
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    blue = await picture.get_attribute("src")
    # The address leads to the same variant.
    await page.reload()
    await expect(page.get_by_role("radio", name="blue")).to_be_checked()
    await expect(picture).to_have_attribute("src", str(blue))
    await page.locator(".thumb").first.click()
    await expect(picture).to_have_attribute("src", str(white))


LARGE_HAMPER = """
- heading "What is in it" [level=2]
- list:
  - listitem:
    - text: 2 \N{MULTIPLICATION SIGN}
    - link "Breakfast set"
    - text: each with
    - list:
      - listitem:
        - text: 2 \N{MULTIPLICATION SIGN}
        - link "Stoneware mug, white"
      - listitem:
        - link "House coffee, 250 g"
      - listitem:
        - text: 2 \N{MULTIPLICATION SIGN}
        - link "Dark chocolate"
  - listitem:
    - text: 2 \N{MULTIPLICATION SIGN}
    - link "Picnic hamper, small"
    - text: each with
    - list:
      - listitem:
        - link "House coffee, 250 g"
  - listitem: Velvet ribbon
"""
SMALL_HAMPER = """
- heading "What is in it" [level=2]
- list:
  - listitem:
    - link "House coffee, 250 g"
"""


# R116
async def test_what_is_in_a_bundle_follows_the_variant(visitor: Visitor) -> None:
    page = await visitor.open("/products/hamper")
    parts = page.get_by_role("region", name="What is in it")
    await expect(parts).to_match_aria_snapshot(SMALL_HAMPER)
    await page.get_by_role("radio", name="large").check(force=True)
    await expect(parts).to_match_aria_snapshot(LARGE_HAMPER)
    # What is in no list has no page to go to.
    await expect(parts.get_by_text("Velvet ribbon")).to_be_visible()
    await visitor.open("/products/stoneware-mug")
    await expect(parts).to_have_count(0)


# R116
async def test_each_part_leads_to_its_own_page_and_variant(visitor: Visitor) -> None:
    page = await visitor.open("/products/hamper")
    heading = page.get_by_role("heading", level=1)
    parts = page.get_by_role("region", name="What is in it")
    await page.get_by_role("radio", name="large").check(force=True)
    await parts.get_by_role("link", name="Stoneware mug, white").press("Enter")
    await expect(heading).to_have_text("Stoneware mug")
    await expect(heading).to_be_focused()
    await expect(page.get_by_role("radio", name="white")).to_be_checked()
    await page.go_back()
    # A part may be another variant of the same product.
    await expect(page.get_by_role("radio", name="large")).to_be_checked()
    await parts.get_by_role("link", name="Picnic hamper, small").press("Enter")
    await expect(page.get_by_role("radio", name="small")).to_be_checked()
    await expect(heading).to_be_focused()
    await expect(parts).to_match_aria_snapshot(SMALL_HAMPER)
    await page.go_back()
    await expect(page.get_by_role("radio", name="large")).to_be_checked()


# R116
@pytest.mark.parametrize(
    "path", ["/nothing", "/products/nothing", "/collections/nothing", "/products/a/b", "/a%ff"]
)
async def test_an_address_that_leads_nowhere(browser: Browser, shop: RealShop, path: str) -> None:
    somebody = await visit(browser, shop, 360)
    page = await somebody.open(path)
    await expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    await page.get_by_role("link", name="See all products").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("All products")
    somebody.assert_nothing_foreign()
    await somebody.context.close()


# R116
async def test_a_list_that_does_not_come_is_asked_for_again(
    browser: Browser, shop: RealShop
) -> None:
    somebody = await visit(browser, shop, 360)
    page = await somebody.open()
    await page.route("**/graphql", lambda route: route.abort())
    await page.get_by_label("Sort").select_option("TITLE")
    await expect(page.get_by_text("We could not reach the shop.")).to_be_visible()
    await page.unroute("**/graphql")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("We could not reach the shop.")).to_have_count(0)
    await expect(page.locator(".grid h2").first).to_have_text("Beeswax candle")
    await somebody.context.close()
