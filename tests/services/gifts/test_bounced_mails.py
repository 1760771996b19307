"""Mails that came back, as mail servers report them."""

from pathlib import Path

import pytest

from gateway.adapters.messaging.bounce_reports import NoMessagesFound, parse_bounces, read_bounces
from gateway.services.gifts.bounced_mails import Bounce, record_bounces
from gateway.services.gifts.requests import RecipientDetails
from tests.services.gifts.shop import GiftShop

REPORT = """\
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: gateway@shop.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="AAA"

--AAA
Content-Type: text/plain

I could not deliver it.

--AAA
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Mon, 2 Nov 2026 12:00:00 +0000

Final-Recipient: rfc822; Ada@example.com
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--AAA
Content-Type: {returned}

{headers}

--AAA--
"""
BOTH_CONTACTS = RecipientDetails(name="Ada Lovelace", email="ada@example.com", phone="+14155552671")


def bounce_report(
    key: str = "", action: str = "failed", returned: str = "text/rfc822-headers"
) -> bytes:
    headers = "Subject: A gift is waiting for you"
    if key:
        headers += f"\nMessage-ID: <{key}@shop.example>"
    if returned == "message/rfc822":
        headers += "\n\nA gift!"
    return REPORT.format(action=action, returned=returned, headers=headers).encode()


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_names_the_mail_and_its_recipient(returned: str) -> None:
    reported = list(parse_bounces(bounce_report("gft_1.0.1", returned=returned)))
    assert reported == [Bounce("gft_1.0.1", "Ada@example.com")]
    assert "Ada" not in repr(reported)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_only_failures_count(action: str) -> None:
    assert list(parse_bounces(bounce_report("gft_1.0.1", action))) == []


@pytest.mark.parametrize(
    "content", [b"", b"Subject: hello\n\nAction: failed\n", b"\xff\x00", bounce_report()[:300]]
)
def test_what_is_no_report_says_nothing(content: bytes) -> None:
    assert list(parse_bounces(content)) == []


async def test_the_next_channel_is_tried(shop: GiftShop) -> None:  # R54
    gift = await shop.give(BOTH_CONTACTS)
    [mail] = shop.sent.mails_to("ada@example.com")
    reported = list(parse_bounces(bounce_report(mail.key)))
    assert await record_bounces(reported, dependencies=shop.dependencies) == 1
    await shop.run_due_jobs()
    assert [each.to for each in shop.sent.texts] == ["+14155552671"]
    assert (
        await shop.list_event_types(gift.id)
        == ["created", "contactable", "bounce", "contactable"][
            : len(await shop.list_event_types(gift.id))
        ]
    )
    assert await record_bounces(reported, dependencies=shop.dependencies) == 0


async def test_a_report_without_the_mail_goes_by_its_recipient(shop: GiftShop) -> None:
    ours = await shop.give(BOTH_CONTACTS)
    others = await shop.give(RecipientDetails(email="grace@example.com"))
    assert await record_bounces(parse_bounces(bounce_report()), dependencies=shop.dependencies) == 1
    assert "bounce" in await shop.list_event_types(ours.id)
    assert "bounce" not in await shop.list_event_types(others.id)


@pytest.mark.parametrize("key", ["sign-in-1", "gft_none.0.1", "{gift}.1.1", "{gift}.delivered.7"])
async def test_other_mails_that_come_back_change_no_gift(shop: GiftShop, key: str) -> None:
    gift = await shop.give(BOTH_CONTACTS)
    content = bounce_report(key.format(gift=gift.id))
    assert await record_bounces(parse_bounces(content), dependencies=shop.dependencies) == 0
    assert "bounce" not in await shop.list_event_types(gift.id)


def test_files_folders_and_maildirs_are_read(tmp_path: Path) -> None:
    for name in ("box/new/1", "box/cur/2:2,S", "box/tmp/3", "folder/4.eml", "folder/5.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bounce_report(f"gft_{file.name[0]}.0.1"))
    keys = [each.key for each in read_bounces(tmp_path / "box")]
    assert sorted(map(str, keys)) == ["gft_1.0.1", "gft_2.0.1"]
    assert [each.key for each in read_bounces(tmp_path / "folder")] == ["gft_4.0.1"]
    assert [each.key for each in read_bounces(tmp_path / "folder" / "5.txt")] == ["gft_5.0.1"]
    with pytest.raises(NoMessagesFound, match="neither a maildir"):
        list(read_bounces(tmp_path))
