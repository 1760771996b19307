"""What was forgotten is in no file of the database any more, and nothing is ever there in plain."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from gateway.engine.gifts.gift import PartialAddress
from gateway.services.gifts.claims import decline_gift
from gateway.services.gifts.gift_records import recipient_subject
from gateway.services.gifts.recipient_actions import erase_link_holder, report_gift, thank_giver
from gateway.services.gifts.requests import GiftRequest, RecipientDetails
from tests.services.gifts.shop import BY_EMAIL, GiftShop

TELLTALES = {
    "name": "Zora Quillfeather",
    "email": "zora.quillfeather@example.com",
    "phone": "+14155552671",
    "hints": "hints the heron",
    "region": "Quillregion",
    "city": "Quilltown",
    "postal_code": "9404 QL",
    "lines": "77 Quill Terrace",
    "message": "message for the heron",
    "wrap": "wrap for the heron",
    "reason": "reason of the heron",
    "thanks": "thanks of the heron",
    "sender": "sender of the heron",
}
POSTAL = PartialAddress(
    "NL",
    TELLTALES["region"],
    TELLTALES["city"],
    TELLTALES["postal_code"],
    (TELLTALES["lines"],),
)
FULL_RECIPIENT = RecipientDetails(
    TELLTALES["name"], TELLTALES["email"], TELLTALES["phone"], POSTAL, TELLTALES["hints"]
)
"""So much that nobody is asked."""
CONTACT_ONLY = replace(FULL_RECIPIENT, postal=replace(POSTAL, lines=()))
"""So little that the recipient is asked."""


def database_bytes(database_file: Path) -> bytes:
    """Every byte of the database, its log and its index."""
    return b"".join(
        each.read_bytes() for each in database_file.parent.glob(f"{database_file.name}*")
    )


def visible_telltales(content: bytes) -> set[str]:
    """The telltales that stand in ``content`` in plain, word by word."""
    return {
        name
        for name, words in TELLTALES.items()
        if any(part.encode() in content for part in (words, words.split()[-1]) if len(part) > 5)
    }


def test_every_text_of_a_gift_is_looked_for() -> None:
    texts = {
        each.name
        for made in (RecipientDetails, PartialAddress, GiftRequest)
        for each in fields(made)
        if "str" in str(each.type) and not each.name.endswith(("_id", "_key"))
    }
    assert texts - {"country"} == TELLTALES.keys() - {"reason", "thanks"}


async def test_no_text_about_a_person_is_kept_in_plain(shop: GiftShop, database_file: Path) -> None:
    """R102, finding "wrap is in plain": whatever the gift inputs take."""
    for recipient in (FULL_RECIPIENT, CONTACT_ONLY):
        await shop.give(
            recipient,
            message=TELLTALES["message"],
            wrap=TELLTALES["wrap"],
            sender=TELLTALES["sender"],
        )
    token = shop.latest_token(TELLTALES["email"])
    await thank_giver(token, TELLTALES["thanks"], dependencies=shop.dependencies)
    assert visible_telltales(database_bytes(database_file)) == set()
    await report_gift(token, TELLTALES["reason"], dependencies=shop.dependencies)
    await decline_gift(token, TELLTALES["reason"], dependencies=shop.dependencies)
    await shop.run_due_jobs()
    assert visible_telltales(database_bytes(database_file)) == set()


def test_the_search_finds_what_is_in_plain() -> None:
    assert visible_telltales(" ".join(TELLTALES.values()).encode()) == TELLTALES.keys()


@pytest.mark.parametrize("others", [0, 30])
async def test_what_was_forgotten_is_in_no_file(
    shop: GiftShop, database_file: Path, others: int
) -> None:
    """R102: neither the key nor what it opened, in the database, its log or its free pages."""
    for n in range(others):
        await shop.give(replace(BY_EMAIL, email=f"other{n}@example.com"))
    gift = await shop.give(CONTACT_ONLY, message=TELLTALES["message"])
    async with shop.database.read() as reading:
        key = await reading.data_keys.find(recipient_subject(gift.id))
        record = await reading.gifts.find(gift.id)
    assert key is not None
    assert record is not None
    assert record.sealed is not None
    traces = (key, key[:24], record.sealed[:24], record.sealed[-24:])
    assert all(each in database_bytes(database_file) for each in traces)
    await erase_link_holder(shop.latest_token(TELLTALES["email"]), dependencies=shop.dependencies)
    assert [each for each in traces if each in database_bytes(database_file)] == []
    assert Path(f"{database_file}-wal").stat().st_size == 0


async def test_what_is_kept_for_a_while_is_in_no_file_afterwards(
    shop: GiftShop, database_file: Path
) -> None:  # R102
    gift = await shop.give(CONTACT_ONLY)
    await decline_gift(shop.latest_token(TELLTALES["email"]), None, dependencies=shop.dependencies)
    await shop.run_due_jobs()
    async with shop.database.read() as reading:
        key = await reading.data_keys.find(recipient_subject(gift.id))
    assert key is not None
    await shop.advance_and_run(shop.dependencies.rules.facts_retention)
    assert key not in database_bytes(database_file)
    assert (await shop.load_gift(gift.id)).recipient.name is None
