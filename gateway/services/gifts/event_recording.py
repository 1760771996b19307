"""The recording of external results of a gift, each in its own transaction."""

from datetime import datetime

from gateway.engine.gifts.events import GiftDomainEvent, SourcesSearched
from gateway.engine.gifts.gift import Gift
from gateway.engine.gifts.transitions import (
    TransitionRefused,
    search_moves_gift,
    with_search_results,
)
from gateway.services.gifts.blocked_channels import drop_unwelcome_facts
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import VersionedGift
from gateway.services.gifts.gift_store import announce_change, save_event, save_gift
from gateway.services.ports.database import VersionConflict


async def commit_event(
    versioned_gift: VersionedGift, event: GiftDomainEvent, *, dependencies: GiftDependencies
) -> None:
    """Record ``event``; raises ``VersionConflict`` if the gift has changed meanwhile."""
    async with dependencies.database.begin() as work:
        result = await save_event(versioned_gift, event, work=work, dependencies=dependencies)
        if isinstance(result, TransitionRefused):
            raise VersionConflict(versioned_gift.gift.id)
    await announce_change(result.gift, dependencies=dependencies)


async def commit_search(
    versioned_gift: VersionedGift,
    search: SourcesSearched,
    now: datetime,
    *,
    dependencies: GiftDependencies,
) -> None:
    """Record the results of the sources, as an event if they change the gift's status."""
    async with dependencies.database.begin() as work:
        allowed_search = await drop_unwelcome_facts(
            versioned_gift.gift, search, work=work, dependencies=dependencies
        )
        if not search_moves_gift(versioned_gift.gift, allowed_search, dependencies.rules):
            updated_gift = with_search_results(versioned_gift.gift, allowed_search)
            await save_gift(
                updated_gift, versioned_gift.version, now, work=work, dependencies=dependencies
            )
            return
        result = await save_event(
            versioned_gift, allowed_search, work=work, dependencies=dependencies
        )
        if isinstance(result, TransitionRefused):
            raise VersionConflict(versioned_gift.gift.id)
    await announce_change(result.gift, dependencies=dependencies)


async def commit_gift(
    versioned_gift: VersionedGift, gift: Gift, now: datetime, *, dependencies: GiftDependencies
) -> VersionedGift:
    """Save ``gift`` without an event; raises ``VersionConflict`` if it has changed meanwhile."""
    async with dependencies.database.begin() as work:
        return await save_gift(
            gift, versioned_gift.version, now, work=work, dependencies=dependencies
        )
