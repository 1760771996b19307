"""What is kept of clients and purchasers, on SQLite and on Postgres."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.services.ports.clients import KnownCredentials, PresentedCredentials
from gateway.services.ports.database import DuplicateKey, UnitOfWork
from gateway.services.ports.one_click_grants import OneClickGrantRecord
from gateway.services.ports.purchasers import (
    AddressRecord,
    PaymentMethodRecord,
    PurchaserRecord,
)
from gateway.services.ports.sessions import SignInCode, SignInRequestCounts
from tests.conftest import AnyDatabase

ADA = PurchaserRecord("pur_ada", "index-of-ada", b"ada")
BOB = PurchaserRecord("pur_bob", "index-of-bob", b"bob")
HOUR = timedelta(hours=1)


@pytest.fixture
async def kept(databases: AnyDatabase, clock: ManualClock) -> AnyDatabase:
    """A database with two purchasers, and a client that stands for the first."""
    now = clock.now()
    async with databases.begin() as work:
        await work.purchasers.add(ADA, now)
        await work.purchasers.add(BOB, now)
        await work.clients.add_if_absent("cli_one", "digest-one", now)
        await work.clients.map_to_purchaser("cli_one", ADA.id, now)
    return databases


async def look_up(
    database: AnyDatabase, clock: ManualClock, presented: PresentedCredentials
) -> KnownCredentials:
    async with database.read() as reading:
        return await reading.clients.look_up(presented, clock.now())


async def test_an_unknown_identifier_is_found_nowhere(
    databases: AnyDatabase, clock: ManualClock
) -> None:  # R03
    assert await look_up(databases, clock, PresentedCredentials("nothing")) == KnownCredentials()
    assert await look_up(databases, clock, PresentedCredentials()) == KnownCredentials()


async def test_an_identifier_finds_whom_its_client_stands_for(
    kept: AnyDatabase, clock: ManualClock
) -> None:  # R04
    answer = await look_up(kept, clock, PresentedCredentials("digest-one"))
    assert answer == KnownCredentials("cli_one", mapped_purchaser=ADA.id)


async def test_identifier_session_and_account_are_found_at_once(
    kept: AnyDatabase, clock: ManualClock
) -> None:
    now = clock.now()
    async with kept.begin() as work:
        await work.sessions.add(
            "session", BOB.id, authenticated_at=now - HOUR, expires_at=now + HOUR
        )
        assert await work.purchasers.link_account("https://id.example", "17", ADA.id, now) == ADA.id
    presented = PresentedCredentials("digest-one", "session", ("https://id.example", "17"))
    assert await look_up(kept, clock, presented) == KnownCredentials(
        "cli_one",
        mapped_purchaser=ADA.id,
        session_purchaser=BOB.id,
        authenticated_at=now - HOUR,
        account_purchaser=ADA.id,
    )


async def test_a_session_ends_by_time_and_by_revocation(
    kept: AnyDatabase, clock: ManualClock
) -> None:
    now = clock.now()
    async with kept.begin() as work:
        for digest in ("short", "revoked"):
            await work.sessions.add(digest, ADA.id, authenticated_at=now, expires_at=now + HOUR)
        await work.sessions.revoke("revoked")
    assert (
        await look_up(kept, clock, PresentedCredentials(session="revoked"))
    ) == KnownCredentials()
    assert (
        await look_up(kept, clock, PresentedCredentials(session="short"))
    ).session_purchaser == ADA.id
    clock.advance(HOUR)
    assert (await look_up(kept, clock, PresentedCredentials(session="short"))) == KnownCredentials()


async def test_an_account_stays_with_whom_it_was_linked_to_first(
    kept: AnyDatabase, clock: ManualClock
) -> None:
    async with kept.begin() as work:
        await work.purchasers.link_account("https://id.example", "17", ADA.id, clock.now())
        again = await work.purchasers.link_account("https://id.example", "17", BOB.id, clock.now())
    assert again == ADA.id


async def test_a_rotated_identifier_is_forgotten_and_the_client_stays(
    kept: AnyDatabase, clock: ManualClock
) -> None:
    async with kept.begin() as work:
        await work.clients.rotate_identifier("cli_one", "digest-one", "digest-two", clock.now())
        await work.clients.add_if_absent("cli_one", "digest-one", clock.now())
    assert (
        await look_up(kept, clock, PresentedCredentials("digest-one"))
    ).identifier_retired is True
    answer = await look_up(kept, clock, PresentedCredentials("digest-two"))
    assert answer == KnownCredentials("cli_one", mapped_purchaser=ADA.id)


async def test_candidates_are_whom_a_client_stood_for_latest_first(
    kept: AnyDatabase, clock: ManualClock
) -> None:  # R12
    async with kept.begin() as work:
        await work.clients.map_to_purchaser("cli_one", BOB.id, clock.advance(HOUR))
        assert await work.clients.list_purchaser_candidates("cli_one", 10) == (BOB.id, ADA.id)
        assert await work.clients.list_purchaser_candidates("cli_one", 1) == (BOB.id,)
        await work.clients.map_to_purchaser("cli_one", ADA.id, clock.advance(HOUR))
        assert await work.clients.list_purchaser_candidates("cli_one", 10) == (ADA.id, BOB.id)
        await work.clients.unmap_purchaser("cli_one", clock.now())
        assert await work.clients.list_purchaser_candidates("cli_one", 10) == (BOB.id,)
    assert (await look_up(kept, clock, PresentedCredentials("digest-one"))) == KnownCredentials(
        "cli_one"
    )


def code(id: str, clock: ManualClock, email: str = "ada") -> SignInCode:
    return SignInCode(
        id, email, f"code-of-{id}", clock.now(), client_id="cli_one", network_index="home"
    )


async def count_code_requests(
    work: UnitOfWork, clock: ManualClock, email: str = "ada"
) -> SignInRequestCounts:
    since = clock.now() - 3 * HOUR
    return await work.sign_in_codes.count_requests(
        [email], client_id="cli_one", network_index="home", since=since
    )


async def attempts(work: UnitOfWork, clock: ManualClock, count: int) -> list[str | None]:
    since = clock.now() - HOUR
    codes = work.sign_in_codes
    codes_tried = [
        await codes.try_code(["ada"], "cli_one", since=since, limit=3) for _ in range(count)
    ]
    return [each.id if each else None for each in codes_tried]


async def test_a_newer_code_ends_the_older(databases: AnyDatabase, clock: ManualClock) -> None:
    async with databases.begin() as work:
        await work.sign_in_codes.add(code("first", clock))
        await work.sign_in_codes.add(code("second", clock))
        assert await attempts(work, clock, 4) == ["second", "second", "second", None]
        assert await count_code_requests(work, clock) == SignInRequestCounts(
            by_client=2, from_network=2, unknown_client_tries=3
        )
        assert await count_code_requests(work, clock, "bob") == SignInRequestCounts()
        assert await work.sign_in_codes.count_from_network("home", clock.now() - HOUR) == 2
        assert await work.sign_in_codes.count_from_network("elsewhere", clock.now() - HOUR) == 0


async def test_each_client_has_a_code_and_tries_of_its_own(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    # R101
    others = replace(
        code("others", clock), client_id="cli_two", network_index="elsewhere", client_is_known=True
    )
    since = clock.now() - HOUR
    async with databases.begin() as work:
        await work.sign_in_codes.add(code("mine", clock))
        clock.advance(timedelta(seconds=1))
        await work.sign_in_codes.add(replace(others, requested_at=clock.now()))
        tries = [
            await work.sign_in_codes.try_code_of_others(["x", "ada"], client, since=since, limit=2)
            for client in ("cli_one", "cli_two", "cli_three", "cli_four")
        ]
        assert [each and each.id for each in tries] == ["others", "mine", "others", None]
        assert await attempts(work, clock, 1) == ["mine"]
        own_code = await work.sign_in_codes.try_code(["ada"], "cli_two", since=since, limit=1)
        assert own_code is not None
        assert await count_code_requests(work, clock) == SignInRequestCounts(
            by_client=1, from_network=1, unknown_client_tries=2
        )
        await work.sign_in_codes.end("others")
        assert (
            await work.sign_in_codes.try_code_of_others(["ada"], "", since=since, limit=9) is None
        )


async def test_a_code_ends_when_it_was_used_and_by_time(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    async with databases.begin() as work:
        await work.sign_in_codes.add(code("used", clock))
        await work.sign_in_codes.end("used")
        assert await attempts(work, clock, 1) == [None]
        await work.sign_in_codes.add(code("old", clock))
        clock.advance(HOUR)
        assert await attempts(work, clock, 1) == [None]
        assert await work.sign_in_codes.prune(clock.now() - HOUR, 10) == ()
        clock.advance(timedelta(microseconds=1))
        pruned = await work.sign_in_codes.prune(clock.now() - HOUR, 10)
        assert sorted(pruned) == ["old", "used"]
        assert await count_code_requests(work, clock) == SignInRequestCounts()


async def test_guesses_at_once_each_use_up_a_try(
    databases: AnyDatabase, clock: ManualClock
) -> None:
    async with databases.begin() as work:
        await work.sign_in_codes.add(code("only", clock))

    async def guess() -> bool:
        async with databases.begin() as work:
            since = clock.now() - HOUR
            codes = work.sign_in_codes
            return await codes.try_code(["ada"], "cli_one", since=since, limit=5) is not None

    allowed = await asyncio.gather(*(guess() for _ in range(8)))
    assert sorted(allowed) == [False] * 3 + [True] * 5


async def test_an_email_belongs_to_one_purchaser(kept: AnyDatabase, clock: ManualClock) -> None:
    async with kept.begin() as work:
        duplicate = PurchaserRecord("pur_eve", ADA.email_index, b"eve")
        assert await work.purchasers.add(duplicate, clock.now()) == ADA.id
        assert await work.purchasers.find_by_email(["unknown", "index-of-ada"]) == ADA
        assert await work.purchasers.find(ADA.id) == ADA
        assert await work.purchasers.find("pur_eve") is None


async def test_addresses_come_in_the_order_they_were_added(
    kept: AnyDatabase, clock: ManualClock
) -> None:
    home = AddressRecord("adr_b", ADA.id, "home", b"1", use_for_gifts=True)
    work_place = AddressRecord("adr_a", ADA.id, "work", b"2", use_for_gifts=False)
    moved = AddressRecord("adr_b", ADA.id, "new home", b"3", use_for_gifts=False)
    async with kept.begin() as work:
        await work.addresses.add(home, clock.now())
        await work.addresses.add(work_place, clock.advance(HOUR))
        assert await work.addresses.list_for(ADA.id) == (home, work_place)
        await work.addresses.replace(moved, clock.advance(HOUR))
        assert await work.addresses.list_for(ADA.id) == (moved, work_place)
        assert await work.addresses.find("adr_a") == work_place
        assert await work.addresses.delete("adr_a", BOB.id) is False
        assert await work.addresses.delete("adr_a", ADA.id) is True
        assert await work.addresses.find("adr_a") is None


async def test_a_label_is_one_address_of_a_purchaser(
    kept: AnyDatabase, clock: ManualClock
) -> None:  # R15
    async with kept.begin() as work:
        for address, purchaser in (("adr_1", ADA.id), ("adr_2", BOB.id)):
            record = AddressRecord(address, purchaser, "home", b"", use_for_gifts=False)
            await work.addresses.add(record, clock.now())
    again = AddressRecord("adr_3", ADA.id, "home", b"", use_for_gifts=False)
    with pytest.raises(DuplicateKey):
        async with kept.begin() as work:
            await work.addresses.add(again, clock.now())


async def test_payment_methods_are_their_purchasers_own(
    kept: AnyDatabase, clock: ManualClock
) -> None:
    card = PaymentMethodRecord("pay_1", ADA.id, b"card")
    async with kept.begin() as work:
        await work.payment_methods.add(card, clock.now())
        assert await work.payment_methods.list_for(ADA.id) == (card,)
        assert await work.payment_methods.list_for(BOB.id) == ()
        assert await work.payment_methods.find("pay_1") == card
        assert await work.payment_methods.delete("pay_1", BOB.id) is False
        assert await work.payment_methods.delete("pay_1", ADA.id) is True
        assert await work.payment_methods.find("pay_1") is None


def grant(
    clock: ManualClock, key: str, client: str = "cli_one", address: str = "adr_1"
) -> OneClickGrantRecord:
    return OneClickGrantRecord(client, ADA.id, key, b"label", address, "pay_1", clock.now())


async def test_grants_belong_to_a_pair_and_a_label_replaces(
    kept: AnyDatabase, clock: ManualClock
) -> None:  # R07
    async with kept.begin() as work:
        await work.one_click_grants.upsert(grant(clock, "home"))
        clock.advance(HOUR)
        await work.one_click_grants.upsert(grant(clock, "work"))
        assert [
            each.label_index for each in await work.one_click_grants.list_for("cli_one", ADA.id)
        ] == ["home", "work"]
        clock.advance(HOUR)
        await work.one_click_grants.upsert(grant(clock, "home", address="adr_2"))
        assert await work.one_click_grants.list_for("cli_one", ADA.id) == (
            OneClickGrantRecord(
                "cli_one", ADA.id, "work", b"label", "adr_1", "pay_1", clock.now() - HOUR
            ),
            OneClickGrantRecord("cli_one", ADA.id, "home", b"label", "adr_2", "pay_1", clock.now()),
        )
        assert await work.one_click_grants.list_for("cli_one", BOB.id) == ()
        assert await work.one_click_grants.list_for("cli_two", ADA.id) == ()


async def test_the_methods_enabled_last_come_first_from_whatever_client(
    kept: AnyDatabase, clock: ManualClock
) -> None:
    async with kept.begin() as work:
        await work.clients.add_if_absent("cli_two", "digest-two", clock.now())
        for client, method in (("cli_one", "pay_1"), ("cli_two", "pay_2")):
            clock.advance(HOUR)
            made = replace(grant(clock, "home", client), payment_method_id=method)
            await work.one_click_grants.upsert(made)
        assert await work.one_click_grants.list_latest_method_ids(ADA.id) == ("pay_2", "pay_1")
        assert await work.one_click_grants.list_latest_method_ids(BOB.id) == ()


async def test_grants_are_withdrawn_here_or_everywhere(
    kept: AnyDatabase, clock: ManualClock
) -> None:  # R06
    async with kept.begin() as work:
        await work.clients.add_if_absent("cli_two", "digest-two", clock.now())
        await work.clients.add_if_absent("cli_three", "digest-three", clock.now())
        for client in ("cli_one", "cli_two", "cli_three"):
            await work.one_click_grants.upsert(grant(clock, "home", client))
        assert await work.one_click_grants.delete(ADA.id, "cli_one") == 1
        assert await work.one_click_grants.list_for("cli_one", ADA.id) == ()
        assert len(await work.one_click_grants.list_for("cli_two", ADA.id)) == 1
        assert await work.one_click_grants.delete(ADA.id) == 2
        assert await work.one_click_grants.list_for("cli_two", ADA.id) == ()
