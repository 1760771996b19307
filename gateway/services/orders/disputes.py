"""Disputes of orders' payments: noted on the order, and told to staff."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.engine.orders.order import OrderChange
from gateway.services.dependencies import Dependencies
from gateway.services.orders import lifecycle
from gateway.services.pagination import Page, build_page, decode_position, encode_cursor, page_size
from gateway.services.ports.database import ReadSession
from gateway.services.ports.disputes import Dispute

DISPUTE_CURSOR_LIST = "disputes"


async def record_dispute(dispute: Dispute, gift_id: str | None, dependencies: Dependencies) -> None:
    """Keep how ``dispute`` stands, with the order it is about, or else the gift ``gift_id``.

    The order's log has an event for each status, which the shop's own systems are told, too.
    """
    async with dependencies.database.begin() as work:
        known_dispute = await work.disputes.find(dispute.reference)
        payment = await work.order_payments.find_by_charge(dispute.charge_id)
        order_id = None if payment is None else payment.order_id
        if known_dispute is not None:
            order_id, gift_id = known_dispute.order_id, known_dispute.gift_id
        dispute = replace(dispute, order_id=order_id, gift_id=None if order_id else gift_id)
        await work.disputes.save(dispute)
        is_news = known_dispute is None or known_dispute.status is not dispute.status
        if order_id is not None and is_news:
            detail = f"{dispute.amount.text}: {dispute.reason}, {dispute.status.value}"
            await lifecycle.record_provider_news(
                order_id, OrderChange.DISPUTED, detail, work, dependencies
            )
    if order_id is not None:
        await dependencies.wakeups.announce(lifecycle.order_topic(order_id))


async def list_all_disputes(
    first: int | None, after: str | None, *, dependencies: Dependencies
) -> Page[Dispute]:
    """A page of all disputes, the latest first.

    Raises:
        InvalidPage: ``first`` or ``after`` is not valid.

    """
    count, before_position = page_size(first), decode_position(after, DISPUTE_CURSOR_LIST)
    async with dependencies.database.read() as reading:
        disputes = await reading.disputes.list_page(count + 1, before_position)
    return build_page(disputes, count, _cursor, has_previous_page=before_position is not None)


def _cursor(dispute: Dispute) -> str:
    return encode_cursor(DISPUTE_CURSOR_LIST, dispute.list_position)


async def load_disputes(
    order_ids: Sequence[str], reading: ReadSession
) -> dict[str, tuple[Dispute, ...]]:
    """The disputes of these orders by order id, the oldest first."""
    disputes = await reading.disputes.list_for_orders(order_ids)
    return {
        order_id: tuple(dispute for dispute in disputes if dispute.order_id == order_id)
        for order_id in order_ids
    }
