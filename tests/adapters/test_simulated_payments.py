"""The simulated provider, token by token, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.simulated_payments import provider
from gateway.adapters.simulated_payments.pages import simulated_payment_routes
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider, SimulationTiming
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationResult,
    AuthorizationUnknown,
    CaptureCompleted,
    CaptureRefused,
    DeclineReason,
)
from tests.adapters.simulated_charges import (
    authorization_request,
    authorize,
    capture,
    list_charge_states,
    refund,
)
from tests.conftest import AnyDatabase

NO_SILENCE = SimulationTiming(silence_seconds=0, action_lifetime=timedelta(minutes=15))


@pytest.fixture
def payments(databases: AnyDatabase) -> SimulatedPaymentProvider:
    return SimulatedPaymentProvider(databases, RandomIds(), "https://shop.example/", NO_SILENCE)


async def test_only_the_last_charges_are_listed(
    payments: SimulatedPaymentProvider, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:  # R106
    monkeypatch.setattr(provider, "MAX_CHARGES_LISTED", 2)
    for key in ("k1", "k2", "k3"):
        await authorize(payments, key=key)
        clock.advance(timedelta(seconds=1))
    assert [key for key, _ in await list_charge_states(payments)] == ["k2", "k3"]


async def test_a_silent_provider_has_charged_all_the_same(
    payments: SimulatedPaymentProvider,
) -> None:
    assert await payments.authorize(authorization_request("sim_timeout")) == AuthorizationUnknown()
    charge = await payments.find_by_key("k")
    assert isinstance(charge, AuthorizationGranted)
    assert await payments.authorize(authorization_request("sim_timeout")) == charge
    assert await list_charge_states(payments) == [("k", "HELD")]


async def test_the_silence_begins_when_the_charge_exists(databases: AnyDatabase) -> None:
    assert SimulationTiming().silence_seconds == 7.0
    payments = SimulatedPaymentProvider(
        databases, RandomIds(), "", SimulationTiming(silence_seconds=3600)
    )
    asking = asyncio.create_task(payments.authorize(authorization_request("sim_timeout")))
    while await payments.find_by_key("k") is None:
        assert not asking.done()
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await list_charge_states(payments) == [("k", "HELD")]


async def test_what_the_gateway_rolls_back_stays_charged(
    payments: SimulatedPaymentProvider, databases: AnyDatabase
) -> None:
    async def crash() -> None:
        await authorize(payments)
        async with databases.begin():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await crash()
    assert await list_charge_states(payments) == [("k", "HELD")]


async def test_an_expired_hold_is_renewed_once(
    payments: SimulatedPaymentProvider, clock: ManualClock
) -> None:
    charge = await authorize(payments, "sim_hold_expires")
    assert await capture(payments, charge) == CaptureRefused()
    assert await capture(payments, charge) == CaptureRefused()
    clock.advance(timedelta(days=7))
    renewed = await payments.authorize(
        authorization_request("sim_hold_expires", "k again", renewed_charge_id=charge)
    )
    assert isinstance(renewed, AuthorizationGranted)
    assert await capture(payments, renewed.charge_id) == CaptureCompleted()
    assert await list_charge_states(payments) == [("k", "RELEASED"), ("k again", "CAPTURED")]


# The payer's page


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
async def browser(
    payments: SimulatedPaymentProvider, told: list[str]
) -> AsyncIterator[httpx.AsyncClient]:
    async def on_confirmed(key: str) -> None:
        told.append(key)

    app = Starlette(routes=simulated_payment_routes(payments, on_confirmed, lists_charges=True))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
        yield client


async def require_action(payments: SimulatedPaymentProvider) -> AuthorizationActionRequired:
    answer: AuthorizationResult = await payments.authorize(authorization_request("sim_3ds"))
    assert isinstance(answer, AuthorizationActionRequired)
    assert answer == await payments.find_by_key("k")
    return answer


async def test_looking_at_the_page_confirms_nothing(
    payments: SimulatedPaymentProvider,
    browser: httpx.AsyncClient,
    told: list[str],
    clock: ManualClock,
) -> None:
    required_action = await require_action(payments)
    assert required_action.url.startswith("https://shop.example/sim/3ds/3ds_")
    assert required_action.expires_at == clock.now() + timedelta(minutes=15)
    page = await browser.get(required_action.url)
    assert (page.status_code, '<form method="post">' in page.text) == (200, True)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert (await list_charge_states(payments), told) == ([], [])
    assert await capture(payments, required_action.charge_id) == CaptureRefused()


async def test_an_empty_post_confirms(
    payments: SimulatedPaymentProvider, browser: httpx.AsyncClient, told: list[str]
) -> None:
    required_action = await require_action(payments)
    assert (await browser.post(required_action.url)).status_code == 200
    assert told == ["k"]
    assert await payments.find_by_key("k") == AuthorizationGranted(required_action.charge_id)
    for again in (await browser.post(required_action.url), await browser.get(required_action.url)):
        assert (again.status_code, "Payment confirmed" in again.text) == (200, True)
    listed = (await browser.get("/sim/charges")).json()
    assert listed == [
        {
            "id": required_action.charge_id,
            "idempotencyKey": "k",
            "amountMinor": 1000,
            "currency": "USD",
            "status": "HELD",
            "capturedMinor": 0,
            "refundedMinor": 0,
        }
    ]


async def test_the_payer_is_led_back_to_the_page_they_came_from(
    payments: SimulatedPaymentProvider, browser: httpx.AsyncClient, told: list[str]
) -> None:
    url = (await require_action(payments)).url + "?return=%2Fshop%2Fcheckout"
    form = await browser.get(url)
    assert '<a href="/shop/checkout">Go back without confirming</a>' in form.text
    answer = await browser.post(url)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/shop/checkout")
    assert (answer.headers["Referrer-Policy"], told) == ("no-referrer", ["k"])
    assert '<a href="/shop/checkout">Go back</a>' in (await browser.get(url)).text


@pytest.mark.parametrize(
    "return_path",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/a?b", "/a\r\nX: b", "shop"],
)
async def test_no_link_leads_the_payer_to_another_host(
    payments: SimulatedPaymentProvider, browser: httpx.AsyncClient, return_path: str
) -> None:
    url = httpx.URL((await require_action(payments)).url, params={"return": return_path})
    assert "<a" not in (await browser.get(url)).text
    answer = await browser.post(url)
    assert (answer.status_code, "Location" in answer.headers) == (200, False)


async def test_a_confirmation_expires(
    payments: SimulatedPaymentProvider,
    browser: httpx.AsyncClient,
    told: list[str],
    clock: ManualClock,
) -> None:
    required_action = await require_action(payments)
    clock.advance(timedelta(minutes=15))
    for page in (await browser.get(required_action.url), await browser.post(required_action.url)):
        assert (page.status_code, "expired" in page.text) == (404, True)
    assert await payments.find_by_key("k") == AuthorizationDeclined(
        DeclineReason.AUTHENTICATION_EXPIRED
    )
    assert (await list_charge_states(payments), told) == ([], [])


async def test_a_released_confirmation_is_gone(
    payments: SimulatedPaymentProvider, browser: httpx.AsyncClient
) -> None:
    required_action = await require_action(payments)
    await payments.release(required_action.charge_id)
    assert (await browser.post(required_action.url)).status_code == 404
    assert await list_charge_states(payments) == [("k", "RELEASED")]


async def test_a_guessed_page_is_not_there(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/sim/3ds/3ds_guess")).status_code == 404
    assert (await browser.post("/sim/3ds/3ds_guess")).status_code == 404


async def test_the_list_shows_what_was_taken_and_only_where_it_is_wanted(
    payments: SimulatedPaymentProvider, browser: httpx.AsyncClient
) -> None:
    charge = await authorize(payments)
    await capture(payments, charge, 500, "c1")
    columns = ("amountMinor", "status", "capturedMinor", "refundedMinor")
    [listed] = (await browser.get("/sim/charges")).json()
    assert [listed[column] for column in columns] == [1000, "HELD", 500, 0]
    await capture(payments, charge, 400, "c2", final=True)
    await refund(payments, charge, 300)
    [listed] = (await browser.get("/sim/charges")).json()
    assert [listed[column] for column in columns] == [900, "CAPTURED", 900, 300]

    async def on_confirmed(_: str) -> None: ...

    routes = simulated_payment_routes(payments, on_confirmed, lists_charges=False)
    assert {route.path for route in routes} == {"/sim/3ds/{token}"}
