"""A gift from its giver to its recipient: a real gateway, a real browser, nothing stands in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.api.serving import start_gateway
from tests.gifts.real_shop import GIVER, RealShop, open_real_shop, plain_text, wait_until
from tests.web.conftest import RecordedPage, open_recorded_page
from tests.web.test_gift_page import button, fill, heading

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

OPEN = "Grace Hopper sent you a gift"
CANCEL = "mutation ($id: ID!) { giftCancel(input: {giftId: $id}) { userErrors { code } } }"
GIFT = "query ($id: ID!) { gift(id: $id) { status charges { state payment } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealShop]:
    """`gateway serve` with the demonstration shop."""
    with ExitStack() as stack:
        starting = start_gateway(tmp_path_factory.mktemp("walk"))
        served = await asyncio.to_thread(stack.enter_context, starting)
        yield await asyncio.to_thread(open_real_shop, served)


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser) -> AsyncIterator[RecordedPage]:
    """A page on a small telephone."""
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, locale="en-US", reduced_motion="reduce"
    )
    yield await open_recorded_page(context)
    await context.close()


async def open_gift(phone: RecordedPage, link: str) -> Page:
    await phone.page.goto(link)
    await expect(heading(phone.page, OPEN)).to_be_visible()
    return phone.page


# R44, R49, R59, R67, R68, R71
async def test_a_gift_reaches_somebody_known_by_an_email_address(
    shop: RealShop, phone: RecordedPage, screenshots: Path
) -> None:
    gift = await shop.create_gift("robin@example.com")
    followers = shop.follow_by_socket(gift), shop.follow_by_sse(gift)
    await asyncio.gather(*(follower.follow("contactable") for follower in followers))

    # Nobody listens while the recipient answers.
    page = await open_gift(phone, await shop.wait_for_link("robin@example.com"))
    await page.screenshot(path=screenshots / "walk-1-gift.png", full_page=True)
    await button(page, "Accept this gift").click()
    await fill(page, zip="9404")
    await button(page, "Send it to this address").click()
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
    await expect(page.locator("#address-postalCode-error")).to_have_text(
        "⚠ This is not how a ZIP code looks in United States, for example 95014."
    )
    await page.screenshot(path=screenshots / "walk-2-mistake.png", full_page=True)
    await page.get_by_label("ZIP code").fill("94043")
    await button(page, "Send it to this address").click()
    await expect(page.get_by_text("Accepted. Thank you")).to_be_visible()
    await page.screenshot(path=screenshots / "walk-3-accepted.png", full_page=True)

    # Back again: what was missed, then what happens meanwhile; off once more, and to the end.
    await asyncio.gather(*(follower.follow("valid") for follower in followers))
    await page.reload()
    await expect(heading(page, "Your gift is being prepared")).to_be_visible()
    following = [asyncio.create_task(follower.follow("dispatch")) for follower in followers]
    await shop.update_shipment(gift, "DISPATCHED")
    await asyncio.gather(*following)
    following = [asyncio.create_task(follower.follow()) for follower in followers]
    await page.reload()
    await expect(heading(page, "Your gift is on its way")).to_be_visible()
    await shop.update_shipment(gift, "DELIVERED")
    await asyncio.gather(*following)
    for follower in followers:
        assert [(event.sequence, event.type, event.status) for event in follower.seen] == [
            (1, "created", "SCREENING"),
            (2, "contactable", "AWAITING_RECIPIENT"),
            (3, "reply", "SCREENING"),
            (4, "sufficient", "VERIFYING"),
            (5, "valid", "RESOLVED"),
            (6, "dispatch", "DISPATCHED"),
            (7, "delivered", "DELIVERED"),
        ]
        assert follower.connections == 4
    assert followers[0].seen == followers[1].seen
    assert len({event.id for event in followers[0].seen}) == 7

    charges = {"state": "FINAL", "payment": "CAPTURED"}
    data = await shop.execute_for_data(GIFT, shop.giver, id=gift)
    assert data == {"gift": {"status": "DELIVERED", "charges": charges}}
    await thank_giver(page, shop)
    assert phone.complaints == []


async def thank_giver(page: Page, shop: RealShop) -> None:
    """The recipient thanks; with what was told before, the giver has three mails."""
    await page.reload()
    await expect(heading(page, "Your gift has been delivered")).to_be_visible()
    await button(page, "Say thank you").click()
    await page.get_by_label("Your message to").fill("You made my day!")
    await button(page, "Send thanks").click()
    await expect(page.get_by_text("Your thanks have been sent.")).to_be_visible()
    await wait_until(lambda: len(shop.sent_mails(GIVER)) == 3)
    thanks = [mail for mail in shop.sent_mails(GIVER) if "You made my day!" in plain_text(mail)]
    assert len(thanks) == 1


# R61
async def test_a_gift_that_is_declined(shop: RealShop, phone: RecordedPage) -> None:
    gift = await shop.create_gift("kim@example.com")
    page = await open_gift(phone, await shop.wait_for_link("kim@example.com"))
    follower = shop.follow_by_socket(gift)
    following = asyncio.create_task(follower.follow())
    await button(page, "Decline").click()
    await button(page, "Decline the gift").click()
    await expect(heading(page, "You declined this gift")).to_be_focused()
    await following
    assert [event.type for event in follower.seen] == ["created", "contactable", "declined"]
    assert (await shop.execute_for_data(GIFT, shop.giver, id=gift))["gift"]["status"] == "DECLINED"
    assert phone.complaints == []


# R63
async def test_a_gift_that_is_taken_back_while_its_form_is_filled_in(
    shop: RealShop, phone: RecordedPage
) -> None:
    gift = await shop.create_gift("lou@example.com")
    page = await open_gift(phone, await shop.wait_for_link("lou@example.com"))
    await button(page, "Accept this gift").click()
    await fill(page)
    follower = shop.follow_by_sse(gift)
    following = asyncio.create_task(follower.follow())
    answer = await shop.execute_for_data(CANCEL, shop.giver, id=gift)
    assert answer == {"giftCancel": {"userErrors": []}}
    await following
    await button(page, "Send it to this address").click()
    await expect(heading(page, "This gift was withdrawn")).to_be_visible()
    assert [event.type for event in follower.seen] == ["created", "contactable", "cancelled"]
    assert phone.complaints == []
