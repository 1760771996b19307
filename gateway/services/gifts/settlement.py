"""Settling what a gift costs: its money is held once its destination counts, and let go after."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.candidates import CandidateVerdict, judge_candidate, next_candidate
from gateway.engine.gifts.charges import (
    CHECK_INTERVAL,
    PendingHold,
    with_hold,
    with_pending_hold,
    without_pending_hold,
    without_stray_holds,
)
from gateway.engine.gifts.events import (
    AddressValidated,
    CandidateRejected,
    GiftDomainEvent,
    GiverAnswered,
)
from gateway.engine.gifts.gift import AddressCandidate, Gift
from gateway.engine.gifts.paying import mark_money_returned
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.steps import ReleaseStrayHolds, ReturnMoney, next_step
from gateway.services.gifts.charges import (
    ChargeOutcomeUnknown,
    RefundRefused,
    authorize_final_total,
    find_confirmed_hold,
    release_stray_holds,
    return_money,
)
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.event_recording import commit_event, commit_gift
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import announce_change, load_gift
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.gift_pricing import NoShippingMethod

MAX_ATTEMPTS = 8


class NoCandidateToVerify(Exception):
    """A gift in VERIFYING without a candidate."""


async def verify_candidate(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> None:
    """Record what verification says; a hold is asked for in a step after the one that keeps it."""
    result = await _judge_next_candidate(versioned_gift.gift, now, dependencies)
    if not isinstance(result, PendingHold):
        await _commit_charge_event(versioned_gift, result, dependencies)
        return
    charges = with_pending_hold(versioned_gift.gift.charges, result)
    await commit_gift(
        versioned_gift,
        replace(versioned_gift.gift, charges=charges),
        now,
        dependencies=dependencies,
    )


async def _commit_charge_event(
    versioned_gift: VersionedGift, event: GiftDomainEvent, dependencies: GiftDependencies
) -> None:
    """Record ``event``; a hold that it brings and that cannot be recorded is let go."""
    try:
        await commit_event(versioned_gift, event, dependencies=dependencies)
    except VersionConflict:
        if isinstance(event, AddressValidated | GiverAnswered) and event.charge_id is not None:
            await _release_unrecorded_hold(versioned_gift.gift.id, event.charge_id, dependencies)
        raise


async def _release_unrecorded_hold(
    gift_id: str, charge_id: str, dependencies: GiftDependencies
) -> None:
    """Release the hold unless the gift has it, or still looks for it, in another process."""
    current_gift = await _load_current_gift(gift_id, dependencies)
    if current_gift is not None:
        charges = current_gift.gift.charges
        if charges.charge_id == charge_id or charges.pending_hold is not None:
            return
    await dependencies.payments.release(charge_id)


async def _judge_next_candidate(
    gift: Gift, now: datetime, dependencies: GiftDependencies
) -> GiftDomainEvent | PendingHold:
    """The verdict on the next candidate; its charge is settled if the candidate counts."""
    candidate = next_candidate(gift)
    if candidate is None:
        raise NoCandidateToVerify(gift.id)
    match judge_candidate(candidate, gift, now, dependencies.rules.max_record_age):
        case CandidateVerdict.COUNTS:
            return await _authorize_for_candidate(gift, candidate, now, dependencies)
        case CandidateVerdict.UNCONFIRMED:
            return CandidateRejected(now, candidate.key, confirmable=True)
        case CandidateVerdict.REJECTED:
            return CandidateRejected(now, candidate.key)


async def _authorize_for_candidate(
    gift: Gift, candidate: AddressCandidate, now: datetime, dependencies: GiftDependencies
) -> GiftDomainEvent | PendingHold:
    """The charge for ``candidate`` settled; where nothing is shipped, it is no destination."""
    try:
        return await authorize_final_total(gift, candidate, now, dependencies=dependencies)
    except NoShippingMethod:
        return CandidateRejected(now, candidate.key)


async def check_confirmation(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> None:
    """Go on once the giver has confirmed with the bank; look again while they may."""
    gift, charges = versioned_gift.gift, versioned_gift.gift.charges
    try:
        hold = await find_confirmed_hold(gift, dependencies=dependencies)
    except ChargeOutcomeUnknown:
        postponed_charges = replace(charges, check_at=now + CHECK_INTERVAL)
        await commit_gift(
            versioned_gift, replace(gift, charges=postponed_charges), now, dependencies=dependencies
        )
        return
    if hold is None:
        await commit_gift(
            versioned_gift,
            replace(gift, charges=without_pending_hold(charges)),
            now,
            dependencies=dependencies,
        )
    elif gift.status is GiftStatus.RESOLVED:
        renewed_charges = with_hold(charges, hold.charge_id, hold.amount)
        await commit_gift(
            versioned_gift, replace(gift, charges=renewed_charges), now, dependencies=dependencies
        )
    else:
        event = GiverAnswered(now, held_amount=hold.amount, charge_id=hold.charge_id)
        await _commit_charge_event(versioned_gift, event, dependencies)


async def recheck_hold(key: str, *, dependencies: GiftDependencies) -> bool:
    """Whether ``key`` is of a gift's hold; one that was just confirmed is looked for at once."""
    async with dependencies.database.read() as reading:
        versioned_gift = await load_gift(
            key.partition(".")[0], reading=reading, dependencies=dependencies
        )
    if versioned_gift is None:
        return False
    charges, now = versioned_gift.gift.charges, dependencies.clock.now()
    if charges.pending_hold is not None and charges.pending_hold.key == key:
        due_gift = replace(versioned_gift.gift, charges=replace(charges, check_at=now))
        with suppress(VersionConflict):
            # Who changed the gift meanwhile has to look for its hold as well.
            await commit_gift(versioned_gift, due_gift, now, dependencies=dependencies)
        await announce_change(versioned_gift.gift, dependencies=dependencies)
    return True


