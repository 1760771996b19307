"""How the recipient's page looks and reads: axe, small screens, dark, still."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.conftest import Site, open_recorded_page
from tests.web.fake_gateway import Claim
from tests.web.test_gift_page import button, fill, heading

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Walk: TypeAlias = Callable[[Page, Site], Awaitable[None]]


async def gift(page: Page, site: Site) -> None:
    await page.goto(site.link)
    await expect(heading(page, "Anna Berg sent you a gift")).to_be_visible()


async def form(page: Page, site: Site) -> None:
    await gift(page, site)
    await button(page, "Accept this gift").click()
    await expect(page.get_by_label("ZIP code")).to_be_visible()


async def mistakes(page: Page, site: Site) -> None:
    await form(page, site)
    await button(page, "Send it to this address").click()
    await expect(page.get_by_role("group", name="A few things to put right")).to_be_focused()


async def doubts(page: Page, site: Site) -> None:
    await form(page, site)
    await fill(page, state="NY")
    await button(page, "Send it to this address").click()
    await expect(button(page, "My address is right, use it as it is")).to_be_visible()


async def accept_gift(page: Page, site: Site) -> None:
    await form(page, site)
    await fill(page)
    await button(page, "Send it to this address").click()
    await expect(heading(page, "Your gift is being prepared")).to_be_visible()


def panel(name: str) -> Walk:
    async def walk(page: Page, site: Site) -> None:
        await gift(page, site)
        await button(page, name).click()
        await expect(button(page, "Back")).to_be_visible()

    return walk


async def thank(page: Page, site: Site) -> None:
    site.gateway.claim = Claim(status="DELIVERED", can_accept=False, can_decline=False, exchange=())
    await page.goto(site.link)
    await button(page, "Say thank you").click()
    await expect(button(page, "Send thanks")).to_be_visible()


async def invalid(page: Page, site: Site) -> None:
    await page.goto(f"{site.url}/gift")
    await expect(heading(page, "This link does not open a gift")).to_be_visible()


async def unreachable(page: Page, site: Site) -> None:
    site.gateway.failing = 503
    await page.goto(site.link)
    await expect(button(page, "Try again")).to_be_visible()


WALKS: dict[str, Walk] = {
    "gift": gift,
    "form": form,
    "mistakes": mistakes,
    "doubts": doubts,
    "accepted": accept_gift,
    "decline": panel("Decline"),
    "exchange": panel("Choose something else"),
    "report": panel("Block and report"),
    "forget": panel("Delete what you know about me"),
    "thank": thank,
    "invalid": invalid,
    "unreachable": unreachable,
}

# Outside the text, everything that can be pressed is at least 24 pixels each way (WCAG 2.5.8).
SMALL_TARGETS = """() => [...document.querySelectorAll("button, input, select, textarea")]
  .filter((element) => { const box = (element.closest("label") ?? element).getBoundingClientRect();
                         return box.width < 24 || box.height < 24; })
  .map((element) => element.outerHTML)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FINDINGS = """async (rules) => (await axe.run(document, { runOnly: rules })).violations
  .map(({ id, nodes }) => [id, nodes.map((node) => node.html)])"""


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
        await page.screenshot(path=screenshots / f"{name}-{scheme}.png", full_page=True)
        assert await page.evaluate(SIDEWAYS) <= 0
        assert await page.evaluate(SMALL_TARGETS) == []
        assert await page.evaluate(FINDINGS, RULES) == []
    await context.close()


async def test_text_can_be_twice_as_large(browser: Browser, site: Site, screenshots: Path) -> None:
    # 1280 pixels at 400 % (WCAG 1.4.10) are 320.
    context = await browser.new_context(viewport={"width": 320, "height": 640}, locale="en-US")
    page = (await open_recorded_page(context)).page
    await mistakes(page, site)
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    await page.screenshot(path=screenshots / "large-text.png", full_page=True)
    assert await page.evaluate(SIDEWAYS) <= 0
    await context.close()


SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


async def test_nothing_jumps(browser: Browser, site: Site, screenshots: Path) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    await context.add_init_script(SHIFTS)
    page = (await open_recorded_page(context)).page
    # Slow enough that the browser no longer blames the click for what moves.
    site.gateway.seconds = 0.7
    await form(page, site)
    await page.screenshot(path=screenshots / "desk-form.png")
    assert await page.evaluate("window.shifted") == 0
    await page.go_back()
    await expect(heading(page, "Anna Berg sent you a gift")).to_be_visible()
    await page.screenshot(path=screenshots / "desk-gift.png")
    await context.close()


async def test_motion_only_where_it_is_welcome(browser: Browser, site: Site) -> None:
    for wish, durations in (("reduce", "0s"), ("no-preference", "0.12s, 0.12s, 0.12s")):
        context = await browser.new_context(
            locale="en-US", reduced_motion="reduce" if wish == "reduce" else "no-preference"
        )
        page = (await open_recorded_page(context)).page
        await gift(page, site)
        first = page.get_by_role("button").first
        duration = await first.evaluate("element => getComputedStyle(element).transitionDuration")
        assert duration == durations
        await context.close()
