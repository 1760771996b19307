"""Who asks to be forgotten is, in every gift of theirs, and nobody else is."""

import asyncio
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from gateway.adapters.clocks import StandingClock
from gateway.adapters.forgotten_file import ForgottenFile
from gateway.adapters.outbox_files import MailFiles, SentFiles, SmsFiles
from gateway.adapters.statements import Statement, table
from gateway.adapters.tables.gifts import GiftBlockRow
from gateway.engine.gifts.events import Searched
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.values import (
    ChannelKind,
    ChannelState,
    Fact,
    FactKind,
    Gift,
    PartialAddress,
)
from gateway.services.gifts.claims import accept, read_claim
from gateway.services.gifts.creating import create_gifts
from gateway.services.gifts.directory import DirectoryImport, ImportedDirectory
from gateway.services.gifts.forgetting import forget_again
from gateway.services.gifts.giving import GiverInput, supply
from gateway.services.gifts.keeping import fetched, put
from gateway.services.gifts.mailboxes import ANYBODY, block, untagged
from gateway.services.gifts.records import kept, kept_all
from gateway.services.gifts.remembered import EarlierGifts, EarlierGivers
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.resolving import ResolveGifts
from gateway.services.gifts.shipping import ShipmentStatus, contact_failed, update_shipment
from gateway.services.gifts.unwelcome import welcome_facts
from gateway.services.gifts.wishes import forget, report
from gateway.services.ports.database import Stale
from gateway.services.ports.sources import SourceRecord
from gateway.services.ports.vault import Unreadable
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import (
    BY_EMAIL,
    GIVER,
    HOME,
    HOME_TYPED,
    AmericanPhones,
    MadeUpSource,
    Shop,
)

PHONE = "+14155552671"
STRANGER = GiftCaller("pur_2")
ARRIVED = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)
ADA = "ada@example.com"


@pytest.fixture
def shop(databases: AnyDatabase, clock: StandingClock) -> Shop:
    """On both databases."""
    shop = Shop(databases, clock)
    database, cipher = shop.database, shop.parts.cipher
    first, second = EarlierGifts(database, cipher), EarlierGivers(database, cipher)
    shop.parts = replace(shop.parts, sources={"first": first, "second": second})
    return shop


def at(email: str) -> RecipientDetails:
    return RecipientDetails(name="Ada Lovelace", email=email)


async def ship(shop: Shop, gift_id: str, *statuses: ShipmentStatus) -> None:
    for status in statuses:
        outcome = await update_shipment(gift_id, status, parts=shop.parts)
        assert outcome.user_errors == ()
    await shop.turn()


def holds_nothing(gift: object) -> bool:
    # Nothing so short that an id, which is random, may hold it.
    told = (
        "ada@",
        "ada+",
        "Lovelace",
        "Oak Street",
        "Mountain View",
        PHONE,
        "red door",
        "Happy",
        "blue paper",
    )
    return not any(each in f"{vars_of(gift)}" for each in told)


def vars_of(gift: object) -> str:
    return str(asdict(gift))  # type: ignore[call-overload]


@pytest.mark.parametrize("link", [ADA, "ada+gifts@example.com", "ADA+x+y@Example.com"])
@pytest.mark.parametrize("earlier", [ADA, "ada+old@example.com"])
async def test_nothing_is_left_in_any_gift(shop: Shop, link: str, earlier: str) -> None:
    """R102: earlier gifts of others, by any tag of the mailbox, in whatever state."""
    typed = replace(at(earlier), postal=HOME_TYPED, hints="a red door")
    words: dict[str, Any] = {"message": "Happy birthday", "wrap": "blue paper"}
    arrived = await shop.give(typed, by=STRANGER, **words)
    await ship(shop, arrived.id, *ARRIVED)
    resolved = await shop.give(typed, by=STRANGER, **words)
    waiting = await shop.give(at(earlier), by=STRANGER, **words)
    gift = await shop.give(at(link), **words)
    [sent] = [each.to for each in shop.sent.mails if each.to.lower() == link.lower()][-1:]
    outcome = await forget(shop.token(sent), parts=shop.parts)
    assert outcome.user_errors == ()
    await shop.turn()
    for each in (arrived, resolved, waiting, gift):
        present = await shop.gift(each.id)
        assert present.settled
        assert holds_nothing(present)
    before = len(shop.sent.mails)
    for email in (ADA, link, earlier, "ada+new@example.com"):
        surprise = await shop.give(at(email), contact_recipient=False)
        again = await shop.give(at(email))
        for each in (surprise, again):
            assert (each.status, each.facts, each.channels, each.recipient.email) == (
                GiftStatus.AWAITING_GIVER,
                (),
                (),
                None,
            )
    await shop.later(timedelta(hours=80))
    assert {each.to for each in shop.sent.mails[before:]} <= {"pur_1@givers.example.com"}


