"""Purchases at Stripe: one PaymentIntent and one order, whatever is lost, killed or told twice."""

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway.adapters.clocks import ManualClock
from gateway.adapters.random_ids import RandomIds
from gateway.adapters.stripe_payments.access import StripeAccess
from gateway.adapters.stripe_payments.building import StripePayments, build_stripe_payments
from gateway.engine.checkout.outcomes import (
    InvalidPurchase,
    OrderPlaced,
    PaymentActionRequired,
    PurchaseInProgress,
    PurchaseOutcome,
)
from gateway.services.checkout import attempt_outcomes, drafts, recovery
from gateway.services.checkout.payment_refusals import refuse_guest_token
from gateway.services.ports.payments import DeclineReason
from tests.conftest import AnyDatabase
from tests.kills import _StepwiseDatabase, kill_at_await
from tests.shelves import PRINT
from tests.store import Buyer, Store, create_ids, require_order
from tests.stripe_peer import payments as peer_payments
from tests.stripe_peer.in_process import NearStripe
from tests.stripe_side import PATIENT

CREATE = "/v1/payment_intents"
HELD = (13370, "requires_capture")
CANCELED = (13370, "canceled")
OK, ASKS, DECLINED, POOR = "pays", "asks", "is declined", "has no money"
CARDS = {
    OK: "4242424242424242",
    ASKS: "4000002760003184",
    DECLINED: "4000000000000341",
    POOR: "4000000000009995",
}


@dataclass
class ClockedStripeStore:
    """The store at Stripe, by a clock that stands."""

    store: Store
    stripe: NearStripe
    past_intents: set[str] = field(default_factory=set)

    @classmethod
    async def open(cls, database: AnyDatabase, clock: ManualClock) -> "ClockedStripeStore":
        shop = cls(await Store.open(database, clock), NearStripe(clock))
        payments = shop.build(shop.stripe.handle, database)
        identity = replace(shop.store.dependencies.identity, payment_method_vault=payments.methods)
        shop.store = shop.store.with_dependencies(
            identity=identity, payment_provider=payments.provider
        )
        return shop

    def build(
        self, handle: Callable[..., Coroutine[None, None, httpx.Response]], database: AnyDatabase
    ) -> StripePayments:
        """The adapter, whose requests are answered by ``handle``."""
        account = self.stripe.account
        return build_stripe_payments(
            StripeAccess(SecretStr(account.secret_key), account.publishable_key, account.api_url),
            httpx.AsyncClient(transport=httpx.MockTransport(handle)),
            database,
            RandomIds(),
            self.store.clock,
            "https://shop.example",
            timing=PATIENT,
            # Nothing is sent here, and no hold is renewed.
            hold_lifetime=timedelta(days=36_500),
        )

    def create_method(self, method: str) -> str:
        """A card that does what ``method`` says; another token as it is."""
        return self.stripe.account.create_method(CARDS[method]) if method in CARDS else method

    @property
    def intents(self) -> list[Any]:
        """The PaymentIntents, the oldest first."""
        intents = self.stripe.account.list_intents()
        return [intent for intent in intents if intent["id"] not in self.past_intents]

    @property
    def held(self) -> list[tuple[int, str]]:
        """Amount and status of each PaymentIntent."""
        return sorted((intent["amount"], intent["status"]) for intent in self.intents)

    def list_keys(self, path: str) -> list[str | None]:
        """The idempotency keys that were sent to ``path``."""
        return [
            request["headers"]["idempotency-key"]
            for request in self.stripe.account.requests(path, "POST")
            if request["path"] == path
        ]

    def lose_answers(self, count: int, method: str = "POST") -> None:
        """The next ``count`` requests that change something are done, and nobody hears of it."""
        self.stripe.account.drop_answers(count, method=method)

    def confirm(self, intent_id: str) -> None:
        """The payer confirms, unless the payment has ended."""
        [intent] = [intent for intent in self.intents if intent["id"] == intent_id]
        if intent["status"] != "canceled":
            self.stripe.account.confirm_payment(intent_id)

    def cut(self) -> Store:
        """The same store, where every call of database and Stripe waits, so that it can be cut."""

        async def handle(request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0)
            response = await self.stripe.handle(request)
            await asyncio.sleep(0)
            return response

        database: Any = _StepwiseDatabase(self.store.database)
        provider = self.build(handle, database).provider
        return self.store.with_dependencies(payment_provider=provider, database=database)

    async def resume(self) -> None:
        """What an event of each PaymentIntent sets off, told twice."""
        for _ in range(2):
            for intent in self.intents:
                key = intent["metadata"]["gateway_key"]
                await recovery.resume_attempt(key, self.store.dependencies)


