"""Somebody in the demonstration shop: with a mouse or by keyboard alone, on a desk or a phone."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

import httpx
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.gifts.real_shop import RealShop, plain_text, wait_until
from tests.web.recording import RecordedPage, open_recorded_page

Hands: TypeAlias = Literal["mouse", "keyboard"]

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
WAYS: tuple[tuple[ViewportSize, Hands], ...] = tuple(
    (size, hands) for size in (DESK, PHONE) for hands in ("mouse", "keyboard")
)
"""Each size of screen with each way to use it."""

MAX_TABS = 200
MAX_OPTIONS = 20
BUY_NOW = re.compile(r"^Buy now for \$[\d,.]+")
SIGN_IN_TO_BUY = re.compile("^Sign in to buy with one click")


@dataclass(frozen=True)
class Visitor:
    """A person at a page of the shop."""

    shop: RealShop
    recorded: RecordedPage
    hands: Hands

    @property
    def page(self) -> Page:
        return self.recorded.page

    async def go(self, path: str) -> None:
        """Open a page of the shop by its address."""
        await self.page.goto(f"{self.shop.served.url}/shop{path}")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        exact = isinstance(name, str)
        return self.page.get_by_role("button", name=name, exact=exact).first

    async def press(self, target: Locator) -> None:
        """Press a button, or follow a link."""
        await expect(target).to_be_visible()
        if self.hands == "mouse":
            await target.click()
            return
        await self._tab_to(target)
        await self.page.keyboard.press("Enter")

    async def write(self, label: str, text: str) -> None:
        """Fill a field, in place of what stands in it; a label with its star names just one."""
        field = self.page.get_by_label(label, exact=label.endswith(" *")).first
        if self.hands == "mouse":
            await field.fill(text)
            return
        await self._tab_to(field)
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.type(text)

    async def choose(self, option: Locator) -> None:
        """Choose one of a group of options."""
        if self.hands == "mouse":
            await option.check()
            return
        # Tab reaches one option of a group; arrows lead to the others.
        await self._tab_until(option, "element => element.name === document.activeElement?.name")
        await self.page.keyboard.press("Space")
        for _ in range(MAX_OPTIONS):
            if await option.is_checked():
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not reach {option}")

    async def toggle(self, box: Locator) -> None:
        """Press a check box."""
        if self.hands == "mouse":
            await box.click()
            return
        await self._tab_to(box)
        await self.page.keyboard.press("Space")

    async def select(self, label: str, text: str) -> None:
        """Select one of a list by how it begins."""
        field = self.page.get_by_label(label)
        if self.hands == "mouse":
            await field.select_option(label=text)
            return
        await self._tab_to(field)
        await self.page.keyboard.type(text)

    async def _tab_to(self, target: Locator) -> None:
        await self._tab_until(target, "element => element === document.activeElement")

    async def _tab_until(self, target: Locator, is_reached: str) -> None:
        await target.wait_for()
        for _ in range(MAX_TABS):
            if await target.evaluate(is_reached):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    async def sign_in(self, email: str) -> None:
        """Go through the first step of the path, which is open."""
        await self.write("E-mail address", email)
        await self.press(self.button("Send me a code"))
        await expect(self.page.get_by_label("Code")).to_be_focused()
        await self.write("Code", await self._sign_in_code(email))
        dialog = self.page.get_by_role("dialog")
        await self.press(dialog.get_by_role("button", name="Sign in", exact=True))

    async def save_address(self) -> None:
        """Go through the second step."""
        await expect(self.page.get_by_label("ZIP code")).to_be_visible()
        await self.write_address("You")
        await self.press(self.button("Save the address"))

    async def write_address(self, name: str, postal_code: str = "94043") -> None:
        """Write a place in Mountain View into the form of an address."""
        await self.write("Name *", name)
        await self.write("Address *", "100 Castro Street")
        await self.write("City", "Mountain View")
        await self.select("State", "California")
        await self.write("ZIP code", postal_code)

    async def write_guest(self, email: str, postal_code: str = "94043") -> None:
        """Fill in the first step of a guest's checkout, and go on."""
        await self.write("E-mail address", email)
        await self.write_address("Sam Guest", postal_code)
        await self.press(self.button("Continue"))

    async def enable_one_click(self, token: str = "sim_ok") -> None:
        """Go through the third step."""
        await expect(self.page.get_by_role("heading", name="How will you pay?")).to_be_visible()
        await self.choose(self.page.get_by_role("radio", name=re.compile(token)))
        await self.press(self.button("Turn on buying with one click"))

    async def walk_the_path(self, email: str, token: str = "sim_ok") -> None:
        """Go through all steps, from a page of the shop that is not signed in."""
        await self.press(self.button(SIGN_IN_TO_BUY))
        await self.sign_in(email)
        await self.save_address()
        await self.enable_one_click(token)
        await expect(self.button(BUY_NOW)).to_be_focused()

    async def _sign_in_code(self, email: str) -> str:
        await wait_until(lambda: bool(self.shop.sent_mails(email)))
        [code] = re.findall(r"code is (\d{6})", plain_text(self.shop.sent_mails(email)[-1]))
        return str(code)

    def assert_kept_to_itself(self) -> None:
        """No other host was asked, and the browser complained of nothing."""
        url = self.shop.served.url
        hosts = (f"{url}/", f"{url.replace('http', 'ws', 1)}/")
        assert [address for address in self.recorded.asked if not address.startswith(hosts)] == []
        assert self.recorded.complaints == []


@asynccontextmanager
async def visit(
    browser: Browser, shop: RealShop, size: ViewportSize = PHONE, hands: Hands = "mouse"
) -> AsyncIterator[Visitor]:
    """Somebody on a device of their own, which nobody knows yet."""
    context = await browser.new_context(viewport=size, locale="en-US", reduced_motion="reduce")
    yield Visitor(shop, await open_recorded_page(context), hands)
    await context.close()


async def charges(shop: RealShop) -> list[str]:
    """The states of the charges so far, the earliest first."""
    answer = await asyncio.to_thread(_get_charges, shop.served.url)
    return [str(charge["status"]) for charge in answer]


def _get_charges(url: str) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = httpx.get(f"{url}/sim/charges").json()
    return listed
