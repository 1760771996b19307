"""A gift and the row it is kept in: personal data apart, sealed under its recipient's key."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter

from gateway.engine.gifts.values import Gift
from gateway.services import vault
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.gifts import GiftRecord
from gateway.services.ports.vault import Cipher

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
)
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
    personal = await _opened(record, reading, cipher)
    document = {**orjson.loads(record.public), **(personal or _FORGOTTEN)}
    return KeptGift(_GIFT.validate_python(document), record.version)


async def _opened(
    record: GiftRecord, reading: Reading, cipher: Cipher
) -> Mapping[str, object] | None:
    if record.sealed is None:
        return None
    plain = await vault.unseal(
        record.sealed,
        subject=recipient_of(record.id),
        place=_place(record.id),
        reading=reading,
        cipher=cipher,
    )
    if plain is None:
        return None
    personal: Mapping[str, object] = orjson.loads(plain)
    return personal


async def recorded(gift: Gift, version: int, *, work: Work, cipher: Cipher) -> GiftRecord:
    """``gift`` as it is kept; ``version`` is that of the row it replaces."""
    document = _GIFT.dump_python(gift, mode="json")
    personal = {name: document.pop(name) for name in _PERSONAL}
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
