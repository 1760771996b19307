"""Refunds, returns and the money of orders as buyers and staff read them."""

from collections.abc import Sequence

from gateway.engine.orders.returns import ReturnStatus
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.orders.access import find_visible_order
from gateway.services.orders.returns import reason_context
from gateway.services.pagination import Page, build_page, decode_position, encode_cursor, page_size
from gateway.services.ports.database import ReadSession
from gateway.services.ports.orders import OrderPayment
from gateway.services.ports.refunds import OrderRefund, StoredReturn

RETURN_CURSOR_LIST = "returns"


async def find_visible_refund(
    refund_id: str, *, caller: Caller, dependencies: Dependencies
) -> OrderRefund | None:
    """The refund of that id, for whoever may see its order."""
    async with dependencies.database.read() as reading:
        refund = (await reading.refunds.find_many([refund_id])).get(refund_id)
    if refund is None:
        return None
    order = await find_visible_order(refund.order_id, caller=caller, dependencies=dependencies)
    return None if order is None else refund


async def find_visible_return(
    return_id: str, *, caller: Caller, dependencies: Dependencies
) -> StoredReturn | None:
    """The return of that id, for whoever may see its order."""
    async with dependencies.database.read() as reading:
        stored_return = await reading.returns.find(return_id)
    if stored_return is None:
        return None
    order = await find_visible_order(
        stored_return.order_id, caller=caller, dependencies=dependencies
    )
    return None if order is None else stored_return


async def list_all_returns(
    first: int | None, after: str | None, status: ReturnStatus | None, dependencies: Dependencies
) -> Page[StoredReturn]:
    """A page of the returns of all orders in ``status``, the latest first; None: in any.

    Raises:
        InvalidPage: ``first`` or ``after`` is not valid.

    """
    count, before_position = page_size(first), decode_position(after, RETURN_CURSOR_LIST)
    async with dependencies.database.read() as reading:
        returns = await reading.returns.list_page(status, count + 1, before_position)
    return build_page(returns, count, _cursor, has_previous_page=before_position is not None)


def _cursor(stored_return: StoredReturn) -> str:
    return encode_cursor(RETURN_CURSOR_LIST, stored_return.list_position)


async def load_payments(
    order_ids: Sequence[str], reading: ReadSession
) -> dict[str, tuple[OrderPayment, ...]]:
    """The charges of these orders by order id, in the order they were made."""
    payments = await reading.order_payments.list_for_orders(order_ids)
    return {
        order_id: tuple(payment for payment in payments if payment.order_id == order_id)
        for order_id in order_ids
    }


async def load_refunds(
    order_ids: Sequence[str], reading: ReadSession
) -> dict[str, tuple[OrderRefund, ...]]:
    """The refunds of these orders by order id, the oldest first."""
    refunds = await reading.refunds.list_for_orders(order_ids)
    return {
        order_id: tuple(refund for refund in refunds if refund.order_id == order_id)
        for order_id in order_ids
    }


async def find_refunds(ids: Sequence[str], reading: ReadSession) -> dict[str, OrderRefund]:
    """Those of these refunds that there are, by id."""
    return await reading.refunds.find_many(ids)


async def load_returns(
    order_ids: Sequence[str], reading: ReadSession
) -> dict[str, tuple[StoredReturn, ...]]:
    """The returns of these orders by order id, the oldest first."""
    returns = await reading.returns.list_for_orders(order_ids)
    return {
        order_id: tuple(record for record in returns if record.order_id == order_id)
        for order_id in order_ids
    }


async def load_return_reasons(
    return_ids: Sequence[str], reading: ReadSession, dependencies: Dependencies
) -> dict[str, str]:
    """Why these returns were requested, by id; without those whose buyer's data was erased."""
    reasons = await reading.returns.find_reasons(return_ids)
    keys = await reading.data_keys.find_many(list({reason.subject for reason in reasons.values()}))
    return {
        return_id: dependencies.cipher.unseal(
            reason.subject, keys[reason.subject], reason.sealed, reason_context(return_id)
        ).decode()
        for return_id, reason in reasons.items()
        if reason.subject in keys
    }
