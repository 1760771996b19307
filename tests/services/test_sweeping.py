"""What nobody comes back for is deleted, a few rows at a time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.engine.carts import Cart
from gateway.services import sweeping
from gateway.services.ports.clients import Found, Presented
from gateway.services.ports.grants import GrantRecord
from gateway.services.ports.purchasers import PurchaserRecord
from gateway.services.ports.sessions import SignInCode
from gateway.services.sweeping import MAX_CART_AGE, MAX_CLIENT_AGE, PAUSE, Sweep
from gateway.worker import turn
from tests.conftest import AnyDatabase
from tests.engine.purchases import USD

DAY = timedelta(days=1)


async def swept(database: AnyDatabase, now: datetime) -> None:
    """Everything that is due at ``now``."""
    step = Sweep(database)
    while (await step.next_due(now) or now) <= now:
        await turn((step,), now)


async def carts(database: AnyDatabase, *ids: str) -> list[bool]:
    async with database.read() as reading:
        return [await reading.carts.find(each) is not None for each in ids]


async def test_a_cart_lives_thirty_days_after_its_last_change(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    # R98
    now = clock.now()
    async with databases.begin() as work:
        for name in ("left", "changed", "bought"):
            await work.carts.add(Cart(name, 1, USD), now)
        await work.carts.save(Cart("changed", 2, USD), now + DAY)
        await work.carts.hold("bought", 1, "att_1")
        await work.carts.bought("bought", "att_1", "ord_1")
    await swept(databases, now + MAX_CART_AGE)
    assert await carts(databases, "left", "changed", "bought") == [True, True, True]
    await swept(databases, now + MAX_CART_AGE + timedelta(microseconds=1))
    assert await carts(databases, "left", "changed", "bought") == [False, True, True]
    await swept(databases, now + MAX_CART_AGE + DAY + timedelta(microseconds=1))
    assert await carts(databases, "left", "changed", "bought") == [False, False, True]


async def test_a_device_without_a_purchaser_lives_four_hundred_days(
    databases: AnyDatabase, clock: StandingClock
) -> None:
    # R98
    now = clock.now()
    async with databases.begin() as work:
        await work.purchasers.add(PurchaserRecord("pur_ada", "ada", b"sealed"), now)
        for name in ("kept", "out", "never"):
            await work.clients.remember(name, f"digest of {name}", now)
        for name in ("kept", "out"):
            await work.clients.map(name, "pur_ada", now)
            await work.grants.put(
                GrantRecord(name, "pur_ada", "home", b"sealed", "adr_1", "pm_1", now)
            )
        await work.clients.unmap("out", now + DAY)
    end = now + MAX_CLIENT_AGE

    async def known(at: datetime) -> list[str | None]:
        await swept(databases, at)
        async with databases.read() as reading:
            found = [
                await reading.clients.found(Presented(f"digest of {name}"), at)
                for name in ("kept", "out", "never")
            ]
        return [each.client_id for each in found]

    assert await known(end) == ["kept", "out", "never"]
    assert await known(end + timedelta(microseconds=1)) == ["kept", "out", None]
    assert await known(end + DAY + timedelta(microseconds=1)) == ["kept", None, None]
    async with databases.begin() as work:
        assert await work.grants.of("out", "pur_ada") == ()
        assert len(await work.grants.of("kept", "pur_ada")) == 1
        # Who comes back with the same identifier begins anew.
        await work.clients.remember("out", "digest of out", end)
        assert await work.clients.found(Presented("digest of out"), end) == Found("out")


async def test_what_is_over_of_sign_ins_goes(databases: AnyDatabase, clock: StandingClock) -> None:
    # R98
    now = clock.now()
    async with databases.begin() as work:
        await work.purchasers.add(PurchaserRecord("pur_ada", "ada", b"sealed"), now)
        for days in (1, 2):
            await work.sessions.add(
                f"after {days}", "pur_ada", authenticated_at=now, expires_at=now + days * DAY
            )
        await work.sign_in_codes.add(SignInCode("old", "ada", "code", now, "cli_1"))
    await swept(databases, now + DAY + timedelta(microseconds=1))
    async with databases.begin() as work:
        assert await work.sign_in_codes.prune(now + DAY, 9) == ()
        assert await work.sessions.prune(now + 9 * DAY, 9) == 1


async def test_a_round_is_bounded_and_the_next_follows_while_something_is_left(
    databases: AnyDatabase, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # R98
    monkeypatch.setattr(sweeping, "MAX_ROWS", 2)
    now = clock.now()
    async with databases.begin() as work:
        for number in range(5):
            await work.carts.add(replace(Cart("crt", 1, USD), id=f"{number}"), now)
    step, late = Sweep(databases), now + 2 * MAX_CART_AGE
    left = []
    for _ in range(4):
        await turn((step,), late)
        left.append(sum(await carts(databases, *map(str, range(5)))))
    assert left == [3, 1, 0, 0]
    assert await step.next_due(late) == late + PAUSE
    await step.postpone((await step.claim(late + PAUSE, late, 1))[0], late + DAY, "away")
    assert await step.next_due(late) == late + DAY
