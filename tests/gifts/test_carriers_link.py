"""The recipient's page leads on to the carrier's, which learns nothing of where it came from."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.api.serving import start_gateway
from tests.gifts.real_shop import RealShop, open_real_shop
from tests.web.conftest import PAGE_TIMEOUT_MS, browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PAGE = "https://carrier.example/follow?parcel=7"
ACCEPT = """mutation ($token: String!) {
  giftAccept(input: {token: $token, address: {
    name: "Robin", country: "US", region: "NY", city: "New York", postalCode: "10001"
    lines: ["5 Pennsylvania Plaza"]
  }}) { userErrors { code } }
}"""
SENT = """mutation ($id: ID!, $page: String!) {
  shipmentUpdate(input: {id: $id, status: DISPATCHED, trackingUrl: $page}) { userErrors { code } }
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[RealShop]:
    """`gateway serve` with the demonstration shop."""
    with ExitStack() as stack:
        served = await asyncio.to_thread(stack.enter_context, start_gateway(tmp_path))
        yield await asyncio.to_thread(open_real_shop, served)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page of a recipient's."""
    context = await browser.new_context(locale="en-US", reduced_motion="reduce")
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    yield await context.new_page()
    await context.close()


async def test_a_parcel_on_its_way_can_be_followed_at_the_carrier(
    shop: RealShop, page: Page
) -> None:
    gift = await shop.create_gift("robin@example.com")
    link = await shop.wait_for_link("robin@example.com")
    follow = page.get_by_role("link", name="Follow the parcel at the carrier")
    await shop.execute_for_data(ACCEPT, token=link.partition("#")[2])
    await shop.follow_by_sse(gift).follow("valid")
    await page.goto(link)
    await expect(page.get_by_role("heading", name="Your gift is being prepared")).to_be_visible()
    await expect(follow).to_have_count(0)
    sent = await shop.execute_for_data(SENT, shop.staff, id=gift, page=PAGE)
    assert sent == {"shipmentUpdate": {"userErrors": []}}
    await page.reload()
    await expect(follow).to_have_attribute("href", PAGE)
    await expect(follow).to_have_attribute("rel", "noopener noreferrer")
    await expect(follow).to_have_attribute("target", "_blank")
