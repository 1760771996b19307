"""Cancelling on the page of a guest's order: what it comes to is seen before it is done."""

from dataclasses import replace

import pytest
from playwright.async_api import Locator, Page, expect

from tests.web.conftest import RecordedPage, Site
from tests.web.fake_orders import ORDER_ID, FakeOrder, Json, JsonValue, Line, parcel
from tests.web.test_gift_page import button, tab_to
from tests.web.test_order_page import open_order, refuse, sent_inputs

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TEA, MUG = FakeOrder().lines
PREVIEW: Json = {"orderId": ORDER_ID, "dryRun": True, "expectedTotal": None}
PACKED: tuple[Json, ...] = (parcel(status="READY", dispatchedAt=None),)
"""The mug is in a parcel."""


def cancelling(expected_total: JsonValue) -> Json:
    return {"orderId": ORDER_ID, "dryRun": False, "expectedTotal": expected_total}


async def open_cancel(watched: RecordedPage, site: Site) -> Page:
    page = await open_order(watched, site)
    await button(page, "Cancel the order").click()
    return page


async def figures(page: Page) -> list[str]:
    """The figures of the preview, each after its label."""
    return await page.locator(".notice dl .row").all_inner_texts()


def title(page: Page, text: str) -> Locator:
    """The heading of what is previewed."""
    return page.get_by_role("heading", name=text, exact=True, level=2)


def outcome(page: Page) -> Locator:
    """What the live region says."""
    return page.locator("[role=status] > .notice")


