"""How the pages of accounts, orders, gifts and the checkout look and read: axe, sizes, schemes."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.gifts.real_shop import RealShop
from tests.web.shop_visitor import BUY_NOW, DESK, PHONE, SIGN_IN_TO_BUY, Visitor, visit
from tests.web.test_gift_appearance import AXE, FINDINGS, RULES, SIDEWAYS
from tests.web.test_shop_appearance import VISIBLE_SMALL_TARGETS
from tests.web.test_shop_flows import MUG, fill_cart

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Check: TypeAlias = Callable[[str], Awaitable[None]]


# R116
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_every_step_is_accessible(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize
) -> None:
    width = size["width"]
    async with visit(browser, shop, size) as visitor:

        async def check(name: str) -> None:
            await check_page(visitor, screenshots / f"shop-{name}-{width}")

        await walk_path(visitor, check, f"axe-{width}@example.com")
        await walk_pages(visitor, check)


async def check_page(visitor: Visitor, picture: Path) -> None:
    """Nothing is found against what is shown, in light or dark."""
    page = visitor.page
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=f"{picture}-{scheme}.png", full_page=True)
        assert await page.evaluate(SIDEWAYS) <= 0
        assert await page.evaluate(VISIBLE_SMALL_TARGETS) == []
        assert await page.evaluate(FINDINGS, RULES) == []
    await page.emulate_media(color_scheme="light")


async def walk_path(visitor: Visitor, check: Check, email: str) -> None:
    page = visitor.page
    await visitor.go("")
    await visitor.press(visitor.button(SIGN_IN_TO_BUY))
    await visitor.press(visitor.button("Send me a code"))
    await check("sign-in")
    await visitor.sign_in(email)
    await expect(page.get_by_label("ZIP code")).to_be_visible()
    await visitor.press(visitor.button("Save the address"))
    await check("address")
    await visitor.save_address()
    await expect(page.get_by_role("heading", name="How will you pay?")).to_be_visible()
    await visitor.press(visitor.button("Turn on buying with one click"))
    await check("payment")
    await visitor.enable_one_click()
    await expect(visitor.button(BUY_NOW)).to_be_focused()
    await visitor.press(visitor.button(BUY_NOW))
    await expect(visitor.button("Undo")).to_be_visible()
    await check("ordered")


async def walk_pages(visitor: Visitor, check: Check) -> None:
    page = visitor.page
    await visitor.go("/account")
    await expect(page.get_by_text("Signed in as")).to_be_visible()
    await check("account")
    await visitor.go("/orders")
    await visitor.press(page.get_by_role("link", name=re.compile("^Order ")))
    await visitor.press(visitor.button(re.compile("^Change or remove")))
    await visitor.press(visitor.button("Remove it"))
    await expect(page.get_by_text("Nothing of the order would be left")).to_be_visible()
    await check("order")
    [product] = (await visitor.shop.execute_for_data(MUG))["products"]["nodes"]
    await visitor.go(f"/give/{product['variants'][0]['id']}")
    await visitor.press(visitor.button("I know something of where they live"))
    await visitor.press(visitor.button("Give it"))
    await check("give")
    await visitor.write("Their e-mail address", "axe@example.com")
    await visitor.press(visitor.button("Give it"))
    await expect(page.get_by_text("Waiting for an answer.")).to_be_visible()
    await check("gift")
    await visitor.go("/gifts")
    await expect(page.get_by_role("link", name=re.compile("^Gift "))).to_have_count(1)
    await check("gifts")
    await fill_cart(visitor)
    await expect(page.get_by_role("radio", name=re.compile("^Home"))).to_be_checked()
    await check("checkout")