@pytest.fixture
async def shop(database: AnyDatabase, clock: ManualClock) -> ClockedStripeStore:
    return await ClockedStripeStore.open(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")

Buy = Callable[[Store, str], Coroutine[Any, Any, PurchaseOutcome]]
PrepareBuy = Callable[[ClockedStripeStore, str], Awaitable[Buy]]


async def one_click(shop: ClockedStripeStore, method: str) -> Buy:
    buyer = await shop.store.one_click_buyer(shop.create_method(method))

    async def buy(where: Store, key: str) -> PurchaseOutcome:
        return await Buyer(where, buyer.identifier, buyer.caller).purchase(PRINT, key=key)

    return buy


async def guest_checkout(shop: ClockedStripeStore, method: str) -> Buy:
    carts = {"k": await shop.store.create_cart([(PRINT, 1)])}
    caller = await shop.store.authenticate()
    tokens: dict[str, str] = {}

    async def buy(where: Store, key: str) -> PurchaseOutcome:
        cart = carts[key] = carts.get(key) or await shop.store.create_cart([(PRINT, 1)])
        # Stripe lets a card that was entered once be charged for one Customer alone.
        token = tokens[key] = tokens.get(key) or shop.create_method(method)
        return await where.check_out_as_guest(cart, token, idempotency_key=key, caller=caller)

    return buy


async def signed_in_checkout(shop: ClockedStripeStore, method: str) -> Buy:
    buyer = await shop.store.sign_in_buyer()
    carts = {"k": await shop.store.create_cart([(PRINT, 1)])}
    ids = await create_ids(buyer, shop.create_method(method))

    async def buy(where: Store, key: str) -> PurchaseOutcome:
        cart = carts[key] = carts.get(key) or await shop.store.create_cart([(PRINT, 1)])
        again = Buyer(where, buyer.identifier, buyer.caller)
        return await again.check_out(cart, **ids, idempotency_key=key)

    return buy


WITH_EACH_WAY = pytest.mark.parametrize(
    "way", [one_click, guest_checkout, signed_in_checkout], ids=lambda each: each.__name__
)


async def check_one_order(shop: ClockedStripeStore) -> None:
    """One order, one hold, one piece less."""
    assert shop.held == [HELD]
    assert len(set(shop.list_keys(CREATE))) == 1
    async with shop.store.database.read() as reading:
        assert await reading.purchase_attempts.next_due(shop.store.clock.now()) is None
    assert await shop.store.available_stock(PRINT) == 2


# -- lost answers


@WITH_EACH_WAY
@pytest.mark.parametrize("lost", [0, 3])
async def test_equal_purchases_at_once_are_one_payment(
    databases: AnyDatabase,
    clock: ManualClock,
    way: PrepareBuy,
    lost: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R129: fifty, although the first answers are lost."""
    shop = await ClockedStripeStore.open(databases, clock)
    monkeypatch.setattr(attempt_outcomes, "RESULT_TIMEOUT_SECONDS", 60.0)
    buy = await way(shop, OK)
    shop.lose_answers(lost)
    outcomes = await asyncio.gather(*(buy(shop.store, "k") for _ in range(50)))
    assert len({require_order(outcome).id for outcome in outcomes}) == 1
    await check_one_order(shop)


@WITH_EACH_WAY
async def test_a_purchase_while_stripe_is_away_is_finished_when_it_is_back(
    shop: ClockedStripeStore, way: PrepareBuy
) -> None:
    """R129: what Stripe had taken before its answers were lost."""
    buy = await way(shop, OK)
    # The Customer's first, and then each try of the PaymentIntent's.
    shop.lose_answers(10**6, method="")
    assert await buy(shop.store, "k") == PurchaseInProgress(1000)
    shop.stripe.account.clear_faults()
    shop.stripe.account.go_away()
    await shop.store.run_due_jobs(timedelta(seconds=16))
    assert await buy(shop.store, "k") == PurchaseInProgress(1000)
    shop.stripe.account.come_back()
    for _ in range(6):
        await shop.store.run_due_jobs(timedelta(seconds=15))
    require_order(await buy(shop.store, "k"))
    assert [status for _, status in shop.held] == ["requires_capture"]
    assert await shop.store.available_stock(PRINT) == 2


@WITH_EACH_WAY
@pytest.mark.parametrize("hours", [1, 22, 25, 70])
async def test_a_key_that_stripe_forgot_or_keeps_a_failure_under(
    shop: ClockedStripeStore, way: PrepareBuy, hours: int
) -> None:
    """R129: what the Customer has is listed; a new attempt begins only where there is none."""
    buy = await way(shop, OK)
    await shop.store.dependencies.payment_provider.find_by_key("another")
    shop.lose_answers(10**6, method="")
    assert await buy(shop.store, "k") == PurchaseInProgress(1000)
    shop.stripe.account.clear_faults()
    shop.stripe.account.go_away()
    await shop.store.run_due_jobs(timedelta(hours=hours))
    shop.stripe.account.come_back()
    for _ in range(6):
        await shop.store.run_due_jobs(timedelta(seconds=31))
    require_order(await buy(shop.store, "k"))
    assert shop.held == [HELD]
    assert await shop.store.available_stock(PRINT) == 2


@WITH_EACH_WAY
@pytest.mark.parametrize("failures", [1, 2, 3, 4])
async def test_a_failure_that_stripe_keeps_is_a_new_attempt(
    shop: ClockedStripeStore, way: PrepareBuy, failures: int
) -> None:
    """R129: under another key, once the earlier one is closed; of the Customer's key, too."""
    buy = await way(shop, OK)
    shop.stripe.account.answer_with(500, failures, method="POST")
    for _ in range(failures):
        outcome = await buy(shop.store, "k")
        if isinstance(outcome, OrderPlaced):
            break
        assert outcome == PurchaseInProgress(1000)
        for _ in range(6):
            await shop.store.run_due_jobs(timedelta(seconds=31))
    require_order(await buy(shop.store, "k"))
    assert [fault.count for fault in shop.stripe.state.faults] == [0]
    assert shop.held == [HELD]
    assert await shop.store.available_stock(PRINT) == 2


# -- refusals


@WITH_EACH_WAY
@pytest.mark.parametrize(
    ("method", "reason"),
    [(DECLINED, DeclineReason.DECLINED), (POOR, DeclineReason.INSUFFICIENT_FUNDS)],
)
async def test_a_declined_card(
    shop: ClockedStripeStore, way: PrepareBuy, method: str, reason: DeclineReason
) -> None:
    """R129: the same key has the same answer, and nothing can be held later."""
    buy = await way(shop, method)
    for _ in range(2):
        assert await buy(shop.store, "k") == drafts.decline(reason)
    assert shop.held == [CANCELED]
    assert await shop.store.available_stock(PRINT) == 3
    assert await buy(shop.store, "another") == drafts.decline(reason)
    assert shop.held == [CANCELED] * 2
    assert len(set(shop.list_keys(CREATE))) == 2


async def test_an_amount_that_stripe_refuses(shop: ClockedStripeStore) -> None:
    """R129: with its figures, and what was reserved comes back."""
    buy = await guest_checkout(shop, OK)
    shop.stripe.account.answer_with(400, path=CREATE, method="POST", code="amount_too_small")
    first, again = await buy(shop.store, "k"), await buy(shop.store, "k")
    assert isinstance(first, InvalidPurchase)
    assert first.reason.startswith("133.70 USD cannot be charged")
    assert (first, shop.held) == (again, [])
    assert await shop.store.available_stock(PRINT) == 3


@pytest.mark.parametrize("token", ["sim_ok", "seti_1", "tok_visa", "pm_of_somebody_else"])
async def test_a_token_that_stripe_does_not_know(shop: ClockedStripeStore, token: str) -> None:
    """R129: simulated tokens buy nothing."""
    buy = await guest_checkout(shop, token)
    assert await buy(shop.store, "k") == refuse_guest_token()
    assert (shop.held, await shop.store.available_stock(PRINT)) == ([], 3)


# -- confirmation


@WITH_EACH_WAY
@pytest.mark.parametrize("told", ["event", "repetition", "both", "event twice", "nobody"])
async def test_a_confirmed_payment_is_one_order(
    shop: ClockedStripeStore, way: PrepareBuy, told: str
) -> None:
    """R130: whoever tells of it first, or nobody."""
    buy = await way(shop, ASKS)
    outcomes = [await buy(shop.store, "k") for _ in range(2)]
    [intent] = [intent["id"] for intent in shop.intents]
    for outcome in outcomes:
        assert isinstance(outcome, PaymentActionRequired)
        assert (outcome.redirect_url or "").startswith("https://shop.example/pay#")
        assert (outcome.client_secret or "").startswith(f"{intent}_secret_")
    assert outcomes[0] == outcomes[1]
    await shop.resume()
    assert await shop.store.available_stock(PRINT) == 2
    shop.confirm(intent)
    if told in {"event", "both", "event twice"}:
        await shop.resume()
    if told == "event twice":
        await shop.resume()
    if told == "nobody":
        await shop.store.run_due_jobs(timedelta(minutes=61))
    order = require_order(await buy(shop.store, "k"))
    await shop.resume()
    assert require_order(await buy(shop.store, "k")).id == order.id
    await check_one_order(shop)


@WITH_EACH_WAY
async def test_what_nobody_confirms_is_let_go(shop: ClockedStripeStore, way: PrepareBuy) -> None:
    """R130: a confirmation after that holds nothing."""
    buy = await way(shop, ASKS)
    await buy(shop.store, "k")
    [intent] = [intent["id"] for intent in shop.intents]
    await shop.store.run_due_jobs(timedelta(minutes=61))
    shop.confirm(intent)
    await shop.resume()
    assert await buy(shop.store, "k") == drafts.decline(DeclineReason.AUTHENTICATION_EXPIRED)
    assert shop.held == [CANCELED]
    assert await shop.store.available_stock(PRINT) == 3


@WITH_EACH_WAY
async def test_a_confirmation_of_what_has_ended_is_let_go(
    shop: ClockedStripeStore, way: PrepareBuy
) -> None:
    """R130: the bank was slow, and the attempt is declined already."""
    buy = await way(shop, ASKS)
    await buy(shop.store, "k")
    [intent] = [intent["id"] for intent in shop.intents]
    await shop.store.run_due_jobs(timedelta(minutes=61))
    late = shop.stripe.state.objects[intent]
    late["payment_method"] = (
        late["payment_method"] or late["last_payment_error"]["payment_method"]["id"]
    )
    peer_payments.hold(shop.stripe.state, late, is_off_session=False)
    await shop.resume()
    assert shop.held == [CANCELED]


async def test_no_secret_is_stored_or_logged(
    database_file: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """R130: neither the payer's nor ours."""
    from gateway.adapters.databases.sqlite import SqliteDatabase

    caplog.set_level(logging.DEBUG)
    database = await SqliteDatabase.open(database_file, clock)
    shop = await ClockedStripeStore.open(database, clock)
    for way in (one_click, guest_checkout, signed_in_checkout):
        buy = await way(shop, ASKS)
        waiting = await buy(shop.store, f"key {way.__name__}")
        assert isinstance(waiting, PaymentActionRequired)
        assert "_secret_" not in repr(waiting)
    intents = shop.intents
    for intent in intents:
        shop.confirm(intent["id"])
    await shop.resume()
    await database.close()
    with closing(sqlite3.connect(database_file)) as connection:
        dump = "\n".join(connection.iterdump())
    assert all(intent["id"] in dump for intent in intents)
    secrets = [intent["client_secret"] for intent in intents]
    for secret in (*secrets, "_secret_", shop.stripe.account.secret_key):
        assert secret not in dump
        assert secret not in caplog.text
        for path in database_file.parent.glob("*.db*"):
            assert secret.encode() not in path.read_bytes()


# -- kill -9


MAX_QUESTIONS = 10
"""Whoever is told that a purchase is in progress asks again; on a busy machine more than once."""


async def ask_until_decided(shop: ClockedStripeStore, buy: Buy, key: str) -> PurchaseOutcome:
    """The outcome for somebody who asks again, while the worker works."""
    for _ in range(MAX_QUESTIONS):
        for _ in range(3):
            await shop.store.run_due_jobs(timedelta(seconds=31))
        outcome = await buy(shop.store, key)
        if not isinstance(outcome, PurchaseInProgress):
            break
    return outcome


@WITH_EACH_WAY
@pytest.mark.parametrize("method", [OK, ASKS, DECLINED])
async def test_a_purchase_that_is_killed_at_any_await(
    database: AnyDatabase, clock: ManualClock, way: PrepareBuy, method: str
) -> None:
    """R129: it ends as it would have, with one PaymentIntent at most that holds."""
    shop = await ClockedStripeStore.open(database, clock)
    async with database.begin() as work:
        await work.stock.release({PRINT.id: 10_000})
    buy = await way(shop, method)
    for number in itertools.count(1):
        if way is one_click:
            # What was ordered before is closed, and nothing joins it; its hold is made anew.
            await shop.store.run_due_jobs(timedelta(days=4))
            await shop.store.work_until_idle()
        shop.past_intents |= {intent["id"] for intent in shop.intents}
        stock = await shop.store.available_stock(PRINT)
        key = f"k{number}"
        survivor = await kill_at_await(buy(shop.cut(), key), number)
        outcome = await ask_until_decided(shop, buy, key)
        if method == ASKS:
            assert isinstance(outcome, PaymentActionRequired)
            assert outcome.client_secret is not None
            [intent] = shop.intents
            shop.confirm(intent["id"])
            outcome = await ask_until_decided(shop, buy, key)
        if method == DECLINED:
            assert outcome == drafts.decline(DeclineReason.DECLINED)
        else:
            assert isinstance(outcome, OrderPlaced)
        sold = int(method != DECLINED)
        status = "requires_capture" if sold else "canceled"
        assert [each for _, each in shop.held] == [status], number
        assert await shop.store.available_stock(PRINT) == (stock or 0) - sold
        if survivor is not None:
            break
    assert number > 20
