"""Methods and customers that the payment provider forgets, once nothing open needs them."""

import logging
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.engine.orders.payment_states import MOVING_STATES
from gateway.services.account_erasure import (
    ENDED_STATUSES,
    AccountDependencies,
    gift_pages,
    has_ended,
    order_pages,
)
from gateway.services.identity.payment_methods import list_methods
from gateway.services.orders.delivery_details import load_deliveries
from gateway.services.ports.database import ReadSession
from gateway.services.ports.payments import ProviderUnavailable
from gateway.services.ports.provider_clearances import ClearanceKind, ProviderClearance
from gateway.services.provider_waits import MAX_RETRY_WAIT

logger = logging.getLogger(__name__)

OPEN_USE_PAUSE = timedelta(minutes=10)
"""After this time it is looked again whether a method is still needed."""
LONG_FAILING = timedelta(hours=1)
"""What the provider has not forgotten after this time is worth a look."""
MAX_FAILING_LISTED = 1_000
"""What cannot be cleared and is shown together."""


@dataclass(frozen=True, slots=True)
class ProviderClearanceJob:
    """The job that lets the provider forget what was given up."""

    dependencies: AccountDependencies
    name: str = "provider clearances"

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[ProviderClearance, ...]:
        """What waits to go."""
        async with self.dependencies.orders.database.begin() as work:
            return await work.provider_clearances.claim(now, leased_until, limit)

    async def run(self, lease: ProviderClearance, now: datetime) -> None:
        """Let the provider forget one; it waits on while it is needed or nobody answers."""
        base = self.dependencies.orders
        use = await _find_use(lease, self.dependencies)
        if use is MethodUse.SAVED_AGAIN:
            async with base.database.begin() as work:
                await work.provider_clearances.delete(lease)
            return
        if use is MethodUse.OPEN:
            async with base.database.begin() as work:
                untried = replace(lease, attempts=0)
                await work.provider_clearances.postpone(untried, now + OPEN_USE_PAUSE, None)
            return
        vault = base.identity.payment_method_vault
        try:
            if lease.kind is ClearanceKind.METHOD:
                await vault.detach(lease.provider_token)
            else:
                await vault.forget_customer(lease.purchaser_id)
        except ProviderUnavailable as error:
            logger.info("the payment provider does not answer: %s waits", lease.id)
            async with base.database.begin() as work:
                untried = replace(lease, attempts=0)
                failure = type(error).__name__
                await work.provider_clearances.postpone(untried, now + MAX_RETRY_WAIT, failure)
            return
        async with base.database.begin() as work:
            await work.provider_clearances.delete(lease)

    async def postpone(self, lease: ProviderClearance, until: datetime, failure: str) -> None:
        """Try again at ``until``; `gateway check` tells of it meanwhile."""
        async with self.dependencies.orders.database.begin() as work:
            await work.provider_clearances.postpone(lease, until, failure)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one is due."""
        async with self.dependencies.orders.database.read() as reading:
            return await reading.provider_clearances.next_due(now)


class MethodUse(StrEnum):
    """What still needs a method that was given up."""

    NONE = "NONE"
    OPEN = "OPEN"
    SAVED_AGAIN = "SAVED_AGAIN"


async def _find_use(clearance: ProviderClearance, dependencies: AccountDependencies) -> MethodUse:
    if clearance.kind is not ClearanceKind.METHOD:
        return MethodUse.NONE
    base = dependencies.orders
    async with base.database.read() as reading:
        saved_methods = await list_methods(
            clearance.purchaser_id, reading=reading, cipher=base.cipher
        )
        if any(method.provider_token == clearance.provider_token for method in saved_methods):
            return MethodUse.SAVED_AGAIN
        saved_ids = {method.id for method in saved_methods}
        if await _is_needed(clearance, saved_ids, reading, dependencies):
            return MethodUse.OPEN
    return MethodUse.NONE


async def _is_needed(
    clearance: ProviderClearance,
    saved_ids: AbstractSet[str],
    reading: ReadSession,
    dependencies: AccountDependencies,
) -> bool:
    """Whether something open of the purchaser's may still be charged to the method.

    A purchase or an order of gifts that is under way counts whatever it is paid by: it ends soon.
    """
    purchaser_id = clearance.purchaser_id
    if await reading.purchase_attempts.list_open_for(purchaser_id):
        return True
    if await reading.gift_orders.is_any_unfinished(purchaser_id):
        return True
    return await _is_needed_by_order(clearance, reading, dependencies) or await _is_needed_by_gift(
        clearance.purchaser_id, saved_ids, reading, dependencies
    )


async def _is_needed_by_order(
    clearance: ProviderClearance, reading: ReadSession, dependencies: AccountDependencies
) -> bool:
    async for orders in order_pages(clearance.purchaser_id, reading):
        moving_ids = {
            payment.order_id
            for payment in await reading.order_payments.list_for_orders(
                [order.id for order in orders]
            )
            if payment.state in MOVING_STATES
        }
        open_ids = [
            order.id
            for order in orders
            if order.status not in ENDED_STATUSES or order.id in moving_ids
        ]
        deliveries = await load_deliveries(open_ids, reading, dependencies.orders)
        if any(delivery.method == clearance.provider_token for delivery in deliveries.values()):
            return True
    return False


async def _is_needed_by_gift(
    purchaser_id: str,
    saved_ids: AbstractSet[str],
    reading: ReadSession,
    dependencies: AccountDependencies,
) -> bool:
    """Whether an open gift is charged to a method that was given up, whichever it is."""
    async for gifts in gift_pages(purchaser_id, reading, dependencies.gifts):
        for versioned_gift in gifts:
            gift = versioned_gift.gift
            if gift.charges.payment_method_id not in saved_ids and not has_ended(gift):
                return True
    return False
