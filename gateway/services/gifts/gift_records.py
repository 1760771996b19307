"""The conversion of gifts to rows, whose personal data is sealed under the recipient's key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter

from gateway.engine.gifts.gift import Gift
from gateway.services import encryption
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher, UnsealFailed
from gateway.services.ports.gifts import GiftRecord

_GIFT_ADAPTER = TypeAdapter(Gift)
_PERSONAL_FIELDS = (
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
WRAP_FIELD = "wrap"
"""The wrapping wish, which is part of the item but sealed, as it may name the recipient."""
_ERASED_DOCUMENT: Mapping[str, object] = {"recipient": {}}
"""The personal part of a gift whose key was deleted."""


@dataclass(frozen=True, slots=True)
class VersionedGift:
    """A gift and the version of its row."""

    gift: Gift
    version: int


def recipient_subject(gift_id: str) -> str:
    """The subject whose key the gift's personal data is sealed under."""
    return f"recipient of {gift_id}"


async def load_from_record(
    record: GiftRecord, *, reading: ReadSession, cipher: Cipher
) -> VersionedGift:
    """The gift of ``record``, without personal data if its key was deleted."""
    key = await _find_data_key(record, reading)
    try:
        return _unseal_gift(record, key, cipher)
    except UnsealFailed:
        return await _load_replaced(record, reading, cipher)


async def _find_data_key(record: GiftRecord, reading: ReadSession) -> bytes | None:
    return await reading.data_keys.find(recipient_subject(record.id)) if record.sealed else None


async def _load_replaced(record: GiftRecord, reading: ReadSession, cipher: Cipher) -> VersionedGift:
    """The gift as it is now, after its key was replaced between the reads of row and key.

    Raises:
        UnsealFailed: the row has not changed, so its sealed part was altered.

    """
    current_record = await reading.gifts.find(record.id)
    if current_record is None or current_record.version == record.version:
        raise UnsealFailed(record.id)
    return await load_from_record(current_record, reading=reading, cipher=cipher)


async def load_from_records(
    records: Sequence[GiftRecord], *, reading: ReadSession, cipher: Cipher
) -> list[VersionedGift]:
    """The gifts of ``records``; takes one statement for all keys."""
    subjects = [recipient_subject(record.id) for record in records if record.sealed is not None]
    keys = await reading.data_keys.find_many(subjects)
    versioned_gifts = []
    for record in records:
        try:
            versioned_gifts.append(
                _unseal_gift(record, keys.get(recipient_subject(record.id)), cipher)
            )
        except UnsealFailed:
            versioned_gifts.append(await _load_replaced(record, reading, cipher))
    return versioned_gifts


def _unseal_gift(record: GiftRecord, key: bytes | None, cipher: Cipher) -> VersionedGift:
    personal = _ERASED_DOCUMENT
    if record.sealed is not None and key is not None:
        subject, context = recipient_subject(record.id), _sealing_context(record.id)
        personal = orjson.loads(cipher.unseal(subject, key, record.sealed, context))
    document = {**orjson.loads(record.public), **personal}
    # Rows of earlier versions have the wish in the public part until they are saved again.
    if (wrap := document.pop(WRAP_FIELD, None)) is not None:
        document["item"]["wrap"] = wrap
    return VersionedGift(_GIFT_ADAPTER.validate_python(document), record.version)


async def build_record(gift: Gift, version: int, *, work: UnitOfWork, cipher: Cipher) -> GiftRecord:
    """The record of ``gift``; ``version`` is the version of the row that it replaces."""
    document = _GIFT_ADAPTER.dump_python(gift, mode="json")
    personal = {name: document.pop(name) for name in _PERSONAL_FIELDS}
    personal[WRAP_FIELD] = document["item"].pop("wrap")
    sealed = await encryption.seal(
        orjson.dumps(personal),
        subject=recipient_subject(gift.id),
        context=_sealing_context(gift.id),
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


def _sealing_context(gift_id: str) -> str:
    return f"gifts.sealed of {gift_id}"
