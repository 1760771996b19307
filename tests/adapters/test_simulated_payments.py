"""The simulated provider, token by token, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette

from gateway.adapters import simulated_payments
from gateway.adapters.clocks import StandingClock
from gateway.adapters.ids import RandomIds
from gateway.adapters.simulated_payment_pages import simulated_payment_routes
from gateway.adapters.simulated_payments import Habits, SimulatedPayments
from gateway.engine.money import Currency, Money
from gateway.services.ports.payments import (
    ActionRequired,
    Authorization,
    AuthorizationRequest,
    Authorized,
    Captured,
    CaptureRefused,
    Declined,
    DeclineReason,
    KeyReused,
    Unknown,
    WrongCharge,
)
from tests.conftest import AnyDatabase

USD, EUR = Currency("USD", 2), Currency("EUR", 2)
TEN = Money(1000, USD)
QUIET = Habits(silence=0, action_open=timedelta(minutes=15))


@pytest.fixture
def payments(databases: AnyDatabase) -> SimulatedPayments:
    return SimulatedPayments(databases, RandomIds(), "https://shop.example/", QUIET)


def request(method: str, key: str = "k", **more: str) -> AuthorizationRequest:
    return AuthorizationRequest(TEN, method, key, "pur_1", **more)


async def books(payments: SimulatedPayments) -> list[tuple[str, str]]:
    return [(charge.idempotency_key, charge.status) for charge in await payments.charges()]


async def held(payments: SimulatedPayments, method: str = "sim_ok", key: str = "k") -> str:
    answer = await payments.authorize(request(method, key))
    assert isinstance(answer, Authorized)
    return answer.charge_id


async def test_one_key_is_one_charge_however_often_it_is_asked(payments: SimulatedPayments) -> None:
    answers = await asyncio.gather(*(payments.authorize(request("sim_ok")) for _ in range(20)))
    assert len(set(answers)) == 1
    assert answers[0] == await payments.lookup("k")
    assert await books(payments) == [("k", "HELD")]


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("sim_declined", DeclineReason.DECLINED),
        ("sim_insufficient", DeclineReason.INSUFFICIENT_FUNDS),
        ("tok_of_another_provider", DeclineReason.UNKNOWN_METHOD),
    ],
)
async def test_a_refusal_stays_one(
    payments: SimulatedPayments, method: str, reason: DeclineReason
) -> None:
    for _ in range(2):
        assert await payments.authorize(request(method)) == Declined(reason)
    assert await payments.lookup("k") == Declined(reason)
    assert await books(payments) == [("k", "DECLINED")]


@pytest.mark.parametrize(
    "other",
    [
        AuthorizationRequest(TEN, "sim_timeout", "k", "pur_1"),
        AuthorizationRequest(Money(1001, USD), "sim_ok", "k", "pur_1"),
        AuthorizationRequest(Money(1000, EUR), "sim_ok", "k", "pur_1"),
        AuthorizationRequest(TEN, "sim_ok", "k", "pur_2"),
    ],
)
async def test_a_key_cannot_be_used_for_something_else(
    payments: SimulatedPayments, other: AuthorizationRequest
) -> None:
    charge = await held(payments)
    with pytest.raises(KeyReused):
        await payments.authorize(other)
    assert await payments.lookup("k") == Authorized(charge)
    assert await books(payments) == [("k", "HELD")]


async def test_only_the_last_charges_are_listed(
    payments: SimulatedPayments, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:  # R106
    monkeypatch.setattr(simulated_payments, "MAX_CHARGES_LISTED", 2)
    for key in ("k1", "k2", "k3"):
        await held(payments, key=key)
        clock.advance(timedelta(seconds=1))
    assert [key for key, _ in await books(payments)] == ["k2", "k3"]


async def test_a_key_that_never_arrived_is_unknown(payments: SimulatedPayments) -> None:
    assert await payments.lookup("k") is None


async def test_a_silent_provider_has_charged_all_the_same(payments: SimulatedPayments) -> None:
    assert await payments.authorize(request("sim_timeout")) == Unknown()
    found = await payments.lookup("k")
    assert isinstance(found, Authorized)
    assert await payments.authorize(request("sim_timeout")) == found
    assert await books(payments) == [("k", "HELD")]


async def test_the_silence_begins_when_the_charge_exists(databases: AnyDatabase) -> None:
    assert Habits().silence == 7.0
    payments = SimulatedPayments(databases, RandomIds(), "", Habits(silence=3600))
    asking = asyncio.create_task(payments.authorize(request("sim_timeout")))
    while await payments.lookup("k") is None:
        assert not asking.done()
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await books(payments) == [("k", "HELD")]


async def test_what_the_gateway_rolls_back_stays_charged(
    payments: SimulatedPayments, databases: AnyDatabase
) -> None:
    async def crash() -> None:
        await held(payments)
        async with databases.begin():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await crash()
    assert await books(payments) == [("k", "HELD")]


async def test_a_hold_is_taken_once_at_most_as_much_as_is_held(payments: SimulatedPayments) -> None:
    charge = await held(payments)
    for much in (Money(1001, USD), Money(1000, EUR)):
        with pytest.raises(WrongCharge):
            await payments.capture(charge, much)
    taken = await asyncio.gather(*(payments.capture(charge, Money(900, USD)) for _ in range(5)))
    assert taken == [Captured()] * 5
    [booked] = await payments.charges()
    assert (booked.status, booked.amount_minor, booked.captured_minor) == ("CAPTURED", 1000, 900)
    assert await payments.authorize(request("sim_ok")) == Authorized(charge)


async def test_an_expired_hold_is_renewed_once(
    payments: SimulatedPayments, clock: StandingClock
) -> None:
    charge = await held(payments, "sim_hold_expires")
    assert await payments.capture(charge, TEN) == CaptureRefused()
    assert await payments.capture(charge, TEN) == CaptureRefused()
    clock.advance(timedelta(days=7))
    renewed = await payments.authorize(request("sim_hold_expires", "k again", renews=charge))
    assert isinstance(renewed, Authorized)
    assert await payments.capture(renewed.charge_id, TEN) == Captured()
    assert await books(payments) == [("k", "RELEASED"), ("k again", "CAPTURED")]


async def test_a_hold_that_was_let_go_is_no_longer_one(payments: SimulatedPayments) -> None:
    charge = await held(payments)
    await payments.release(charge)
    await payments.release(charge)
    assert await payments.capture(charge, TEN) == CaptureRefused()
    assert await payments.lookup("k") == Declined(DeclineReason.RELEASED)
    with pytest.raises(WrongCharge):
        await payments.refund(charge)
    assert await books(payments) == [("k", "RELEASED")]


async def test_what_was_taken_is_given_back_and_not_let_go(payments: SimulatedPayments) -> None:
    charge = await held(payments)
    await payments.capture(charge, TEN)
    with pytest.raises(WrongCharge, match="is CAPTURED, cannot become RELEASED"):
        await payments.release(charge)
    await payments.refund(charge)
    await payments.refund(charge)
    assert await payments.capture(charge, TEN) == CaptureRefused()
    assert await books(payments) == [("k", "REFUNDED")]


@pytest.mark.parametrize("act", ["release", "refund"])
async def test_an_unknown_charge_is_refused(payments: SimulatedPayments, act: str) -> None:
    call: Callable[[str], Awaitable[None]] = getattr(payments, act)
    with pytest.raises(WrongCharge):
        await call("simch_none")
    with pytest.raises(WrongCharge):
        await payments.capture("simch_none", TEN)


# The payer's page


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
async def browser(payments: SimulatedPayments, told: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    async def confirmed(key: str) -> None:
        told.append(key)

    app = Starlette(routes=simulated_payment_routes(payments, confirmed, lists_charges=True))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
        yield client


async def action(payments: SimulatedPayments) -> ActionRequired:
    answer: Authorization = await payments.authorize(request("sim_3ds"))
    assert isinstance(answer, ActionRequired)
    assert answer == await payments.lookup("k")
    return answer


async def test_looking_at_the_page_confirms_nothing(
    payments: SimulatedPayments, browser: httpx.AsyncClient, told: list[str], clock: StandingClock
) -> None:
    asked = await action(payments)
    assert asked.url.startswith("https://shop.example/sim/3ds/3ds_")
    assert asked.expires_at == clock.now() + timedelta(minutes=15)
    page = await browser.get(asked.url)
    assert (page.status_code, '<form method="post">' in page.text) == (200, True)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert (await books(payments), told) == ([], [])
    assert await payments.capture(asked.charge_id, TEN) == CaptureRefused()


async def test_an_empty_post_confirms(
    payments: SimulatedPayments, browser: httpx.AsyncClient, told: list[str]
) -> None:
    asked = await action(payments)
    assert (await browser.post(asked.url)).status_code == 200
    assert told == ["k"]
    assert await payments.lookup("k") == Authorized(asked.charge_id)
    for again in (await browser.post(asked.url), await browser.get(asked.url)):
        assert (again.status_code, "Payment confirmed" in again.text) == (200, True)
    listed = (await browser.get("/sim/charges")).json()
    assert listed == [
        {
            "id": asked.charge_id,
            "idempotencyKey": "k",
            "amountMinor": 1000,
            "currency": "USD",
            "status": "HELD",
        }
    ]


async def test_a_confirmation_expires(
    payments: SimulatedPayments, browser: httpx.AsyncClient, told: list[str], clock: StandingClock
) -> None:
    asked = await action(payments)
    clock.advance(timedelta(minutes=15))
    for page in (await browser.get(asked.url), await browser.post(asked.url)):
        assert (page.status_code, "expired" in page.text) == (404, True)
    assert await payments.lookup("k") == Declined(DeclineReason.AUTHENTICATION_EXPIRED)
    assert (await books(payments), told) == ([], [])


async def test_a_released_confirmation_is_gone(
    payments: SimulatedPayments, browser: httpx.AsyncClient
) -> None:
    asked = await action(payments)
    await payments.release(asked.charge_id)
    assert (await browser.post(asked.url)).status_code == 404
    assert await books(payments) == [("k", "RELEASED")]


async def test_a_guessed_page_is_not_there(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/sim/3ds/3ds_guess")).status_code == 404
    assert (await browser.post("/sim/3ds/3ds_guess")).status_code == 404


async def test_the_list_shows_what_was_taken_and_only_where_it_is_wanted(
    payments: SimulatedPayments, browser: httpx.AsyncClient
) -> None:
    await payments.capture(await held(payments), Money(900, USD))
    [listed] = (await browser.get("/sim/charges")).json()
    assert (listed["amountMinor"], listed["status"]) == (900, "CAPTURED")

    async def confirmed(_: str) -> None: ...

    routes = simulated_payment_routes(payments, confirmed, lists_charges=False)
    assert {route.path for route in routes} == {"/sim/3ds/{token}"}
