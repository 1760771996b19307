"""The money of a gift: authorized for a confirmed destination, released after the end."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.candidates import CandidateVerdict, judge_candidate, next_candidate
from gateway.engine.gifts.charges import (
    CHECK_INTERVAL,
    PendingHold,
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
from gateway.engine.gifts.paying import mark_money_returned, with_granted_hold
from gateway.engine.gifts.statuses import GiftStatus
from gateway.engine.gifts.steps import ReleaseStrayHolds, ReturnMoney, next_step
from gateway.services.gifts.charges import (
    ChargeOutcomeUnknown,
    RefundOutcomeUnknown,
    RefundRefused,
    authorize_final_total,
    find_confirmed_hold,
    release_hold,
    release_stray_holds,
    return_money,
)
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.event_recording import commit_event, commit_gift
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import announce_change, load_gift
from gateway.services.gifts.provider_waits import limit_wait
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.gift_pricing import NoShippingMethod

MAX_ATTEMPTS = 8


class NoCandidateToVerify(Exception):
    """A gift in the status VERIFYING has no candidate."""


async def verify_candidate(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> None:
    """Record the result of verification; a hold is saved as pending before it is authorized."""
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
    """Record ``event``; releases its hold if it cannot be recorded."""
    try:
        await commit_event(versioned_gift, event, dependencies=dependencies)
    except VersionConflict:
        if isinstance(event, AddressValidated | GiverAnswered) and event.charge_id is not None:
            await _release_unrecorded_hold(versioned_gift.gift.id, event.charge_id, dependencies)
        raise


async def _release_unrecorded_hold(
    gift_id: str, charge_id: str, dependencies: GiftDependencies
) -> None:
    """Release the hold unless another process has recorded or still expects it."""
    current_gift = await _load_current_gift(gift_id, dependencies)
    if current_gift is not None:
        charges = current_gift.gift.charges
        if charges.charge_id == charge_id or charges.pending_hold is not None:
            return
    # Its key is a stray one of the gift, too: without an answer the worker releases it.
    with suppress(ChargeOutcomeUnknown):
        await release_hold(charge_id, dependencies=dependencies)


async def _judge_next_candidate(
    gift: Gift, now: datetime, dependencies: GiftDependencies
) -> GiftDomainEvent | PendingHold:
    """The verdict on the next candidate, after authorization if the candidate is accepted."""
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
    """Authorize the charge for ``candidate``; rejects it if nothing is shipped there."""
    try:
        return await authorize_final_total(gift, candidate, now, dependencies=dependencies)
    except NoShippingMethod:
        return CandidateRejected(now, candidate.key)


async def check_confirmation(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> None:
    """Continue if the giver has confirmed with the bank; check again later while they may."""
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
        renewed_charges = with_granted_hold(charges, hold.charge_id, hold.amount, hold.held_until)
        await commit_gift(
            versioned_gift, replace(gift, charges=renewed_charges), now, dependencies=dependencies
        )
    else:
        event = GiverAnswered(
            now, held_amount=hold.amount, charge_id=hold.charge_id, held_until=hold.held_until
        )
        await _commit_charge_event(versioned_gift, event, dependencies)


async def recheck_hold(key: str, *, dependencies: GiftDependencies) -> bool:
    """Check a just confirmed hold at once; returns whether ``key`` belongs to a gift's hold."""
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
            # The process that has changed the gift checks its hold, too.
            await commit_gift(versioned_gift, due_gift, now, dependencies=dependencies)
        await announce_change(versioned_gift.gift, dependencies=dependencies)
    return True


async def settle_ended_gift(
    versioned_gift: VersionedGift, *, dependencies: GiftDependencies
) -> Gift:
    """Return the money of a gift that has ended; returns the gift.

    If the provider does not answer or refuses, or the gift changes meanwhile, the worker continues.
    """
    with suppress(ChargeOutcomeUnknown, RefundOutcomeUnknown, RefundRefused):
        async with limit_wait():
            for _ in range(MAX_ATTEMPTS):
                try:
                    next_gift = await _run_next_money_step(versioned_gift, dependencies)
                except VersionConflict:
                    # The worker may do the same at the same time; a repeated release has no effect.
                    next_gift = await _load_current_gift(versioned_gift.gift.id, dependencies)
                if next_gift is None:
                    break
                versioned_gift = next_gift
    return versioned_gift.gift


async def _run_next_money_step(
    versioned_gift: VersionedGift, dependencies: GiftDependencies
) -> VersionedGift | None:
    """The gift after its next money step; None if there is none."""
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
    """Release the holds that the gift no longer needs; returns the gift."""
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
    """Release or refund the money of a gift that has ended; returns the gift."""
    await return_money(versioned_gift.gift, dependencies=dependencies)
    return await commit_gift(
        versioned_gift, mark_money_returned(versioned_gift.gift), now, dependencies=dependencies
    )
