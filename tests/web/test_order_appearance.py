"""How the page of an order looks and reads: axe, small screens, large text, dark, a desk."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.conftest import Site, open_recorded_page
from tests.web.fake_orders import FakeOrder, parcel
from tests.web.test_gift_appearance import AXE, FINDINGS, RULES, SIDEWAYS, SMALL_TARGETS, Walk
from tests.web.test_gift_page import button, heading

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TEA = "Breakfast tea, 250 g tin"


async def order(page: Page, site: Site) -> None:
    await page.goto(site.order_link)
    await expect(heading(page, "Order 1042")).to_be_visible()


async def shipped(page: Page, site: Site) -> None:
    site.gateway.orders.order = FakeOrder(
        status="SHIPPED",
        can_modify=False,
        shipments=(parcel(), parcel(id="shp_2", status="READY", trackingUrl=None)),
        refunds=(("COMPLETED", 900), ("PENDING", 123_456_789)),
    )
    await order(page, site)


async def quantity(page: Page, site: Site) -> None:
    await order(page, site)
    await button(page, f"Change quantity of {TEA}").click()
    await page.get_by_label("Quantity").fill("3")
    await button(page, "Show the new total").click()
    await expect(button(page, "Change the quantity")).to_be_visible()


async def mistake(page: Page, site: Site) -> None:
    await order(page, site)
    await button(page, f"Change quantity of {TEA}").click()
    await page.get_by_label("Quantity").fill("many")
    await button(page, "Show the new total").click()
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()


async def remove(page: Page, site: Site) -> None:
    await order(page, site)
    await button(page, "Remove Mug").click()
    await expect(button(page, "Remove it")).to_be_visible()


async def doubts(page: Page, site: Site) -> None:
    await order(page, site)
    await button(page, "Change the address").click()
    await page.get_by_label("State").select_option("NY")
    await button(page, "Show the new total").click()
    await expect(button(page, "My address is right, use it as it is")).to_be_visible()


async def address(page: Page, site: Site) -> None:
    await doubts(page, site)
    await button(page, "My address is right, use it as it is").click()
    await expect(button(page, "Send it to this address")).to_be_visible()


async def cancel(page: Page, site: Site) -> None:
    await order(page, site)
    await button(page, "Cancel the order").click()
    await expect(page.get_by_text("What cancelling comes to", exact=True)).to_be_visible()


async def dearer(page: Page, site: Site) -> None:
    site.gateway.orders.remaining = FakeOrder(shipping=3500)
    await order(page, site)
    await button(page, "Cancel the order").click()
    await expect(page.get_by_text("Cancelling would make it dearer")).to_be_visible()


async def unpriced(page: Page, site: Site) -> None:
    await order(page, site)
    site.gateway.failing = 503
    await button(page, "Cancel the order").click()
    await expect(button(page, "Look it up again")).to_be_visible()


async def packed(page: Page, site: Site) -> None:
    site.gateway.orders.order = FakeOrder(shipments=(parcel(status="READY", dispatchedAt=None),))
    await order(page, site)
    await expect(page.get_by_text("Packed already: it")).to_be_visible()


async def cancelled(page: Page, site: Site) -> None:
    await cancel(page, site)
    await button(page, "Cancel the order").click()
    await expect(page.get_by_text("Your order is cancelled.")).to_be_visible()


async def invalid(page: Page, site: Site) -> None:
    await page.goto(f"{site.url}/order")
    await expect(heading(page, "This link does not open an order")).to_be_visible()


async def unreachable(page: Page, site: Site) -> None:
    site.gateway.failing = 503
    await page.goto(site.order_link)
    await expect(button(page, "Try again")).to_be_visible()


WALKS: dict[str, Walk] = {
    "order": order,
    "shipped": shipped,
    "quantity": quantity,
    "mistake": mistake,
    "remove": remove,
    "doubts": doubts,
    "address": address,
    "cancel": cancel,
    "dearer": dearer,
    "unpriced": unpriced,
    "packed": packed,
    "cancelled": cancelled,
    "invalid": invalid,
    "unreachable": unreachable,
}


@pytest.mark.parametrize("name", WALKS)
async def test_every_panel_is_accessible_on_a_small_screen(
    browser: Browser, site: Site, screenshots: Path, name: str
) -> None:
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, locale="en-US", reduced_motion="reduce"
    )
    page = (await open_recorded_page(context)).page
    await WALKS[name](page, site)
    await page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=screenshots / f"order-{name}-{scheme}.png", full_page=True)
        assert await page.evaluate(SIDEWAYS) <= 0
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(FINDINGS, RULES) == []
    await context.close()


async def test_text_can_be_twice_as_large(browser: Browser, site: Site, screenshots: Path) -> None:
    # 1280 pixels at 400 % (WCAG 1.4.10) are 320.
    context = await browser.new_context(viewport={"width": 320, "height": 640}, locale="en-US")
    page = (await open_recorded_page(context)).page
    for name in ("shipped", "quantity"):
        site.gateway.orders.order = FakeOrder()
        await page.goto("about:blank")
        await WALKS[name](page, site)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        await page.screenshot(path=screenshots / f"order-{name}-large.png", full_page=True)
        assert await page.evaluate(SIDEWAYS) <= 0
    await context.close()


async def test_desk(browser: Browser, site: Site, screenshots: Path) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = (await open_recorded_page(context)).page
    await shipped(page, site)
    await page.screenshot(path=screenshots / "order-desk.png", full_page=True)
    assert await page.evaluate(SIDEWAYS) <= 0
    await context.close()
