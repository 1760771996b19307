"""The erasure of a contact from all gifts, facts and directory records."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.engine.gifts.candidates import next_candidate
from gateway.engine.gifts.events import (
    CandidateRejected,
    ChannelFailed,
    GiftDomainEvent,
    RecipientDeclined,
)
from gateway.engine.gifts.gift import Gift, StatedBy
from gateway.engine.gifts.redaction import (
    all_contacts,
    erase_personal_data,
    with_rejectable_candidate,
    without_contacts,
)
from gateway.engine.gifts.statuses import EventType, GiftStatus
from gateway.engine.gifts.tokens import GiftToken
from gateway.engine.gifts.transitions import TransitionRefused
from gateway.services import encryption
from gateway.services.conflicts import retry_or_raise
from gateway.services.gifts.contacts import contact_indexes
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import VersionedGift, recipient_subject
from gateway.services.gifts.gift_store import announce_change, load_gift, save_event, save_gift
from gateway.services.gifts.imported_directory import erase_entries
from gateway.services.gifts.mailboxes import (
    ANY_GIVER,
    all_contact_indexes,
    block_contacts,
    is_erased,
)
from gateway.services.gifts.parcels import forget_parcels
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher

GIFT_BATCH_SIZE = 50
"""Gifts of one contact that are loaded together."""
ERASURE_LIST_BATCH_SIZE = 500
"""Entries of the list of erased contacts that are compared together."""


def link_contacts(token: GiftToken, gift: Gift, cipher: Cipher) -> tuple[str, ...]:
    """The contacts that the holder of ``token`` may erase: only the one it was sent to."""
    contacts = {each.contact for each in gift.channels if each.contact}
    return tuple(each for each in contacts if token.contact_index in contact_indexes(each, cipher))


async def erase_contact(contact: str, *, dependencies: GiftDependencies) -> None:
    """Erase the holder of ``contact`` and block all messages about gifts to them.

    Data that a parcel on its way needs is kept until the gift has ended.
    """
    blind_indexes = all_contact_indexes(contact, dependencies.cipher)
    if dependencies.erasure_list is not None:
        await dependencies.erasure_list.add(blind_indexes[0])
    async with dependencies.database.begin() as work:
        await block_contacts(
            (contact,), ANY_GIVER, dependencies.clock.now(), work=work, cipher=dependencies.cipher
        )
        await erase_entries(contact, work=work, cipher=dependencies.cipher)
    await _erase_from_gifts(blind_indexes, dependencies)
    await dependencies.database.scrub()


async def repeat_erasures(*, dependencies: GiftDependencies) -> int:
    """Repeat erasures that a restored backup has undone; returns their number.

    Records of these contacts in the directory are not deleted, but not used either.
    """
    listed_indexes = await dependencies.erasure_list.list_all() if dependencies.erasure_list else ()
    reminded_count = 0
    for start in range(0, len(listed_indexes), ERASURE_LIST_BATCH_SIZE):
        batch = listed_indexes[start : start + ERASURE_LIST_BATCH_SIZE]
        async with dependencies.database.begin() as work:
            blocked_indexes = await work.gift_contacts.find_blocked(batch, ANY_GIVER)
            missing_indexes = [
                blind_index for blind_index in batch if blind_index not in blocked_indexes
            ]
            await work.gift_contacts.block(missing_indexes, ANY_GIVER, dependencies.clock.now())
        for blind_index in missing_indexes:
            await _erase_from_gifts((blind_index,), dependencies)
        reminded_count += len(missing_indexes)
    if reminded_count:
        await dependencies.database.scrub()
    return reminded_count


async def _erase_from_gifts(blind_indexes: Sequence[str], dependencies: GiftDependencies) -> None:
    """Remove erased people from all gifts that are found by ``blind_indexes``."""
    seen_ids: set[str] = set()
    while ids := await _find_gift_ids(blind_indexes, seen_ids, dependencies):
        for id_ in ids:
            await erase_from_gift(id_, dependencies=dependencies)
        seen_ids |= ids


async def _find_gift_ids(
    blind_indexes: Sequence[str], seen_ids: AbstractSet[str], dependencies: GiftDependencies
) -> set[str]:
    async with dependencies.database.read() as reading:
        gift_ids = await reading.gift_contacts.find_gift_ids(
            blind_indexes, verified=False, limit=GIFT_BATCH_SIZE
        )
    return set(gift_ids) - seen_ids


async def erase_from_gift(gift_id: str, *, dependencies: GiftDependencies) -> None:
    """Remove erased people from a gift.

    Raises:
        VersionConflict: the gift keeps changing.

    """
    erasure = await retry_or_raise(lambda: _try_erase_from_gift(gift_id, dependencies))
    if erasure is not None:
        await _discard_messages(erasure.before, erasure.erased_contacts, dependencies)
        await announce_change(erasure.after, dependencies=dependencies)


@dataclass(frozen=True, slots=True)
class _ErasureResult:
    """A gift before and after the contacts ``erased_contacts`` were removed."""

    before: Gift
    after: Gift
    erased_contacts: frozenset[str]


async def _discard_messages(
    gift: Gift, contacts: AbstractSet[str], dependencies: GiftDependencies
) -> None:
    """Delete the copies of messages that were sent to ``contacts``."""
    if dependencies.sent_messages is None:
        return
    for index, channel in enumerate(gift.channels):
        if channel.contact in contacts:
            await dependencies.sent_messages.discard(f"{gift.id}.{index}.")


async def _try_erase_from_gift(
    gift_id: str, dependencies: GiftDependencies
) -> _ErasureResult | None:
    async with dependencies.database.begin() as work:
        return await _erase_in_transaction(gift_id, work, dependencies)


async def _erase_in_transaction(
    gift_id: str, work: UnitOfWork, dependencies: GiftDependencies
) -> _ErasureResult | None:
    versioned_gift = await load_gift(gift_id, reading=work, dependencies=dependencies)
    if versioned_gift is None:
        await work.gift_contacts.delete_for_gift(gift_id)
        return None
    erased_contacts = await _find_erased_contacts(versioned_gift.gift, work, dependencies.cipher)
    for contact in erased_contacts:
        await work.gift_contacts.remove(gift_id, all_contact_indexes(contact, dependencies.cipher))
    if not erased_contacts:
        return None
    erasure = _ContactErasure(
        frozenset(erased_contacts),
        _link_indexes(erased_contacts, dependencies.cipher),
        dependencies.clock.now(),
    )
    erased_gift = await erasure.apply(versioned_gift, work, dependencies)
    return _ErasureResult(versioned_gift.gift, erased_gift.gift, erasure.erased_contacts)


async def _find_erased_contacts(gift: Gift, reading: ReadSession, cipher: Cipher) -> set[str]:
    return {
        each for each in all_contacts(gift) if await is_erased(each, reading=reading, cipher=cipher)
    }


def _link_indexes(contacts: AbstractSet[str], cipher: Cipher) -> frozenset[str]:
    return frozenset(
        link_index for each in contacts for link_index in contact_indexes(each, cipher)
    )


@dataclass(frozen=True, slots=True)
class _ContactErasure:
    """The erasure of a recipient: their contacts, the links of their answers, and the time."""

    erased_contacts: frozenset[str]
    link_indexes: frozenset[str]
    at: datetime

    async def apply(
        self, versioned_gift: VersionedGift, work: UnitOfWork, dependencies: GiftDependencies
    ) -> VersionedGift:
        """Erase the recipient; ends a gift for them alone, and erases a gift that has ended."""
        if self._concerns_whole_gift(versioned_gift.gift) and not versioned_gift.gift.settled:
            result = await save_event(
                versioned_gift, RecipientDeclined(self.at), work=work, dependencies=dependencies
            )
            versioned_gift = versioned_gift if isinstance(result, TransitionRefused) else result
        versioned_gift = replace(
            versioned_gift, gift=replace(versioned_gift.gift, forget_at_end=False)
        )
        gift = versioned_gift.gift
        if gift.settled and self._concerns_whole_gift(gift):
            await work.gift_contacts.delete_for_gift(gift.id)
            return await self._save_resealed(
                erase_personal_data(gift), versioned_gift, work, dependencies
            )
        if gift.status is GiftStatus.DISPATCHED or gift.charges.capturing:
            postponed_gift = replace(gift, forget_at_end=True)
            return await save_gift(
                postponed_gift,
                versioned_gift.version,
                self.at,
                work=work,
                dependencies=dependencies,
            )
        return await self._continue_without_contacts(versioned_gift, work, dependencies)

    def _concerns_whole_gift(self, gift: Gift) -> bool:
        """Whether the giver gave no other contact of the recipient, or they have answered."""
        has_answered = any(
            each.said_by is StatedBy.RECIPIENT and each.said_through in {None, *self.link_indexes}
            for each in gift.candidates
        )
        given_contacts = {each for each in (gift.recipient.email, gift.recipient.phone) if each}
        return has_answered or (bool(given_contacts) and given_contacts <= self.erased_contacts)

    async def _continue_without_contacts(
        self, versioned_gift: VersionedGift, work: UnitOfWork, dependencies: GiftDependencies
    ) -> VersionedGift:
        """Continue the gift with what else is known of its recipient."""
        gift = versioned_gift.gift
        remaining_gift = without_contacts(gift, self.erased_contacts, self.link_indexes)
        if gift.status is GiftStatus.RESOLVED and remaining_gift.destination is None:
            decline_result = await save_event(
                versioned_gift, RecipientDeclined(self.at), work=work, dependencies=dependencies
            )
            versioned_gift = (
                versioned_gift if isinstance(decline_result, TransitionRefused) else decline_result
            )
            remaining_gift = without_contacts(
                versioned_gift.gift, self.erased_contacts, self.link_indexes
            )
        resealed_gift = await self._save_resealed(
            remaining_gift, versioned_gift, work, dependencies
        )
        event = self._resulting_event(gift, remaining_gift)
        if event is None:
            return resealed_gift
        if isinstance(event, CandidateRejected):
            resealed_gift = replace(
                resealed_gift, gift=with_rejectable_candidate(resealed_gift.gift)
            )
        event_result = await save_event(resealed_gift, event, work=work, dependencies=dependencies)
        return resealed_gift if isinstance(event_result, TransitionRefused) else event_result

    def _resulting_event(self, gift: Gift, remaining_gift: Gift) -> GiftDomainEvent | None:
        """The event of the erasure; None if the gift waits for something else."""
        channel = gift.open_channel
        if channel is not None and channel.contact in self.erased_contacts:
            return ChannelFailed(EventType.TIMEOUT, self.at, channel.kind)
        if gift.status is GiftStatus.VERIFYING and next_candidate(remaining_gift) is None:
            return CandidateRejected(self.at, "")
        return None

    async def _save_resealed(
        self,
        gift: Gift,
        versioned_gift: VersionedGift,
        work: UnitOfWork,
        dependencies: GiftDependencies,
    ) -> VersionedGift:
        """Save ``gift`` under a new key, so that all copies under the old one are unreadable."""
        for channel in {
            channel.kind
            for channel in versioned_gift.gift.channels
            if channel.contact in self.erased_contacts
        }:
            await work.gift_tokens.revoke(gift.id, channel)
        if gift.settled:
            await work.gift_tokens.revoke(gift.id)
        await encryption.delete_data_key(recipient_subject(gift.id), work=work)
        gift = await forget_parcels(gift, self.at, work=work)
        return await save_gift(
            gift, versioned_gift.version, self.at, work=work, dependencies=dependencies
        )


async def erase_recipient(gift_id: str, *, dependencies: GiftDependencies) -> bool:
    """Erase the gift's recipient, except while a parcel is on its way; returns whether it did."""
    async with dependencies.database.begin() as work:
        versioned_gift = await load_gift(gift_id, reading=work, dependencies=dependencies)
        if versioned_gift is None or not versioned_gift.gift.settled:
            return False
        await erase_ended_gift(versioned_gift, dependencies.clock.now(), work, dependencies)
    await discard_messages(versioned_gift.gift, dependencies)
    await dependencies.database.scrub()
    await announce_change(versioned_gift.gift, dependencies=dependencies)
    return True


async def erase_ended_gift(
    versioned_gift: VersionedGift, now: datetime, work: UnitOfWork, dependencies: GiftDependencies
) -> None:
    """Erase all that is personal of a gift that has ended."""
    gift_id = versioned_gift.gift.id
    await work.gift_contacts.delete_for_gift(gift_id)
    await work.gift_tokens.revoke(gift_id)
    await encryption.delete_data_key(recipient_subject(gift_id), work=work)
    gift = await forget_parcels(versioned_gift.gift, now, work=work)
    await save_gift(
        erase_personal_data(gift), versioned_gift.version, now, work=work, dependencies=dependencies
    )


async def discard_messages(gift: Gift, dependencies: GiftDependencies) -> None:
    """Delete the copies of messages that were sent to the gift's recipient."""
    await _discard_messages(gift, all_contacts(gift), dependencies)
