"""Methods and customers that the payment provider forgets, once nothing open needs them."""

import logging
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.engine.orders.payment_states import MOVING_STATES
from gateway.services.account_erasure import (
    ENDED_STATUSES,
    AccountDependencies,
    gift_pages,
    has_ended,
    list_order_affairs,
    order_pages,
)
from gateway.services.checkout.guest_customers import GUEST_PAUSE
from gateway.services.identity.payment_methods import list_methods
from gateway.services.identity.sealed_records import find_personal_cipher
from gateway.services.orders.delivery_details import load_deliveries
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.payments import ProviderUnavailable
from gateway.services.ports.provider_clearances import (
    ClearanceKind,
    ClearanceState,
    ProviderClearance,
)
from gateway.services.provider_waits import MAX_RETRY_WAIT

logger = logging.getLogger(__name__)

OPEN_USE_PAUSE = timedelta(minutes=10)
"""After this time it is looked again whether a method is still needed."""
GONE_KEPT = timedelta(minutes=1)
"""For this time it is known that a method is gone, longer than any request to save it takes."""
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
        if lease.state is ClearanceState.WAITING and await _is_needed(lease, self.dependencies):
            async with base.database.begin() as work:
                untried = replace(lease, attempts=0)
                pause = OPEN_USE_PAUSE if lease.order_id is None else GUEST_PAUSE
                await work.provider_clearances.postpone(untried, now + pause, None)
            return
        async with base.database.begin() as work:
            begun = await _begin(lease, work, base.cipher)
        if begun is None:
            return
        clearance, provider_token = begun
        vault = base.identity.payment_method_vault
        try:
            if provider_token is not None:
                await vault.detach(provider_token)
            else:
                await vault.forget_customer(clearance.purchaser_id)
        except ProviderUnavailable as error:
            logger.info("the payment provider does not answer: %s waits", clearance.id)
            async with base.database.begin() as work:
                untried = replace(clearance, attempts=0)
                failure = type(error).__name__
                await work.provider_clearances.postpone(untried, now + MAX_RETRY_WAIT, failure)
            return
        async with base.database.begin() as work:
            if provider_token is None:
                await work.provider_clearances.delete(clearance)
                return
            gone = replace(clearance, state=ClearanceState.GONE, attempts=0)
            await work.provider_clearances.postpone(gone, now + GONE_KEPT, None)

    async def postpone(self, lease: ProviderClearance, until: datetime, failure: str) -> None:
        """Try again at ``until``; `gateway check` tells of it meanwhile."""
        async with self.dependencies.orders.database.begin() as work:
            await work.provider_clearances.postpone(lease, until, failure)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one is due."""
        async with self.dependencies.orders.database.read() as reading:
            return await reading.provider_clearances.next_due(now)


async def _begin(
    lease: ProviderClearance, work: UnitOfWork, cipher: Cipher
) -> tuple[ProviderClearance, str | None] | None:
    """What is to go from now on, and the provider's token if it is a method; None if nothing is.

    Saving a method and this come one after the other: it is saved again and stays, or is refused.
    """
    if lease.kind is ClearanceKind.CUSTOMER:
        return lease, None
    await work.purchasers.lock(lease.purchaser_id)
    personal_cipher = await find_personal_cipher(lease.purchaser_id, work, cipher)
    provider_token = None if personal_cipher is None else personal_cipher.cleared_token(lease)
    saved_methods = await list_methods(lease.purchaser_id, reading=work, cipher=cipher)
    is_saved_again = any(method.provider_token == provider_token for method in saved_methods)
    # Of an erased purchaser the token cannot be read: the customer goes with all methods.
    is_over = lease.state is ClearanceState.GONE
    if is_over or provider_token is None or is_saved_again:
        await work.provider_clearances.delete(lease)
        return None
    if lease.state is not ClearanceState.WAITING:
        return lease, provider_token
    return await work.provider_clearances.begin(lease), provider_token


async def _is_needed(clearance: ProviderClearance, dependencies: AccountDependencies) -> bool:
    """Whether something open of the purchaser's may still be charged to the method.

    A purchase or an order of gifts that is under way counts whatever it is paid by: it ends soon.
    """
    purchaser_id, base = clearance.purchaser_id, dependencies.orders
    async with base.database.read() as reading:
        if clearance.kind is ClearanceKind.CUSTOMER:
            return await _is_needed_by_guest(clearance.order_id, reading)
        personal_cipher = await find_personal_cipher(purchaser_id, reading, base.cipher)
        if personal_cipher is None:
            return False
        if await reading.purchase_attempts.list_open_for(purchaser_id):
            return True
        if await reading.gift_orders.is_any_unfinished(purchaser_id):
            return True
        provider_token = personal_cipher.cleared_token(clearance)
        if await _is_needed_by_order(purchaser_id, provider_token, reading, dependencies):
            return True
        saved_methods = await list_methods(purchaser_id, reading=reading, cipher=base.cipher)
        saved_ids = {method.id for method in saved_methods}
        return await _is_needed_by_gift(purchaser_id, saved_ids, reading, dependencies)


async def _is_needed_by_guest(order_id: str | None, reading: ReadSession) -> bool:
    """Whether the order of a guest has not ended; of an erased purchaser all have."""
    order = None if order_id is None else await reading.orders.find(order_id)
    return order is not None and bool(await list_order_affairs((order,), reading))


async def _is_needed_by_order(
    purchaser_id: str,
    provider_token: str | None,
    reading: ReadSession,
    dependencies: AccountDependencies,
) -> bool:
    async for orders in order_pages(purchaser_id, reading):
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
        if any(delivery.method == provider_token for delivery in deliveries.values()):
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
