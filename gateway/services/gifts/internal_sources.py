"""Internal sources: saved addresses, earlier gifts, and the giver's earlier input."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.gifts.gift import CandidateStatus, Gift, StatedBy
from gateway.engine.gifts.statuses import GiftStatus
from gateway.services.gifts.contacts import contact_indexes
from gateway.services.gifts.gift_records import load_from_record
from gateway.services.gifts.imported_directory import contact_from_key
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.givers import Givers
from gateway.services.ports.sources import SourceRecord

MAX_EARLIER_GIFTS = 20
"""Earlier gifts that are read, latest first."""


@dataclass(frozen=True, slots=True)
class SavedAddressSource:
    """The source of purchasers' saved addresses that gifts may use."""

    database: Database
    givers: Givers
    clock: Clock
    name: str = "saved_addresses"
    family: str = "purchasers"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:  # noqa: ARG002 - the same for all
        """The addresses of the purchaser with the e-mail in ``key``."""
        kind, _, email = key.partition(":")
        if kind != "email":
            return ()
        async with self.database.read() as reading:
            addresses = await self.givers.list_gift_addresses(email, reading)
        return tuple(self._build_record(email, address) for address in addresses)

    def _build_record(self, email: str, address: PostalAddress) -> SourceRecord:
        """A record that is true as of now, because its owner maintains it."""
        return SourceRecord(
            name=address.name,
            emails=(email,),
            phones=(address.phone,) if address.phone else (),
            address=address,
            as_of=self.clock.now(),
            confidence=95,
        )


@dataclass(frozen=True, slots=True)
class EarlierGiftSource:
    """The source of addresses of delivered gifts that a recipient gave with the same contact.

    All other data of such a gift was typed by its giver and is not used.
    """

    database: Database
    cipher: Cipher
    name: str = "earlier_gifts"
    family: str = "recipients"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        """The addresses to which gifts for the contact in ``key`` were delivered."""
        contact = contact_from_key(key)
        if contact is None:
            return ()
        source_records = [
            _recipient_record(gift, contact, gift.address)
            async for gift in _iterate_gifts_for(contact, self.database, self.cipher, verified=True)
            if gift.is_delivered_to_stated_address
            and gift.id != asking
            and gift.address is not None
        ]
        return tuple(source_records[:1])


@dataclass(frozen=True, slots=True)
class EarlierGiverSource:
    """The source of the giver's own input about the recipient in earlier delivered gifts.

    The input of other givers is never used, and this input does not confirm an address.
    """

    database: Database
    cipher: Cipher
    name: str = "earlier_givers"
    family: str = "givers"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        """The records that the giver of the gift ``asking`` typed for the contact in ``key``."""
        contact = contact_from_key(key)
        async with self.database.read() as reading:
            current_gift = await reading.gifts.find(asking)
        if contact is None or current_gift is None:
            return ()
        owner_ids = (current_gift.giver_id, current_gift.partner_id)
        return tuple(
            [
                _giver_record(gift, contact)
                async for gift in _iterate_gifts_for(
                    contact, self.database, self.cipher, verified=False
                )
                if (gift.giver_id, gift.partner_id) == owner_ids
                and gift.status is GiftStatus.DELIVERED
                and gift.id != asking
            ]
        )


def _address_stated_by_giver(gift: Gift) -> PostalAddress | None:
    addresses = (
        each.address
        for each in gift.candidates
        if each.said_by is StatedBy.GIVER and each.standing is not CandidateStatus.REJECTED
    )
    return next(addresses, None)


def _recipient_record(gift: Gift, contact: str, address: PostalAddress) -> SourceRecord:
    is_email = "@" in contact
    return SourceRecord(
        name=address.name,
        emails=(contact,) if is_email else (),
        phones=() if is_email else (contact,),
        address=address,
        as_of=gift.created_at,
        confidence=85,
    )


def _giver_record(gift: Gift, contact: str) -> SourceRecord:
    recipient, address = gift.recipient, _address_stated_by_giver(gift)
    contacts = {contact, recipient.email, recipient.phone} - {None}
    return SourceRecord(
        name=recipient.name or (address.name if address else None),
        emails=tuple(sorted(each for each in contacts if each and "@" in each)),
        phones=tuple(sorted(each for each in contacts if each and "@" not in each)),
        address=address,
        as_of=gift.created_at,
        confidence=50,
    )


async def _iterate_gifts_for(
    contact: str, database: Database, cipher: Cipher, *, verified: bool
) -> AsyncIterator[Gift]:
    """The gifts for ``contact``, newest first, whose recipients are not erased."""
    blind_indexes = contact_indexes(contact, cipher)
    async with database.read() as reading:
        ids = await reading.gift_contacts.find_gift_ids(
            blind_indexes, verified=verified, limit=MAX_EARLIER_GIFTS
        )
        records = {each.id: each for each in await reading.gifts.find_many(ids)}
        for id_ in ids:
            versioned_gift = await load_from_record(records[id_], reading=reading, cipher=cipher)
            yield versioned_gift.gift
