"""Cancelling in the shop: what it comes to first, and no change offered of what is packed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.async_api import Browser, Locator, Page, Route, ViewportSize, expect

from tests.gifts.real_shop import RealShop
from tests.web.shop_visitor import BUY_NOW, DESK, PHONE, Hands, Visitor, charges, visit
from tests.web.test_shop_flows_appearance import check_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Json: TypeAlias = dict[str, Any]
MUG_TOTAL = "21.25"


async def buy_mug(visitor: Visitor, email: str) -> Page:
    """The page of an order of a mug, bought by somebody new."""
    page = visitor.page
    await visitor.go("")
    await visitor.walk_the_path(email)
    await visitor.press(visitor.button(BUY_NOW))
    await visitor.press(page.get_by_role("link", name=re.compile("^number ")))
    await expect(page.get_by_role("heading", level=1, name="Order ")).to_be_focused()
    return page


def preview(page: Page, title: str) -> Locator:
    """The heading of what is previewed."""
    return page.get_by_role("heading", level=3, name=title)


async def figures(page: Page) -> list[str]:
    return await page.locator(".notice dl .row").all_inner_texts()


def watch_cancelling(page: Page) -> list[Json]:
    """The inputs of `orderCancel` as they are sent from now on, without the order's id."""
    inputs: list[Json] = []

    def record(text: str | None) -> None:
        body = json.loads(text or "{}")
        if "orderCancel" in body.get("query", ""):
            sent = dict(body["variables"]["input"])
            sent.pop("orderId")
            inputs.append(sent)

    page.on("request", lambda request: record(request.post_data))
    return inputs


async def alter_answers(page: Page, alter: Callable[[Json, Json], None]) -> None:
    """Let `alter` change the data of each answer, told the request, before the page has it."""

    async def handle(route: Route) -> None:
        request = json.loads(route.request.post_data or "{}")
        response = await route.fetch()
        answer = await response.json()
        alter(request, answer["data"])
        await route.fulfill(response=response, json=answer)

    await page.route("**/graphql", handle)


def cost(order: Json, minor_units: int) -> None:
    """Let the order cost so many cents."""
    amount = f"{minor_units / 100:.2f}"
    figure = {"amount": amount, "minorUnits": minor_units, "formatted": f"${amount}"}
    order["total"]["gross"] |= figure
    if order["due"] is not None:
        order["due"] |= figure


