"""What nobody comes back for is deleted, a few rows at a time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.encryption import EnvelopeCipher
from gateway.adapters.repositories.payment_requests import (
    PaymentRequest,
    PaymentRequestsRepository,
)
from gateway.adapters.repositories.refund_requests import (
    ProviderRefundRequest,
    RefundRequestsRepository,
)
from gateway.engine.carts import Cart
from gateway.services import retention
from gateway.services.kept_invoices import (
    Invoice,
    InvoiceBuyer,
    find_invoice_buyer,
    keep_invoice,
)
from gateway.services.ports.clients import KnownCredentials, PresentedCredentials
from gateway.services.ports.one_click_grants import OneClickGrantRecord
from gateway.services.ports.purchasers import PurchaserRecord
from gateway.services.ports.request_keys import RequestKey
from gateway.services.ports.sessions import SignInCode
from gateway.services.request_keys import KEY_LIFETIME
from gateway.services.retention import (
    CLEANUP_INTERVAL,
    MAX_CART_AGE,
    MAX_CLIENT_AGE,
    MAX_PROVIDER_RECORD_AGE,
    RetentionCleanup,
)
from gateway.worker import run_due_jobs
from tests.conftest import AnyDatabase
from tests.engine.purchases import USD

DAY = timedelta(days=1)

INVOICES_KEPT = timedelta(days=3653)


async def run_sweep(database: AnyDatabase, now: datetime) -> None:
    """Everything that is due at ``now``."""
    step = RetentionCleanup(database, INVOICES_KEPT)
    while (await step.next_due(now) or now) <= now:
        await run_due_jobs((step,), now)


async def carts_exist(database: AnyDatabase, *ids: str) -> list[bool]:
    async with database.read() as reading:
        return [await reading.carts.find(each) is not None for each in ids]


async def test_a_cart_lives_thirty_days_after_its_last_change(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    # R98
    now = clock.now()
    async with databases.begin() as work:
        for name in ("left", "changed", "bought"):
            await work.carts.add(Cart(name, 1, USD), now)
        await work.carts.save(Cart("changed", 2, USD), now + DAY)
        await work.carts.lock_for_attempt("bought", 1, "att_1")
        await work.carts.mark_purchased("bought", "att_1", "ord_1")
    await run_sweep(databases, now + MAX_CART_AGE)
    assert await carts_exist(databases, "left", "changed", "bought") == [True, True, True]
    await run_sweep(databases, now + MAX_CART_AGE + timedelta(microseconds=1))
    assert await carts_exist(databases, "left", "changed", "bought") == [False, True, True]
    await run_sweep(databases, now + MAX_CART_AGE + DAY + timedelta(microseconds=1))
    assert await carts_exist(databases, "left", "changed", "bought") == [False, False, True]


async def test_a_claimed_cart_lives_as_long_as_whose_it_is(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    """R113: a device's as long as its identifier, a purchaser's until the purchaser goes."""
    now, moment = clock.now(), timedelta(microseconds=1)
    async with databases.begin() as work:
        await work.carts.add(Cart("device", 1, USD, client_id="cli_1"), now)
        await work.carts.add(Cart("paying", 1, USD, client_id="cli_2"), now)
        await work.carts.lock_for_attempt("paying", 1, "att_1")
        await work.carts.add(Cart("ada", 1, USD, purchaser_id="pur_ada"), now)
    names = ("device", "paying", "ada")
    await run_sweep(databases, now + MAX_CLIENT_AGE)
    assert await carts_exist(databases, *names) == [True, True, True]
    await run_sweep(databases, now + MAX_CLIENT_AGE + moment)
    assert await carts_exist(databases, *names) == [False, True, True]
    await run_sweep(databases, now + 9 * MAX_CLIENT_AGE)
    assert await carts_exist(databases, *names) == [False, True, True]


async def test_a_device_without_a_purchaser_lives_four_hundred_days(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    # R98
    now = clock.now()
    async with databases.begin() as work:
        await work.purchasers.add(PurchaserRecord("pur_ada", "ada", b"sealed"), now)
        for name in ("kept", "out", "never"):
            await work.clients.add_if_absent(name, f"digest of {name}", now)
        for name in ("kept", "out"):
            await work.clients.map_to_purchaser(name, "pur_ada", now)
            await work.one_click_grants.upsert(
                OneClickGrantRecord(name, "pur_ada", "home", b"sealed", "adr_1", "pm_1", now)
            )
        await work.clients.unmap_purchaser("out", now + DAY)
    end = now + MAX_CLIENT_AGE

    async def known_client_ids(at: datetime) -> list[str | None]:
        await run_sweep(databases, at)
        async with databases.read() as reading:
            credentials = [
                await reading.clients.look_up(PresentedCredentials(f"digest of {name}"), at)
                for name in ("kept", "out", "never")
            ]
        return [each.client_id for each in credentials]

    assert await known_client_ids(end) == ["kept", "out", "never"]
    assert await known_client_ids(end + timedelta(microseconds=1)) == ["kept", "out", None]
    assert await known_client_ids(end + DAY + timedelta(microseconds=1)) == ["kept", None, None]
    async with databases.begin() as work:
        assert await work.one_click_grants.list_for("out", "pur_ada") == ()
        assert len(await work.one_click_grants.list_for("kept", "pur_ada")) == 1
        # Who comes back with the same identifier begins anew.
        await work.clients.add_if_absent("out", "digest of out", end)
        assert await work.clients.look_up(
            PresentedCredentials("digest of out"), end
        ) == KnownCredentials("out")


async def test_what_is_over_of_sign_ins_goes(databases: AnyDatabase, clock: ManualClock) -> None:
    # R98
    now = clock.now()
    async with databases.begin() as work:
        await work.purchasers.add(PurchaserRecord("pur_ada", "ada", b"sealed"), now)
        for days in (1, 2):
            await work.sessions.add(
                f"after {days}", "pur_ada", authenticated_at=now, expires_at=now + days * DAY
            )
        await work.sign_in_codes.add(SignInCode("old", "ada", "code", now, "cli_1"))
    await run_sweep(databases, now + DAY + timedelta(microseconds=1))
    async with databases.begin() as work:
        assert await work.sign_in_codes.prune(now + DAY, 9) == ()
        assert await work.sessions.prune(now + 9 * DAY, 9) == 1


async def test_what_was_asked_of_the_payment_provider_goes_after_half_a_year(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    # R98
    now = clock.now()
    for name, made_at in (("old", now), ("new", now + DAY)):
        payment = PaymentRequest(name, "cus_1", 1000, "USD", None, "d", False, name, made_at)  # noqa: FBT003
        refund = ProviderRefundRequest(name, "pi_1", 1000, "USD", made_at, made_at)
        async with databases.begin() as work:
            await PaymentRequestsRepository(work.session).add(payment)
            await RefundRequestsRepository(work.session).add(refund)

    async def kept_keys() -> list[str]:
        async with databases.read() as reading:
            payments = PaymentRequestsRepository(reading.session)
            refunds = RefundRequestsRepository(reading.session)
            return [
                name
                for name in ("old", "new")
                if await payments.find(name) and await refunds.find(name)
            ]

    await run_sweep(databases, now + MAX_PROVIDER_RECORD_AGE)
    assert await kept_keys() == ["old", "new"]
    await run_sweep(databases, now + MAX_PROVIDER_RECORD_AGE + timedelta(microseconds=1))
    assert await kept_keys() == ["new"]


async def test_a_round_is_bounded_and_the_next_follows_while_something_is_left(
    databases: AnyDatabase, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # R98
    monkeypatch.setattr(retention, "MAX_PRUNED_ROWS", 2)
    now = clock.now()
    async with databases.begin() as work:
        for number in range(5):
            await work.carts.add(replace(Cart("crt", 1, USD), id=f"{number}"), now)
    step, late = RetentionCleanup(databases, INVOICES_KEPT), now + 2 * MAX_CART_AGE
    remaining = []
    for _ in range(4):
        await run_due_jobs((step,), late)
        remaining.append(sum(await carts_exist(databases, *map(str, range(5)))))
    assert remaining == [3, 1, 0, 0]
    assert await step.next_due(late) == late + CLEANUP_INTERVAL
    await step.postpone((await step.claim(late + CLEANUP_INTERVAL, late, 1))[0], late + DAY, "away")
    assert await step.next_due(late) == late + DAY


async def test_what_came_of_a_request_is_kept_for_seven_days(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    request_key = RequestKey("key:desk", "k", "stockAdjust", "print", clock.now(), "var_mug")
    other = replace(request_key, fingerprint="other", result=None)
    async with databases.begin() as work:
        await work.request_keys.lock(request_key)
    await run_sweep(databases, clock.now() + KEY_LIFETIME)
    async with databases.begin() as work:
        assert await work.request_keys.lock(other) == request_key
    await run_sweep(databases, clock.now() + KEY_LIFETIME + timedelta(microseconds=1))
    async with databases.begin() as work:
        assert await work.request_keys.lock(other) == other


async def test_an_invoice_is_kept_as_long_as_the_law_wants(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    # R117
    cipher, now = EnvelopeCipher("a secret of the tests, long enough"), clock.now()
    buyer = InvoiceBuyer("Ada Lovelace", "ada@example.com", None)

    async def kept_buyers() -> list[InvoiceBuyer | None]:
        async with databases.read() as reading:
            return [
                await find_invoice_buyer(number, reading=reading, cipher=cipher)
                for number in ("1001", "1002")
            ]

    async with databases.begin() as work:
        for id, number, placed_at in (("ord_1", "1001", now), ("ord_2", "1002", now + DAY)):
            invoice = Invoice(id, number, placed_at)
            await keep_invoice(invoice, buyer, work=work, cipher=cipher)
            # What is kept already stays as it is.
            await keep_invoice(invoice, replace(buyer, name=""), work=work, cipher=cipher)
    await run_sweep(databases, now + INVOICES_KEPT)
    assert await kept_buyers() == [buyer, buyer]
    await run_sweep(databases, now + INVOICES_KEPT + timedelta(microseconds=1))
    assert await kept_buyers() == [None, buyer]
    async with databases.read() as reading:
        assert set(await reading.data_keys.list_after("", 10)) == {"invoice of ord_2"}
    await run_sweep(databases, now + INVOICES_KEPT + 2 * DAY)
    assert await kept_buyers() == [None, None]
