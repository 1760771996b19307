"""The stand-in for Stripe.js in Chromium, against the peer."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.demands import skip_or_fail
from tests.stripe_peer.fixtures import StripeAccount
from tests.web.conftest import CHROMIUM, FLAGS, serve_app

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        skip_or_fail("chromium", "no program of that name")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, stripe_account: StripeAccount) -> AsyncIterator[Page]:
    """A page of a shop, another origin than the peer's, with the script in it."""
    page = await browser.new_page()

    async def show(_: Request) -> HTMLResponse:
        return HTMLResponse(
            f'<div id="card"></div><script src="{stripe_account.api_url}/stripe.js">'
            f'</script><script>var stripe = Stripe("{stripe_account.publishable_key}");'
            "function mount(options) { window.elements = stripe.elements(options || {});"
            'elements.create("payment").mount("#card"); }</script>'
        )

    async with serve_app(Starlette(routes=[Route("/shop", show)])) as address:
        await page.goto(f"{address}/shop")
        yield page
    await page.close()


async def evaluate(page: Page, script: str) -> Any:  # noqa: ANN401, JSON
    return json.loads(await page.evaluate(f"(async () => JSON.stringify(await {script}))()"))


async def type_card(page: Page, number: str) -> None:
    await page.evaluate("mount()")
    await page.get_by_label("Card number").fill(number)


def ask_stripe(account: StripeAccount, path: str, **form: str) -> Any:  # noqa: ANN401, JSON
    answer = httpx.post(
        f"{account.api_url}/v1/{path}",
        data=form,
        headers={"stripe-version": "2026-10-28.endive"},
        auth=(account.secret_key, ""),
    )
    return answer.json()


async def test_a_guests_card_becomes_a_method(page: Page, stripe_account: StripeAccount) -> None:
    await type_card(page, "4242 4242 4242 4242")
    made = await evaluate(page, "stripe.createPaymentMethod({elements})")
    assert made["paymentMethod"]["card"]["last4"] == "4242"
    assert [method["id"] for method in stripe_account.list_methods()] == [
        made["paymentMethod"]["id"]
    ]


async def test_an_unfinished_number_is_told(page: Page) -> None:
    await type_card(page, "4242")
    assert (await evaluate(page, "elements.submit()"))["error"]["code"] == "incomplete_number"


@pytest.mark.parametrize(
    ("button", "status"), [("Complete", "succeeded"), ("Fail", "requires_payment_method")]
)
async def test_a_card_is_set_up_after_a_challenge(
    page: Page, stripe_account: StripeAccount, button: str, status: str
) -> None:
    customer = ask_stripe(stripe_account, "customers")["id"]
    setup = ask_stripe(stripe_account, "setup_intents", customer=customer)
    await type_card(page, "4000002500003155")
    await page.evaluate(
        "secret => { window.done = stripe.confirmSetup({elements, clientSecret: secret,"
        'redirect: "if_required", confirmParams: {return_url: location.href}}); }',
        setup["client_secret"],
    )
    await page.frame_locator("iframe").get_by_role("button", name=button).click()
    answer = await evaluate(page, "window.done")
    intent = answer.get("setupIntent") or answer["error"]["setup_intent"]
    assert intent["status"] == status
    assert [held["status"] for held in stripe_account.list_setups()] == [status]


async def test_a_declined_payment_is_confirmed_on_session(
    page: Page, stripe_account: StripeAccount
) -> None:
    customer = ask_stripe(stripe_account, "customers")["id"]
    method = stripe_account.create_method("4000002760003184")
    ask_stripe(stripe_account, f"payment_methods/{method}/attach", customer=customer)
    asked = ask_stripe(
        stripe_account,
        "payment_intents",
        **{
            "amount": "1999",
            "currency": "eur",
            "customer": customer,
            "payment_method": method,
            "confirm": "true",
            "off_session": "true",
            "capture_method": "manual",
            "allowed_payment_method_types[0]": "card",
        },
    )
    intent = asked["error"]["payment_intent"]
    await page.evaluate(
        "([secret, method]) => { window.done = stripe.confirmCardPayment(secret, "
        "{payment_method: method}); }",
        [intent["client_secret"], method],
    )
    await page.frame_locator("iframe").get_by_role("button", name="Complete").click()
    answer = await evaluate(page, "window.done")
    assert answer["paymentIntent"]["status"] == "requires_capture"
    read = await evaluate(page, f'stripe.retrievePaymentIntent("{intent["client_secret"]}")')
    assert read["paymentIntent"]["id"] == intent["id"]


