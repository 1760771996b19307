"""A guest's order from its mail to its end: a real gateway, a real browser, nothing stands in."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.api.serving import start_gateway
from tests.gifts.real_shop import RealShop, open_real_shop, plain_text, wait_until
from tests.web.conftest import RecordedPage, open_recorded_page
from tests.web.test_gift_page import button

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

VARIANTS = """{
  mug: products(first: 1, query: "mug") { nodes { variants { id } } }
  tea: products(first: 1, query: "tea") { nodes { variants { id } } }
}"""
CART = """mutation ($lines: [LineInput!]!) {
  cartCreate(input: {lines: $lines}) { cart { id version } userErrors { code message } }
}"""
CHECKOUT = """mutation ($cart: ID!, $version: Int!, $guest: GuestInput!, $key: String!) {
  cartCheckout(input: {
    cartId: $cart, expectedVersion: $version, expectedTotal: "999", idempotencyKey: $key
    guest: $guest
  }) { __typename ... on OrderPlaced { order { id number } } }
}"""
DISPATCH = """mutation ($id: ID!, $page: String!) {
  shipmentUpdate(input: {id: $id, status: DISPATCHED, trackingUrl: $page}) { userErrors { code } }
}"""
CARRIER_PAGE = "https://carrier.example/PC123456"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealShop]:
    """`gateway serve` with the demonstration shop."""
    with ExitStack() as stack:
        starting = start_gateway(tmp_path_factory.mktemp("orders"))
        served = await asyncio.to_thread(stack.enter_context, starting)
        yield await asyncio.to_thread(open_real_shop, served)


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[RecordedPage]:
    """A small telephone, which did not place the order."""
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, locale="en-US", reduced_motion="reduce"
    )
    yield await open_recorded_page(context)
    await context.close()


async def place_order(shop: RealShop, email: str) -> tuple[str, str]:
    """The id of a guest's order of two teas and a mug, and the link in its mail."""
    variants = await shop.execute_for_data(VARIANTS)
    mug, tea = (variants[name]["nodes"][0]["variants"][0]["id"] for name in ("mug", "tea"))
    lines = [{"variantId": tea, "quantity": 2}, {"variantId": mug, "quantity": 1}]
    cart = (await shop.execute_for_data(CART, lines=lines))["cartCreate"]["cart"]
    guest = {
        "email": email,
        "providerToken": "sim_ok",
        "address": {
            "name": "Robin Friend",
            "country": "US",
            "region": "CA",
            "city": "Mountain View",
            "postalCode": "94043",
            "lines": ["1600 Amphitheatre Parkway"],
        },
    }
    bought = await shop.execute_for_data(
        CHECKOUT, cart=cart["id"], version=cart["version"], guest=guest, key=email
    )
    assert bought["cartCheckout"]["__typename"] == "OrderPlaced"
    await wait_until(lambda: bool(shop.sent_mails(email)))
    [link] = re.findall(r"\S+/order#[\w-]+", plain_text(shop.sent_mails(email)[0]))
    return bought["cartCheckout"]["order"]["id"], str(link)


async def open_order(phone: RecordedPage, link: str) -> Page:
    await phone.page.goto(link)
    await expect(phone.page.get_by_role("heading", level=1, name="Order ")).to_be_visible()
    return phone.page


# R120, R121
async def test_a_guest_changes_an_order_and_cancels_it(
    shop: RealShop, phone: RecordedPage, screenshots: Path
) -> None:
    _, link = await place_order(shop, "robin@example.com")
    page = await open_order(phone, link)
    await expect(page.get_by_text("News of the order goes to robin@example.com.")).to_be_visible()
    await page.screenshot(path=screenshots / "order-walk-1.png", full_page=True)

    await page.get_by_role("button", name="Change quantity of").first.click()
    await page.get_by_label("Quantity").fill("3")
    await button(page, "Show the new total").click()
    await expect(page.get_by_text(re.compile(r"^You pay \$[\d.]+ more\.$"))).to_be_visible()
    await page.screenshot(path=screenshots / "order-walk-2.png", full_page=True)
    await button(page, "Change the quantity").click()
    await expect(page.get_by_text("Your order is changed.")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"^3 . \$"))).to_be_visible()

    await page.get_by_role("button", name="Remove").last.click()
    await expect(page.get_by_text(re.compile(r"^You pay \$[\d.]+ less\.$"))).to_be_visible()
    await button(page, "Remove it").click()
    await expect(page.get_by_role("button", name="Remove")).to_have_count(1)

    await button(page, "Change the address").click()
    await page.get_by_label("ZIP code").fill("9404")
    await button(page, "Show the new total").click()
    await expect(page.locator("#address-postalCode-error")).to_be_visible()
    await page.get_by_label("ZIP code").fill("94043")
    await page.get_by_label("Name").fill("Robin Neighbour")
    await button(page, "Show the new total").click()
    await button(page, "Send it to this address").click()
    await expect(page.locator("address")).to_contain_text("Robin Neighbour")

    await page.reload()
    await expect(page.locator("address")).to_contain_text("Robin Neighbour")
    await button(page, "Cancel the order").click()
    await button(page, "Cancel the order").click()
    await expect(page.get_by_text("Your order is cancelled.")).to_be_visible()
    await expect(page.locator(".status")).to_have_text("Cancelled")
    await page.screenshot(path=screenshots / "order-walk-3.png", full_page=True)
    assert phone.complaints == []


# R121
async def test_an_order_that_leaves_while_its_guest_changes_it(
    shop: RealShop, phone: RecordedPage, screenshots: Path
) -> None:
    order_id, link = await place_order(shop, "kim@example.com")
    page = await open_order(phone, link)
    await page.get_by_role("button", name="Change quantity of").first.click()
    await page.get_by_label("Quantity").fill("1")
    await button(page, "Show the new total").click()
    await expect(button(page, "Change the quantity")).to_be_visible()
    answer = await shop.execute_for_data(DISPATCH, shop.staff, id=order_id, page=CARRIER_PAGE)
    assert answer == {"shipmentUpdate": {"userErrors": []}}
    await button(page, "Change the quantity").click()
    await expect(page.locator(".status")).to_have_text("On its way")
    await expect(page.get_by_text("The order is on its way.")).to_be_visible()
    parcel = page.get_by_role("region", name="Your parcel")
    await expect(parcel.locator(".parts li")).to_have_count(2)
    link_to_carrier = parcel.get_by_role("link")
    await expect(link_to_carrier).to_have_attribute("href", CARRIER_PAGE)
    await expect(link_to_carrier).to_have_attribute("rel", "noopener noreferrer")
    await expect(page.get_by_role("button")).to_have_count(0)
    await page.screenshot(path=screenshots / "order-walk-4.png", full_page=True)
    assert phone.complaints == []