async def test_who_is_asked_later_is_not_written_to_either(shop: Shop) -> None:
    """R102: neither as what the giver adds, nor as what a source finds."""
    await shop.give()
    await forget(shop.token(), parts=shop.parts)
    other = await shop.give(RecipientDetails(name="Ada Lovelace", postal=PartialAddress(city="X")))
    sent = len(shop.sent.to(ADA))
    added = GiverInput(RecipientDetails(email="ada+again@example.com"))
    assert (await supply(other.id, added, GIVER, parts=shop.parts)).user_errors == ()
    await shop.turn()
    assert len(shop.sent.to(ADA)) == sent
    assert (await shop.gift(other.id)).recipient.email is None


@pytest.mark.parametrize("wish", ["forget", "report"])
async def test_a_link_speaks_for_its_contact_alone(shop: Shop, wish: str) -> None:
    """R102, finding "anybody blocks anybody": the stranger's phone can still be written to."""
    eve = replace(at("eve@example.com"), phone=PHONE)
    await shop.give(eve, by=STRANGER)
    token = shop.token("eve@example.com")
    await (
        forget(token, parts=shop.parts)
        if wish == "forget"
        else report(token, None, parts=shop.parts)
    )
    honest = await shop.give(RecipientDetails(name="Ada Lovelace", phone=PHONE))
    assert honest.status is GiftStatus.AWAITING_RECIPIENT
    assert [each.to for each in shop.sent.texts] == [PHONE]


async def test_a_gift_goes_on_by_what_else_is_known(shop: Shop) -> None:
    """R102: only the contact that was forgotten leaves another's gift; the other is asked then."""
    gift = await shop.give(replace(BY_EMAIL, phone=PHONE), by=STRANGER)
    await shop.give()
    await forget(shop.token(), parts=shop.parts)
    await shop.turn()
    present = await shop.gift(gift.id)
    assert present.status is GiftStatus.AWAITING_RECIPIENT
    assert (present.recipient.email, present.recipient.phone) == (None, PHONE)
    assert ADA not in vars_of(present)
    assert [each.to for each in shop.sent.texts] == [PHONE]
    assert await read_claim(shop.token(PHONE), parts=shop.parts) is not None


