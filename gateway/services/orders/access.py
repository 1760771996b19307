"""Access to orders: an order that the caller may not see is treated as missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.engine.orders.order import Order
from gateway.engine.pricing.snapshots import hide_destination
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.pagination import Page, decode_position, encode_cursor, page_size
from gateway.services.pagination import build_page as page_of
from gateway.services.ports.api_keys import ApiKeyRole
from gateway.services.ports.database import ReadSession

ORDER_CURSOR_LIST = "orders"
"""List positions are signed 64-bit integers; a cursor with a larger one is refused."""


def is_staff(caller: Caller) -> bool:
    """Whether the caller has a staff key."""
    return caller.key is not None and caller.key.role is ApiKeyRole.STAFF


@dataclass(frozen=True, slots=True)
class OrderOwner:
    """The purchaser of an order, none for a guest's, and the client it was placed from.

    None of it changes.
    """

    order_id: str
    purchaser_id: str | None
    client_id: str | None

    @property
    def is_guest(self) -> bool:
        """Whether a guest bought, whom only a device or the mailed link identifies."""
        return self.purchaser_id is None

    def grants_access_to(self, caller: Caller, *, is_opened: bool = False) -> bool:
        """Whether the caller may see the order.

        Staff may. The purchaser may if signed in, or on the client that the order was placed from.
        A guest may on that client, and where the order was opened by its link: ``is_opened``.
        """
        if is_staff(caller):
            return True
        is_own_client = self.client_id is not None and self.client_id == caller.client.id
        if self.is_guest:
            return is_own_client or is_opened
        if self.purchaser_id != caller.purchaser_id:
            return False
        return is_own_client or caller.is_signed_in


def order_owner(order: Order) -> OrderOwner:
    """The owner of ``order``."""
    return OrderOwner(order.id, order.purchaser_id, order.client_id)


async def load_opened(
    owner: OrderOwner, caller: Caller, reading: ReadSession, dependencies: Dependencies
) -> bool:
    """Whether a guest's order was opened to the caller's client by its link."""
    return owner.is_guest and bool(
        await reading.order_links.list_opened(
            [owner.order_id], caller.client.id, dependencies.clock.now()
        )
    )


async def is_visible_to(owner: OrderOwner, caller: Caller, dependencies: Dependencies) -> bool:
    """Whether the caller may see the order of ``owner``, by its link too."""
    if owner.grants_access_to(caller):
        return True
    async with dependencies.database.read() as reading:
        return await load_opened(owner, caller, reading, dependencies)


def can_view(order: Order, caller: Caller, *, is_opened: bool = False) -> bool:
    """Whether the caller may see ``order``."""
    return order_owner(order).grants_access_to(caller, is_opened=is_opened)


def can_modify(order: Order, caller: Caller, *, is_opened: bool = False) -> bool:
    """Whether the caller can still change or cancel something of ``order``."""
    return order.is_modifiable and can_view(order, caller, is_opened=is_opened)


def can_track(order: Order, caller: Caller) -> bool:
    """Whether the caller may see where ``order`` goes: only its signed-in purchaser may."""
    is_own = order.purchaser_id is not None and order.purchaser_id == caller.purchaser_id
    return is_own and caller.is_signed_in


def can_see_delivery(order: Order, caller: Caller, *, is_opened: bool = False) -> bool:
    """Whether the caller may see to whom and where ``order`` goes.

    Its purchaser and staff may, and of a guest's order who holds its link.
    """
    by_link = is_opened and order.purchaser_id is None
    return by_link or is_staff(caller) or can_track(order, caller)


def redact_order(order: Order, caller: Caller) -> Order:
    """``order``, without its destination unless the caller may see that.

    A recognised device proves no person: it shows what was bought and for how much, not where it
    goes. A guest's order keeps its taxes: only the device that bought, who holds the link, and
    staff can see it.
    """
    if order.purchaser_id is None or can_see_delivery(order, caller):
        return order
    return replace(order, figures=hide_destination(order.figures))


async def list_undoable_variants(
    caller: Caller, reading: ReadSession, dependencies: Dependencies
) -> frozenset[str]:
    """The variants that the caller bought by one click and can still cancel.

    Without a sign-in, only those bought on the caller's client.
    """
    if caller.purchaser_id is None:
        return frozenset()
    client_id = None if caller.is_signed_in else caller.client.id
    return await reading.orders.list_undoable_variants(
        caller.purchaser_id, client_id, dependencies.clock.now()
    )


async def find_visible_order(
    order_id: str, *, caller: Caller, dependencies: Dependencies
) -> Order | None:
    """The order of that id, if the caller may see it."""
    async with dependencies.database.read() as reading:
        return await load_visible_order(order_id, caller, reading, dependencies)


async def find_visible_orders(
    order_ids: Sequence[str], *, caller: Caller, dependencies: Dependencies
) -> dict[str, Order]:
    """The orders with these ids that the caller may see, by id; two statements for any number."""
    async with dependencies.database.read() as reading:
        orders = await reading.orders.find_many(order_ids)
        guest_ids = [
            order.id
            for order in orders
            if order.purchaser_id is None and not can_view(order, caller)
        ]
        opened_ids = (
            await reading.order_links.list_opened(
                guest_ids, caller.client.id, dependencies.clock.now()
            )
            if guest_ids
            else ()
        )
    return {
        order.id: order
        for order in orders
        if can_view(order, caller, is_opened=order.id in opened_ids)
    }


async def load_visible_order(
    order_id: str, caller: Caller, reading: ReadSession, dependencies: Dependencies
) -> Order | None:
    """The order of that id as ``reading`` sees it, if the caller may see it."""
    order = await reading.orders.find(order_id)
    if order is None or can_view(order, caller):
        return order
    is_opened = await load_opened(order_owner(order), caller, reading, dependencies)
    return order if is_opened else None


async def list_open_orders(*, caller: Caller, dependencies: Dependencies) -> tuple[Order, ...]:
    """The caller's open orders, short-term ones first.

    Without a sign-in, only those placed from the caller's client.
    """
    if caller.purchaser_id is None:
        return ()
    async with dependencies.database.read() as reading:
        orders = await reading.orders.list_open_for(caller.purchaser_id)
    return tuple(order for order in orders if can_view(order, caller))


async def list_orders(
    first: int | None, after: str | None, *, caller: Caller, dependencies: Dependencies
) -> Page[Order]:
    """A page of the orders of a signed-in purchaser, the latest first; empty without a sign-in.

    Raises:
        InvalidPage: ``first`` or ``after`` is not valid.

    """
    count, before_position = page_size(first), decode_position(after, ORDER_CURSOR_LIST)
    if caller.purchaser_id is None or not caller.is_signed_in:
        return page_of((), count, _order_cursor, has_previous_page=False)
    async with dependencies.database.read() as reading:
        orders = await reading.orders.list_by_purchaser(
            caller.purchaser_id, count + 1, before_position
        )
    return page_of(orders, count, _order_cursor, has_previous_page=before_position is not None)


def _order_cursor(order: Order) -> str:
    return encode_cursor(ORDER_CURSOR_LIST, order.list_position)
