"""Shipments as staff and purchasers read them."""

from gateway.engine.orders.shipments import Shipment, ShipmentState
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.pagination import Page, decode_position, encode_cursor, page_size
from gateway.services.pagination import build_page as page_of
from gateway.services.staff_actions import staff_member

SHIPMENT_CURSOR_LIST = "shipments"


def can_see_ship_to(shipment: Shipment, caller: Caller) -> bool:
    """Whether the caller may see where ``shipment`` goes.

    Staff may, and the signed-in purchaser of its orders; of a gift's parcel only staff.
    """
    if staff_member(caller) is not None:
        return True
    is_own = shipment.purchaser_id is not None and shipment.purchaser_id == caller.purchaser_id
    return is_own and shipment.gift_id is None and caller.is_signed_in


async def find_visible_shipment(
    shipment_id: str, *, caller: Caller, dependencies: Dependencies
) -> Shipment | None:
    """The shipment of that id, for staff and for the signed-in purchaser of its orders."""
    async with dependencies.database.read() as reading:
        shipment = await reading.shipments.find(shipment_id)
    if shipment is None or not can_see_ship_to(shipment, caller):
        return None
    return shipment


async def list_shipments(
    first: int | None, after: str | None, state: ShipmentState | None, dependencies: Dependencies
) -> Page[Shipment]:
    """A page of all shipments in ``state``, the latest first; None: in any state.

    Raises:
        InvalidPage: ``first`` or ``after`` is not valid.

    """
    count, before_position = page_size(first), decode_position(after, SHIPMENT_CURSOR_LIST)
    async with dependencies.database.read() as reading:
        shipments = await reading.shipments.list_page(state, count + 1, before_position)
    return page_of(shipments, count, _cursor, has_previous_page=before_position is not None)


def _cursor(shipment: Shipment) -> str:
    return encode_cursor(SHIPMENT_CURSOR_LIST, shipment.list_position)