async def test_a_parcel_on_its_way_is_forgotten_when_it_has_arrived(shop: Shop) -> None:  # R102
    gift = await shop.give()
    await accept(shop.token(), HOME, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    await ship(shop, gift.id, ShipmentStatus.DISPATCHED)
    await forget(shop.token(), parts=shop.parts)
    assert (await shop.gift(gift.id)).address == HOME
    await ship(shop, gift.id, ShipmentStatus.DELIVERED)
    assert holds_nothing(await shop.gift(gift.id))


async def test_a_parcel_that_comes_back_to_somebody_forgotten_ends(shop: Shop) -> None:  # R102
    gift = await shop.give()
    await accept(shop.token(), HOME, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    await ship(shop, gift.id, ShipmentStatus.DISPATCHED)
    await forget(shop.token(), parts=shop.parts)
    await ship(shop, gift.id, ShipmentStatus.RETURNED)
    present = await shop.gift(gift.id)
    assert present.status is GiftStatus.DECLINED
    assert holds_nothing(present)
    assert await shop.charges() == [(1200, "REFUNDED")]


async def test_a_step_that_read_before_does_not_write_it_back(shop: Shop) -> None:  # R102
    gift = await shop.give()
    async with shop.database.read() as reading:
        before = await fetched(gift.id, reading=reading, parts=shop.parts)
    assert before is not None
    await forget(shop.token(), parts=shop.parts)
    with pytest.raises(Stale):
        async with shop.database.begin() as work:
            await put(before.gift, before.version, shop.clock.now(), work=work, parts=shop.parts)
    assert holds_nothing(await shop.gift(gift.id))


async def test_what_a_running_search_found_is_not_kept(shop: Shop) -> None:  # R102
    await shop.give()
    await forget(shop.token(), parts=shop.parts)
    other = await shop.give(RecipientDetails(name="Ada Lovelace", phone=PHONE))
    now = shop.clock.now()
    found = (
        Fact(FactKind.EMAIL, "ada+x@example.com", "one", "one", 80, now),
        Fact(FactKind.ADDRESS, HOME, "one", "one", 80, now),
    )
    event = Searched(EventType.NEW_FACTS, now, facts=found)
    async with shop.database.begin() as work:
        kept = await welcome_facts(other, event, work=work, parts=shop.parts)
    assert kept == replace(event, type=EventType.NOTHING_FOUND, facts=())


async def test_a_gift_made_at_the_same_time_lets_go_at_its_next_step(shop: Shop) -> None:
    """R97, R102: what began before the wish was known asks again before it writes."""
    gift = await shop.give(scheduled_for=shop.clock.now() + timedelta(days=1))
    async with shop.database.begin() as work:
        await block((ADA,), ANYBODY, shop.clock.now(), work=work, cipher=shop.parts.cipher)
    await shop.later(timedelta(days=1))
    assert shop.sent.to(ADA) == []
    present = await shop.gift(gift.id)
    assert present.status is GiftStatus.DECLINED
    assert holds_nothing(present)


async def test_reminders_of_a_reported_giver_stop(shop: Shop) -> None:
    first, second = await shop.give(), await shop.give()
    sent = len(shop.sent.to(ADA))
    await report(shop.token(), None, parts=shop.parts)
    await shop.later(timedelta(hours=40))
    assert len(shop.sent.to(ADA)) == sent
    assert (await shop.gift(second.id)).status is GiftStatus.DECLINED
    other = await shop.gift(first.id)
    assert [each.state for each in other.channels] == [ChannelState.SPENT]
    assert (await shop.give(by=STRANGER)).status is GiftStatus.AWAITING_RECIPIENT


async def test_the_directory_forgets_and_does_not_take_back(shop: Shop) -> None:  # R102
    importing = DirectoryImport(shop.database, shop.parts.cipher, shop.clock, AmericanPhones())
    record = SourceRecord("Ada Lovelace", ("ada@example.com", "a.l@example.com"), (PHONE,), HOME)
    other = SourceRecord("Ada Lovelace", ("ada.other@example.com",), (), HOME)
    assert await importing.take([record, other]) == 2
    await shop.give(at("ada+tea@example.com"))
    await forget(shop.token("ada+tea@example.com"), parts=shop.parts)
    source = ImportedDirectory(shop.database, shop.parts.cipher)
    for key in ("email:ada@example.com", "email:a.l@example.com", f"phone:{PHONE}"):
        assert await source.records(key, asking="gft_1") == ()
    [left] = await source.records("name:Ada Lovelace", asking="gft_1")
    assert left.emails == other.emails
    assert await importing.take([record, other]) == 1
    assert await source.records("email:ada@example.com", asking="gft_1") == ()


async def test_the_files_of_its_messages_are_deleted(shop: Shop, tmp_path: Path) -> None:  # R102
    folder = tmp_path / "outbox"
    shop.parts = replace(shop.parts, sent=SentFiles(folder))
    first = await shop.give(replace(BY_EMAIL, phone=PHONE))
    await contact_failed(first.id, ChannelKind.EMAIL, parts=shop.parts)
    await shop.give(by=STRANGER)
    await shop.turn()
    mails = MailFiles(folder, "Shop <shop@example.com>", shop.clock)
    for each in shop.sent.mails:
        await mails.send(each)
    for text in shop.sent.texts:
        await SmsFiles(folder).send(text)
    await forget(shop.token(), parts=shop.parts)
    left = [file.read_text() for file in folder.iterdir()]
    assert [each for each in left if ADA in each] == []
    assert [each for each in left if PHONE in each] != []


async def test_all_wishes_at_once(shop: Shop) -> None:
    """R102: links of several gifts used at the same time, while the worker works."""
    gifts = [await shop.give(by=GiftCaller(f"pur_{n}")) for n in range(1, 7)]
    tokens = [str(each.text.split("/gift#")[1].split()[0]) for each in shop.sent.to(ADA)]
    assert len(tokens) == 6
    await asyncio.gather(*(forget(each, parts=shop.parts) for each in tokens), shop.turn())
    await shop.turn()
    for each in gifts:
        assert holds_nothing(await shop.gift(each.id))


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada+tea@example.com", "ada@example.com"),
        ("Ada+Tea+Cup@EXAMPLE.com", "ada@example.com"),
        ("+tea@example.com", "+tea@example.com"),
        ("ada@großmann.example.com", "ada@xn--gromann-2va.example.com"),
        ("ada@grossmann.example.com", "ada@grossmann.example.com"),
        ("ada+@example.com", "ada@example.com"),
        ("a.da@example.com", "a.da@example.com"),
        ("ada@plus+.example", "ada@plus+.example"),
        ("\u212aada@example.com", "\u212aada@example.com"),
        (PHONE, PHONE),
    ],
)
def test_a_tag_makes_no_other_mailbox(contact: str, expected: str) -> None:  # R96, R101
    assert untagged(contact) == expected


