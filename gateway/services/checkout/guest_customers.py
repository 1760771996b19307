"""Guests as the payment provider knows them, who go once their purchase is over."""

from datetime import timedelta

from gateway.engine.checkout.outcomes import DraftOrder
from gateway.services.dependencies import Dependencies
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.provider_clearances import ClearanceKind, ProviderClearance
from gateway.services.ports.purchase_attempts import PurchaseAttempt

GUEST_PAUSE = timedelta(days=1)
"""After this time it is looked whether a guest is still needed, and then again.

Whatever is lost between the provider and here has been found by then.
"""


async def clear_guest_later(
    attempt: PurchaseAttempt,
    draft: DraftOrder,
    order_id: str | None,
    work: UnitOfWork,
    dependencies: Dependencies,
) -> None:
    """Store that the provider is to forget the guest who bought; purchasers stay.

    ``order_id`` is the order that the guest may still be charged for; None if nothing was bought.
    """
    if draft.buyer.purchaser_id is not None:
        return
    now = dependencies.clock.now()
    guest = ProviderClearance(
        attempt.id, ClearanceKind.CUSTOMER, attempt.id, None, now, order_id=order_id
    )
    await work.provider_clearances.add(guest, now + GUEST_PAUSE)
