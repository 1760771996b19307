"""A gift and the row it is kept in: personal data apart, sealed under its recipient's key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter

from gateway.engine.gifts.values import Gift
from gateway.services import vault
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.gifts import GiftRecord
from gateway.services.ports.vault import Cipher, Unreadable

_GIFT = TypeAdapter(Gift)
_PERSONAL = (
    "recipient",
    "note",
    "channels",
    "facts",
    "candidates",
    "asked",
    "destination",
    "decline_reason",
    "tracking_url",
)
WRAP = "wrap"
"""The one wish of the giver's that stands within the item: it may name the recipient."""
_FORGOTTEN: Mapping[str, object] = {"recipient": {}}
"""What stands for the personal part once its key is gone."""


@dataclass(frozen=True, slots=True)
class KeptGift:
    """A gift and the version of its row."""

    gift: Gift
    version: int


def recipient_of(gift_id: str) -> str:
    """The subject whose key the gift's personal data is sealed under."""
    return f"recipient of {gift_id}"


async def kept(record: GiftRecord, *, reading: Reading, cipher: Cipher) -> KeptGift:
    """The gift of ``record``; without personal data once that was deleted."""
    key = await _key(record, reading)
    try:
        return _opened(record, key, cipher)
    except Unreadable:
        return await _replaced(record, reading, cipher)


async def _key(record: GiftRecord, reading: Reading) -> bytes | None:
    return await reading.data_keys.find(recipient_of(record.id)) if record.sealed else None


async def _replaced(record: GiftRecord, reading: Reading, cipher: Cipher) -> KeptGift:
    """The gift as it is now, where it got another key between the reading of row and key.

    Raises:
        Unreadable: nobody has replaced it: it was altered.

    """
    present = await reading.gifts.find(record.id)
    if present is None or present.version == record.version:
        raise Unreadable(record.id)
    return await kept(present, reading=reading, cipher=cipher)


async def kept_all(
    records: Sequence[GiftRecord], *, reading: Reading, cipher: Cipher
) -> list[KeptGift]:
    """The gifts of ``records``, by one question for all their keys."""
    subjects = [recipient_of(each.id) for each in records if each.sealed is not None]
    keys = await reading.data_keys.among(subjects)
    found = []
    for each in records:
        try:
            found.append(_opened(each, keys.get(recipient_of(each.id)), cipher))
        except Unreadable:
            found.append(await _replaced(each, reading, cipher))
    return found


def _opened(record: GiftRecord, key: bytes | None, cipher: Cipher) -> KeptGift:
    personal = _FORGOTTEN
    if record.sealed is not None and key is not None:
        subject, place = recipient_of(record.id), _place(record.id)
        personal = orjson.loads(cipher.unseal(subject, key, record.sealed, place))
    document = {**orjson.loads(record.public), **personal}
    # Rows of earlier versions have the wish in the public part, until they are written again.
    if (wrap := document.pop(WRAP, None)) is not None:
        document["item"]["wrap"] = wrap
    return KeptGift(_GIFT.validate_python(document), record.version)


async def recorded(gift: Gift, version: int, *, work: Work, cipher: Cipher) -> GiftRecord:
    """``gift`` as it is kept; ``version`` is that of the row it replaces."""
    document = _GIFT.dump_python(gift, mode="json")
    personal = {name: document.pop(name) for name in _PERSONAL}
    personal[WRAP] = document["item"].pop("wrap")
    sealed = await vault.seal(
        orjson.dumps(personal),
        subject=recipient_of(gift.id),
        place=_place(gift.id),
        work=work,
        cipher=cipher,
    )
    return GiftRecord(
        id=gift.id,
        order_id=gift.order_id,
        giver_id=gift.giver_id,
        partner_id=gift.partner_id,
        tracking_number=gift.tracking_number,
        status=gift.status,
        sequence=gift.sequence,
        version=version,
        created_at=gift.created_at,
        ended_at=gift.ended_at,
        public=orjson.dumps(document).decode(),
        sealed=sealed,
    )


def _place(id: str) -> str:
    return f"gifts.sealed of {id}"
