"""Stripe at its worst: failures, limits, old keys, crashes, wrong keys, and what no log tells."""

import asyncio
import logging
from datetime import timedelta

import httpx
import pytest
import stripe

from gateway.adapters.clocks import ManualClock
from gateway.adapters.repositories.payment_requests import PaymentRequestsRepository
from gateway.adapters.stripe_payments.access import StripeTiming
from gateway.adapters.stripe_payments.building import StripePayments
from gateway.adapters.stripe_payments.intents import IntentStatus
from gateway.services.ports.payments import (
    AuthorizationActionRequired,
    AuthorizationDeclined,
    AuthorizationGranted,
    AuthorizationUnknown,
    DeclineReason,
    IdempotencyKeyReused,
    ProviderUnavailable,
)
from tests.adapters.stripe_payments.scripted_stripe import (
    CLIENT_SECRET,
    CUSTOMER,
    INTENT,
    METHOD,
    REPLAYED,
    SECRET_KEY,
    Answer,
    NoAnswer,
    ScriptedStripe,
    build_payments,
    intent,
    intent_answer,
    list_answer,
    refusal_answer,
)
from tests.adapters.stripe_payments.test_authorizations import (
    CANCEL,
    CREATE,
    CUSTOMERS,
    HELD,
    LIST,
    RETRIEVE,
    build_request,
)
from tests.conftest import AnyDatabase
from tests.kills import ProcessCrash

FAILURE = refusal_answer(500, "api_error")
STORED_FAILURE = refusal_answer(500, "api_error", headers=REPLAYED)
IN_USE = refusal_answer(409, "invalid_request_error", "idempotency_key_in_use")
TOO_MANY = refusal_answer(429, "invalid_request_error", "rate_limit")


