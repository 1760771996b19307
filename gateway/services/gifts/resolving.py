"""Waking gifts: the outside is asked first, then one transaction records what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.engine.gifts.events import ChannelFailed, Event, Occurred
from gateway.engine.gifts.statuses import EventType
from gateway.engine.gifts.steps import (
    CheckCharge,
    Clear,
    Expire,
    FinishDispatch,
    GiveBack,
    LetGo,
    MoneyStep,
    Search,
    Send,
    Sleep,
    Verify,
    next_step,
)
from gateway.engine.gifts.values import Gift
from gateway.services.gifts.forgetting import forget_recipient
from gateway.services.gifts.keeping import announce, fetched, put
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.recording import put_alone, record, record_search
from gateway.services.gifts.records import KeptGift
from gateway.services.gifts.searching import searched
from gateway.services.gifts.settling import (
    check_charge,
    give_money_back,
    let_go_of_strays,
    verify,
)
from gateway.services.gifts.shipping import finish_dispatch
from gateway.services.gifts.telling import invite
from gateway.services.gifts.unwelcome import stood_back
from gateway.services.ports.database import Stale
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
    step = next_step(held.gift, now, parts.rules)
    match step:
        case Verify() | CheckCharge() | LetGo() | FinishDispatch() | GiveBack():
            await _move_money(step, held, now, parts)
        case Send():
            await _send(held, step, now, parts)
        case Expire(event=type_):
            await record(held, _expiry(held.gift, type_, now), parts=parts)
        case Search():
            found = await searched(held.gift, now, parts=parts)
            await record_search(held, found, now, parts=parts)
        case Clear():
            await _clear(held.gift, parts)
        case Sleep():
            await put_alone(held, held.gift, now, parts=parts)


async def _move_money(step: MoneyStep, held: KeptGift, now: datetime, parts: GiftParts) -> None:
    match step:
        case Verify():
            await verify(held, now, parts=parts)
        case CheckCharge():
            await check_charge(held, now, parts=parts)
        case LetGo():
            await let_go_of_strays(held, now, parts=parts)
        case FinishDispatch():
            await finish_dispatch(held, parts=parts)
        case GiveBack():
            await give_money_back(held, now, parts=parts)


async def _clear(gift: Gift, parts: GiftParts) -> None:
    """Nothing is kept of a recipient once the time for questions is over."""
    await forget_recipient(gift.id, parts=parts)
    async with parts.database.begin() as work:
        await work.gifts.blank(gift.id)


async def _send(held: KeptGift, step: Send, now: datetime, parts: GiftParts) -> None:
    async with parts.database.begin() as work:
        gift = await invite(held.gift, step, now, work=work, parts=parts)
        await put(gift, held.version, now, work=work, parts=parts)
    await announce(held.gift, parts=parts)


def _expiry(gift: Gift, type_: EventType, now: datetime) -> Event:
    channel = gift.open_channel
    if type_ is EventType.TIMEOUT and channel is not None:
        return ChannelFailed(type_, now, channel.kind)
    return Occurred(type_, now)
