"""What a guest ordered on a device: listed there until it is forgotten or somebody signs in."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.gifts.real_shop import RealShop
from tests.web.shop_visitor import DESK, PHONE, Hands, Visitor, visit
from tests.web.test_shop_flows import PLACE_ORDER, fill_cart
from tests.web.test_shop_flows_appearance import check_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KEPT = "localStorage.getItem('shop.orders')"
FORGET = "Forget on this device what was ordered as a guest"
NOTHING = "There is nothing here yet."


async def order_as_guest(visitor: Visitor, email: str) -> str:
    """The number of a guest's order of two mugs."""
    page = visitor.page
    await fill_cart(visitor)
    await visitor.write_guest(email)
    await visitor.choose(page.get_by_role("radio", name=re.compile("sim_ok")))
    await visitor.press(visitor.button(PLACE_ORDER))
    number = page.get_by_role("status").filter(has_text="Ordered: number").locator("strong")
    return await number.inner_text()


def listed_orders(page: Page) -> Locator:
    return page.get_by_role("link", name=re.compile("^Order "))


# R121
@pytest.mark.parametrize(("size", "hands"), [(DESK, "mouse"), (PHONE, "keyboard")])
async def test_orders_of_a_guest_are_listed_until_they_are_forgotten(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with visit(browser, shop, size, hands) as visitor:
        page = visitor.page
        numbers = [await order_as_guest(visitor, f"guest-{hands}@example.com") for _ in range(2)]
        await visitor.go("/orders")
        orders = [f"Order {number}" for number in reversed(numbers)]
        await expect(listed_orders(page)).to_have_text(orders)
        await check_page(visitor, screenshots / f"shop-guest-orders-{size['width']}")
        await visitor.press(listed_orders(page).first)
        await expect(page.get_by_role("heading", level=1, name=orders[0])).to_be_visible()
        await expect(visitor.button("Cancel the order")).to_be_visible()
        # Neither the secret of the link nor anything of a person is kept.
        kept = json.loads(await page.evaluate(KEPT))
        assert kept[0] == page.url.rsplit("/", 1)[1]
        assert len(kept) == 2

        await visitor.go("/orders")
        await visitor.press(visitor.button(FORGET))
        outcome = page.get_by_text("What you ordered as a guest is no longer listed here.")
        await expect(outcome).to_be_focused()
        await expect(page.get_by_text(NOTHING)).to_be_visible()
        assert await page.evaluate(KEPT) is None
        visitor.assert_kept_to_itself()


# R121
async def test_a_sign_in_forgets_what_a_guest_ordered(phone: Visitor) -> None:
    page = phone.page
    await order_as_guest(phone, "sam@example.com")
    await phone.go("/orders")
    await expect(listed_orders(page)).to_have_count(1)
    await phone.press(phone.button("Sign in to see all orders"))
    await phone.sign_in("other@example.com")
    await expect(page.get_by_text(NOTHING)).to_be_visible()
    assert await page.evaluate(KEPT) is None


# R121
async def test_an_id_alone_opens_nothing(browser: Browser, shop: RealShop, phone: Visitor) -> None:
    await order_as_guest(phone, "owner@example.com")
    kept = await phone.page.evaluate(KEPT)
    async with visit(browser, shop) as stranger:
        await stranger.go("")
        await stranger.page.evaluate("ids => localStorage.setItem('shop.orders', ids)", kept)
        await stranger.go("/orders")
        await expect(stranger.page.get_by_text(NOTHING)).to_be_visible()
        assert await stranger.page.evaluate(KEPT) is None


# R121
async def test_orders_that_cannot_be_read_are_asked_for_again(phone: Visitor) -> None:
    page = phone.page
    await order_as_guest(phone, "again@example.com")
    is_offline = True

    await page.route(
        lambda url: url.endswith("/graphql"),
        lambda route: (
            route.abort()
            if is_offline and "GuestOrders" in (route.request.post_data or "")
            else route.continue_()
        ),
    )
    await phone.go("/orders")
    await expect(phone.button("Try again")).to_be_visible()
    await expect(page.get_by_text(NOTHING)).to_have_count(0)
    is_offline = False
    await phone.press(phone.button("Try again"))
    await expect(listed_orders(page)).to_have_count(1)