async def test_cancelling_shows_what_comes_back_and_takes_the_focus_along(
    watched: RecordedPage, site: Site
) -> None:
    site.gateway.orders.order = FakeOrder(stored=1000)
    page = await open_order(watched, site)
    await tab_to(page, button(page, "Cancel the order"))
    await page.keyboard.press("Enter")
    preview = title(page, "What cancelling comes to")
    await expect(preview).to_be_focused()
    assert await figures(page) == [
        "Total now\n$39.00",
        "Total afterwards\n$0.00",
        "No longer charged\n$29.00",
        "Back to your codes\n$10.00",
    ]
    await tab_to(page, button(page, "Keep the order"))
    await page.keyboard.press("Enter")
    await expect(button(page, "Cancel the order")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(preview).to_be_focused()
    assert sent_inputs(site) == [PREVIEW, PREVIEW]
    await tab_to(page, button(page, "Cancel the order"))
    await page.keyboard.press("Enter")
    await expect(outcome(page)).to_have_text("✓ Your order is cancelled.")
    await expect(outcome(page)).to_be_focused()
    await expect(button(page, "Change the address")).to_have_count(0)
    assert sent_inputs(site) == [PREVIEW, PREVIEW, cancelling("0")]
    assert watched.complaints == []


async def test_what_is_captured_is_paid_back(watched: RecordedPage, site: Site) -> None:
    site.gateway.orders.order = FakeOrder(captured=3900)
    page = await open_cancel(watched, site)
    await expect(title(page, "What cancelling comes to")).to_be_focused()
    assert (await figures(page))[2:] == ["Paid back to you\n$39.00"]


async def test_what_stays_is_cancelled_at_the_total_that_was_shown(
    watched: RecordedPage, site: Site
) -> None:
    site.gateway.orders.order = FakeOrder(shipments=PACKED)
    site.gateway.orders.remaining = FakeOrder(lines=(MUG,), can_modify=False, shipments=PACKED)
    page = await open_cancel(watched, site)
    await expect(page.get_by_text("What is packed already still comes")).to_be_visible()
    assert await figures(page) == [
        "Total now\n$39.00",
        "Total afterwards\n$14.00",
        "No longer charged\n$25.00",
    ]
    await button(page, "Cancel the order").click()
    await expect(outcome(page)).to_have_text("✓ What was not packed is cancelled.")
    assert sent_inputs(site) == [PREVIEW, cancelling("14.00")]


async def test_what_would_be_dearer_has_a_reason_and_no_button(
    watched: RecordedPage, site: Site
) -> None:
    site.gateway.orders.order = FakeOrder(shipments=PACKED)
    site.gateway.orders.remaining = FakeOrder(lines=(MUG,), shipping=3500)
    page = await open_cancel(watched, site)
    await expect(title(page, "Cancelling would make it dearer")).to_be_focused()
    reason = "What stays would cost $44.00, more than the $39.00 that all of it costs now"
    await expect(page.get_by_text(reason)).to_be_visible()
    await expect(button(page, "Cancel the order")).to_have_count(0)
    await button(page, "Keep the order").click()
    await expect(button(page, "Cancel the order")).to_be_focused()
    assert sent_inputs(site) == [PREVIEW]


async def test_without_a_preview_it_costs_no_more_than_now(
    watched: RecordedPage, site: Site
) -> None:
    page = await open_order(watched, site)
    site.gateway.failing = 503
    await button(page, "Cancel the order").click()
    await expect(title(page, "What cancelling comes to is not known")).to_be_focused()
    await expect(page.get_by_role("alert").filter(has_text="could not reach")).to_be_visible()
    await expect(page.get_by_text("no more than the $39.00 that all of it costs")).to_be_visible()
    site.gateway.failing = None
    await button(page, "Cancel the order").click()
    await expect(outcome(page)).to_be_focused()
    assert sent_inputs(site) == [PREVIEW, cancelling("39.00")]


async def test_refused_preview_says_why_and_can_be_asked_for_again(
    watched: RecordedPage, site: Site
) -> None:
    reason = "The order is being changed."
    site.gateway.orders.preview_refusal = {
        "code": "VERSION_CONFLICT",
        "field": None,
        "message": reason,
    }
    page = await open_cancel(watched, site)
    await expect(page.get_by_text(reason)).to_be_visible()
    await button(page, "Look it up again").click()
    await expect(title(page, "What cancelling comes to")).to_be_focused()


async def test_another_price_is_shown_before_it_is_cancelled(
    watched: RecordedPage, site: Site
) -> None:
    page = await open_cancel(watched, site)
    await expect(title(page, "What cancelling comes to")).to_be_focused()
    # Meanwhile the mug was packed: what was to be cancelled as a whole is not.
    site.gateway.orders.order = FakeOrder(shipments=PACKED)
    site.gateway.orders.remaining = FakeOrder(lines=(MUG,), can_modify=False, shipments=PACKED)
    await button(page, "Cancel the order").click()
    await expect(title(page, "It comes to something else by now")).to_be_focused()
    await expect(page.get_by_text("Nothing is cancelled yet")).to_be_visible()
    assert (await figures(page))[1] == "Total afterwards\n$14.00"
    await button(page, "Cancel the order").click()
    await expect(outcome(page)).to_have_text("✓ What was not packed is cancelled.")
    assert sent_inputs(site) == [PREVIEW, cancelling("0"), PREVIEW, cancelling("14.00")]


async def test_refused_cancelling_says_why(watched: RecordedPage, site: Site) -> None:
    page = await open_cancel(watched, site)
    await expect(title(page, "What cancelling comes to")).to_be_focused()
    refuse(site, "PURCHASE_IN_PROGRESS", "The bank has not answered.")
    await button(page, "Cancel the order").click()
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
    await expect(page.get_by_text("The bank has not answered.")).to_be_visible()
    await button(page, "Cancel the order").click()
    await expect(outcome(page)).to_have_text("✓ Your order is cancelled.")


async def test_lost_answer_is_found_again(watched: RecordedPage, site: Site) -> None:
    page = await open_cancel(watched, site)
    await expect(title(page, "What cancelling comes to")).to_be_focused()
    site.gateway.failing = 503
    await button(page, "Cancel the order").click()
    await expect(page.get_by_role("alert").filter(has_text="could not reach")).to_be_visible()
    site.gateway.failing = None
    site.gateway.orders.order = FakeOrder(status="CANCELLED", can_modify=False)
    await button(page, "Cancel the order").click()
    await expect(outcome(page)).to_have_text("✓ Your order is cancelled.")


@pytest.mark.parametrize("previews", [0, 1])
async def test_cancelling_too_late(watched: RecordedPage, site: Site, previews: int) -> None:
    page = await open_order(watched, site)
    for _ in range(previews):
        await button(page, "Cancel the order").click()
        await expect(title(page, "What cancelling comes to")).to_be_focused()
    site.gateway.orders.order = FakeOrder(status="SHIPPED", can_modify=False)
    await button(page, "Cancel the order").click()
    await expect(outcome(page)).to_have_text("⚠ The order is on its way.")
    await expect(outcome(page)).to_be_focused()
    await expect(page.locator(".status")).to_have_text("On its way")
    await expect(button(page, "Cancel the order")).to_have_count(0)


async def test_what_is_packed_offers_no_change(watched: RecordedPage, site: Site) -> None:
    shipments = (
        *PACKED,
        parcel(id="shp_2", lines=[{"lineId": "lin_1", "title": TEA.name, "quantity": 1}]),
    )
    kettle = Line("lin_3", "Kettle", 1, 5000)
    site.gateway.orders.order = replace(FakeOrder(), lines=(TEA, MUG, kettle), shipments=shipments)
    page = await open_order(watched, site)
    lines = page.get_by_role("region", name="What you ordered").get_by_role("listitem")
    for text, buttons in (
        ("1 of 2 is packed already and stays.", [f"Change quantity of {TEA.name}"]),
        ("Packed already: it can no longer be changed or removed.", []),
        ("Kettle", ["Change quantity of Kettle", "Remove Kettle"]),
    ):
        line = lines.filter(has_text=text)
        await expect(line).to_have_count(1)
        names = await line.get_by_role("button").all_inner_texts()
        assert [" ".join(name.split()) for name in names] == buttons
    await expect(page.get_by_text("Some of it is packed already")).to_be_visible()
    await expect(button(page, "Change the address")).to_have_count(0)
    assert watched.complaints == []
