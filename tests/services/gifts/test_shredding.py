"""What was forgotten is in no file of the database any more, and nothing is ever there in plain."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from gateway.engine.gifts.values import PartialAddress
from gateway.services.gifts.claims import decline
from gateway.services.gifts.records import recipient_of
from gateway.services.gifts.requests import GiftRequest, RecipientDetails
from gateway.services.gifts.wishes import forget, report, thank
from tests.services.gifts.shop import BY_EMAIL, Shop

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
}
POSTAL = PartialAddress(
    "NL",
    TELLTALES["region"],
    TELLTALES["city"],
    TELLTALES["postal_code"],
    (TELLTALES["lines"],),
)
WHOLE = RecipientDetails(
    TELLTALES["name"], TELLTALES["email"], TELLTALES["phone"], POSTAL, TELLTALES["hints"]
)
"""So much that nobody is asked."""
ZORA = replace(WHOLE, postal=replace(POSTAL, lines=()))
"""So little that the recipient is asked."""


def files(database_file: Path) -> bytes:
    """Every byte of the database, its log and its index."""
    return b"".join(
        each.read_bytes() for each in database_file.parent.glob(f"{database_file.name}*")
    )


def told(content: bytes) -> set[str]:
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


async def test_no_text_about_a_person_is_kept_in_plain(shop: Shop, database_file: Path) -> None:
    """R102, finding "wrap is in plain": whatever the gift inputs take."""
    await shop.give(WHOLE, message=TELLTALES["message"], wrap=TELLTALES["wrap"])
    await shop.give(ZORA, message=TELLTALES["message"], wrap=TELLTALES["wrap"])
    token = shop.token(TELLTALES["email"])
    await thank(token, TELLTALES["thanks"], parts=shop.parts)
    assert told(files(database_file)) == set()
    await report(token, TELLTALES["reason"], parts=shop.parts)
    await decline(token, TELLTALES["reason"], parts=shop.parts)
    await shop.turn()
    assert told(files(database_file)) == set()


def test_the_search_finds_what_is_in_plain() -> None:
    assert told(" ".join(TELLTALES.values()).encode()) == TELLTALES.keys()


@pytest.mark.parametrize("others", [0, 30])
async def test_what_was_forgotten_is_in_no_file(
    shop: Shop, database_file: Path, others: int
) -> None:
    """R102: neither the key nor what it opened, in the database, its log or its free pages."""
    for n in range(others):
        await shop.give(replace(BY_EMAIL, email=f"other{n}@example.com"))
    gift = await shop.give(ZORA, message=TELLTALES["message"])
    async with shop.database.read() as reading:
        key = await reading.data_keys.find(recipient_of(gift.id))
        record = await reading.gifts.find(gift.id)
    assert key is not None
    assert record is not None
    assert record.sealed is not None
    traces = (key, key[:24], record.sealed[:24], record.sealed[-24:])
    assert all(each in files(database_file) for each in traces)
    await forget(shop.token(TELLTALES["email"]), parts=shop.parts)
    assert [each for each in traces if each in files(database_file)] == []
    assert Path(f"{database_file}-wal").stat().st_size == 0


async def test_what_is_kept_for_a_while_is_in_no_file_afterwards(
    shop: Shop, database_file: Path
) -> None:  # R102
    gift = await shop.give(ZORA)
    await decline(shop.token(TELLTALES["email"]), None, parts=shop.parts)
    await shop.turn()
    async with shop.database.read() as reading:
        key = await reading.data_keys.find(recipient_of(gift.id))
    assert key is not None
    await shop.later(shop.parts.rules.facts_kept)
    assert key not in files(database_file)
    assert (await shop.gift(gift.id)).recipient.name is None
