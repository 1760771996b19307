"""Sources within the shop: purchasers' saved addresses, earlier gifts and the giver's own words."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.values import Gift, Speaker, Standing
from gateway.engine.places import PostalAddress
from gateway.services.gifts.contacts import blind_of
from gateway.services.gifts.directory import contact_in
from gateway.services.gifts.records import kept
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Database
from gateway.services.ports.givers import Givers
from gateway.services.ports.sources import SourceRecord
from gateway.services.ports.vault import Cipher

MOST_GIFTS = 20
"""Earlier gifts looked at: the latest tell most."""


@dataclass(frozen=True, slots=True)
class SavedAddresses:
    """Addresses of our own purchasers, only those they let gifts use."""

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
            found = await self.givers.addresses_for_gifts(email, reading)
        return tuple(self._record(email, address) for address in found)

    def _record(self, email: str, address: PostalAddress) -> SourceRecord:
        """Kept by its owner, so true as of now."""
        return SourceRecord(
            name=address.name,
            emails=(email,),
            phones=(address.phone,) if address.phone else (),
            address=address,
            as_of=self.clock.now(),
            confidence=95,
        )


@dataclass(frozen=True, slots=True)
class EarlierGifts:
    """Addresses to which gifts were delivered whose recipient named them by the same contact.

    Whatever else stands in such a gift was typed by its giver: it is not told.
    """

    database: Database
    cipher: Cipher
    name: str = "earlier_gifts"
    family: str = "recipients"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        """Where gifts for the contact in ``key`` were delivered."""
        contact = contact_in(key)
        if contact is None:
            return ()
        found = [
            _own_record(gift, contact, gift.address)
            async for gift in _gifts_for(contact, self.database, self.cipher, verified=True)
            if gift.arrived_where_said and gift.id != asking and gift.address is not None
        ]
        return tuple(found[:1])


@dataclass(frozen=True, slots=True)
class EarlierGivers:
    """What the giver has said of the recipient in earlier gifts of their own that arrived.

    A reminder of their own words: nobody else's ever come to a gift, and they prove nothing.
    """

    database: Database
    cipher: Cipher
    name: str = "earlier_givers"
    family: str = "givers"

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        """What the giver of the gift ``asking`` said of the holder of the contact in ``key``."""
        contact = contact_in(key)
        async with self.database.read() as reading:
            present = await reading.gifts.find(asking)
        if contact is None or present is None:
            return ()
        whose = (present.giver_id, present.partner_id)
        return tuple(
            [
                _giver_record(gift, contact)
                async for gift in _gifts_for(contact, self.database, self.cipher, verified=False)
                if (gift.giver_id, gift.partner_id) == whose
                and gift.status is GiftStatus.DELIVERED
                and gift.id != asking
            ]
        )


def _said_by_giver(gift: Gift) -> PostalAddress | None:
    said = (
        each.address
        for each in gift.candidates
        if each.said_by is Speaker.GIVER and each.standing is not Standing.REJECTED
    )
    return next(said, None)


def _own_record(gift: Gift, contact: str, address: PostalAddress) -> SourceRecord:
    by_email = "@" in contact
    return SourceRecord(
        name=address.name,
        emails=(contact,) if by_email else (),
        phones=() if by_email else (contact,),
        address=address,
        as_of=gift.created_at,
        confidence=85,
    )


def _giver_record(gift: Gift, contact: str) -> SourceRecord:
    recipient, address = gift.recipient, _said_by_giver(gift)
    contacts = {contact, recipient.email, recipient.phone} - {None}
    return SourceRecord(
        name=recipient.name or (address.name if address else None),
        emails=tuple(sorted(each for each in contacts if each and "@" in each)),
        phones=tuple(sorted(each for each in contacts if each and "@" not in each)),
        address=address,
        as_of=gift.created_at,
        confidence=50,
    )


async def _gifts_for(
    contact: str, database: Database, cipher: Cipher, *, verified: bool
) -> AsyncIterator[Gift]:
    """Gifts for ``contact``, the newest first, whose recipients are not forgotten."""
    blinds = blind_of(contact, cipher)
    async with database.read() as reading:
        ids = await reading.gift_contacts.gifts_for(blinds, verified=verified, most=MOST_GIFTS)
        records = {each.id: each for each in await reading.gifts.among(ids)}
        for id_ in ids:
            held = await kept(records[id_], reading=reading, cipher=cipher)
            yield held.gift
