"""The steps of due gifts: external calls first, then one transaction that records the result."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.engine.gifts.events import ChannelFailed, GiftDomainEvent, PlainEvent
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.statuses import EventType
from gateway.engine.gifts.steps import (
    CheckConfirmation,
    EndHold,
    EraseRecipient,
    FinishDispatch,
    MoneyStep,
    PackParcel,
    RecordTimeout,
    ReleaseStrayHolds,
    RenewHold,
    ReturnMoney,
    SearchSources,
    SendInvitation,
    SleepUntil,
    VerifyCandidate,
    next_step,
)
from gateway.services.gifts.blocked_channels import drop_unwelcome_contacts
from gateway.services.gifts.charges import ChargeOutcomeUnknown
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.erasure import erase_recipient
from gateway.services.gifts.event_recording import commit_event, commit_gift, commit_search
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import announce_change, load_gift, save_gift
from gateway.services.gifts.hold_renewals import end_hold_and_save, renew_hold
from gateway.services.gifts.notifications import post_invitation
from gateway.services.gifts.provider_waits import next_attempt_at
from gateway.services.gifts.settlement import (
    check_confirmation,
    release_stray_holds_and_save,
    return_money_and_save,
    verify_candidate,
)
from gateway.services.gifts.shipments import finish_dispatch
from gateway.services.gifts.source_search import search_sources
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.gifts import LeasedGift

logger = logging.getLogger(__name__)


class GiftNotFound(Exception):
    """A gift that was claimed no longer exists."""


@dataclass(frozen=True, slots=True)
class GiftResolver:
    """The job that advances gifts."""

    dependencies: GiftDependencies
    name: str = "gifts"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> Sequence[LeasedGift]:
        """Lease gifts that are due."""
        async with self.dependencies.database.begin() as work:
            return await work.gifts.claim(now, leased_until, limit)

    async def run(self, lease: LeasedGift, now: datetime) -> None:
        """Run the next step of one gift; what the provider does not answer is asked again."""
        async with self.dependencies.database.read() as reading:
            versioned_gift = await load_gift(
                lease.id, reading=reading, dependencies=self.dependencies
            )
        if versioned_gift is None:
            raise GiftNotFound(lease.id)
        if versioned_gift.version != lease.version:
            raise VersionConflict(lease.id)
        try:
            if not await drop_unwelcome_contacts(
                versioned_gift, now, dependencies=self.dependencies
            ):
                await _run_step(versioned_gift, now, self.dependencies)
        except ChargeOutcomeUnknown:
            logger.warning("gift %s waits for the payment provider", lease.id)
            await self.postpone(lease, next_attempt_at(now, lease.attempts), "no answer")

    async def postpone(self, lease: LeasedGift, until: datetime, failure: str) -> None:  # noqa: ARG002 - the log has it
        """Try again at ``until``; a gift whose steps keep failing ends at its deadline."""
        async with self.dependencies.database.begin() as work:
            await work.gifts.postpone(lease, until)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next gift without a lease becomes due; None if there is none."""
        async with self.dependencies.database.read() as reading:
            return await reading.gifts.next_due(now)


async def _run_step(
    versioned_gift: VersionedGift, now: datetime, dependencies: GiftDependencies
) -> None:
    step = next_step(versioned_gift.gift, now, dependencies.rules)
    match step:
        case (
            VerifyCandidate()
            | CheckConfirmation()
            | RenewHold()
            | EndHold()
            | ReleaseStrayHolds()
            | FinishDispatch()
            | ReturnMoney()
        ):
            await _run_money_step(step, versioned_gift, now, dependencies)
        case SendInvitation():
            await _send_invitation(versioned_gift, step, now, dependencies)
        case RecordTimeout(event=event_type):
            await commit_event(
                versioned_gift,
                _timeout_event(versioned_gift.gift, event_type, now),
                dependencies=dependencies,
            )
        case SearchSources():
            search = await search_sources(versioned_gift.gift, now, dependencies=dependencies)
            await commit_search(versioned_gift, search, now, dependencies=dependencies)
        case EraseRecipient():
            await _erase_personal_data(versioned_gift.gift, dependencies)
        case PackParcel() | SleepUntil():
            # Saving makes the parcel that is due.
            await commit_gift(versioned_gift, versioned_gift.gift, now, dependencies=dependencies)


async def _run_money_step(
    step: MoneyStep, versioned_gift: VersionedGift, now: datetime, dependencies: GiftDependencies
) -> None:
    match step:
        case VerifyCandidate():
            await verify_candidate(versioned_gift, now, dependencies=dependencies)
        case CheckConfirmation():
            await check_confirmation(versioned_gift, now, dependencies=dependencies)
        case RenewHold():
            await renew_hold(versioned_gift, now, dependencies=dependencies)
        case EndHold():
            await end_hold_and_save(versioned_gift, now, dependencies=dependencies)
        case ReleaseStrayHolds():
            await release_stray_holds_and_save(versioned_gift, now, dependencies=dependencies)
        case FinishDispatch():
            await finish_dispatch(versioned_gift, dependencies=dependencies)
        case ReturnMoney():
            await return_money_and_save(versioned_gift, now, dependencies=dependencies)


async def _erase_personal_data(gift: Gift, dependencies: GiftDependencies) -> None:
    """Erase the recipient's data at the end of the retention period."""
    await erase_recipient(gift.id, dependencies=dependencies)
    async with dependencies.database.begin() as work:
        await work.gifts.erase(gift.id)


async def _send_invitation(
    versioned_gift: VersionedGift,
    step: SendInvitation,
    now: datetime,
    dependencies: GiftDependencies,
) -> None:
    async with dependencies.database.begin() as work:
        gift = await post_invitation(
            versioned_gift.gift, step, now, work=work, dependencies=dependencies
        )
        await save_gift(gift, versioned_gift.version, now, work=work, dependencies=dependencies)
    await announce_change(versioned_gift.gift, dependencies=dependencies)


def _timeout_event(gift: Gift, event_type: EventType, now: datetime) -> GiftDomainEvent:
    channel = gift.open_channel
    if event_type is EventType.TIMEOUT and channel is not None:
        return ChannelFailed(event_type, now, channel.kind)
    return PlainEvent(event_type, now)
