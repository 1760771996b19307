"""Settling what a gift costs: its money is held once its destination counts, and let go after."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.candidates import Ruling, next_candidate, ruling
from gateway.engine.gifts.charges import (
    CHECK_EVERY,
    PendingHold,
    with_hold,
    with_pending,
    without_pending,
    without_strays,
)
from gateway.engine.gifts.events import Event, GiverAnswered, Rejected, Validated
from gateway.engine.gifts.paying import given_back
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.steps import GiveBack, LetGo, next_step
from gateway.engine.gifts.values import Candidate, Gift
from gateway.services.gifts.charging import (
    ChargeUnknown,
    confirmed,
    give_back,
    let_go_strays,
    settle,
)
from gateway.services.gifts.keeping import announce, fetched
from gateway.services.gifts.parts import GiftParts
from gateway.services.gifts.recording import put_alone, record
from gateway.services.gifts.records import KeptGift
from gateway.services.ports.database import Stale
from gateway.services.ports.gift_pricing import Undeliverable

ATTEMPTS = 8


class NothingToVerify(Exception):
    """A gift in VERIFYING without a candidate."""


async def verify(held: KeptGift, now: datetime, *, parts: GiftParts) -> None:
    """Record what verification says; a hold is asked for in a step after the one that keeps it."""
    found = await _verified(held.gift, now, parts)
    if not isinstance(found, PendingHold):
        await _charge(held, found, parts)
        return
    charges = with_pending(held.gift.charges, found)
    await put_alone(held, replace(held.gift, charges=charges), now, parts=parts)


async def _charge(held: KeptGift, event: Event, parts: GiftParts) -> None:
    """Record ``event``; a hold that it brings and that cannot be recorded is let go."""
    try:
        await record(held, event, parts=parts)
    except Stale:
        if isinstance(event, Validated | GiverAnswered) and event.charge_id is not None:
            await _undo_hold(held.gift.id, event.charge_id, parts)
        raise


async def _undo_hold(gift_id: str, charge_id: str, parts: GiftParts) -> None:
    """Release the hold unless the gift has it, or still looks for it, in another process."""
    present = await _present(gift_id, parts)
    if present is not None:
        charges = present.gift.charges
        if charges.charge_id == charge_id or charges.pending_hold is not None:
            return
    await parts.payments.release(charge_id)


async def _verified(gift: Gift, now: datetime, parts: GiftParts) -> Event | PendingHold:
    """What verification says of the next candidate, its charge settled if it counts."""
    candidate = next_candidate(gift)
    if candidate is None:
        raise NothingToVerify(gift.id)
    match ruling(candidate, gift, now, parts.rules.fresh):
        case Ruling.COUNTS:
            return await _settled(gift, candidate, now, parts)
        case Ruling.UNCONFIRMED:
            return Rejected(now, candidate.key, confirmable=True)
        case Ruling.REJECTED:
            return Rejected(now, candidate.key)


async def _settled(
    gift: Gift, candidate: Candidate, now: datetime, parts: GiftParts
) -> Event | PendingHold:
    """The charge for ``candidate`` settled; where nothing is shipped, it is no destination."""
    try:
        return await settle(gift, candidate, now, parts=parts)
    except Undeliverable:
        return Rejected(now, candidate.key)


async def check_charge(held: KeptGift, now: datetime, *, parts: GiftParts) -> None:
    """Go on once the giver has confirmed with the bank; look again while they may."""
    gift, charges = held.gift, held.gift.charges
    try:
        found = await confirmed(gift, parts=parts)
    except ChargeUnknown:
        later = replace(charges, check_at=now + CHECK_EVERY)
        await put_alone(held, replace(gift, charges=later), now, parts=parts)
        return
    if found is None:
        await put_alone(held, replace(gift, charges=without_pending(charges)), now, parts=parts)
    elif gift.status is GiftStatus.RESOLVED:
        renewed = with_hold(charges, found.charge_id, found.amount)
        await put_alone(held, replace(gift, charges=renewed), now, parts=parts)
    else:
        answer = GiverAnswered(now, held=found.amount, charge_id=found.charge_id)
        await _charge(held, answer, parts)


async def hold_confirmed(key: str, *, parts: GiftParts) -> bool:
    """Whether ``key`` is of a gift's hold; one that was just confirmed is looked for at once."""
    async with parts.database.read() as reading:
        held = await fetched(key.partition(".")[0], reading=reading, parts=parts)
    if held is None:
        return False
    charges, now = held.gift.charges, parts.clock.now()
    if charges.pending_hold is not None and charges.pending_hold.key == key:
        soon = replace(held.gift, charges=replace(charges, check_at=now))
        with suppress(Stale):
            # Who changed the gift meanwhile has to look for its hold as well.
            await put_alone(held, soon, now, parts=parts)
        await announce(held.gift, parts=parts)
    return True


async def with_money_back(held: KeptGift, *, parts: GiftParts) -> Gift:
    """The gift, which has ended, once nothing is held for it any more.

    Where the provider is silent, or the gift is changing, it is the gift as it stands: the worker
    goes on.
    """
    for _ in range(ATTEMPTS):
        try:
            after = await _money_step(held, parts)
        except Stale:
            # The worker has claimed it as well: giving back twice gives back once.
            after = await _present(held.gift.id, parts)
        except ChargeUnknown:
            break
        if after is None:
            break
        held = after
    return held.gift


async def _money_step(held: KeptGift, parts: GiftParts) -> KeptGift | None:
    """The gift after the next step of its money; None where nothing is owed."""
    now = parts.clock.now()
    match next_step(held.gift, now, parts.rules):
        case LetGo():
            return await let_go_of_strays(held, now, parts=parts)
        case GiveBack():
            return await give_money_back(held, now, parts=parts)
    return None


async def _present(gift_id: str, parts: GiftParts) -> KeptGift | None:
    async with parts.database.read() as reading:
        return await fetched(gift_id, reading=reading, parts=parts)


async def let_go_of_strays(held: KeptGift, now: datetime, *, parts: GiftParts) -> KeptGift:
    """The gift once the holds that it no longer wants are let go."""
    await let_go_strays(held.gift, parts=parts)
    charges = without_strays(held.gift.charges)
    return await put_alone(held, replace(held.gift, charges=charges), now, parts=parts)


async def give_money_back(held: KeptGift, now: datetime, *, parts: GiftParts) -> KeptGift:
    """The gift, which has ended, once what it holds is released or refunded."""
    await give_back(held.gift, parts=parts)
    return await put_alone(held, given_back(held.gift), now, parts=parts)