class SilentStripe(ScriptedStripe):
    """Takes every request and answers none."""

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Wait for longer than anybody does."""
        await asyncio.sleep(60)
        raise AssertionError(request)


@pytest.fixture
def script() -> ScriptedStripe:
    script = ScriptedStripe()
    script.answer(CUSTOMERS, Answer({"id": CUSTOMER, "object": "customer"}))
    return script


@pytest.fixture
def payments(script: ScriptedStripe, databases: AnyDatabase, clock: ManualClock) -> StripePayments:
    return build_payments(script, databases, clock)


# -- what passes


@pytest.mark.parametrize(
    "passing", [FAILURE, IN_USE, TOO_MANY, refusal_answer(503, "api_error"), Answer({}, 502)]
)
async def test_what_passes_is_repeated_with_the_same_key(
    payments: StripePayments, script: ScriptedStripe, passing: Answer
) -> None:
    script.answer(CREATE, passing, passing, intent_answer())
    assert await payments.provider.authorize(build_request()) == HELD
    assert script.list_keys(CREATE) == ["k"] * 3


@pytest.mark.parametrize("lasting", [FAILURE, IN_USE, TOO_MANY, NoAnswer()])
async def test_what_lasts_is_unknown_and_asked_for_a_few_times_only(
    payments: StripePayments, script: ScriptedStripe, lasting: Answer | NoAnswer
) -> None:
    script.answer(CREATE, lasting)
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()
    assert script.list_keys(CREATE) == ["k"] * 6


@pytest.mark.parametrize(
    ("status", "advice", "times"), [(409, "false", 1), (429, "false", 1), (400, "true", 6)]
)
async def test_stripe_s_advice_is_followed(
    payments: StripePayments, script: ScriptedStripe, status: int, advice: str, times: int
) -> None:
    headers = {"Stripe-Should-Retry": advice}
    script.answer(CREATE, refusal_answer(status, "invalid_request_error", headers=headers))
    await payments.provider.authorize(build_request())
    assert script.list_keys(CREATE) == ["k"] * times


async def test_a_time_that_stripe_names_is_kept_if_there_is_so_much(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    loop = asyncio.get_running_loop()
    script.answer(
        CREATE,
        refusal_answer(429, "invalid_request_error", headers={"Retry-After": "0.1"}),
        intent_answer(),
    )
    begun_at = loop.time()
    assert await payments.provider.authorize(build_request()) == HELD
    assert loop.time() - begun_at >= 0.1


async def test_no_time_is_waited_for_that_there_is_not(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, refusal_answer(429, "x", headers={"Retry-After": "100"}))
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()
    assert script.list_keys(CREATE) == ["k"]


async def test_an_outage_is_logged_once_when_it_begins_and_when_it_ends(
    payments: StripePayments, script: ScriptedStripe, caplog: pytest.LogCaptureFixture
) -> None:
    script.answer(CREATE, *[NoAnswer()] * 6, *[FAILURE] * 6, intent_answer())
    script.answer(LIST, FAILURE)
    for number in range(3):
        await payments.provider.authorize(build_request(idempotency_key=f"k{number}"))
    lines = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 2
    assert lines[0] == "Stripe is away: no answer; what waits for it is asked for again"
    assert lines[1].startswith("Stripe is back after ")


async def test_every_answer_comes_in_time(
    script: ScriptedStripe, databases: AnyDatabase, clock: ManualClock
) -> None:
    script.answer(CREATE, intent_answer())
    answering = build_payments(script, databases, clock)
    assert await answering.provider.authorize(build_request()) == HELD
    timing = StripeTiming(call_seconds=0.3, look_up_seconds=0.2, try_seconds=0.2)
    silent = build_payments(SilentStripe(), databases, clock, timing)
    loop = asyncio.get_running_loop()
    begun_at = loop.time()
    unknown = AuthorizationUnknown()
    assert await silent.provider.authorize(build_request(idempotency_key="k2")) == unknown
    assert await silent.provider.find_by_key("k") == unknown
    assert await silent.provider.find_by_key("k2") == unknown
    with pytest.raises(ProviderUnavailable):
        await silent.provider.release(INTENT)
    assert loop.time() - begun_at < 5


def test_a_purchase_that_asks_and_then_looks_is_answered_within_ten_seconds() -> None:
    usual = StripeTiming()
    assert usual.call_seconds + usual.look_up_seconds < 9


# -- a failure that Stripe keeps


async def test_a_stored_failure_without_an_intent_ends_the_attempt(
    payments: StripePayments, script: ScriptedStripe, databases: AnyDatabase
) -> None:
    script.answer(CREATE, FAILURE, STORED_FAILURE)
    script.answer(LIST, list_answer())
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()
    assert script.list_keys(CREATE) == ["k", "k"]
    for _ in range(2):
        assert await payments.provider.find_by_key("k") is None
    assert script.list_keys(CREATE) == ["k", "k"]
    async with databases.read() as reading:
        request = await PaymentRequestsRepository(reading.session).find("k")
    assert request is not None
    assert (request.is_spent, request.payment_method) == (True, None)


async def test_a_stored_failure_with_an_intent_is_a_hold(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, STORED_FAILURE)
    script.answer(LIST, list_answer(intent()))
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()
    assert await payments.provider.find_by_key("k") == HELD


async def test_an_intent_that_a_failure_left_unconfirmed_is_cancelled(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, STORED_FAILURE)
    script.answer(LIST, list_answer(intent("requires_confirmation")))
    script.answer(CANCEL, intent_answer("canceled"))
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(DeclineReason.RELEASED)


@pytest.mark.parametrize("status", ["requires_confirmation", "requires_payment_method"])
async def test_an_intent_that_is_just_being_made_is_left_alone(
    payments: StripePayments, script: ScriptedStripe, status: str, clock: ManualClock
) -> None:
    script.answer(CREATE, NoAnswer())
    script.answer(LIST, list_answer(intent(status)))
    script.answer(RETRIEVE, intent_answer(status))
    script.answer(CANCEL, intent_answer("canceled"))
    await payments.provider.authorize(build_request())
    assert await payments.provider.find_by_key("k") == AuthorizationUnknown()
    assert CANCEL not in script.calls
    clock.advance(timedelta(minutes=1))
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(DeclineReason.RELEASED)


# -- keys


async def test_a_key_that_stripe_knows_from_something_else(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, refusal_answer(400, "idempotency_error"))
    script.answer(LIST, list_answer())
    with pytest.raises(IdempotencyKeyReused, match=r"^k$"):
        await payments.provider.authorize(build_request())
    assert await payments.provider.find_by_key("k") is None


async def test_an_old_key_is_not_sent_again(
    payments: StripePayments, script: ScriptedStripe, clock: ManualClock
) -> None:
    script.answer(CREATE, NoAnswer())
    script.answer(LIST, list_answer())
    await payments.provider.authorize(build_request())
    clock.advance(timedelta(hours=22, minutes=59))
    assert await payments.provider.find_by_key("k") == AuthorizationUnknown()
    sent = len(script.list_keys(CREATE))
    clock.advance(timedelta(minutes=1))
    assert await payments.provider.find_by_key("k") is None
    assert len(script.list_keys(CREATE)) == sent


async def test_an_intent_is_found_by_an_old_key(
    payments: StripePayments, script: ScriptedStripe, clock: ManualClock
) -> None:
    script.answer(CREATE, NoAnswer())
    await payments.provider.authorize(build_request())
    clock.advance(timedelta(days=3))
    script.answer(LIST, list_answer(intent()))
    assert await payments.provider.find_by_key("k") == HELD


async def test_a_page_of_other_intents_does_not_hide_ours(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, NoAnswer())
    await payments.provider.authorize(build_request())
    first_page = {
        "object": "list",
        "url": "/v1/payment_intents",
        "has_more": True,
        "data": [intent(id="pi_0", metadata={"gateway_key": "k0"})],
    }
    script.answer(LIST, Answer(first_page), list_answer(intent()))
    assert await payments.provider.find_by_key("k") == HELD
    assert script.requests[-1].url.params["starting_after"] == "pi_0"


async def test_a_crash_between_the_row_and_the_request_asks_stripe_once(
    payments: StripePayments, script: ScriptedStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise ProcessCrash

    script.answer(CREATE, intent_answer())
    script.answer(LIST, list_answer())
    authorizations = type(payments.provider.authorizations)
    with monkeypatch.context() as patch:
        patch.setattr(authorizations, "_creation_parameters", crash)
        with pytest.raises(ProcessCrash):
            await payments.provider.authorize(build_request())
    assert CREATE not in script.calls
    assert await payments.provider.find_by_key("k") == HELD
    assert script.list_keys(CREATE) == ["k"]
    assert script.form_of(CREATE)["payment_method"] == METHOD


async def test_two_processes_with_one_key_are_one_intent(
    payments: StripePayments, script: ScriptedStripe, databases: AnyDatabase, clock: ManualClock
) -> None:
    script.answer(CREATE, IN_USE, intent_answer(headers=REPLAYED))
    script.answer(LIST, list_answer())
    script.answer(RETRIEVE, intent_answer())
    second = build_payments(script, databases, clock)
    answers = await asyncio.gather(
        *(each.provider.authorize(build_request()) for each in (payments, second) * 5)
    )
    assert answers == [HELD] * 10
    assert set(script.list_keys(CREATE)) == {"k"}
    assert set(script.list_keys(CUSTOMERS)) == {"customer-pur_1"}


# -- states


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (IntentStatus.PROCESSING, AuthorizationUnknown()),
        (IntentStatus.CANCELED, AuthorizationDeclined(DeclineReason.RELEASED)),
        (IntentStatus.SUCCEEDED, AuthorizationGranted(INTENT)),
        (IntentStatus.REQUIRES_CAPTURE, HELD),
    ],
)
async def test_what_stripe_has_done_since(
    payments: StripePayments, script: ScriptedStripe, status: IntentStatus, result: object
) -> None:
    script.answer(CREATE, intent_answer())
    await payments.provider.authorize(build_request())
    script.answer(RETRIEVE, intent_answer(status))
    assert await payments.provider.find_by_key("k") == result


async def test_a_state_that_nobody_knows_is_unknown(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, intent_answer("requires_a_walk"))
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()


async def test_a_confirmation_at_the_last_moment_is_a_hold(
    payments: StripePayments, script: ScriptedStripe, clock: ManualClock
) -> None:
    script.answer(CREATE, intent_answer("requires_action"))
    await payments.provider.authorize(build_request(is_payer_present=True))
    clock.advance(timedelta(hours=1))
    script.answer(RETRIEVE, intent_answer("requires_action"), intent_answer())
    script.answer(
        CANCEL, refusal_answer(400, "invalid_request_error", "payment_intent_unexpected_state")
    )
    assert isinstance(await payments.provider.find_by_key("k"), AuthorizationGranted)


async def test_what_cannot_be_cancelled_yet_is_not_declined_yet(
    payments: StripePayments, script: ScriptedStripe, clock: ManualClock
) -> None:
    script.answer(CREATE, intent_answer("requires_action"))
    await payments.provider.authorize(build_request(is_payer_present=True))
    clock.advance(timedelta(hours=1))
    script.answer(RETRIEVE, intent_answer("requires_action"))
    script.answer(CANCEL, NoAnswer())
    assert await payments.provider.find_by_key("k") == AuthorizationUnknown()


async def test_a_failed_authentication_is_declined_and_cancelled(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, intent_answer("requires_action"))
    action = await payments.provider.authorize(build_request(is_payer_present=True))
    assert isinstance(action, AuthorizationActionRequired)
    failure = {"code": "payment_intent_authentication_failure"}
    script.answer(RETRIEVE, intent_answer("requires_payment_method", last_payment_error=failure))
    script.answer(CANCEL, intent_answer("canceled"))
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(DeclineReason.DECLINED)


# -- what Stripe refuses to begin


@pytest.mark.parametrize(
    ("code", "parameter", "reason"),
    [
        ("resource_missing", "payment_method", DeclineReason.UNKNOWN_METHOD),
        ("payment_method_unexpected_state", "payment_method", DeclineReason.UNKNOWN_METHOD),
        ("amount_too_small", "amount", DeclineReason.AMOUNT_REFUSED),
        ("invalid_currency", "currency", DeclineReason.AMOUNT_REFUSED),
        ("parameter_unknown", "colour", DeclineReason.DECLINED),
    ],
)
async def test_what_is_refused_stays_refused(
    payments: StripePayments,
    script: ScriptedStripe,
    code: str,
    parameter: str,
    reason: DeclineReason,
) -> None:
    """A method that is unknown, of another customer, or of another mode among them."""
    script.answer(CREATE, refusal_answer(400, "invalid_request_error", code, param=parameter))
    for _ in range(2):
        assert await payments.provider.authorize(build_request()) == AuthorizationDeclined(reason)
    assert await payments.provider.find_by_key("k") == AuthorizationDeclined(reason)
    assert script.calls == [CUSTOMERS, CREATE]


async def test_a_customer_that_stripe_has_lost_is_made_anew_for_the_next_request(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    missing = refusal_answer(400, "invalid_request_error", "resource_missing", param="customer")
    script.answer(CREATE, missing, intent_answer())
    script.answer(f"GET /v1/customers/{CUSTOMER}", Answer({"id": CUSTOMER, "object": "customer"}))
    unknown_method = AuthorizationDeclined(DeclineReason.UNKNOWN_METHOD)
    assert await payments.provider.authorize(build_request()) == unknown_method
    assert await payments.provider.find_by_key("k") == unknown_method
    await payments.provider.authorize(build_request(idempotency_key="k2"))
    assert script.calls.count(CUSTOMERS) == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_a_secret_key_that_is_refused_is_an_outage(
    payments: StripePayments,
    script: ScriptedStripe,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    script.answer(CREATE, refusal_answer(status, "invalid_request_error"))
    assert await payments.provider.authorize(build_request()) == AuthorizationUnknown()
    assert f"Stripe refuses the secret key: HTTP {status}" in caplog.text
    assert SECRET_KEY not in caplog.text


async def test_with_a_key_of_another_account_nothing_is_asked_for_again(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, intent_answer())
    await payments.provider.authorize(build_request())
    missing = refusal_answer(404, "invalid_request_error", "resource_missing", param="intent")
    script.answer(RETRIEVE, missing)
    assert await payments.provider.find_by_key("k") == AuthorizationUnknown()
    assert script.calls.count(CREATE) == 1


async def test_amounts_that_stripe_never_charges_are_not_asked_for(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    amount = build_request().amount
    too_little = build_request(amount=type(amount)(49, amount.currency))
    assert await payments.provider.authorize(too_little) == AuthorizationDeclined(
        DeclineReason.AMOUNT_REFUSED
    )
    assert script.calls == []


# -- what must not be told


async def test_no_secret_is_logged(
    script: ScriptedStripe,
    databases: AnyDatabase,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where the package is told to print all it sends and gets."""
    monkeypatch.setattr(stripe, "log", "debug")
    monkeypatch.setattr(stripe._util, "STRIPE_LOG", "debug")
    payments = build_payments(script, databases, clock)
    caplog.set_level(logging.DEBUG)
    for name in ("stripe", "httpx", "gateway"):
        caplog.set_level(logging.DEBUG, logger=name)
    declined_intent = intent(
        "requires_payment_method", last_payment_error={"code": "card_declined"}
    )
    script.answer(
        CREATE,
        NoAnswer(),
        FAILURE,
        refusal_answer(402, "card_error", "card_declined", payment_intent=declined_intent),
    )
    script.answer(CANCEL, intent_answer("canceled"))
    script.answer(RETRIEVE, refusal_answer(400, "invalid_request_error", "odd", param="odd"))
    await payments.provider.authorize(build_request())
    await payments.provider.find_by_key("k")
    output = capfd.readouterr()
    output_text = caplog.text + output.out + output.err
    for secret in (CLIENT_SECRET, SECRET_KEY, METHOD, "Text of Stripe's own", "Bearer"):
        assert secret not in output_text


