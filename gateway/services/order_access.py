"""Who may see which orders: what is not one's own is not there."""

from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.engine.assurance import Assurance
from gateway.engine.orders import Order
from gateway.engine.records import placeless
from gateway.services import drafts
from gateway.services.identity.callers import Caller
from gateway.services.pages import Page, WrongPage, cursor, place, size
from gateway.services.pages import page as page_of
from gateway.services.parts import Parts
from gateway.services.ports.database import Reading
from gateway.services.ports.keys import Role

ORDERS = "orders"
# A place is a number of 64 bits.
LARGEST_PLACE = 2**63 - 1


def _signed_in(caller: Caller, parts: Parts) -> bool:
    return caller.assurance(parts.clock.now(), timedelta()) >= Assurance.AUTHENTICATED


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an order is: its purchaser, and the client it was placed from. Neither changes."""

    purchaser_id: str | None
    client_id: str | None

    def is_(self, caller: Caller, parts: Parts) -> bool:
        """Whether the caller is the purchaser, or staff, or on the client as its recognised one."""
        if caller.key is not None and caller.key.role is Role.STAFF:
            return True
        if self.purchaser_id is None or self.purchaser_id != caller.purchaser_id:
            return False
        return _signed_in(caller, parts) or self.client_id == caller.client.id


def holder(order: Order) -> Holder:
    """Whose ``order`` is."""
    return Holder(order.purchaser_id, order.client_id)


def may_see(order: Order, caller: Caller, parts: Parts) -> bool:
    """Whether ``order`` is the caller's: their own, or a recognised client's placed from it."""
    return holder(order).is_(caller, parts)


def may_cancel(order: Order, caller: Caller, parts: Parts) -> bool:
    """Whether the caller can still cancel ``order``; a guest, whom nothing identifies, cannot."""
    return order.modifiable(parts.clock.now()) and may_see(order, caller, parts)


def may_follow(order: Order, caller: Caller, parts: Parts) -> bool:
    """Whether the caller may learn where ``order`` goes: its purchaser, who has signed in."""
    own = order.purchaser_id is not None and order.purchaser_id == caller.purchaser_id
    return own and _signed_in(caller, parts)


def shown(order: Order, caller: Caller, parts: Parts) -> Order:
    """``order`` as the caller may see it: where it goes only where somebody has signed in.

    A device proves no person: whoever holds it sees what was bought and what it cost. A guest's
    order is shown to nobody but the guest who has just said where it goes, and to staff.
    """
    staff = caller.key is not None and caller.key.role is Role.STAFF
    if staff or order.purchaser_id is None or may_follow(order, caller, parts):
        return order
    return replace(order, figures=placeless(order.figures))


async def clicked(caller: Caller, reading: Reading, parts: Parts) -> frozenset[str]:
    """The variants the caller bought by one click and can undo; of a client, those from it."""
    if caller.purchaser_id is None:
        return frozenset()
    client_id = None if _signed_in(caller, parts) else caller.client.id
    return await reading.orders.clicked(caller.purchaser_id, client_id, parts.clock.now())


async def visible(id: str, *, caller: Caller, parts: Parts) -> Order | None:
    """The order of that id, if the caller may see it."""
    async with parts.database.read() as reading:
        order = await reading.orders.find(id)
    return order if order is not None and may_see(order, caller, parts) else None


async def by_key(key: str, *, caller: Caller, parts: Parts) -> Order | None:
    """The order that the caller's purchase under that idempotency key became."""
    if caller.purchaser_id is None:
        return None
    async with parts.database.read() as reading:
        attempt = await reading.attempts.by_key(caller.purchaser_id, key)
    if attempt is None or attempt.result is None:
        return None
    placed = drafts.kept_order(attempt.result)
    return None if placed is None else await visible(placed[0], caller=caller, parts=parts)


async def open_orders(*, caller: Caller, parts: Parts) -> tuple[Order, ...]:
    """The caller's open orders, short-term ones first; of a client, those placed from it."""
    if caller.purchaser_id is None:
        return ()
    async with parts.database.read() as reading:
        found = await reading.orders.open_of(caller.purchaser_id)
    return tuple(order for order in found if may_see(order, caller, parts))


async def page(
    first: int | None, after: str | None, *, caller: Caller, parts: Parts
) -> Page[Order]:
    """A page of the orders of a purchaser who has signed in, the latest first.

    Raises:
        WrongPage: the page cannot be.

    """
    count, before = size(first), _start(after)
    if caller.purchaser_id is None or not _signed_in(caller, parts):
        return page_of((), count, _cursor, later=False)
    async with parts.database.read() as reading:
        found = await reading.orders.of_purchaser(caller.purchaser_id, count + 1, before)
    return page_of(found, count, _cursor, later=before is not None)


def _cursor(order: Order) -> str:
    return cursor(ORDERS, order.place)


def _start(after: str | None) -> int | None:
    found = place(after, 2)
    if found is None:
        return None
    name, digits = found
    plain = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(LARGEST_PLACE))
    if name != ORDERS or not plain or int(digits) > LARGEST_PLACE:
        raise WrongPage("`after` is not a cursor of this list.")
    return int(digits)
