"""Who asks to be forgotten is, in every gift of theirs, and nobody else is."""

import asyncio
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from gateway.adapters.clocks import ManualClock
from gateway.adapters.erasure_file import ForgottenFile
from gateway.adapters.messaging.message_files import FileMailSender, FileSmsSender, SentMessageFiles
from gateway.adapters.sql.statements import Statement, table
from gateway.adapters.tables.gifts import GiftBlockRow
from gateway.engine.gifts.events import SourcesSearched
from gateway.engine.gifts.gift import (
    ChannelKind,
    ChannelState,
    Fact,
    FactKind,
    Gift,
    PartialAddress,
)
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.services.gifts.blocked_channels import drop_unwelcome_facts
from gateway.services.gifts.claims import accept_gift, load_claim
from gateway.services.gifts.creation import create_gifts
from gateway.services.gifts.erasure import repeat_erasures
from gateway.services.gifts.gift_records import load_from_record, load_from_records
from gateway.services.gifts.gift_store import load_gift, save_gift
from gateway.services.gifts.giver_actions import GiverInput, supply_gift_info
from gateway.services.gifts.imported_directory import DirectoryImport, ImportedDirectorySource
from gateway.services.gifts.internal_sources import EarlierGiftSource, EarlierGiverSource
from gateway.services.gifts.mailboxes import ANY_GIVER, block_contacts, remove_plus_tag
from gateway.services.gifts.recipient_actions import erase_link_holder, report_gift
from gateway.services.gifts.requests import GiftCaller, GiftRequest, RecipientDetails
from gateway.services.gifts.resolution import GiftResolver
from gateway.services.gifts.shipments import ShipmentStatus, record_bounce, update_shipment
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.encryption import UnsealFailed
from gateway.services.ports.sources import SourceRecord
from tests.conftest import AnyDatabase
from tests.services.gifts.shop import (
    BY_EMAIL,
    GIVER,
    HOME,
    HOME_TYPED,
    AmericanPhones,
    FakeSource,
    GiftShop,
)

PHONE = "+14155552671"
STRANGER = GiftCaller("pur_2")
ARRIVED = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)
ADA = "ada@example.com"


@pytest.fixture
def shop(databases: AnyDatabase, clock: ManualClock) -> GiftShop:
    """On both databases."""
    shop = GiftShop(databases, clock)
    database, cipher = shop.database, shop.dependencies.cipher
    first, second = EarlierGiftSource(database, cipher), EarlierGiverSource(database, cipher)
    shop.dependencies = replace(shop.dependencies, sources={"first": first, "second": second})
    return shop


def recipient_at(email: str) -> RecipientDetails:
    return RecipientDetails(name="Ada Lovelace", email=email)


async def ship(shop: GiftShop, gift_id: str, *statuses: ShipmentStatus) -> None:
    for status in statuses:
        outcome = await update_shipment(gift_id, status, dependencies=shop.dependencies)
        assert outcome.user_errors == ()
    await shop.run_due_jobs()