async def test_who_reads_while_a_key_is_replaced_reads_on(shop: Shop) -> None:
    """R102: the row was read before, its key after: the gift as it is now is what they get."""
    gift = await shop.give(replace(BY_EMAIL, phone=PHONE), by=STRANGER)
    async with shop.database.read() as reading:
        before = await reading.gifts.find(gift.id)
        assert before is not None
        await shop.give()
        await forget(shop.token(), parts=shop.parts)
        cipher = shop.parts.cipher
        one = await kept(before, reading=reading, cipher=cipher)
        assert await kept_all([before], reading=reading, cipher=cipher) == [one]
        assert one.gift == await shop.gift(gift.id)
        altered = replace(before, version=one.version)
        with pytest.raises(Unreadable):
            await kept(altered, reading=reading, cipher=cipher)


async def test_a_restored_backup_is_reminded(shop: Shop, tmp_path: Path) -> None:
    """R102: the list is kept beside the database, and applied at the next start."""
    path = tmp_path / "forgotten"
    shop.parts = replace(shop.parts, forgotten=ForgottenFile(path))
    assert await forget_again(parts=shop.parts) == 0
    await shop.give(at("ada+tea@example.com"))
    await forget(shop.token("ada+tea@example.com"), parts=shop.parts)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "ada+" not in path.read_text()
    assert await forget_again(parts=shop.parts) == 0
    restored = await _as_it_was_before(shop)
    kim = await shop.give(RecipientDetails(name="Kim", email="kim@example.com"))
    assert await forget_again(parts=shop.parts) == 1
    assert holds_nothing(await shop.gift(restored.id))
    assert (await shop.gift(kim.id)).recipient.email == "kim@example.com"
    assert await forget_again(parts=shop.parts) == 0


async def _as_it_was_before(shop: Shop) -> Gift:
    """A gift to Ada, as if nobody had forgotten her."""
    async with shop.database.begin() as work:
        session = work.session
        await session.run(Statement(delete(table(GiftBlockRow))))
    return await shop.give()


async def test_a_list_that_cannot_be_written_keeps_nobody_from_being_forgotten(
    shop: Shop, tmp_path: Path
) -> None:
    shop.parts = replace(shop.parts, forgotten=ForgottenFile(tmp_path))
    gift = await shop.give()
    assert (await forget(shop.token(), parts=shop.parts)).user_errors == ()
    assert holds_nothing(await shop.gift(gift.id))


@pytest.mark.parametrize("steps", [2, 4])
async def test_what_was_found_by_a_contact_leaves_with_it(shop: Shop, steps: int) -> None:
    """R102: while it is verified, or once the gift is to go there; the other contact is asked."""
    found = MadeUpSource("first", "one")
    found.answers["email:ada@example.com"] = SourceRecord(
        "Ada Lovelace", (ADA,), (), HOME, shop.clock.now(), 80
    )
    shop.parts = replace(shop.parts, sources={"first": found})
    await shop.give(by=STRANGER)
    token = shop.token()
    request = GiftRequest("var_tea", (replace(BY_EMAIL, phone=PHONE),), "key")
    request = replace(request, contact_recipient=False)
    made = await create_gifts(request, GIVER, parts=shop.parts)
    assert made.value is not None
    gift, resolving = made.value[0], ResolveGifts(shop.parts)
    for _ in range(steps - 1):
        now = shop.clock.now()
        for due in await resolving.claim(now, now + timedelta(minutes=1), 10):
            await resolving.take(due, now)
    status = (await shop.gift(gift.id)).status
    assert status is {2: GiftStatus.VERIFYING, 4: GiftStatus.RESOLVED}[steps]
    await forget(token, parts=shop.parts)
    await shop.turn()
    present = await shop.gift(gift.id)
    assert present.status is {2: GiftStatus.AWAITING_GIVER, 4: GiftStatus.DECLINED}[steps]
    assert (present.facts, present.recipient.phone) == ((), PHONE)
    assert ADA not in vars_of(present)
    assert "Oak Street" not in vars_of(present)


async def test_a_number_that_was_forgotten_stands_in_no_address(shop: Shop) -> None:  # R102
    whole = replace(at("other@example.com"), phone=PHONE, postal=HOME_TYPED)
    before = await shop.give(whole, by=STRANGER)
    await shop.give(RecipientDetails(name="Ada Lovelace", phone=PHONE))
    await forget(shop.token(PHONE), parts=shop.parts)
    after = await shop.give(replace(whole, email="another@example.com"))
    for each in (before, after):
        present = await shop.gift(each.id)
        assert present.status is GiftStatus.RESOLVED
        assert PHONE not in vars_of(present)
        assert present.address is not None
        assert present.address.lines == HOME.lines