# R120
@pytest.mark.parametrize(("size", "hands"), [(DESK, "mouse"), (PHONE, "keyboard")])
async def test_an_order_is_cancelled_as_shown(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with visit(browser, shop, size, hands) as visitor:
        page = await buy_mug(visitor, f"cancel-{hands}@example.com")
        before = (await charges(shop))[:-1]
        sent = watch_cancelling(page)
        await visitor.press(visitor.button("Cancel the order"))
        await expect(preview(page, "What cancelling comes to")).to_be_focused()
        assert await figures(page) == [
            f"Total now\n${MUG_TOTAL}",
            "Total afterwards\n$0.00",
            f"No longer charged\n${MUG_TOTAL}",
        ]
        await check_page(visitor, screenshots / f"shop-cancel-{size['width']}")
        await visitor.press(visitor.button("Keep the order"))
        await expect(visitor.button("Cancel the order")).to_be_focused()
        await visitor.press(visitor.button("Cancel the order"))
        await expect(preview(page, "What cancelling comes to")).to_be_focused()
        assert await charges(shop) == [*before, "HELD"]
        await visitor.press(visitor.button("Cancel the order"))
        outcome = page.get_by_role("status").locator(".notice")
        await expect(outcome).to_have_text("✓ Your order is cancelled.")
        await expect(outcome).to_be_focused()
        assert sent == [{"dryRun": True}, {"dryRun": True}, {"expectedTotal": "0"}]
        assert await charges(shop) == [*before, "RELEASED"]
        await expect(visitor.button("Cancel the order")).to_have_count(0)
        visitor.assert_kept_to_itself()


# R120
async def test_what_would_be_dearer_is_not_offered(phone: Visitor) -> None:
    page = await buy_mug(phone, "dearer@example.com")

    def make_dearer(_: Json, data: Json) -> None:
        if "orderCancel" in data:
            data["orderCancel"]["order"]["status"] = "OPEN"
            cost(data["orderCancel"]["order"], 2500)

    await alter_answers(page, make_dearer)
    await phone.press(phone.button("Cancel the order"))
    await expect(preview(page, "Cancelling would make it dearer")).to_be_focused()
    reason = f"What stays would cost $25.00, more than the ${MUG_TOTAL}"
    await expect(page.get_by_text(reason)).to_be_visible()
    await expect(phone.button("Cancel the order")).to_have_count(0)
    await phone.press(phone.button("Keep the order"))
    await expect(phone.button("Cancel the order")).to_be_focused()


# R120
async def test_without_a_preview_it_is_cancelled_at_no_more_than_now(phone: Visitor) -> None:
    page = await buy_mug(phone, "unpriced@example.com")
    sent = watch_cancelling(page)
    await page.route("**/graphql", lambda route: route.abort())
    await phone.press(phone.button("Cancel the order"))
    await expect(preview(page, "What cancelling comes to is not known")).to_be_focused()
    await page.unroute("**/graphql")
    await expect(page.get_by_text(f"no more than the ${MUG_TOTAL} that all")).to_be_visible()
    await phone.press(phone.button("Cancel the order"))
    await expect(page.get_by_text("Your order is cancelled.")).to_be_focused()
    assert sent == [{"dryRun": True}, {"expectedTotal": MUG_TOTAL}]


# R120
async def test_another_price_is_asked_about_again(phone: Visitor) -> None:
    page = await buy_mug(phone, "again@example.com")
    sent = watch_cancelling(page)
    refusals = [{"code": "PRICE_CHANGED", "field": None, "message": "It costs more."}]

    async def refuse_once(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        is_cancelling = body["variables"].get("input", {}).get("expectedTotal") is not None
        if not (is_cancelling and refusals):
            await route.continue_()
            return
        payload = {"__typename": "OrderPayload", "order": None, "userErrors": [refusals.pop()]}
        await route.fulfill(json={"data": {"orderCancel": payload}})

    await page.route("**/graphql", refuse_once)
    await phone.press(phone.button("Cancel the order"))
    await expect(preview(page, "What cancelling comes to")).to_be_focused()
    await phone.press(phone.button("Cancel the order"))
    await expect(preview(page, "It comes to something else by now")).to_be_focused()
    await phone.press(phone.button("Cancel the order"))
    await expect(page.get_by_text("Your order is cancelled.")).to_be_focused()
    asked, cancelled = {"dryRun": True}, {"expectedTotal": "0"}
    assert sent == [asked, cancelled, asked, cancelled]


# R120
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_what_is_packed_offers_no_change(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize
) -> None:
    async with visit(browser, shop, size) as visitor:
        page = await buy_mug(visitor, f"packed-{size['width']}@example.com")
        await alter_answers(page, pack_first_line)
        await page.reload()
        lines = page.get_by_role("region", name="What you ordered").get_by_role("listitem")
        packed = lines.filter(
            has_text="On its way already: it can no longer be changed or removed."
        )
        await expect(packed).to_have_count(1)
        await expect(packed.get_by_role("button")).to_have_count(0)
        partly = lines.filter(has_text="1 of 3 is packed already and stays.")
        await visitor.press(partly.get_by_role("button", name="Change quantity of Tea"))
        await expect(page.get_by_text("At least 1, packed already.")).to_be_visible()
        await expect(page.get_by_role("button", name="Remove it")).to_have_count(0)
        await check_page(visitor, screenshots / f"shop-packed-{size['width']}")


def pack_first_line(_: Json, data: Json) -> None:
    """Let the order have the mug and one of three teas in a parcel on its way."""
    order = data.get("order")
    if order is None:
        return
    [mug] = order["items"]
    order["items"].append({**mug, "lineId": "tea", "name": "Tea", "quantity": 3})
    packed = [(mug["lineId"], mug["name"]), ("tea", "Tea")]
    order["shipments"] = [
        {
            "__typename": "Shipment",
            "id": "parcel",
            "status": "DISPATCHED",
            "dispatchedAt": "2026-11-28T09:00:00Z",
            "deliveredAt": None,
            "carrier": "Postal Carrier",
            "trackingNumber": None,
            "trackingUrl": None,
            "lines": [
                {
                    "__typename": "ShipmentLine",
                    "lineId": line_id,
                    "title": title,
                    "quantity": 1,
                    "order": {"__typename": "Order", "id": order["id"]},
                }
                for line_id, title in packed
            ],
        }
    ]