async def settle_ended_gift(
    versioned_gift: VersionedGift, *, dependencies: GiftDependencies
) -> Gift:
    """The gift, which has ended, once nothing is held for it any more.

    Where the provider is silent or refuses, or the gift is changing, it is the gift as it stands:
    the worker goes on.
    """
    for _ in range(MAX_ATTEMPTS):
        try:
            next_gift = await _run_next_money_step(versioned_gift, dependencies)
        except VersionConflict:
            # The worker has claimed it as well: giving back twice gives back once.
            next_gift = await _load_current_gift(versioned_gift.gift.id, dependencies)
        except (ChargeOutcomeUnknown, RefundRefused):
            break
        if next_gift is None:
            break
        versioned_gift = next_gift
    return versioned_gift.gift


async def _run_next_money_step(
    versioned_gift: VersionedGift, dependencies: GiftDependencies
) -> VersionedGift | None:
    """The gift after the next step of its money; None where nothing is owed."""
    now = dependencies.clock.now()
    match next_step(versioned_gift.gift, now, dependencies.rules):
        case ReleaseStrayHolds():
            return await release_stray_holds_and_save(
                versioned_gift, now, dependencies=dependencies
            )
        case ReturnMoney():
            return await return_money_and_save(versioned_gift, now, dependencies=dependencies)
    return None


async def _load_current_gift(gift_id: str, dependencies: GiftDependencies) -> VersionedGift | None:
    async with dependencies.database.read() as reading:
        return await load_gift(gift_id, reading=reading, dependencies=dependencies)


async def release_stray_holds_and_save(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> VersionedGift:
    """The gift once the holds that it no longer wants are let go."""
    await release_stray_holds(versioned_gift.gift, dependencies=dependencies)
    charges = without_stray_holds(versioned_gift.gift.charges)
    return await commit_gift(
        versioned_gift,
        replace(versioned_gift.gift, charges=charges),
        now,
        dependencies=dependencies,
    )


async def return_money_and_save(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> VersionedGift:
    """The gift, which has ended, once what it holds is released or refunded."""
    await return_money(versioned_gift.gift, dependencies=dependencies)
    return await commit_gift(
        versioned_gift, mark_money_returned(versioned_gift.gift), now, dependencies=dependencies
    )
