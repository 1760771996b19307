"""Payments to confirm: what the payer's page confirms with is theirs alone, and kept nowhere."""

import asyncio
import itertools
import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.checkout.outcomes import PaymentActionRequired, PurchaseOutcome
from gateway.services.checkout import recovery
from gateway.services.ports.payments import AuthorizationActionRequired, AuthorizationRequest
from tests.shelves import PRINT
from tests.store import Buyer, Store, create_ids, require_order

SECRET = "cs_the_payers_own"


@pytest.fixture
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


pytestmark = pytest.mark.usefixtures("short_patience")


@dataclass
class SecretivePayments:
    """The simulation, whose payments to confirm come with a secret, another one at each asking."""

    payments: Any
    requests: list[AuthorizationRequest] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def authorize(self, request: AuthorizationRequest) -> object:
        self.requests.append(request)
        return self._with_secret(await self.payments.authorize(request))

    async def find_by_key(self, key: str) -> object:
        return self._with_secret(await self.payments.find_by_key(key))

    def _with_secret(self, answer: object) -> object:
        if isinstance(answer, AuthorizationActionRequired):
            return replace(answer, client_secret=f"{SECRET}_{next(self.numbers)}")
        return answer

    def __getattr__(self, name: str) -> object:
        return getattr(self.payments, name)


@dataclass
class SecretiveStore:
    """The store, and what its provider was asked for."""

    store: Store
    payments: SecretivePayments

    @classmethod
    def of(cls, store: Store) -> "SecretiveStore":
        payments = SecretivePayments(store.dependencies.payment_provider)
        return cls(store.with_dependencies(payment_provider=payments), payments)


def secret_of(outcome: PurchaseOutcome) -> str | None:
    assert isinstance(outcome, PaymentActionRequired), outcome
    assert SECRET not in repr(outcome)
    return outcome.client_secret


def url_of(outcome: PurchaseOutcome) -> str | None:
    assert isinstance(outcome, PaymentActionRequired), outcome
    return outcome.redirect_url


async def confirm(outcome: PurchaseOutcome, store: Store) -> None:
    token = (url_of(outcome) or "").rpartition("/")[2]
    charge = await store.dependencies.payment_provider.confirm(token)  # type: ignore[attr-defined]
    await recovery.resume_attempt(charge.idempotency_key, store.dependencies)


# R130
async def test_each_repetition_answers_the_same_payment_with_its_secret_fetched_anew(
    store: Store,
) -> None:
    shop = SecretiveStore.of(store)
    buyer = await shop.store.one_click_buyer("sim_3ds")
    outcomes = [await buyer.purchase(PRINT, key="k") for _ in range(3)]
    assert [secret_of(outcome) for outcome in outcomes] == [f"{SECRET}_{n}" for n in (1, 2, 3)]
    assert len({url_of(outcome) for outcome in outcomes}) == 1
    assert len(shop.payments.requests) == 1
    await confirm(outcomes[0], shop.store)
    require_order(await buyer.purchase(PRINT, key="k"))
    assert await store.list_charges() == [(13370, "HELD")]


async def test_who_waited_for_the_first_answer_gets_the_secret_too(store: Store) -> None:
    """R130: fifty clicks at once are one payment, which any of them can confirm."""
    shop = SecretiveStore.of(store)
    buyer = await shop.store.one_click_buyer("sim_3ds")
    outcomes = await buyer.purchase_concurrently(50, "k", PRINT)
    assert all((secret_of(outcome) or "").startswith(SECRET) for outcome in outcomes)
    assert len({url_of(outcome) for outcome in outcomes}) == 1
    assert len(shop.payments.requests) == 1


async def test_another_client_that_repeats_a_guests_request_gets_no_secret(store: Store) -> None:
    """R130: a guest is known by their client alone."""
    shop = SecretiveStore.of(store)
    cart = await shop.store.create_cart([(PRINT, 1)])
    caller = await shop.store.authenticate()
    asked = {"idempotency_key": "k", "caller": caller}
    first = await shop.store.check_out_as_guest(cart, "sim_3ds", **asked)
    again = await shop.store.check_out_as_guest(cart, "sim_3ds", **asked)
    elsewhere = await shop.store.check_out_as_guest(cart, "sim_3ds", idempotency_key="k")
    assert (secret_of(first), secret_of(again)) == (f"{SECRET}_1", f"{SECRET}_2")
    assert (secret_of(elsewhere), url_of(elsewhere)) == (None, url_of(first))


async def test_a_purchaser_gets_it_on_the_device_that_bought_or_by_a_sign_in(store: Store) -> None:
    shop = SecretiveStore.of(store)
    buyer = await shop.store.one_click_buyer("sim_3ds")
    assert secret_of(await buyer.purchase(PRINT, key="k"))
    signed_in = await buyer.sign_in_again()
    assert secret_of(await signed_in.purchase(PRINT, key="k"))
    elsewhere = await shop.store.sign_in_buyer()
    assert secret_of(await elsewhere.purchase(PRINT, key="k"))
    recognized = await elsewhere.on_device_alone()
    assert secret_of(await recognized.purchase(PRINT, key="k")) is None


async def test_the_secret_is_neither_stored_nor_logged(
    store: Store, database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """R130."""
    caplog.set_level(logging.DEBUG)
    shop = SecretiveStore.of(store)
    buyer = await shop.store.one_click_buyer("sim_3ds")
    cart = await shop.store.create_cart()
    waiting = await buyer.purchase(PRINT, key="k")
    assert secret_of(waiting)
    assert secret_of(await shop.store.check_out_as_guest(cart, "sim_3ds", idempotency_key="k"))
    await confirm(waiting, shop.store)
    require_order(await buyer.purchase(PRINT, key="k"))
    with closing(sqlite3.connect(database_file)) as connection:
        dump = "\n".join(connection.iterdump())
    files = [path for path in database_file.parent.iterdir() if path.is_file()]
    assert len(dump) > 10_000
    assert SECRET not in dump
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []
    assert SECRET not in caplog.text


# -- whether the payer is there


async def test_who_checks_out_is_present_and_who_clicks_is_not(store: Store) -> None:
    """R130: on session and off session."""
    shop = SecretiveStore.of(store)
    await shop.store.check_out_as_guest(await shop.store.create_cart())
    buyer = await shop.store.sign_in_buyer()
    await buyer.check_out(await shop.store.create_cart(), **await create_ids(buyer))
    await (await shop.store.one_click_buyer()).purchase()
    assert [request.is_payer_present for request in shop.payments.requests] == [True, True, False]


async def test_a_purchase_that_waits_for_a_confirmation_elsewhere_is_not_asked_for_twice(
    store: Store,
) -> None:
    """R129: page, notice and repetition at once end in one order."""
    shop = SecretiveStore.of(store)
    buyer = await shop.store.one_click_buyer("sim_3ds")
    waiting = await buyer.purchase(PRINT, key="k")
    token = (url_of(waiting) or "").rpartition("/")[2]
    charge = await shop.payments.confirm(token)  # type: ignore[operator] # the simulation's
    tellings = [
        recovery.resume_attempt(charge.idempotency_key, shop.store.dependencies) for _ in range(5)
    ]
    repetitions = [Buyer(shop.store, buyer.identifier, buyer.caller) for _ in range(5)]
    answers = await asyncio.gather(
        *tellings, *(each.purchase(PRINT, key="k") for each in repetitions)
    )
    orders = {require_order(answer).id for answer in answers if answer is not None}
    assert len(orders) == 1
    assert (await store.order_statuses(), await store.list_charges()) == (
        ["OPEN"],
        [(13370, "HELD")],
    )
