"""The page ``/pay`` in a browser: card entry on the way from the shop, and confirmation."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.reference.number_formats import CldrFormats
from gateway.services.ports.payments import AuthorizationResult
from gateway.transport.static_pages import page_routes
from gateway.web_app.pay_page import PayPage, pay_page_routes
from tests.api.serving import start_gateway
from tests.gifts.real_shop import RealShop, open_real_shop
from tests.web.conftest import RecordedPage, serve_app
from tests.web.shop_visitor import DESK, PHONE, Hands, visit
from tests.web.test_shop_flows import fill_cart
from tests.web.test_shop_flows_appearance import check_page
from tests.web_app.test_pay_page import (
    DECLINED,
    EXPIRED,
    GRANTED,
    SECRET,
    TOKEN,
    OnePayment,
)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCRIPT = Path(__file__).parent / "stripe_script.js"
SCRIPT_HOST = "https://js.stripe.com/**"
STRIPE_SETTINGS = {
    "GATEWAY_PAYMENTS": "stripe",
    "GATEWAY_STRIPE_SECRET_KEY": "sk_test_fortytwo",
    "GATEWAY_STRIPE_PUBLISHABLE_KEY": "pk_test_fortytwo",
    "GATEWAY_STRIPE_WEBHOOK_SECRET": "whsec_fortytwofortytwo",
    # Nobody listens there: card entry asks the provider's script alone.
    "GATEWAY_STRIPE_API_URL": "http://127.0.0.1:9",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealShop]:
    """`gateway serve` with Stripe as its provider."""
    with ExitStack() as stack:
        starting = start_gateway(tmp_path_factory.mktemp("pay"), **STRIPE_SETTINGS)
        served = await asyncio.to_thread(stack.enter_context, starting)
        yield await asyncio.to_thread(open_real_shop, served)


async def serve_script(page: Page) -> None:
    """Stripe's script is the tests' stand-in."""
    await page.context.route(
        SCRIPT_HOST, lambda route: route.fulfill(path=SCRIPT, content_type="text/javascript")
    )


# R116
@pytest.mark.parametrize(("size", "hands"), [(DESK, "mouse"), (PHONE, "keyboard")])
async def test_a_guest_enters_a_card_and_comes_back_with_everything_as_it_was(
    browser: Browser, shop: RealShop, screenshots: Path, size: ViewportSize, hands: Hands
) -> None:
    async with visit(browser, shop, size, hands) as visitor:
        page = visitor.page
        await serve_script(page)
        await fill_cart(visitor)
        await visitor.write("E-mail address", "guest@example.com")
        await visitor.write("Name *", "Sam Guest")
        await visitor.write("Address *", "100 Castro Street")
        await visitor.write("City", "Mountain View")
        await visitor.select("State", "California")
        await visitor.write("ZIP code", "94043")
        await visitor.press(visitor.button("Continue"))
        # The shop itself has asked no other host until here.
        visitor.assert_kept_to_itself()
        await visitor.press(visitor.button("Enter a card"))

        await expect(page.get_by_role("heading", name="Enter your card")).to_be_focused()
        use = visitor.button("Use this card")
        await expect(use).to_be_visible()
        await check_page(visitor, screenshots / f"pay-card-{hands}")
        await visitor.press(use)
        await expect(page.get_by_role("alert").filter(has_text="incomplete")).to_be_visible()
        await visitor.write("Card number", "4000000000000002")
        await visitor.press(use)
        await expect(page.get_by_role("alert").filter(has_text="was declined")).to_be_visible()
        await visitor.write("Card number", "4242424242424242")
        await visitor.press(use)

        await expect(page.get_by_text("Your card is entered.")).to_be_visible()
        await expect(page.get_by_text("To Sam Guest, 100 Castro Street")).to_be_visible()
        await expect(page.get_by_text("News go to guest@example.com")).to_be_visible()
        assert page.url == f"{shop.served.url}/shop/checkout"
        await expect(visitor.button(re.compile("^Place the order for"))).to_be_enabled()
        await page.screenshot(path=screenshots / f"pay-back-{hands}.png", full_page=True)


async def test_a_script_that_is_blocked_leaves_a_way_on(browser: Browser, shop: RealShop) -> None:
    async with visit(browser, shop) as visitor:
        page = visitor.page
        await page.context.route(SCRIPT_HOST, lambda route: route.abort())
        await page.goto(f"{shop.served.url}/pay?return=/shop/checkout")
        await expect(page.get_by_role("alert").filter(has_text="js.stripe.com")).to_be_visible()
        await page.context.unroute_all()
        await serve_script(page)
        await visitor.press(visitor.button("Try again"))
        await expect(visitor.button("Use this card")).to_be_visible()
        way_back = page.get_by_role("link", name="Go back without a card")
        await expect(way_back).to_have_attribute("href", "/shop/checkout")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
async def test_card_entry_leads_to_no_other_host(
    browser: Browser, shop: RealShop, target: str
) -> None:
    async with visit(browser, shop) as visitor:
        await visitor.page.goto(f"{shop.served.url}/pay?return={target}")
        await expect(
            visitor.page.get_by_role("heading", name="There is nothing to pay here")
        ).to_be_visible()
        await expect(visitor.page.get_by_role("link")).to_have_count(0)


async def test_a_card_is_saved_only_for_whoever_is_signed_in(
    browser: Browser, shop: RealShop
) -> None:
    async with visit(browser, shop) as visitor:
        await visitor.page.goto(f"{shop.served.url}/pay?return=/shop/account&save=1")
        await visitor.press(visitor.page.get_by_role("link", name="Go back"))
        await expect(visitor.page.get_by_role("dialog", name="Sign in")).to_be_visible()


async def open_payment(payment: OnePayment) -> Starlette:
    """The page of one payment, and a page to come back to."""

    async def come_back(_: Request) -> Response:
        return PlainTextResponse("Back in the shop")

    page = PayPage(payment, "pk_test_1", IsoCurrencies(), CldrFormats(), payment.finish)
    back = Route("/shop/checkout", come_back, methods=["GET"])
    return Starlette(routes=[*page_routes(), *pay_page_routes(page), back])


# R130
@pytest.mark.parametrize("button", ["Continue to your bank", "Confirm the payment"])
async def test_a_payment_is_confirmed_and_the_buyer_comes_back(
    watched: RecordedPage, screenshots: Path, button: str
) -> None:
    payment, page = OnePayment(has_bank_page="bank" in button), watched.page
    await serve_script(page)
    async with serve_app(await open_payment(payment)) as url:
        bank = f"{url}/pay/return?payment={TOKEN}"
        await page.context.route(
            "https://hooks.stripe.com/**",
            lambda route: route.fulfill(status=303, headers={"location": bank}),
        )
        await page.goto(f"{url}/pay?return=/shop/checkout#{TOKEN}")
        await expect(page.get_by_role("heading", name="Confirm your payment")).to_be_focused()
        await expect(page.get_by_text("$21.25")).to_be_visible()
        await page.screenshot(path=screenshots / f"pay-confirm-{payment.has_bank_page}.png")
        payment.next_result = GRANTED
        await page.get_by_role("button", name=button).click()
        await expect(page.get_by_text("Back in the shop")).to_be_visible()
    assert payment.keys == ["key"]
    # The secret of a payer is in no address.
    assert not [address for address in watched.asked if SECRET in address]


@pytest.mark.parametrize(
    ("result", "title"),
    [
        (GRANTED, "Payment confirmed"),
        (DECLINED, "Your bank did not accept the payment"),
        (EXPIRED, "The time to confirm this payment is over"),
    ],
)
@pytest.mark.parametrize("path", [f"/pay#{TOKEN}", f"/pay/return?payment={TOKEN}"])
async def test_what_became_of_a_payment_is_said(
    watched: RecordedPage, result: AuthorizationResult, title: str, path: str
) -> None:
    async with serve_app(await open_payment(OnePayment(result))) as url:
        await watched.page.goto(f"{url}{path}")
        await expect(watched.page.get_by_role("heading", name=title)).to_be_focused()


@pytest.mark.parametrize("path", ["/pay#cut", "/pay/return?payment=pay_aaaaaaaaaaaaaaaa"])
async def test_an_unknown_payment_is_nothing_to_confirm(watched: RecordedPage, path: str) -> None:
    async with serve_app(await open_payment(OnePayment())) as url:
        await watched.page.goto(f"{url}{path}")
        await expect(
            watched.page.get_by_role("heading", name="There is nothing to confirm here")
        ).to_be_focused()
