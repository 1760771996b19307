"""Gifts, their events, links and contacts, kept by SQLite and by Postgres alike."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.engine.gifts.gift import ChannelKind
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.tokens import LINK_SCOPES, GiftToken, TokenScope
from gateway.services.ports.api_keys import ApiKey, ApiKeyRecord, ApiKeyRole
from gateway.services.ports.database import DuplicateKey, VersionConflict
from gateway.services.ports.directory import DirectoryEntry
from gateway.services.ports.gifts import GiftEvent, GiftOrder, GiftRecord, GiftSummary, LeasedGift
from gateway.services.ports.webhooks import Webhook
from tests.conftest import AnyDatabase

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def record(number: int = 1, **changes: object) -> GiftRecord:
    gift = GiftRecord(
        id=f"gft_{number}",
        order_id="gor_1",
        giver_id="pur_1",
        partner_id=None,
        tracking_number=f"T{number}",
        status=GiftStatus.SEARCHING,
        sequence=2,
        version=1,
        created_at=NOON + number * MINUTE,
        ended_at=None,
        public="{}",
        sealed=b"sealed",
    )
    return replace(gift, **changes)  # type: ignore[arg-type]


async def add(database: AnyDatabase, *records: GiftRecord, due: datetime | None = NOON) -> None:
    async with database.begin() as work:
        for gift_record in records:
            await work.gifts.add(gift_record, due)


async def test_a_gift_is_found_as_it_was_kept(databases: AnyDatabase) -> None:
    await add(databases, record())
    async with databases.read() as reading:
        assert await reading.gifts.find("gft_1") == record()
        assert await reading.gifts.find_by_tracking_number("T1") == record()
        assert await reading.gifts.find_many(["gft_1", "gft_2"]) == (record(),)
        assert await reading.gifts.find("gft_2") is None


async def test_a_write_to_what_has_moved_on_is_refused(databases: AnyDatabase) -> None:
    await add(databases, record())
    moved_on = record(status=GiftStatus.CANCELLED, sequence=3, ended_at=NOON, sealed=None)
    async with databases.begin() as work:
        await work.gifts.save(moved_on, None)
    with pytest.raises(VersionConflict):
        async with databases.begin() as work:
            await work.gifts.save(record(), NOON)
    async with databases.read() as reading:
        assert await reading.gifts.find("gft_1") == replace(moved_on, version=2)
        assert await reading.gifts.next_due(NOON) is None


async def test_due_gifts_are_leased_postponed_and_taken_over(databases: AnyDatabase) -> None:  # R51
    await add(databases, record(1), record(2), due=NOON)
    await add(databases, record(3), due=NOON + MINUTE)
    async with databases.begin() as work:
        claimed = await work.gifts.claim(NOON, NOON + MINUTE, 10)
        assert sorted(each.id for each in claimed) == ["gft_1", "gft_2"]
        assert await work.gifts.claim(NOON, NOON + MINUTE, 10) == ()
        await work.gifts.postpone(claimed[0], NOON + 5 * MINUTE)
    later = NOON + MINUTE
    async with databases.begin() as work:
        again = await work.gifts.claim(later, later + MINUTE, 10)
        assert sorted(again, key=lambda each: each.id) == sorted(
            [LeasedGift(claimed[1].id, 2, 3), LeasedGift("gft_3", 1, 2)], key=lambda each: each.id
        )
        with pytest.raises(VersionConflict):
            await work.gifts.postpone(claimed[1], later)


async def test_a_givers_gifts_come_newest_first(databases: AnyDatabase) -> None:
    """Those that a partner made at their expense too."""
    partners = record(4, partner_id="key_1")
    others = record(5, giver_id="pur_2")
    await add(databases, record(1), record(2), record(3), partners, others)
    async with databases.read() as reading:
        first = await reading.gifts.list_by_giver("pur_1", None, 2)
        assert [each.id for each in first] == ["gft_4", "gft_3"]
        last = (first[-1].created_at, first[-1].id)
        second_page = await reading.gifts.list_by_giver("pur_1", last, 2)
        assert [each.id for each in second_page] == ["gft_2", "gft_1"]
        assert await reading.gifts.count_since("pur_1", NOON + 2 * MINUTE) == 3


async def test_gifts_of_one_moment_come_by_their_ids(databases: AnyDatabase) -> None:
    await add(databases, *(record(each, created_at=NOON) for each in (1, 2, 3)))
    async with databases.read() as reading:
        assert [each.id for each in await reading.gifts.list_by_giver("pur_1", None, 9)] == [
            "gft_3",
            "gft_2",
            "gft_1",
        ]
        next_page = await reading.gifts.list_by_giver("pur_1", (NOON, "gft_3"), 1)
        assert [each.id for each in next_page] == ["gft_2"]


async def test_how_far_gifts_have_come_and_whose_they_are(databases: AnyDatabase) -> None:
    await add(databases, record(1), record(2, partner_id="key_1", giver_id="pur_2"), record(3))
    async with databases.read() as reading:
        summaries = await reading.gifts.find_summaries(["gft_1", "gft_2", "gft_none"])
    status = record(1).status
    assert set(summaries) == {
        GiftSummary("gft_1", "pur_1", None, status),
        GiftSummary("gft_2", "pur_2", "key_1", status),
    }


async def test_a_blank_gift_sleeps_for_good(databases: AnyDatabase) -> None:
    await add(databases, record(1, ended_at=NOON))
    async with databases.begin() as work:
        await work.gifts.erase("gft_1")
        assert await work.gifts.find("gft_1") == record(1, ended_at=NOON, sealed=None, version=2)
        assert await work.gifts.next_due(NOON) is None


def event(sequence: int, gift: int = 1, partner: str | None = None) -> GiftEvent:
    id = f"evt_{gift}_{sequence}"
    status = GiftStatus.SEARCHING
    return GiftEvent(id, f"gft_{gift}", sequence, "created", status, NOON, partner)


async def test_events_are_read_after_a_sequence(databases: AnyDatabase) -> None:  # R67
    async with databases.begin() as work:
        await work.gift_events.add([event(1), event(2), event(3)])
    async with databases.read() as reading:
        assert await reading.gift_events.list_after("gft_1", 1, 10) == (event(2), event(3))
        assert await reading.gift_events.find_last("gft_1") == event(3)
        assert await reading.gift_events.find("evt_1_2") == event(2)
        assert await reading.gift_events.find_last("gft_2") is None
    with pytest.raises(DuplicateKey):
        async with databases.begin() as work:
            await work.gift_events.add([replace(event(3), id="evt_other")])


async def test_a_feed_is_in_the_order_of_commits(databases: AnyDatabase) -> None:  # R69
    async def happen(gift: int) -> None:
        async with databases.begin() as work:
            await work.gift_events.add([event(1, gift, "key_1"), event(2, gift, "key_1")])

    await asyncio.gather(*map(happen, range(1, 9)))
    async with databases.begin() as work:
        await work.gift_events.add([event(1, 9, "key_2")])
    async with databases.read() as reading:
        feed = await reading.gift_events.list_feed("key_1", 0, 100)
        assert [each.position for each in feed] == list(range(1, 17))
        assert await reading.gift_events.list_feed("key_1", 15, 100) == feed[15:]
        assert await reading.gift_events.feed_position("key_1") == 16
        assert await reading.gift_events.feed_position("key_3") == 0


async def test_a_feed_begins_with_the_open_gifts(databases: AnyDatabase) -> None:
    await add(
        databases,
        record(1, sequence=2, partner_id="key_1"),
        record(2, status=GiftStatus.DECLINED, sequence=1, partner_id="key_1"),
        record(3, sequence=1, partner_id="key_2"),
    )
    async with databases.begin() as work:
        await work.gift_events.add([event(1, 1, "key_1"), event(2, 1, "key_1")])
        await work.gift_events.add([event(1, 2, "key_1")])
        await work.gift_events.add([event(1, 3, "key_2")])
    async with databases.read() as reading:
        latest = await reading.gift_events.list_latest_in_feed("key_1")
        assert [(each.id, each.position) for each in latest] == [("evt_1_2", 2)]


HOUR = timedelta(hours=1)
LATER = NOON + HOUR
ORDER = GiftOrder(
    "gor_1", "pur_1", "k", "f", ("gft_1", "gft_2"), NOON, "pay_1", hold_minor=1500, due_at=LATER
)


async def test_an_idempotency_key_is_used_once(databases: AnyDatabase) -> None:
    async with databases.begin() as work:
        await work.gift_orders.add(ORDER)
    with pytest.raises(DuplicateKey):
        async with databases.begin() as work:
            await work.gift_orders.add(replace(ORDER, id="gor_2"))
    async with databases.begin() as work:
        assert await work.gift_orders.find("pur_1", "k") == ORDER
        assert await work.gift_orders.find("pur_2", "k") is None
        assert await work.gift_orders.find_many(["gor_1", "gor_none"]) == (ORDER,)
        await work.gift_orders.mark_done(ORDER)
        for change in (work.gift_orders.mark_done, work.gift_orders.save, work.gift_orders.delete):
            with pytest.raises(VersionConflict):
                await change(replace(ORDER, version=2))
        done = replace(ORDER, done=True, due_at=None, version=2)
        assert await work.gift_orders.find("pur_1", "k") == done
        assert await work.gift_orders.next_due(LATER) is None


async def test_an_order_left_behind_is_one_process_own(databases: AnyDatabase) -> None:
    async with databases.begin() as work:
        await work.gift_orders.add(ORDER)
        assert await work.gift_orders.next_due(NOON) == LATER
        assert await work.gift_orders.claim(NOON, LATER, 10) == ()
        [claimed] = await work.gift_orders.claim(LATER, LATER + HOUR, 10)
        assert claimed == replace(ORDER, version=2, attempts=1)
        assert await work.gift_orders.claim(LATER, LATER + HOUR, 10) == ()
        with pytest.raises(VersionConflict):
            await work.gift_orders.mark_done(ORDER)
        renewed = await work.gift_orders.save(replace(claimed, due_at=LATER + HOUR))
        assert await work.gift_orders.next_due(LATER) == LATER + HOUR
        await work.gift_orders.delete(renewed)
        assert await work.gift_orders.find("pur_1", "k") is None


async def test_links_are_narrowed_and_revoked(databases: AnyDatabase) -> None:  # R49
    link = GiftToken("d1", "gft_1", LINK_SCOPES, ChannelKind.EMAIL, "b1", NOON)
    sms = replace(link, digest="d2", channel=ChannelKind.SMS)
    async with databases.begin() as work:
        await work.gift_tokens.add(link)
        await work.gift_tokens.add(sms)
        assert await work.gift_tokens.find("d1") == link
        await work.gift_tokens.restrict_scopes("d1", frozenset({TokenScope.VIEW}))
        assert await work.gift_tokens.find("d1") == replace(
            link, scopes=frozenset({TokenScope.VIEW})
        )
        await work.gift_tokens.revoke("gft_1", ChannelKind.EMAIL)
        assert await work.gift_tokens.find("d1") is None
        assert await work.gift_tokens.find("d2") == sms
        await work.gift_tokens.revoke("gft_1")
        assert await work.gift_tokens.find("d2") is None


async def test_contacts_lead_to_gifts_until_forgotten(databases: AnyDatabase) -> None:
    await add(databases, record(1), record(2))
    async with databases.begin() as work:
        await work.gift_contacts.add("gft_1", ["b1", "b2", "b1"])
        await work.gift_contacts.add("gft_2", ["b1"])
        await work.gift_contacts.mark_verified("gft_1", "b1")
        contacts = work.gift_contacts
        assert await contacts.find_gift_ids(["b1"], verified=False, limit=9) == ("gft_2", "gft_1")
        assert await contacts.find_gift_ids(["b1", "b2"], verified=True, limit=9) == ("gft_1",)
        await contacts.delete_for_gift("gft_1")
        assert await contacts.find_gift_ids(["b2"], verified=False, limit=9) == ()


async def test_a_block_is_for_one_giver_or_for_all(databases: AnyDatabase) -> None:
    async with databases.begin() as work:
        await work.gift_contacts.block(["b1"], "pur_1", NOON)
        await work.gift_contacts.block(["b2"], "*", NOON)
        await work.gift_contacts.block(["b2"], "*", NOON)
        assert await work.gift_contacts.is_blocked(["b1"], "pur_1")
        assert not await work.gift_contacts.is_blocked(["b1"], "pur_2")
        assert await work.gift_contacts.is_blocked(["b0", "b2"], "pur_2")


async def test_keys_are_found_by_digest_and_listed_by_name(databases: AnyDatabase) -> None:
    # R103
    shop = ApiKeyRecord(ApiKey("key_1", "shop", ApiKeyRole.PARTNER, "pur_1"), NOON, NOON + MINUTE)
    carrier = ApiKeyRecord(ApiKey("key_2", "carrier", ApiKeyRole.STAFF, None), NOON)
    async with databases.begin() as work:
        await work.api_keys.add(shop, "digest")
        await work.api_keys.add(carrier, "another")
        assert await work.api_keys.find("digest") == shop
        assert await work.api_keys.find_by_id("key_2") == carrier
        assert await work.api_keys.find("other") is None
        assert await work.api_keys.find_next("") == carrier
        assert await work.api_keys.find_next("carrier") == shop
        assert await work.api_keys.find_next("shop") is None


async def test_a_revoked_key_stays_with_the_time_of_the_first_revocation(
    databases: AnyDatabase,
) -> None:
    # R103
    record = ApiKeyRecord(ApiKey("key_1", "shop", ApiKeyRole.STAFF, None), NOON)
    async with databases.begin() as work:
        await work.api_keys.add(record, "digest")
        assert await work.api_keys.revoke("shop", NOON + MINUTE)
        assert await work.api_keys.revoke("shop", NOON + 2 * MINUTE)
        assert not await work.api_keys.revoke("other", NOON)
        revoked = replace(record, revoked_at=NOON + MINUTE)
        assert await work.api_keys.find("digest") == revoked
        with pytest.raises(DuplicateKey):
            await work.api_keys.add(replace(record, key=replace(record.key, id="key_2")), "new")


async def test_webhooks_belong_to_their_partner(databases: AnyDatabase) -> None:
    webhook = Webhook("whk_1", "key_1", "https://example.com/h", b"sealed")
    async with databases.begin() as work:
        await work.webhooks.add(webhook, NOON)
        assert await work.webhooks.list_by_partner("key_1") == (webhook,)
        assert not await work.webhooks.delete("key_2", "whk_1")
        assert await work.webhooks.find("whk_1") == webhook
        assert await work.webhooks.delete("key_1", "whk_1")
        assert await work.webhooks.find("whk_1") is None


async def test_directory_records_are_found_and_replaced(databases: AnyDatabase) -> None:
    entry = DirectoryEntry("den_1", b"one", NOON)
    newer = DirectoryEntry("den_2", b"two", NOON + MINUTE)
    async with databases.begin() as work:
        await work.directory.add(entry, ["b1", "b2"], NOON)
        await work.directory.add(newer, ["b2"], NOON)
        assert await work.directory.look_up(["b2", "b1"], 9) == (newer, entry)
        assert await work.directory.look_up(["b1", "b2"], 1) == (newer,)
        await work.directory.add(replace(entry, sealed=b"three"), ["b3"], NOON)
        assert await work.directory.look_up(["b1"], 9) == ()
        assert await work.directory.look_up(["b3"], 9) == (replace(entry, sealed=b"three"),)


async def test_a_contact_leaves_one_gift(databases: AnyDatabase) -> None:  # R102
    await add(databases, record(1), record(2))
    async with databases.begin() as work:
        contacts = work.gift_contacts
        await contacts.add("gft_1", ["b1", "b2"])
        await contacts.add("gft_2", ["b1"])
        await contacts.remove("gft_1", ["b1", "b3"])
        assert await contacts.find_gift_ids(["b1"], verified=False, limit=9) == ("gft_2",)
        assert await contacts.find_gift_ids(["b2"], verified=False, limit=9) == ("gft_1",)


async def test_one_contact_of_a_gift_speaks_at_a_time(databases: AnyDatabase) -> None:  # R100
    await add(databases, record(1))
    async with databases.begin() as work:
        contacts = work.gift_contacts
        await contacts.add("gft_1", ["b1", "b2"])
        await contacts.mark_verified("gft_1", "b1")
        await contacts.mark_verified("gft_1", "b2")
        assert await contacts.find_gift_ids(["b1"], verified=True, limit=9) == ()
        assert await contacts.find_gift_ids(["b2"], verified=True, limit=9) == ("gft_1",)


async def test_records_are_deleted_by_any_of_their_keys(databases: AnyDatabase) -> None:  # R102
    async with databases.begin() as work:
        await work.directory.add(DirectoryEntry("den_1", b"one", NOON), ["b1", "b2"], NOON)
        await work.directory.add(DirectoryEntry("den_2", b"two", NOON), ["b2"], NOON)
        assert await work.directory.delete_matching(["b1", "b9"]) == ("den_1",)
        assert await work.directory.look_up(["b1"], 9) == ()
        [remaining] = await work.directory.look_up(["b2"], 9)
        assert remaining.id == "den_2"
        assert await work.directory.delete_matching(["b1"]) == ()


async def test_guesses_are_kept_and_swept(databases: AnyDatabase) -> None:  # R99
    async with databases.begin() as work:
        guesses = work.gift_guesses
        assert await guesses.lock_and_load("b1", "pur_1", NOON) == ()
        await guesses.save("b1", "pur_1", (NOON, NOON + MINUTE))
        assert await guesses.lock_and_load("b1", "pur_1", NOON + 5 * MINUTE) == (
            NOON,
            NOON + MINUTE,
        )
        assert await guesses.lock_and_load("b1", "*", NOON) == ()
        await guesses.prune(NOON + MINUTE, 9)
        assert await guesses.lock_and_load("b1", "pur_1", NOON) == (NOON, NOON + MINUTE)
        await guesses.prune(NOON + 2 * MINUTE, 9)
        assert await guesses.lock_and_load("b1", "pur_1", NOON) == ()
