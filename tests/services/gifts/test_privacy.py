"""What the giver must not learn is nowhere they look, and nowhere in the files unsealed."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.services.gifts.claims import accept, read_claim
from gateway.services.gifts.shipping import ShipmentStatus, update_shipment
from gateway.services.gifts.telling import _payload
from gateway.services.gifts.views import giver_view, partner_view, public_view
from gateway.services.gifts.wishes import forget, thank
from gateway.services.ports.sources import SourceRecord
from tests.services.gifts.shop import BY_EMAIL, HOME, Shop

SECRETS = ("Oak Street", "Mountain View", "94043", "4155552671")


def telling(text: str) -> list[str]:
    return [each for each in SECRETS if each in text]


async def test_the_giver_learns_nothing_of_the_place(
    shop: Shop, database_file: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R60
    caplog.set_level(logging.DEBUG)
    shop.first.answers["email:ada@example.com"] = SourceRecord(
        "Ada Lovelace", ("ada@example.com",), ("+14155552671",), HOME, shop.clock.now(), 80
    )
    gift = await shop.give()
    await shop.later(timedelta(hours=72))
    await shop.later(timedelta(hours=1))
    token = shop.token("+14155552671") if shop.sent.texts else shop.token()
    gift = await shop.gift(gift.id)
    if gift.address is None:
        await accept(token, HOME, confirm_warnings=False, parts=shop.parts)
        await shop.turn()
    for status in (ShipmentStatus.DISPATCHED, ShipmentStatus.RETURNED):
        await update_shipment(gift.id, status, parts=shop.parts)
    await shop.turn()
    gift = await shop.gift(gift.id)
    mails = shop.sent.to("pur_1@givers.example.com")
    assert len(mails) >= 2
    assert telling("".join(f"{each.subject}{each.text}{each.html}" for each in mails)) == []
    for view in (giver_view(gift), partner_view(gift), public_view(gift)):
        assert telling(repr(view)) == []
    assert telling(repr(gift)) == []
    async with shop.database.read() as reading:
        events = await reading.gift_events.after(gift.id, 0, 100)
    assert len(events) >= 6
    assert telling("".join(f"{each!r}{_payload(each)}" for each in events)) == []
    assert telling(caplog.text) == []
    files = database_file.parent.glob(f"{database_file.name}*")
    assert telling("".join(each.read_bytes().decode("latin-1") for each in files)) == []


async def test_the_recipients_reason_and_place_are_not_in_events(shop: Shop) -> None:
    gift = await shop.give()
    await accept(shop.token(), HOME, confirm_warnings=False, parts=shop.parts)
    await shop.turn()
    async with shop.database.read() as reading:
        events = await reading.gift_events.after(gift.id, 0, 100)
    assert telling(repr(events)) == []


async def test_being_forgotten(shop: Shop) -> None:
    gift = await shop.give()
    token = shop.token()
    outcome = await forget(token, parts=shop.parts)
    assert outcome.user_errors == ()
    gift = await shop.gift(gift.id)
    assert gift.recipient.email is None
    assert gift.channels == ()
    assert await read_claim(token, parts=shop.parts) is None
    again = await shop.give()
    assert again.channels == ()


async def test_what_was_found_is_deleted_some_time_after_the_end(shop: Shop) -> None:
    gift = await shop.give(replace(BY_EMAIL, hints="tall"))
    from gateway.services.gifts.claims import decline

    await decline(shop.token(), None, parts=shop.parts)
    await shop.turn()
    await shop.later(timedelta(days=29))
    assert (await shop.gift(gift.id)).recipient.hints == "tall"
    await shop.later(timedelta(days=1))
    assert (await shop.gift(gift.id)).recipient.hints is None
    async with shop.database.read() as reading:
        record = await reading.gifts.find(gift.id)
    assert record is not None
    assert record.sealed is None


async def test_thanks_reach_the_giver_harmless(shop: Shop) -> None:
    await shop.give()
    await thank(shop.token(), "Lovely! See http://evil.example", parts=shop.parts)
    await shop.turn()
    [mail] = shop.sent.to("pur_1@givers.example.com")
    assert "Lovely! See evil. example" in mail.text
