"""When the holds of orders are authorised anew."""

from dataclasses import replace
from datetime import datetime

from gateway.engine.orders.holds import renewal_due_at
from gateway.services.dependencies import Dependencies
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.hold_renewals import HoldRenewal
from gateway.services.ports.orders import OrderPayment


async def schedule_renewal(
    payment: OrderPayment,
    work: UnitOfWork,
    dependencies: Dependencies,
    due: datetime | None = None,
) -> None:
    """Have the hold of a stored charge renewed before it ends, or at ``due``.

    Nothing is scheduled where the hold does not end by itself.
    """
    if payment.held_until is None:
        return
    renewal = HoldRenewal(
        id=dependencies.ids.new("ren"),
        payment_id=payment.id,
        order_id=payment.order_id,
        charge_id=payment.charge_id,
        amount=replace(payment.amount, minor=payment.held_minor),
        held_until=payment.held_until,
    )
    due = due or renewal_due_at(dependencies.clock.now(), payment.held_until)
    await work.hold_renewals.add(renewal, due)
