"""What is told of a hold that was not renewed: in the order's log, and to its buyer by mail."""

from gateway.engine.orders.order import Order, OrderChange
from gateway.services.dependencies import Dependencies
from gateway.services.orders import lifecycle
from gateway.services.orders.shipment_mails import post_order_mail
from gateway.services.ports.database import UnitOfWork
from gateway.services.ports.hold_renewals import HoldRenewal


async def tell_of_refusal(
    renewal: HoldRenewal, work: UnitOfWork, dependencies: Dependencies
) -> Order | None:
    """Note on the order of ``renewal`` that its hold was not renewed, and tell the buyer.

    Raises:
        VersionConflict: the order was changed meanwhile.

    """
    order = await work.orders.find(renewal.order_id)
    if order is None:
        return None
    ends_at = renewal.held_until.strftime("%Y-%m-%d %H:%M UTC")
    changed_order = await lifecycle.advance_order(
        order,
        OrderChange.HOLD_NOT_RENEWED,
        order.status,
        work,
        dependencies,
        actor=lifecycle.ACTOR_PROVIDER,
        detail=f"{renewal.amount.text}: {renewal.refusal}; held until {ends_at}",
    )
    await lifecycle.ask_for_selection(changed_order, work, dependencies)
    lines = [
        f"Your bank holds {renewal.amount.text} for your order {order.number} until {ends_at}.",
        "It has not agreed to hold it for longer, and the order has not left yet.",
        "",
        "Nothing has been charged. When the order leaves, we ask the bank once more: please see to",
        "it that the amount is available then. If it is not, the order stays with us.",
    ]
    key = f"order-hold-{renewal.id}"
    news = "waits for its payment"
    await post_order_mail(changed_order, key, news, lines, work, dependencies)
    return changed_order
