"""The page of a guest's order as the guest uses it: by keyboard, with mistakes, on a bad line."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import RecordedPage, Site
from tests.web.fake_orders import ADDRESS, ORDER_ID, ORDER_TOKEN, FakeOrder, Json, parcel
from tests.web.test_gift_page import button, heading, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TEA = "Breakfast tea, 250 g tin"
TIMES = "\N{MULTIPLICATION SIGN}"


async def open_order(watched: RecordedPage, site: Site) -> Page:
    await watched.page.goto(site.order_link)
    await expect(heading(watched.page, "Order 1042")).to_be_visible()
    return watched.page


async def open_quantity(watched: RecordedPage, site: Site, quantity: str) -> Page:
    page = await open_order(watched, site)
    await button(page, f"Change quantity of {TEA}").click()
    await page.get_by_label("Quantity").fill(quantity)
    return page


async def open_address(watched: RecordedPage, site: Site) -> Page:
    page = await open_order(watched, site)
    await button(page, "Change the address").click()
    await expect(page.get_by_label("ZIP code")).to_have_value("94043")
    return page


def sent_inputs(site: Site) -> list[Json]:
    """The inputs of the requests that could have changed the order, without request keys."""
    inputs = []
    for asked in site.gateway.mutations():
        sent = asked.variables["input"]
        assert isinstance(sent, dict)
        inputs.append({name: value for name, value in sent.items() if name != "idempotencyKey"})
    return inputs


def sent_keys(site: Site) -> list[str]:
    """The request keys, in order."""
    inputs = [asked.variables["input"] for asked in site.gateway.mutations()]
    return [str(sent["idempotencyKey"]) for sent in inputs if isinstance(sent, dict)
            and "idempotencyKey" in sent]  # fmt: skip


def refuse(site: Site, code: str, message: str) -> None:
    site.gateway.orders.refusal = {"code": code, "field": ["input"], "message": message}


# R121: opening changes nothing but who may see it.
async def test_opening_gives_access_and_reads(watched: RecordedPage, site: Site) -> None:
    page = await open_order(watched, site)
    assert [asked.field for asked in site.gateway.requests] == ["orderAccess", "order"]
    assert site.gateway.requests[1].variables == {"id": ORDER_ID, "locale": "en-US"}
    await expect(page).to_have_title("Order 1042")
    for text in (
        "Received",
        "You can change or cancel it until",
        f"2 {TIMES} $12.50",
        "$25.00",
        "1600 Amphitheatre Parkway",
        "News of the order goes to robin@example.com.",
    ):
        await expect(page.get_by_text(text)).to_be_visible()
    await expect(page.locator(".row-total")).to_have_text("Total$39")
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert site.gateway.mutations() == []
    assert watched.complaints == []


async def test_token_stays_secret(watched: RecordedPage, site: Site) -> None:
    await open_order(watched, site)
    assert {url.split("/")[2] for url in watched.asked} == {site.url.removeprefix("http://")}
    assert [url for url in watched.asked if ORDER_TOKEN in url.partition("#")[0]] == []
    for asked in site.gateway.requests:
        assert asked.url == f"{site.url}/graphql"
        assert ORDER_TOKEN not in "".join(asked.headers.values())
        assert "referer" not in asked.headers
    script_sees = "[document.cookie, localStorage.length, sessionStorage.length]"
    assert await watched.page.evaluate(script_sees) == ["", 0, 0]


@pytest.mark.parametrize("fragment", ["", "#short", "#" + "x" * 43])
async def test_links_that_open_nothing(watched: RecordedPage, site: Site, fragment: str) -> None:
    await watched.page.goto(f"{site.url}/order{fragment}")
    await expect(heading(watched.page, "This link does not open an order")).to_be_visible()
    assert watched.complaints == []


async def test_browsers_without_cookies_are_told(watched: RecordedPage, site: Site) -> None:
    site.gateway.sets_cookies = False
    await watched.page.goto(site.order_link)
    await expect(
        heading(watched.page, "Your browser keeps no cookie for this page")
    ).to_be_visible()


# R120, R121, by keyboard: first what it comes to, then the change.
async def test_changing_a_quantity_by_keyboard(watched: RecordedPage, site: Site) -> None:
    page = await open_order(watched, site)
    await tab_to(page, button(page, f"Change quantity of {TEA}"))
    await page.keyboard.press("Enter")
    await expect(heading(page, f"How many of “{TEA}”?")).to_be_focused()
    await tab_to(page, page.get_by_label("Quantity"))
    await page.keyboard.press("Control+A")
    await page.keyboard.type("3")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="3 in place of 2")).to_be_focused()
    await expect(page.get_by_text("New total: $51.50")).to_be_visible()
    await expect(page.get_by_text("You pay $12.50 more.")).to_be_visible()
    assert site.gateway.orders.order == FakeOrder()
    await tab_to(page, button(page, "Change the quantity"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Your order is changed.")).to_be_focused()
    await expect(page.get_by_text(f"3 {TIMES} $12.50")).to_be_visible()
    change: Json = {"orderId": ORDER_ID, "lineId": "lin_1", "quantity": 3}
    assert sent_inputs(site) == [
        change | {"dryRun": True},
        change | {"dryRun": False, "expectedTotal": "51.50"},
    ]
    assert watched.complaints == []


async def test_removing_a_line(watched: RecordedPage, site: Site) -> None:
    page = await open_order(watched, site)
    await button(page, "Remove Mug").click()
    await expect(page.get_by_text("You pay $9.00 less.")).to_be_visible()
    await button(page, "Remove it").click()
    await expect(page.get_by_text("Your order is changed.")).to_be_visible()
    await expect(page.get_by_text("Mug")).to_have_count(0)


async def test_removing_the_last_line_says_that_it_cancels(
    watched: RecordedPage, site: Site
) -> None:
    site.gateway.orders.order = FakeOrder(lines=FakeOrder().lines[1:])
    page = await open_order(watched, site)
    await button(page, "Remove Mug").click()
    await expect(page.get_by_text("this cancels it, and you pay nothing")).to_be_visible()
    await button(page, "Cancel the order").click()
    await expect(page.get_by_text("Your order is cancelled.")).to_be_visible()
    await expect(button(page, "Cancel the order")).to_have_count(0)


@pytest.mark.parametrize("quantity", ["", "-1", "1.5", "many"])
async def test_quantities_that_are_none(watched: RecordedPage, site: Site, quantity: str) -> None:
    page = await open_quantity(watched, site, quantity)
    await expect(page.locator(".error")).to_have_count(0)
    await button(page, "Show the new total").click()
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
    await expect(page.get_by_label("Quantity")).to_have_attribute("aria-invalid", "true")
    assert site.gateway.mutations() == []


async def test_refused_quantity_stands_beside_its_box(watched: RecordedPage, site: Site) -> None:
    page = await open_quantity(watched, site, "51")
    await button(page, "Show the new total").click()
    await expect(page.locator("#quantity-error")).to_have_text("⚠ Only 50 are left.")
    await page.get_by_label("Quantity").fill("50")
    await button(page, "Show the new total").click()
    await button(page, "Change the quantity").click()
    await expect(page.get_by_text(f"50 {TIMES} $12.50")).to_be_visible()


async def test_editing_makes_a_preview_void(watched: RecordedPage, site: Site) -> None:
    page = await open_quantity(watched, site, "3")
    await button(page, "Show the new total").click()
    await expect(button(page, "Change the quantity")).to_be_visible()
    await page.get_by_label("Quantity").fill("4")
    await expect(button(page, "Change the quantity")).to_have_count(0)
    await expect(button(page, "Show the new total")).to_be_visible()


async def test_double_clicks_change_once(watched: RecordedPage, site: Site) -> None:
    page = await open_quantity(watched, site, "3")
    await button(page, "Show the new total").click()
    site.gateway.seconds = 0.5
    await button(page, "Change the quantity").dblclick()
    await expect(page.get_by_text("Your order is changed.")).to_be_visible()
    assert len(sent_keys(site)) == 1


async def test_bad_line_repeats_the_same_request(watched: RecordedPage, site: Site) -> None:
    page = await open_quantity(watched, site, "3")
    await button(page, "Show the new total").click()
    await expect(button(page, "Change the quantity")).to_be_visible()
    site.gateway.failing = 503
    await button(page, "Change the quantity").click()
    await expect(page.get_by_role("alert").filter(has_text="could not reach")).to_be_visible()
    site.gateway.failing = None
    await button(page, "Change the quantity").click()
    await expect(page.get_by_text("Your order is changed.")).to_be_visible()
    first, second = sent_keys(site)
    assert first == second


async def test_what_is_refused_is_another_request_afterwards(
    watched: RecordedPage, site: Site
) -> None:
    page = await open_quantity(watched, site, "3")
    await button(page, "Show the new total").click()
    refuse(site, "PAYMENT_DECLINED", "The bank refused $12.50.")
    await button(page, "Change the quantity").click()
    await expect(page.get_by_role("group", name="One thing to put right")).to_be_focused()
    await expect(page.get_by_text("The bank refused $12.50.")).to_be_visible()
    await button(page, "Show the new total").click()
    await button(page, "Change the quantity").click()
    await expect(page.get_by_text("Your order is changed.")).to_be_visible()
    first, second = sent_keys(site)
    assert first != second


@pytest.mark.parametrize("code", ["PRICE_CHANGED", "NOT_MODIFIABLE"])
async def test_present_state_is_shown_where_the_order_moved_on(
    watched: RecordedPage, site: Site, code: str
) -> None:
    page = await open_quantity(watched, site, "3")
    await button(page, "Show the new total").click()
    await expect(button(page, "Change the quantity")).to_be_visible()
    refuse(site, code, "It costs $60.00 now.")
    site.gateway.orders.order = FakeOrder(status="SCHEDULED", can_modify=False)
    site.gateway.orders.order = replace(site.gateway.orders.order, can_modify=True)
    await button(page, "Change the quantity").click()
    await expect(heading(page, "Order 1042")).to_be_visible()
    await expect(page.get_by_text("It costs $60.00 now.")).to_be_focused()
    await expect(page.get_by_text("Being packed")).to_be_visible()


async def test_another_address(watched: RecordedPage, site: Site) -> None:
    page = await open_address(watched, site)
    await page.get_by_label("Name").fill("Robin Neighbour")
    await button(page, "Show the new total").click()
    await expect(page.get_by_text("You pay the same as before.")).to_be_visible()
    await button(page, "Send it to this address").click()
    await expect(page.get_by_text("Your order is changed.")).to_be_visible()
    await expect(page.get_by_text("Robin Neighbour")).to_be_visible()
    change: Json = {
        "orderId": ORDER_ID,
        "address": ADDRESS | {"name": "Robin Neighbour"},
        "confirmWarnings": False,
    }
    assert sent_inputs(site) == [
        change | {"dryRun": True},
        change | {"dryRun": False, "expectedTotal": "39.00"},
    ]


async def test_doubts_about_an_address_can_be_overruled(watched: RecordedPage, site: Site) -> None:
    page = await open_address(watched, site)
    await page.get_by_label("State").select_option("NY")
    await button(page, "Show the new total").click()
    await expect(page.locator("#address-postalCode-error")).to_have_text(
        "⚠ 94043 does not belong to New York."
    )
    await button(page, "My address is right, use it as it is").click()
    await expect(page.get_by_text("You pay $5.00 more.")).to_be_visible()
    await button(page, "Send it to this address").click()
    await expect(page.get_by_text("Your order is changed.")).to_be_visible()
    assert [sent["confirmWarnings"] for sent in sent_inputs(site)] == [False, True, True]


async def test_wrong_address_cannot_be_insisted_on(watched: RecordedPage, site: Site) -> None:
    page = await open_address(watched, site)
    await page.get_by_label("ZIP code").fill("00000")
    await button(page, "Show the new total").click()
    await expect(page.locator("#address-postalCode-error")).to_have_text(
        "⚠ ZIP code 00000 is not used."
    )
    await expect(button(page, "My address is right, use it as it is")).to_have_count(0)
    assert site.gateway.orders.order == FakeOrder()


async def test_parcels_and_refunds(watched: RecordedPage, site: Site) -> None:
    site.gateway.orders.order = FakeOrder(
        status="SHIPPED",
        can_modify=False,
        shipments=(
            parcel(),
            parcel(id="shp_2", status="READY", trackingUrl="javascript:alert(1)", carrier=None),
        ),
        refunds=(("COMPLETED", 900), ("FAILED", 100)),
    )
    page = await open_order(watched, site)
    await expect(page.get_by_text("On its way since November 28, 2026")).to_be_visible()
    await expect(page.get_by_text("Postal Carrier, PC123456")).to_be_visible()
    links = page.get_by_role("link")
    await expect(links).to_have_count(1)
    await expect(links).to_have_attribute("href", "https://carrier.example/PC123456")
    await expect(links).to_have_attribute("rel", "noopener noreferrer")
    await expect(page.get_by_text("$10.00 in all.")).to_be_visible()
    await expect(page.get_by_text("November 29, 2026, paid back")).to_be_visible()
    await expect(page.get_by_text("could not be paid back so far")).to_be_visible()
    await expect(page.get_by_text("can no longer be changed here")).to_be_visible()


async def test_order_is_kept_up_to_date(watched: RecordedPage, site: Site) -> None:
    await watched.page.clock.install()
    page = await open_order(watched, site)
    site.gateway.orders.order = FakeOrder(status="SHIPPED", can_modify=False)
    await page.clock.fast_forward(31_000)
    await expect(page.locator(".status")).to_have_text("On its way")
    await expect(button(page, "Cancel the order")).to_have_count(0)
    site.gateway.orders.order = FakeOrder(status="DELIVERED", can_modify=False)
    await page.clock.fast_forward(31_000)
    await expect(page.locator(".status")).to_have_text("Delivered")
    # What was drawn takes effect a moment later, and then nothing more happens by itself.
    await page.clock.run_for(1_000)
    reads = len(site.gateway.requests)
    await page.clock.fast_forward(120_000)
    assert len(site.gateway.requests) == reads


async def test_form_stays_while_the_order_is_read_again(watched: RecordedPage, site: Site) -> None:
    await watched.page.clock.install()
    page = await open_quantity(watched, site, "3")
    await page.clock.fast_forward(31_000)
    await expect(page.get_by_label("Quantity")).to_have_value("3")
    await expect(page.get_by_label("Quantity")).to_be_focused()


async def test_bad_line_when_opening(watched: RecordedPage, site: Site) -> None:
    site.gateway.failing = 503
    await watched.page.goto(site.order_link)
    await expect(heading(watched.page, "Your order could not be opened")).to_be_visible()
    site.gateway.failing = None
    await button(watched.page, "Try again").click()
    await expect(heading(watched.page, "Order 1042")).to_be_visible()


async def test_hostile_words_stay_words(watched: RecordedPage, site: Site) -> None:
    hostile = "<img src=x onerror=alert(1)> https://evil.example"
    lines = (replace(FakeOrder().lines[0], name=hostile),)
    site.gateway.orders.order = FakeOrder(lines=lines, address=ADDRESS | {"name": hostile})
    page = await open_order(watched, site)
    await expect(page.locator("address span").first).to_have_text(hostile)
    assert await page.locator("a, img").count() == 0
    assert watched.complaints == []
