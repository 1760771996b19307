"""The shop's layout: nothing beneath the header, its letters in what merchants write."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.api.serving import command_output
from tests.web.storefront import Visitor, add_to_cart, set_destination

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MAX_TABS = 120
BELOW_HEADER = """() => {
  const focused = document.activeElement, header = document.querySelector(".header");
  if (header.contains(focused) || focused === document.body) return null;
  return focused.getBoundingClientRect().top - Math.max(header.getBoundingClientRect().bottom, 0);
}"""
"""How many pixels the focused element begins below the header; null in the header."""
SPACE_ABOVE_SUMMARY = """() => {
  const [summary, header] = [".checkout-summary", ".header"].map((name) =>
    document.querySelector(name).getBoundingClientRect());
  return summary.top - header.bottom;
}"""
FONTS = "headings => headings.map((heading) => getComputedStyle(heading).fontFamily)"


async def assert_focus_is_seen_backwards(page: Page) -> None:
    """Shift and Tab from the last element to the header leads to nothing beneath the header."""
    await page.locator("main :is(a, button, input, select, textarea):visible").last.focus()
    spaces: list[float] = []
    for _ in range(MAX_TABS):
        space = await page.evaluate(BELOW_HEADER)
        if space is None:
            break
        spaces.append(space)
        await page.keyboard.press("Shift+Tab")
    assert len(spaces) >= 8
    assert min(spaces) >= 0


async def open_checkout(visitor: Visitor) -> Page:
    """The checkout of a mug that goes to California."""
    page = await visitor.open("/products/stoneware-mug")
    await add_to_cart(page)
    await set_destination(page)
    await expect(page.get_by_role("button", name="Change the destination")).to_be_visible()
    await page.get_by_role("button", name="Checkout").click()
    await expect(page.get_by_label("ZIP code")).to_be_visible()
    return page


# R116
async def test_focus_going_back_is_never_beneath_the_header(visitor: Visitor) -> None:
    page = await visitor.open()
    await expect(page.locator(".grid .card").first).to_be_visible()
    await assert_focus_is_seen_backwards(page)
    await assert_focus_is_seen_backwards(await open_checkout(visitor))


# R116
async def test_the_header_does_not_cover_the_summary_of_a_checkout(
    visitor: Visitor, screenshots: Path
) -> None:
    page = await open_checkout(visitor)
    width = await page.evaluate("innerWidth")
    if width >= 960:
        await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    else:
        await page.locator(".checkout-summary").evaluate("summary => summary.scrollIntoView()")
    await page.screenshot(path=screenshots / f"shop-summary-{width}.png")
    assert await page.evaluate(SPACE_ABOVE_SUMMARY) >= 16


# R116
async def test_headings_of_merchants_have_the_letters_of_the_shop(
    visitor: Visitor, tmp_path: Path, screenshots: Path
) -> None:
    html = "".join(f"<h{level}>Heading {level}</h{level}><p>Words.</p>" for level in range(2, 7))
    file = tmp_path / "headings.csv"
    file.write_text(
        "Handle,Title,Body (HTML),Published,Variant SKU,Variant Price\n"
        f"headings,Headings,{html},TRUE,HEADINGS,3.00\n"
    )
    await asyncio.to_thread(command_output, visitor.shop.served, "import-products", str(file))
    page = await visitor.open("/products/headings")
    headings = page.locator(".description :is(h2, h3, h4, h5, h6)")
    await expect(headings).to_have_count(5)
    [title_font] = await page.locator("main h1").evaluate_all(FONTS)
    assert set(await headings.evaluate_all(FONTS)) == {title_font}
    name = f"shop-headings-{await page.evaluate('innerWidth')}.png"
    await page.screenshot(path=screenshots / name, full_page=True)


# R116
async def test_a_checkout_begins_with_the_destination_of_the_cart(visitor: Visitor) -> None:
    page = await open_checkout(visitor)
    await expect(page.get_by_label("Country or territory")).to_have_value("US")
    await expect(page.get_by_label("State")).to_have_value("CA")
    await expect(page.get_by_label("ZIP code")).to_have_value("94043")
    await expect(page.get_by_label("Name *", exact=True)).to_have_value("")
    await page.get_by_label("E-mail address").fill("sam@example.com")
    await page.get_by_label("Name *", exact=True).fill("Sam Guest")
    await page.get_by_label("Address *", exact=True).fill("100 Castro Street")
    await page.get_by_label("City").fill("Mountain View")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("Mountain View, CA 94043. News goes to")).to_be_visible()
