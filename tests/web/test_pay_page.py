"""The page ``/pay`` in a browser: where something is missing, foreign, late, or there twice."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from playwright.async_api import Route as PageRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.adapters.reference.currencies import IsoCurrencies
from gateway.adapters.reference.number_formats import CldrFormats
from gateway.services.ports.payments import AuthorizationActionRequired, AuthorizationResult
from gateway.transport.static_pages import page_routes
from gateway.web_app.pay_page import PayPage, pay_page_routes
from tests.stripe_peer.fixtures import StripeAccount, StripePeer
from tests.stripe_peer.test_script import ask_stripe
from tests.web.conftest import RecordedPage, serve_app
from tests.web.paid_shop import PaidShop, serve_stripe
from tests.web.shop_visitor import Visitor
from tests.web.test_shop_flows_appearance import check_page
from tests.web_app.test_pay_page import DECLINED, EXPIRED, GRANTED, SECRET, TOKEN, OnePayment

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ASKED_ALWAYS_CARD = "4000002760003184"
NOTHING_TO_PAY = "There is nothing to pay here"
NOTHING_TO_CONFIRM = "There is nothing to confirm here"
RETURN = "?return=/shop/checkout"


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, paid_shop: PaidShop) -> AsyncIterator[Visitor]:
    """Somebody on a telephone who is charged nothing."""
    before = paid_shop.intent_states()
    async with paid_shop.visit(browser) as visitor:
        yield visitor
    assert paid_shop.intent_states() == before


@pytest.mark.parametrize("missing", ["the script", "Stripe's answers"])
async def test_a_form_that_does_not_open_leaves_a_way_on(
    visitor: Visitor, paid_shop: PaidShop, screenshots: Path, missing: str
) -> None:
    page, account = visitor.page, paid_shop.account
    if missing == "the script":
        await page.route("https://js.stripe.com/**", lambda route: route.abort())
    else:
        account.drop_requests(1, path="/v1/elements/sessions")
    await page.goto(f"{paid_shop.url}/pay{RETURN}")
    await expect(page.get_by_role("alert").filter(has_text="js.stripe.com")).to_be_visible()
    await expect(visitor.button("Use this card")).to_have_count(0)
    await check_page(visitor, screenshots / f"pay-missing-{missing[:3]}")
    await page.unroute("https://js.stripe.com/**")
    await visitor.press(visitor.button("Try again"))
    await expect(visitor.button("Use this card")).to_be_visible()
    way_back = page.get_by_role("link", name="Go back without a card")
    await expect(way_back).to_have_attribute("href", "/shop/checkout")


async def test_bad_addresses_say_that_there_is_nothing(
    visitor: Visitor, paid_shop: PaidShop
) -> None:
    unknown = "pay_aaaaaaaaaaaaaaaa"
    for path, title in (
        ("/pay", NOTHING_TO_PAY),
        ("/pay?return=", NOTHING_TO_PAY),
        ("/pay?return=https://evil.example/", NOTHING_TO_PAY),
        ("/pay?return=//evil.example", NOTHING_TO_PAY),
        ("/pay?return=javascript:x&save=1", NOTHING_TO_PAY),
        ("/pay#cut", NOTHING_TO_CONFIRM),
        (f"/pay#{unknown}", NOTHING_TO_CONFIRM),
        (f"/pay?return=//evil.example#{unknown}", NOTHING_TO_CONFIRM),
        (f"/pay/return?payment={unknown}", NOTHING_TO_CONFIRM),
        ("/pay/return", NOTHING_TO_PAY),
    ):
        # The address of a page that is shown differs by more than its fragment.
        await visitor.page.goto("about:blank")
        await visitor.page.goto(f"{paid_shop.url}{path}")
        await expect(visitor.page.get_by_role("heading", name=title)).to_be_focused()
        await expect(visitor.page.get_by_role("link")).to_have_count(0)
    hosts = {urlsplit(url).netloc for url in visitor.recorded.asked}
    assert hosts - {""} == {urlsplit(paid_shop.url).netloc}


async def test_a_card_is_saved_only_for_whoever_is_signed_in(
    visitor: Visitor, paid_shop: PaidShop
) -> None:
    await visitor.page.goto(f"{paid_shop.url}/pay?return=/shop/account&save=1")
    await visitor.press(visitor.page.get_by_role("link", name="Go back"))
    await expect(visitor.page.get_by_role("dialog", name="Sign in")).to_be_visible()


async def test_a_setup_of_somebody_else_is_not_saved(
    visitor: Visitor, paid_shop: PaidShop, screenshots: Path
) -> None:
    page = visitor.page
    customer = ask_stripe(paid_shop.account, "customers")["id"]
    foreign = ask_stripe(paid_shop.account, "setup_intents", customer=customer)["id"]
    paid_shop.account.confirm_setup(foreign, "sim_ok")
    await visitor.go("/account")
    await visitor.press(visitor.button("Sign in"))
    await visitor.sign_in("foreign@example.com")
    await expect(page.get_by_text("Signed in as foreign@example.com")).to_be_visible()
    await page.goto(f"{paid_shop.url}/pay?return=/shop/account&save=1&setup_intent={foreign}")
    alert = page.get_by_role("alert").filter(has_text="does not know this token as yours")
    await expect(alert).to_be_visible()
    await expect(visitor.button("Save this card")).to_be_visible()
    await check_page(visitor, screenshots / "pay-foreign")
    # Read once: a reload tries it no more.
    assert page.url == f"{paid_shop.url}/pay?return=%2Fshop%2Faccount&save=1"
    await visitor.press(page.get_by_role("link", name="Go back without a card"))
    await expect(page.get_by_text("None is saved.").first).to_be_visible()


async def open_card_form(visitor: Visitor, paid_shop: PaidShop, email: str) -> None:
    """The form in which ``email`` saves a card, with a card and its name in it."""
    await visitor.go("/account")
    await visitor.press(visitor.button("Sign in"))
    await visitor.sign_in(email)
    await expect(visitor.page.get_by_text(f"Signed in as {email}")).to_be_visible()
    await visitor.page.goto(f"{paid_shop.url}/pay?return=/shop/account&save=1")
    await expect(visitor.button("Save this card")).to_be_visible()
    await visitor.write("Card number", ASKED_ALWAYS_CARD)
    await visitor.write("What you call it", "My blue card")


async def test_a_card_that_the_bank_agreed_to_on_its_own_page_is_saved_under_its_name(
    visitor: Visitor, paid_shop: PaidShop
) -> None:
    page, account = visitor.page, paid_shop.account
    await open_card_form(visitor, paid_shop, "redirected@example.com")
    await visitor.press(visitor.button("Save this card"))
    await expect(page.get_by_test_id("stripe-challenge")).to_be_visible()
    setup = account.list_setups()[-1]
    account.authenticate(setup["id"])
    appended = f"setup_intent={setup['id']}&setup_intent_client_secret={setup['client_secret']}"
    address = f"{paid_shop.url}/pay?return=/shop/account&save=1"
    await page.goto(f"{address}&{appended}&redirect_status=succeeded")
    await expect(page.get_by_text("My blue card").first).to_be_visible()
    assert "/shop/account" in page.url
    assert await page.evaluate("sessionStorage.getItem('pay.nickname')") is None


async def test_whoever_signed_in_long_ago_signs_in_once_more(
    visitor: Visitor, paid_shop: PaidShop
) -> None:
    page = visitor.page
    email = "long-ago@example.com"
    await open_card_form(visitor, paid_shop, email)
    refusal = {"code": "REAUTHENTICATION_REQUIRED", "field": None, "message": "Sign in again."}

    async def refuse_setup(route: PageRoute) -> None:
        if "paymentSetup" not in (route.request.post_data or ""):
            await route.fallback()
            return
        payload = {"clientSecret": None, "userErrors": [refusal]}
        await route.fulfill(json={"data": {"paymentSetup": payload}})

    await page.route("**/graphql", refuse_setup)
    await visitor.press(visitor.button("Save this card"))
    await expect(page.get_by_text("To save a card, sign in once more.")).to_be_visible()
    await page.unroute("**/graphql")
    await page.goto(f"{paid_shop.url}/pay?return=/shop/account&save=1")
    await expect(page.get_by_label("What you call it")).to_have_value("My blue card")


def build_page(payment: OnePayment, publishable_key: str = "pk_test_1") -> Starlette:
    """The page of one payment, and a page to come back to."""

    async def come_back(_: Request) -> Response:
        return PlainTextResponse("Back in the shop")

    page = PayPage(payment, publishable_key, IsoCurrencies(), CldrFormats(), payment.finish)
    back = Route("/shop/checkout", come_back, methods=["GET"])
    return Starlette(routes=[*page_routes(), *pay_page_routes(page), back])


# R130
async def test_a_payment_is_confirmed_on_the_banks_page(
    watched: RecordedPage, stripe_account: StripeAccount
) -> None:
    payment, page = OnePayment(), watched.page
    async with serve_app(build_page(payment)) as url:
        bank = f"{url}/pay/return?payment={TOKEN}"
        await page.context.route(
            "https://hooks.stripe.com/**",
            lambda route: route.fulfill(status=303, headers={"location": bank}),
        )
        await page.goto(f"{url}/pay{RETURN}#{TOKEN}")
        await expect(page.get_by_role("heading", name="Confirm your payment")).to_be_focused()
        await expect(page.get_by_text("$21.25")).to_be_visible()
        payment.next_result = GRANTED
        # The bank's address leads back without the shop's page, which the tab remembers.
        await page.get_by_role("button", name="Continue to your bank").click()
        await expect(page.get_by_text("Back in the shop")).to_be_visible()
    assert payment.keys == ["key"]
    assert not [address for address in watched.asked if SECRET in address]
    assert stripe_account.requests() == []


@pytest.mark.parametrize(
    ("result", "title", "outcome"),
    [
        (GRANTED, "Payment confirmed", None),
        (DECLINED, "Your bank did not accept the payment", "refused"),
        (EXPIRED, "The time to confirm this payment is over", "expired"),
    ],
)
async def test_what_became_of_a_payment_is_said(
    watched: RecordedPage, result: AuthorizationResult, title: str, outcome: str | None
) -> None:
    page = watched.page
    async with serve_app(build_page(OnePayment(result))) as url:
        for path in (f"/pay#{TOKEN}", f"/pay/return?payment={TOKEN}"):
            await page.goto(f"{url}{path}")
            await expect(page.get_by_role("heading", name=title)).to_be_focused()
            await expect(page.get_by_role("link")).to_have_count(0)
        await page.goto(f"{url}/pay{RETURN}#{TOKEN}")
        if outcome is not None:
            back = page.get_by_role("link", name="Go back")
            await expect(back).to_have_attribute("href", f"/shop/checkout#payment={outcome}")
            await back.click()
        await expect(page.get_by_text("Back in the shop")).to_be_visible()


def open_intent(account: StripeAccount) -> tuple[str, AuthorizationActionRequired, str]:
    """The id, action and card of a payment that was tried without its payer, who has to agree."""
    customer = ask_stripe(account, "customers")["id"]
    method = account.create_method(ASKED_ALWAYS_CARD)
    ask_stripe(account, f"payment_methods/{method}/attach", customer=customer)
    terms = {"amount": "2125", "currency": "usd", "capture_method": "manual"}
    payer = {"customer": customer, "payment_method": method, "off_session": "true"}
    kinds = {"allowed_payment_method_types[0]": "card"}
    asked = ask_stripe(account, "payment_intents", confirm="true", **terms, **payer, **kinds)
    intent = asked["error"]["payment_intent"]
    expires_at = datetime(2126, 1, 1, tzinfo=UTC)
    action = AuthorizationActionRequired(
        intent["id"], f"https://shop.example/pay#{TOKEN}", expires_at, intent["client_secret"]
    )
    return intent["id"], action, method


async def press_confirm(page: Page) -> None:
    await page.bring_to_front()
    await page.get_by_role("button", name="Confirm the payment").click()


async def agree(page: Page) -> None:
    frame = page.frame_locator("[data-testid=stripe-challenge]")
    await frame.get_by_role("button", name="Complete").click()


# R130
async def test_a_page_that_is_open_twice_pays_once(
    watched: RecordedPage, stripe_account: StripeAccount
) -> None:
    _, action, method = open_intent(stripe_account)
    payment = OnePayment(action, has_bank_page=False, payment_method=method)
    first, second = watched.page, await watched.page.context.new_page()
    await serve_stripe(first.context, stripe_account)
    async with serve_app(build_page(payment, stripe_account.publishable_key)) as url:
        for page in (first, second):
            await page.goto(f"{url}/pay{RETURN}#{TOKEN}")
            await expect(page.get_by_role("button", name="Confirm the payment")).to_be_visible()
        await press_confirm(first)
        payment.next_result = GRANTED
        await agree(first)
        await expect(first.get_by_text("Back in the shop")).to_be_visible()
        await press_confirm(second)
        await expect(second.get_by_text("Back in the shop")).to_be_visible()
    states = [charge["status"] for charge in stripe_account.list_charges()]
    # The one without the payer, and theirs.
    assert states == ["failed", "succeeded"]


async def test_a_payment_that_ends_while_its_page_is_open_is_not_made(
    watched: RecordedPage, stripe_account: StripeAccount
) -> None:
    intent_id, action, method = open_intent(stripe_account)
    payment, page = OnePayment(action, has_bank_page=False, payment_method=method), watched.page
    await serve_stripe(page.context, stripe_account)
    async with serve_app(build_page(payment, stripe_account.publishable_key)) as url:
        await page.goto(f"{url}/pay{RETURN}#{TOKEN}")
        await expect(page.get_by_role("button", name="Confirm the payment")).to_be_visible()
        ask_stripe(stripe_account, f"payment_intents/{intent_id}/cancel")
        payment.next_result = EXPIRED
        await press_confirm(page)
        title = "The time to confirm this payment is over"
        await expect(page.get_by_role("heading", name=title)).to_be_focused()
    assert payment.keys == ["key"]
    assert [charge["status"] for charge in stripe_account.list_charges()] == ["failed"]


async def test_the_secret_of_another_account_confirms_nothing(
    watched: RecordedPage, stripe_peer: StripePeer, stripe_account: StripeAccount
) -> None:
    foreign_account = stripe_peer.open_account()
    _, action, method = open_intent(foreign_account)
    payment, page = OnePayment(action, has_bank_page=False, payment_method=method), watched.page
    await serve_stripe(page.context, stripe_account)
    async with serve_app(build_page(payment, stripe_account.publishable_key)) as url:
        await page.goto(f"{url}/pay{RETURN}#{TOKEN}")
        await press_confirm(page)
        # What Stripe says of it is for who wrote the page: "No such payment_intent".
        alert = page.get_by_role("alert").filter(has_text=re.compile("Nothing was charged"))
        await expect(alert).to_be_visible()
        await expect(page.get_by_text("No such")).to_have_count(0)
    assert [charge["status"] for charge in foreign_account.list_charges()] == ["failed"]
    assert stripe_account.list_charges() == []
    foreign_account.control("close")
