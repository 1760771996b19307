"""What the giver must not learn is nowhere they look, and nowhere in the files unsealed."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.services.gifts.claims import accept_gift, load_claim
from gateway.services.gifts.notifications import _webhook_payload
from gateway.services.gifts.recipient_actions import erase_link_holder, thank_giver
from gateway.services.gifts.shipments import ShipmentStatus, update_shipment
from gateway.services.gifts.views import giver_view, partner_view, public_view
from gateway.services.ports.sources import SourceRecord
from tests.services.gifts.shop import BY_EMAIL, HOME, GiftShop

SECRETS = ("Oak Street", "Mountain View", "94043", "4155552671")


def leaked_secrets(text: str) -> list[str]:
    return [each for each in SECRETS if each in text]


async def test_the_giver_learns_nothing_of_the_place(
    shop: GiftShop, database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R60
    caplog.set_level(logging.DEBUG)
    shop.first.answers["email:ada@example.com"] = SourceRecord(
        "Ada Lovelace", ("ada@example.com",), ("+14155552671",), HOME, shop.clock.now(), 80
    )
    gift = await shop.give()
    await shop.advance_and_run(timedelta(hours=72))
    await shop.advance_and_run(timedelta(hours=1))
    token = shop.latest_token("+14155552671") if shop.sent.texts else shop.latest_token()
    gift = await shop.load_gift(gift.id)
    if gift.address is None:
        await accept_gift(token, HOME, confirm_warnings=False, dependencies=shop.dependencies)
        await shop.run_due_jobs()
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.RETURNED):
        await update_shipment(gift.id, status, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    gift = await shop.load_gift(gift.id)
    mails = shop.sent.mails_to("pur_1@givers.example.com")
    assert len(mails) >= 2
    assert leaked_secrets("".join(f"{each.subject}{each.text}{each.html}" for each in mails)) == []
    for view in (giver_view(gift), partner_view(gift), public_view(gift)):
        assert leaked_secrets(repr(view)) == []
    assert leaked_secrets(repr(gift)) == []
    async with shop.database.read() as reading:
        events = await reading.gift_events.list_after(gift.id, 0, 100)
    assert len(events) >= 6
    assert leaked_secrets("".join(f"{each!r}{_webhook_payload(each)}" for each in events)) == []
    assert leaked_secrets(caplog.text) == []
    files = database_file.parent.glob(f"{database_file.name}*")
    assert leaked_secrets("".join(each.read_bytes().decode("latin-1") for each in files)) == []


async def test_the_recipients_reason_and_place_are_not_in_events(shop: GiftShop) -> None:
    gift = await shop.give()
    await accept_gift(
        shop.latest_token(), HOME, confirm_warnings=False, dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    async with shop.database.read() as reading:
        events = await reading.gift_events.list_after(gift.id, 0, 100)
    assert leaked_secrets(repr(events)) == []


async def test_being_forgotten(shop: GiftShop) -> None:
    gift = await shop.give()
    token = shop.latest_token()
    outcome = await erase_link_holder(token, dependencies=shop.dependencies)
    assert outcome.user_errors == ()
    gift = await shop.load_gift(gift.id)
    assert gift.recipient.email is None
    assert gift.channels == ()
    assert await load_claim(token, dependencies=shop.dependencies) is None
    again = await shop.give()
    assert again.channels == ()


async def test_what_was_found_is_deleted_some_time_after_the_end(shop: GiftShop) -> None:
    gift = await shop.give(replace(BY_EMAIL, hints="tall"))
    from gateway.services.gifts.claims import decline_gift

    await decline_gift(shop.latest_token(), None, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    await shop.advance_and_run(timedelta(days=29))
    assert (await shop.load_gift(gift.id)).recipient.hints == "tall"
    await shop.advance_and_run(timedelta(days=1))
    assert (await shop.load_gift(gift.id)).recipient.hints is None
    async with shop.database.read() as reading:
        record = await reading.gifts.find(gift.id)
    assert record is not None
    assert record.sealed is None


async def test_thanks_reach_the_giver_harmless(shop: GiftShop) -> None:
    await shop.give()
    await thank_giver(
        shop.latest_token(), "Lovely! See http://evil.example", dependencies=shop.dependencies
    )
    await shop.run_due_jobs()
    [mail] = shop.sent.mails_to("pur_1@givers.example.com")
    assert "Lovely! See evil. example" in mail.text
