"""Holds that end before a gift is dispatched: renewed once, or turned into a mandate."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.gifts.charges import Charges, without_pending_hold
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.paying import (
    end_hold,
    start_renewal,
    with_granted_hold,
    with_requested_action,
)
from gateway.services.gifts.charges import Hold, authorize_pending_hold
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.event_recording import commit_gift
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import announce_change, save_gift
from gateway.services.gifts.notifications import request_confirmation
from gateway.services.ports.payments import AuthorizationActionRequired


async def renew_hold(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> None:
    """Hold the gift's total anew; the new hold is saved as pending before it is authorized.

    The hold that ends is kept until the new one is there, and to its end where there is none: a
    giver whose bank wants the new one confirmed is told.

    Raises:
        ChargeOutcomeUnknown: the provider does not say what became of the new hold.

    """
    gift = versioned_gift.gift
    if gift.charges.pending_hold is None:
        await commit_gift(versioned_gift, start_renewal(gift), now, dependencies=dependencies)
        return
    charges = await _authorize_renewal(gift, now, dependencies)
    renewed_gift = replace(gift, charges=charges)
    async with dependencies.database.begin() as work:
        await save_gift(
            renewed_gift, versioned_gift.version, now, work=work, dependencies=dependencies
        )
        if charges.action_url is not None:
            await request_confirmation(renewed_gift, now, work=work, dependencies=dependencies)
    await announce_change(renewed_gift, dependencies=dependencies)


async def _authorize_renewal(gift: Gift, now: datetime, dependencies: GiftDependencies) -> Charges:
    match await authorize_pending_hold(gift, dependencies=dependencies):
        case Hold(charge_id=charge_id, amount=amount, held_until=held_until):
            return with_granted_hold(gift.charges, charge_id, amount, held_until)
        case AuthorizationActionRequired(url=url):
            return with_requested_action(gift.charges, url, now)
    return without_pending_hold(gift.charges)


async def end_hold_and_save(
    versioned_gift: VersionedGift, now: datetime, *, dependencies: GiftDependencies
) -> None:
    """Go on with a mandate in place of the gift's hold, which has ended."""
    gift = end_hold(versioned_gift.gift)
    await commit_gift(versioned_gift, gift, now, dependencies=dependencies)
