"""Waking gifts: the outside is asked first, then one transaction records what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.engine.gifts.candidates import Ruling, next_candidate, ruling
from gateway.engine.gifts.channels import message_sent
from gateway.engine.gifts.charges import CHECK_EVERY
from gateway.engine.gifts.events import (
    ChannelFailed,
    Event,
    GiverAnswered,
    Occurred,
    Rejected,
    Searched,
    Validated,
)
from gateway.engine.gifts.statuses import EventType
from gateway.engine.gifts.steps import (
    CheckCharge,
    Clear,
    Expire,
    FinishDispatch,
    GiveBack,
    Search,
    Send,
    Sleep,
    Verify,
    next_step,
)
from gateway.engine.gifts.transitions import Refused, given_back
from gateway.engine.gifts.values import Candidate, Gift
from gateway.services.gifts.charging import ChargeUnknown, confirmed, give_back, let_go, settle
from gateway.services.gifts.forgetting import forget_recipient
from gateway.services.gifts.keeping import announce, fetched, happen, put
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.records import KeptGift
from gateway.services.gifts.searching import searched
from gateway.services.gifts.shipping import finish_dispatch
from gateway.services.gifts.telling import invite
from gateway.services.gifts.unwelcome import stood_back, welcome_facts
from gateway.services.ports.database import Stale, Work
from gateway.services.ports.gift_pricing import Undeliverable
from gateway.services.ports.gifts import DueGift


class Gone(Exception):
    """A gift that was claimed is no longer there."""


@dataclass(frozen=True, slots=True)
class ResolveGifts:
    """The step that takes gifts further."""

    parts: GiftParts
    name: str = "gifts"

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> Sequence[DueGift]:
        """Gifts that are due."""
        async with self.parts.database.begin() as work:
            return await work.gifts.claim(now, leased_until, most)

    async def take(self, claimed: DueGift, now: datetime) -> None:
        """Do what is next for one gift."""
        async with self.parts.database.read() as reading:
            held = await fetched(claimed.id, reading=reading, parts=self.parts)
        if held is None:
            raise Gone(claimed.id)
        if held.version != claimed.version:
            raise Stale(claimed.id)
        if not await stood_back(held, now, parts=self.parts):
            await _take(held, now, self.parts)

    async def postpone(self, claimed: DueGift, until: datetime, failure: str) -> None:  # noqa: ARG002 - the log has it
        """Try again at ``until``: its deadline ends a gift that nothing helps."""
        async with self.parts.database.begin() as work:
            await work.gifts.postpone(claimed, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next gift falls due."""
        async with self.parts.database.read() as reading:
            return await reading.gifts.next_due(now)


async def _take(held: KeptGift, now: datetime, parts: GiftParts) -> None:
    gift = held.gift
    match next_step(gift, now, parts.rules):
        case Send() as step:
            await _send(held, step, now, parts)
        case Expire(event=type_):
            await _record(held, _expiry(gift, type_, now), parts)
        case Search():
            await _record(held, await searched(gift, now, parts=parts), parts)
        case Verify():
            await _charge(held, await _verified(gift, now, parts), parts)
        case CheckCharge():
            await _check_charge(held, now, parts)
        case FinishDispatch():
            await finish_dispatch(held, parts=parts)
        case GiveBack():
            await give_back(gift, parts=parts)
            await _put(held, given_back(gift), now, parts)
        case Clear():
            await _clear(gift, parts)
        case Sleep():
            await _put(held, gift, now, parts)


async def _record(held: KeptGift, event: Event, parts: GiftParts) -> None:
    """Record ``event``; raises ``Stale`` if the gift moved on while the outside was asked."""
    async with parts.database.begin() as work:
        wanted = await _wanted(held.gift, event, work, parts)
        after = await happen(held, wanted, work=work, parts=parts)
        if isinstance(after, Refused):
            raise Stale(held.gift.id)
    await announce(after.gift, parts=parts)


async def _charge(held: KeptGift, event: Event, parts: GiftParts) -> None:
    """Record ``event``; of two holds only the one that was recorded is kept."""
    before = held.gift.charges.charge_id
    match event:
        case Validated(charge_id=str() as new) | GiverAnswered(charge_id=str() as new):
            pass
        case _:
            await _record(held, event, parts)
            return
    try:
        await _record(held, event, parts)
    except Stale:
        await _undo_hold(held.gift.id, new, parts)
        raise
    if before != new:
        await let_go(before, parts=parts)


async def _undo_hold(gift_id: str, charge_id: str, parts: GiftParts) -> None:
    """Release the hold unless another process has recorded the very same."""
    async with parts.database.read() as reading:
        present = await fetched(gift_id, reading=reading, parts=parts)
    if present is None or present.gift.charges.charge_id != charge_id:
        await let_go(charge_id, parts=parts)


async def _wanted(gift: Gift, event: Event, work: Work, parts: GiftParts) -> Event:
    """``event`` without found contacts that want no messages; the rest are remembered."""
    if not isinstance(event, Searched):
        return event
    return await welcome_facts(gift, event, work=work, parts=parts)


async def _clear(gift: Gift, parts: GiftParts) -> None:
    """Nothing is kept of a recipient once the time for questions is over."""
    await forget_recipient(gift.id, parts=parts)
    async with parts.database.begin() as work:
        await work.gifts.blank(gift.id)


async def _put(held: KeptGift, gift: Gift, now: datetime, parts: GiftParts) -> None:
    async with parts.database.begin() as work:
        await put(gift, held.version, now, work=work, parts=parts)


async def _send(held: KeptGift, step: Send, now: datetime, parts: GiftParts) -> None:
    async with parts.database.begin() as work:
        await invite(held.gift, step, now, work=work, parts=parts)
        await put(message_sent(held.gift), held.version, now, work=work, parts=parts)
    await announce(held.gift, parts=parts)


def _expiry(gift: Gift, type_: EventType, now: datetime) -> Event:
    channel = gift.open_channel
    if type_ is EventType.TIMEOUT and channel is not None:
        return ChannelFailed(type_, now, channel.kind)
    return Occurred(type_, now)


async def _verified(gift: Gift, now: datetime, parts: GiftParts) -> Event:
    """What verification says of the next candidate, its charge settled if it counts."""
    candidate = next_candidate(gift)
    if candidate is None:
        raise Gone(gift.id)
    match ruling(candidate, gift, now, parts.rules.fresh):
        case Ruling.COUNTS:
            return await _settled(gift, candidate, now, parts)
        case Ruling.UNCONFIRMED:
            return Rejected(now, candidate.key, confirmable=True)
        case Ruling.REJECTED:
            return Rejected(now, candidate.key)


async def _settled(gift: Gift, candidate: Candidate, now: datetime, parts: GiftParts) -> Event:
    """The charge for ``candidate`` settled; where nothing is shipped, it is no destination."""
    try:
        return await settle(gift, candidate, now, parts=parts)
    except Undeliverable:
        return Rejected(now, candidate.key)


async def _check_charge(held: KeptGift, now: datetime, parts: GiftParts) -> None:
    """Go on once the giver has confirmed with the bank; look again while they may."""
    charges = held.gift.charges
    try:
        answer = await confirmed(held.gift, now, parts=parts)
    except ChargeUnknown:
        later = replace(charges, check_at=now + CHECK_EVERY)
        await _put(held, replace(held.gift, charges=later), now, parts)
        return
    if answer is not None:
        await _charge(held, answer, parts)
        return
    over = replace(charges, action_url=None, check_at=None)
    await _put(held, replace(held.gift, charges=over), now, parts)
