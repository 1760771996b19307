"""Being forgotten: every gift, found fact and record of a contact, whoever gave it and when."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.engine.gifts.candidates import next_candidate
from gateway.engine.gifts.events import ChannelFailed, Declined, Event, Rejected
from gateway.engine.gifts.redaction import (
    contacts_of,
    erased,
    with_nothing_to_verify,
    without_contacts,
)
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.tokens import GiftToken
from gateway.engine.gifts.transitions import Refused
from gateway.engine.gifts.values import Gift, Speaker
from gateway.services import vault
from gateway.services.gifts.contacts import blind_of
from gateway.services.gifts.directory import forget_entries
from gateway.services.gifts.keeping import announce, fetched, happen, put
from gateway.services.gifts.mailboxes import (
    ANYBODY,
    all_blinds,
    block,
    is_forgotten,
)
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import KeptGift, recipient_of
from gateway.services.ports.database import Reading, Stale, Work
from gateway.services.ports.vault import Cipher

ATTEMPTS = 5
AT_ONCE = 50
"""Gifts of one contact that are looked up together."""
LISTED_AT_ONCE = 500
"""Lines of the list of who was forgotten that are compared together."""


def contacts_behind(token: GiftToken, gift: Gift, cipher: Cipher) -> tuple[str, ...]:
    """The contact of ``gift`` that the link ``token`` was sent to: it speaks for no other."""
    contacts = {each.contact for each in gift.channels if each.contact}
    return tuple(each for each in contacts if token.blind in blind_of(each, cipher))


async def forget_contact(contact: str, *, parts: GiftParts) -> None:
    """Leave nothing of the holder of ``contact``, and let no gift be announced to them again.

    What a parcel on its way needs is kept until it has ended.
    """
    blinds = all_blinds(contact, parts.cipher)
    if parts.forgotten is not None:
        await parts.forgotten.add(blinds[0])
    async with parts.database.begin() as work:
        await block((contact,), ANYBODY, parts.clock.now(), work=work, cipher=parts.cipher)
        await forget_entries(contact, work=work, cipher=parts.cipher)
    await _leave_gifts(blinds, parts)
    await parts.database.scrub()


async def forget_again(*, parts: GiftParts) -> int:
    """How many the database had to be reminded of: a backup was restored that is older than they.

    The directory's records of them are not deleted, and not used.
    """
    listed = await parts.forgotten.all() if parts.forgotten else ()
    reminded = 0
    for start in range(0, len(listed), LISTED_AT_ONCE):
        some = listed[start : start + LISTED_AT_ONCE]
        async with parts.database.begin() as work:
            known = await work.gift_contacts.blocked_among(some, ANYBODY)
            unknown = [each for each in some if each not in known]
            await work.gift_contacts.block(unknown, ANYBODY, parts.clock.now())
        for each in unknown:
            await _leave_gifts((each,), parts)
        reminded += len(unknown)
    if reminded:
        await parts.database.scrub()
    return reminded


async def _leave_gifts(blinds: Sequence[str], parts: GiftParts) -> None:
    """Take whoever was forgotten out of every gift that is found by ``blinds``."""
    seen: set[str] = set()
    while ids := await _gifts_of(blinds, seen, parts):
        for id_ in ids:
            await leave_gift(id_, parts=parts)
        seen |= ids


async def _gifts_of(blinds: Sequence[str], seen: AbstractSet[str], parts: GiftParts) -> set[str]:
    async with parts.database.read() as reading:
        found = await reading.gift_contacts.gifts_for(blinds, verified=False, most=AT_ONCE)
    return set(found) - seen


async def leave_gift(gift_id: str, *, parts: GiftParts) -> None:
    """Take whoever was forgotten out of a gift.

    Raises:
        Stale: the gift is always changing.

    """
    for attempt in range(ATTEMPTS):
        try:
            async with parts.database.begin() as work:
                parted = await _parted(gift_id, work, parts)
        except Stale:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            if parted is not None:
                await _discard(parted.before, parted.gone, parts)
                await announce(parted.after, parts=parts)
            return


@dataclass(frozen=True, slots=True)
class _Parted:
    """A gift before and after the contacts ``gone`` were taken out."""

    before: Gift
    after: Gift
    gone: frozenset[str]


async def _discard(gift: Gift, gone: AbstractSet[str], parts: GiftParts) -> None:
    """Discard the files of messages that went to the contacts ``gone``."""
    if parts.sent is None:
        return
    for index, channel in enumerate(gift.channels):
        if channel.contact in gone:
            await parts.sent.discard(f"{gift.id}.{index}.")


async def _parted(gift_id: str, work: Work, parts: GiftParts) -> _Parted | None:
    held = await fetched(gift_id, reading=work, parts=parts)
    if held is None:
        await work.gift_contacts.forget(gift_id)
        return None
    gone = await _forgotten_in(held.gift, work, parts.cipher)
    for each in gone:
        await work.gift_contacts.drop(gift_id, all_blinds(each, parts.cipher))
    if not gone:
        return None
    parting = _Parting(frozenset(gone), _links(gone, parts.cipher), parts.clock.now())
    after = await parting.leave(held, work, parts)
    return _Parted(held.gift, after.gift, parting.gone)


async def _forgotten_in(gift: Gift, reading: Reading, cipher: Cipher) -> set[str]:
    return {
        each
        for each in contacts_of(gift)
        if await is_forgotten(each, reading=reading, cipher=cipher)
    }


def _links(gone: AbstractSet[str], cipher: Cipher) -> frozenset[str]:
    return frozenset(blind for each in gone for blind in blind_of(each, cipher))


@dataclass(frozen=True, slots=True)
class _Parting:
    """Who leaves a gift: their contacts, what answers by these are called, and when."""

    gone: frozenset[str]
    links: frozenset[str]
    at: datetime

    async def leave(self, held: KeptGift, work: Work, parts: GiftParts) -> KeptGift:
        """The gift without them: ended where it was theirs alone, erased where it has ended."""
        if self._is_theirs(held.gift) and not held.gift.settled:
            declined = await happen(held, Declined(self.at), work=work, parts=parts)
            held = held if isinstance(declined, Refused) else declined
        held = replace(held, gift=replace(held.gift, forget_at_end=False))
        gift = held.gift
        if gift.settled and self._is_theirs(gift):
            await work.gift_contacts.forget(gift.id)
            return await self._kept(erased(gift), held, work, parts)
        if gift.status is GiftStatus.DISPATCHED or gift.charges.capturing:
            later = replace(gift, forget_at_end=True)
            return await put(later, held.version, self.at, work=work, parts=parts)
        return await self._stepped_back(held, work, parts)

    def _is_theirs(self, gift: Gift) -> bool:
        """Whether the giver knows no other contact of the recipient, or they have answered."""
        answered = any(
            each.said_by is Speaker.RECIPIENT and each.said_through in {None, *self.links}
            for each in gift.candidates
        )
        given = {each for each in (gift.recipient.email, gift.recipient.phone) if each}
        return answered or (bool(given) and given <= self.gone)

    async def _stepped_back(self, held: KeptGift, work: Work, parts: GiftParts) -> KeptGift:
        """The gift as it goes on by what else is known of its recipient."""
        gift = held.gift
        left = without_contacts(gift, self.gone, self.links)
        if gift.status is GiftStatus.RESOLVED and left.destination is None:
            declined = await happen(held, Declined(self.at), work=work, parts=parts)
            held = held if isinstance(declined, Refused) else declined
            left = without_contacts(held.gift, self.gone, self.links)
        kept = await self._kept(left, held, work, parts)
        event = self._event(gift, left)
        if event is None:
            return kept
        if isinstance(event, Rejected):
            kept = replace(kept, gift=with_nothing_to_verify(kept.gift))
        moved = await happen(kept, event, work=work, parts=parts)
        return kept if isinstance(moved, Refused) else moved

    def _event(self, gift: Gift, left: Gift) -> Event | None:
        """What their leaving is to the gift; nothing where it waits for something else."""
        channel = gift.open_channel
        if channel is not None and channel.contact in self.gone:
            return ChannelFailed(EventType.TIMEOUT, self.at, channel.kind)
        if gift.status is GiftStatus.VERIFYING and next_candidate(left) is None:
            return Rejected(self.at, "")
        return None

    async def _kept(self, gift: Gift, held: KeptGift, work: Work, parts: GiftParts) -> KeptGift:
        """``gift`` sealed under a new key: with the old one all earlier copies are unreadable."""
        for each in {each.kind for each in held.gift.channels if each.contact in self.gone}:
            await work.gift_tokens.revoke(gift.id, each)
        if gift.settled:
            await work.gift_tokens.revoke(gift.id)
        await vault.forget(recipient_of(gift.id), work=work)
        return await put(gift, held.version, self.at, work=work, parts=parts)


async def forget_recipient(gift_id: str, *, parts: GiftParts) -> bool:
    """Whether the gift's recipient was forgotten: not while a parcel is on its way to them."""
    async with parts.database.begin() as work:
        held = await fetched(gift_id, reading=work, parts=parts)
        if held is None or not held.gift.settled:
            return False
        await work.gift_contacts.forget(gift_id)
        await work.gift_tokens.revoke(gift_id)
        await vault.forget(recipient_of(gift_id), work=work)
        await put(erased(held.gift), held.version, parts.clock.now(), work=work, parts=parts)
    await _discard(held.gift, contacts_of(held.gift), parts)
    await parts.database.scrub()
    await announce(held.gift, parts=parts)
    return True