async def test_no_secret_is_in_what_is_raised_or_shown(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    script.answer(CREATE, intent_answer("requires_action"))
    action = await payments.provider.authorize(build_request(is_payer_present=True))
    assert isinstance(action, AuthorizationActionRequired)
    assert CLIENT_SECRET not in repr(action)
    assert SECRET_KEY not in repr(payments.provider)
    script.answer(CANCEL, refusal_answer(403, "invalid_request_error", message=CLIENT_SECRET))
    with pytest.raises(ProviderUnavailable) as raised:
        await payments.provider.release(INTENT)
    assert CLIENT_SECRET not in f"{raised.value!r} {raised.value.__cause__!r}"
    assert raised.value.__suppress_context__


async def test_the_payer_s_page_shows_what_is_to_be_confirmed_and_only_then_the_secret(
    payments: StripePayments, script: ScriptedStripe
) -> None:
    bank = {"redirect_to_url": {"url": "https://bank.example/1"}}
    script.answer(CREATE, intent_answer("requires_action", next_action=bank))
    action = await payments.provider.authorize(build_request(is_payer_present=True))
    assert isinstance(action, AuthorizationActionRequired)
    page_token = action.url.rpartition("#")[2]
    script.answer(
        RETRIEVE, intent_answer("requires_action", next_action=bank), intent_answer(), NoAnswer()
    )
    waiting = await payments.confirmations.find(page_token)
    assert waiting is not None
    assert (waiting.idempotency_key, waiting.amount_minor, waiting.currency) == ("k", 1000, "USD")
    assert (waiting.payment_method, waiting.redirect_url) == (METHOD, "https://bank.example/1")
    assert isinstance(waiting.result, AuthorizationActionRequired)
    assert waiting.result.client_secret == CLIENT_SECRET
    assert CLIENT_SECRET not in repr(waiting)
    confirmed = await payments.confirmations.find(page_token)
    assert confirmed is not None
    assert isinstance(confirmed.result, AuthorizationGranted)
    assert (confirmed.payment_method, confirmed.redirect_url) == (None, None)
    away = await payments.confirmations.find(page_token)
    assert away is not None
    assert away.result == AuthorizationUnknown()
    assert await payments.confirmations.find("pay_guess") is None