def is_erased(gift: object) -> bool:
    # Nothing so short that an id, which is random, may hold it.
    personal_texts = (
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
    return not any(each in f"{field_text(gift)}" for each in personal_texts)


def field_text(gift: object) -> str:
    return str(asdict(gift))  # type: ignore[call-overload]


@pytest.mark.parametrize("link", [ADA, "ada+gifts@example.com", "ADA+x+y@Example.com"])
@pytest.mark.parametrize("earlier", [ADA, "ada+old@example.com"])
async def test_nothing_is_left_in_any_gift(shop: GiftShop, link: str, earlier: str) -> None:
    """R102: earlier gifts of others, by any tag of the mailbox, in whatever state."""
    typed = replace(recipient_at(earlier), postal=HOME_TYPED, hints="a red door")
    words: dict[str, Any] = {"message": "Happy birthday", "wrap": "blue paper"}
    arrived = await shop.give(typed, caller=STRANGER, **words)
    await ship(shop, arrived.id, *ARRIVED)
    resolved = await shop.give(typed, caller=STRANGER, **words)
    waiting = await shop.give(recipient_at(earlier), caller=STRANGER, **words)
    gift = await shop.give(recipient_at(link), **words)
    [sent] = [entry.to for entry in shop.sent.mails if entry.to.lower() == link.lower()][-1:]
    outcome = await erase_link_holder(shop.latest_token(sent), dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    await shop.run_due_jobs()
    for entry in (arrived, resolved, waiting, gift):
        present = await shop.load_gift(entry.id)
        assert present.settled
        assert is_erased(present)
    before = len(shop.sent.mails)
    for email in (ADA, link, earlier, "ada+new@example.com"):
        surprise = await shop.give(recipient_at(email), contact_recipient=False)
        again = await shop.give(recipient_at(email))
        for entry in (surprise, again):
            assert (entry.status, entry.facts, entry.channels, entry.recipient.email) == (
                GiftStatus.AWAITING_GIVER,
                (),
                (),
                None,
            )
    await shop.advance_and_run(timedelta(hours=80))
    assert {entry.to for entry in shop.sent.mails[before:]} <= {"pur_1@givers.example.com"}


async def test_who_is_asked_later_is_not_written_to_either(shop: GiftShop) -> None:
    """R102: neither as what the giver adds, nor as what a source finds."""
    await shop.give()
    await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
    second_gift = await shop.give(
        RecipientDetails(name="Ada Lovelace", postal=PartialAddress(city="X"))
    )
    sent = len(shop.sent.mails_to(ADA))
    added = GiverInput(RecipientDetails(email="ada+again@example.com"))
    assert (
        await supply_gift_info(second_gift.id, added, GIVER, dependencies=shop.dependencies)
    ).user_errors == ()
    await shop.run_due_jobs()
    assert len(shop.sent.mails_to(ADA)) == sent
    assert (await shop.load_gift(second_gift.id)).recipient.email is None


@pytest.mark.parametrize("wish", ["forget", "report"])
async def test_a_link_speaks_for_its_contact_alone(shop: GiftShop, wish: str) -> None:
    """R102, finding "anybody blocks anybody": the stranger's phone can still be written to."""
    eve = replace(recipient_at("eve@example.com"), phone=PHONE)
    await shop.give(eve, caller=STRANGER)
    token = shop.latest_token("eve@example.com")
    await (
        erase_link_holder(token, dependencies=shop.dependencies)
        if wish == "forget"
        else report_gift(token, None, dependencies=shop.dependencies)
    )
    honest = await shop.give(RecipientDetails(name="Ada Lovelace", phone=PHONE))
    assert honest.status is GiftStatus.AWAITING_RECIPIENT
    assert [each.to for each in shop.sent.texts] == [PHONE]


async def test_a_gift_goes_on_by_what_else_is_known(shop: GiftShop) -> None:
    """R102: only the contact that was forgotten leaves another's gift; the other is asked then."""
    gift = await shop.give(replace(BY_EMAIL, phone=PHONE), caller=STRANGER)
    await shop.give()
    await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
    await shop.run_due_jobs()
    present = await shop.load_gift(gift.id)
    assert present.status is GiftStatus.AWAITING_RECIPIENT
    assert (present.recipient.email, present.recipient.phone) == (None, PHONE)
    assert ADA not in field_text(present)
    assert [each.to for each in shop.sent.texts] == [PHONE]
    assert await load_claim(shop.latest_token(PHONE), dependencies=shop.dependencies) is not None


async def test_a_parcel_on_its_way_is_forgotten_when_it_has_arrived(shop: GiftShop) -> None:  # R102
    gift = await shop.give()
    await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    await ship(shop, gift.id, ShipmentStatus.DISPATCHED)
    await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
    assert (await shop.load_gift(gift.id)).address == HOME
    await ship(shop, gift.id, ShipmentStatus.DELIVERED)
    assert is_erased(await shop.load_gift(gift.id))


async def test_a_parcel_that_comes_back_to_somebody_forgotten_ends(shop: GiftShop) -> None:  # R102
    gift = await shop.give()
    await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    await ship(shop, gift.id, ShipmentStatus.DISPATCHED)
    await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
    await ship(shop, gift.id, ShipmentStatus.RETURNED)
    present = await shop.load_gift(gift.id)
    assert present.status is GiftStatus.DECLINED
    assert is_erased(present)
    assert await shop.list_charges() == [(1200, "REFUNDED")]


async def test_a_step_that_read_before_does_not_write_it_back(shop: GiftShop) -> None:  # R102
    gift = await shop.give()
    async with shop.database.read() as reading:
        before = await load_gift(gift.id, reading=reading, dependencies=shop.dependencies)
    assert before is not None
    await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
    with pytest.raises(VersionConflict):
        async with shop.database.begin() as work:
            await save_gift(
                before.gift,
                before.version,
                shop.clock.now(),
                work=work,
                dependencies=shop.dependencies,
            )
    assert is_erased(await shop.load_gift(gift.id))


async def test_what_a_running_search_found_is_not_kept(shop: GiftShop) -> None:  # R102
    await shop.give()
    await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
    second_gift = await shop.give(RecipientDetails(name="Ada Lovelace", phone=PHONE))
    now = shop.clock.now()
    facts = (
        Fact(FactKind.EMAIL, "ada+x@example.com", "one", "one", 80, now),
        Fact(FactKind.ADDRESS, HOME, "one", "one", 80, now),
    )
    event = SourcesSearched(EventType.NEW_FACTS, now, facts=facts)
    async with shop.database.begin() as work:
        filtered = await drop_unwelcome_facts(
            second_gift, event, work=work, dependencies=shop.dependencies
        )
    assert filtered == replace(event, type=EventType.NOTHING_FOUND, facts=())


async def test_a_gift_made_at_the_same_time_lets_go_at_its_next_step(shop: GiftShop) -> None:
    """R97, R102: what began before the wish was known asks again before it writes."""
    gift = await shop.give(scheduled_for=shop.clock.now() + timedelta(days=1))
    async with shop.database.begin() as work:
        await block_contacts(
            (ADA,), ANY_GIVER, shop.clock.now(), work=work, cipher=shop.dependencies.cipher
        )
    await shop.advance_and_run(timedelta(days=1))
    assert shop.sent.mails_to(ADA) == []
    present = await shop.load_gift(gift.id)
    assert present.status is GiftStatus.DECLINED
    assert is_erased(present)


async def test_reminders_of_a_reported_giver_stop(shop: GiftShop) -> None:
    first, second = await shop.give(), await shop.give()
    sent = len(shop.sent.mails_to(ADA))
    await report_gift(shop.latest_token(), None, dependencies=shop.dependencies)
    await shop.advance_and_run(timedelta(hours=40))
    assert len(shop.sent.mails_to(ADA)) == sent
    assert (await shop.load_gift(second.id)).status is GiftStatus.DECLINED
    reloaded = await shop.load_gift(first.id)
    assert [each.state for each in reloaded.channels] == [ChannelState.SPENT]
    assert (await shop.give(caller=STRANGER)).status is GiftStatus.AWAITING_RECIPIENT


async def test_the_directory_forgets_and_does_not_take_back(shop: GiftShop) -> None:  # R102
    importing = DirectoryImport(
        shop.database, shop.dependencies.cipher, shop.clock, AmericanPhones()
    )
    record = SourceRecord("Ada Lovelace", ("ada@example.com", "a.l@example.com"), (PHONE,), HOME)
    other_record = SourceRecord("Ada Lovelace", ("ada.other@example.com",), (), HOME)
    assert await importing.import_record(record)
    assert await importing.import_record(other_record)
    await shop.give(recipient_at("ada+tea@example.com"))
    await erase_link_holder(
        shop.latest_token("ada+tea@example.com"), dependencies=shop.dependencies
    )
    source = ImportedDirectorySource(shop.database, shop.dependencies.cipher)
    for key in ("email:ada@example.com", "email:a.l@example.com", f"phone:{PHONE}"):
        assert await source.records(key, asking="gft_1") == ()
    [remaining] = await source.records("name:Ada Lovelace", asking="gft_1")
    assert remaining.emails == other_record.emails
    assert not await importing.import_record(record)
    assert await importing.import_record(other_record)
    assert await source.records("email:ada@example.com", asking="gft_1") == ()


async def test_the_files_of_its_messages_are_deleted(
    shop: GiftShop, tmp_path: Path
) -> None:  # R102
    folder = tmp_path / "outbox"
    shop.dependencies = replace(shop.dependencies, sent_messages=SentMessageFiles(folder))
    first = await shop.give(replace(BY_EMAIL, phone=PHONE))
    await record_bounce(first.id, ChannelKind.EMAIL, dependencies=shop.dependencies)
    await shop.give(caller=STRANGER)
    await shop.run_due_jobs()
    mails = FileMailSender(folder, "Shop <shop@example.com>", shop.clock)
    for entry in shop.sent.mails:
        await mails.send(entry)
    for text in shop.sent.texts:
        await FileSmsSender(folder).send(text)
    await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
    left = [file.read_text() for file in folder.iterdir()]
    assert [entry for entry in left if ADA in entry] == []
    assert [entry for entry in left if PHONE in entry] != []


async def test_all_wishes_at_once(shop: GiftShop) -> None:
    """R102: links of several gifts used at the same time, while the worker works."""
    gifts = [await shop.give(caller=GiftCaller(f"pur_{n}")) for n in range(1, 7)]
    tokens = [str(entry.text.split("/gift#")[1].split()[0]) for entry in shop.sent.mails_to(ADA)]
    assert len(tokens) == 6
    await asyncio.gather(
        *(erase_link_holder(entry, dependencies=shop.dependencies) for entry in tokens),
        shop.run_due_jobs(),
    )
    await shop.run_due_jobs()
    for entry in gifts:
        assert is_erased(await shop.load_gift(entry.id))


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
    assert remove_plus_tag(contact) == expected


async def test_who_reads_while_a_key_is_replaced_reads_on(shop: GiftShop) -> None:
    """R102: the row was read before, its key after: the gift as it is now is what they get."""
    gift = await shop.give(replace(BY_EMAIL, phone=PHONE), caller=STRANGER)
    async with shop.database.read() as reading:
        before = await reading.gifts.find(gift.id)
        assert before is not None
        await shop.give()
        await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
        cipher = shop.dependencies.cipher
        reopened = await load_from_record(before, reading=reading, cipher=cipher)
        assert await load_from_records([before], reading=reading, cipher=cipher) == [reopened]
        assert reopened.gift == await shop.load_gift(gift.id)
        altered = replace(before, version=reopened.version)
        with pytest.raises(UnsealFailed):
            await load_from_record(altered, reading=reading, cipher=cipher)


async def test_a_restored_backup_is_reminded(shop: GiftShop, tmp_path: Path) -> None:
    """R102: the list is kept beside the database, and applied at the next start."""
    path = tmp_path / "forgotten"
    shop.dependencies = replace(shop.dependencies, erasure_list=ForgottenFile(path))
    assert await repeat_erasures(dependencies=shop.dependencies) == 0
    await shop.give(recipient_at("ada+tea@example.com"))
    await erase_link_holder(
        shop.latest_token("ada+tea@example.com"), dependencies=shop.dependencies
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert "ada+" not in path.read_text()
    assert await repeat_erasures(dependencies=shop.dependencies) == 0
    restored = await _gift_as_before_erasure(shop)
    kim = await shop.give(RecipientDetails(name="Kim", email="kim@example.com"))
    assert await repeat_erasures(dependencies=shop.dependencies) == 1
    assert is_erased(await shop.load_gift(restored.id))
    assert (await shop.load_gift(kim.id)).recipient.email == "kim@example.com"
    assert await repeat_erasures(dependencies=shop.dependencies) == 0


async def _gift_as_before_erasure(shop: GiftShop) -> Gift:
    """A gift to Ada, as if nobody had forgotten her."""
    async with shop.database.begin() as work:
        session = work.session
        await session.execute(Statement(delete(table(GiftBlockRow))))
    return await shop.give()


async def test_a_list_that_cannot_be_written_keeps_nobody_from_being_forgotten(
    shop: GiftShop, tmp_path: Path
) -> None:
    shop.dependencies = replace(shop.dependencies, erasure_list=ForgottenFile(tmp_path))
    gift = await shop.give()
    assert (
        await erase_link_holder(shop.latest_token(), dependencies=shop.dependencies)
    ).user_errors == ()
    assert is_erased(await shop.load_gift(gift.id))


@pytest.mark.parametrize("steps", [2, 4])
async def test_what_was_found_by_a_contact_leaves_with_it(shop: GiftShop, steps: int) -> None:
    """R102: while it is verified, or once the gift is to go there; the other contact is asked."""
    source = FakeSource("first", "one")
    source.answers["email:ada@example.com"] = SourceRecord(
        "Ada Lovelace", (ADA,), (), HOME, shop.clock.now(), 80
    )
    shop.dependencies = replace(shop.dependencies, sources={"first": source})
    await shop.give(caller=STRANGER)
    token = shop.latest_token()
    request = GiftRequest("var_tea", (replace(BY_EMAIL, phone=PHONE),), "key")
    request = replace(request, contact_recipient=False)
    made = await create_gifts(request, GIVER, dependencies=shop.dependencies)
    assert made.value is not None
    gift, resolving = made.value[0], GiftResolver(shop.dependencies)
    for _ in range(steps - 1):
        now = shop.clock.now()
        for due in await resolving.claim(now, now + timedelta(minutes=1), 10):
            await resolving.run(due, now)
    status = (await shop.load_gift(gift.id)).status
    assert status is {2: GiftStatus.VERIFYING, 4: GiftStatus.RESOLVED}[steps]
    await erase_link_holder(token, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    present = await shop.load_gift(gift.id)
    assert present.status is {2: GiftStatus.AWAITING_GIVER, 4: GiftStatus.DECLINED}[steps]
    assert (present.facts, present.recipient.phone) == ((), PHONE)
    assert ADA not in field_text(present)
    assert "Oak Street" not in field_text(present)


async def test_a_number_that_was_forgotten_stands_in_no_address(shop: GiftShop) -> None:  # R102
    recipient = replace(recipient_at("other@example.com"), phone=PHONE, postal=HOME_TYPED)
    before = await shop.give(recipient, caller=STRANGER)
    await shop.give(RecipientDetails(name="Ada Lovelace", phone=PHONE))
    await erase_link_holder(shop.latest_token(PHONE), dependencies=shop.dependencies)
    after = await shop.give(replace(recipient, email="another@example.com"))
    for gift in (before, after):
        present = await shop.load_gift(gift.id)
        assert present.status is GiftStatus.RESOLVED
        assert PHONE not in field_text(present)
        assert present.address is not None
        assert present.address.lines == HOME.lines