async def test_a_redirect_leads_to_the_bank_and_back(
    page: Page, stripe_account: StripeAccount
) -> None:
    made = ask_stripe(stripe_account, "payment_intents", amount="1999", currency="eur")
    shop = page.url
    await type_card(page, "4000000000003220")
    await page.evaluate(
        "secret => { stripe.confirmPayment({elements, clientSecret: secret, "
        f'confirmParams: {{return_url: "{shop}?back=1"}}}}); }}',
        made["client_secret"],
    )
    await page.get_by_role("button", name="Complete").click()
    await page.wait_for_url(f"{shop}?back=1&payment_intent={made['id']}*redirect_status=succeeded")
    assert [held["status"] for held in stripe_account.list_intents()] == ["succeeded"]


async def test_another_secret_opens_nothing(page: Page, stripe_account: StripeAccount) -> None:
    made = ask_stripe(stripe_account, "payment_intents", amount="1999", currency="eur")
    answer = await evaluate(page, f'stripe.retrievePaymentIntent("{made["id"]}_secret_guess")')
    assert answer["error"]["code"] == "resource_missing"


# docs.stripe.com/js: what a page does wrong throws, and is no answer of the API.
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ('Stripe("")', "publishable key"),
        ('Stripe("sk_test_1")', "publishable key"),
        ('stripe.elements({mode: "setup", clientSecret: "seti_1_secret_1"})', "together"),
        ('stripe.elements({mode: "payment", currency: "usd"})', "`amount` is needed"),
        ('stripe.confirmSetup({elements, clientSecret: "seti_1"})', "clientSecret"),
        ('stripe.confirmSetup({elements, clientSecret: "seti_1_secret_1"})', "return_url"),
        (
            """stripe.confirmSetup({
                elements, clientSecret: "seti_1_secret_1", redirect: "if_required"
            })""",
            "elements.submit() must be called",
        ),
        ("stripe.createPaymentMethod({elements})", "elements.submit() must be called"),
        (
            "elements.submit().then(() => stripe.createPaymentMethod({elements}))",
            "paymentMethodCreation",
        ),
    ],
)
async def test_what_a_page_does_wrong_throws(page: Page, script: str, reason: str) -> None:
    await page.evaluate('mount({mode: "setup", currency: "usd"})')
    await page.get_by_label("Card number").fill("4242424242424242")
    with pytest.raises(Error, match=re.escape(reason)):
        await page.evaluate(f"(async () => {{ await {script}; }})()")


async def test_a_next_action_is_handled_only_where_there_is_one(
    page: Page, stripe_account: StripeAccount
) -> None:
    made = ask_stripe(stripe_account, "payment_intents", amount="1999", currency="eur")
    with pytest.raises(Error, match="requires_action"):
        await page.evaluate(
            "clientSecret => stripe.handleNextAction({clientSecret})", made["client_secret"]
        )


@pytest.mark.parametrize("is_away", [True, False])
async def test_a_form_that_cannot_be_opened_says_so(
    page: Page, stripe_account: StripeAccount, *, is_away: bool
) -> None:
    if is_away:
        stripe_account.drop_requests(1, "/v1/elements/sessions")
    key = stripe_account.publishable_key if is_away else "pk_test_another"
    failure = await evaluate(
        page,
        f'new Promise((resolve) => {{ const element = Stripe("{key}")'
        '.elements({mode: "setup", currency: "usd"}).create("payment"); '
        'element.on("loaderror", resolve).on("ready", resolve); element.mount("#card"); })',
    )
    assert failure["error"]["type"] == (
        "api_connection_error" if is_away else "invalid_request_error"
    )
    await expect(page.get_by_label("Card number")).to_have_count(0)
