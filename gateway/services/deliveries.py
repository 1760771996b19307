"""What of an order is personal: where it goes, whom to tell, what it is paid with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from gateway.engine.buying import Draft
from gateway.engine.codes import Draw
from gateway.engine.orders import Order
from gateway.engine.places import PostalAddress
from gateway.services import vault
from gateway.services.parts import Parts
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.orders import Private


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where an order goes; ``method`` is the payment provider's token.

    ``stored`` is what codes of stored value paid: whoever knows such a code can spend it.
    """

    address: PostalAddress = field(repr=False)
    email: str | None = field(repr=False)
    method: str = field(repr=False)
    stored: tuple[Draw, ...] = field(default=(), repr=False)


DELIVERIES = TypeAdapter(Delivery)


async def sealed(order: Order, draft: Draft, work: Work, parts: Parts) -> Private:
    """The delivery of ``order``, sealed under the purchaser's key, or a guest's for this order."""
    subject = order.purchaser_id or order.id
    delivery = Delivery(draft.address, draft.buyer.email, draft.method, draft.stored)
    plain = DELIVERIES.dump_json(delivery)
    cipher = parts.cipher
    place = _place(order.id)
    return Private(
        subject, await vault.seal(plain, subject=subject, place=place, work=work, cipher=cipher)
    )


async def delivery_of(order_id: str, reading: Reading, parts: Parts) -> Delivery | None:
    """The delivery of an order; None where there is none, or its person was forgotten."""
    private = await reading.orders.private(order_id)
    if private is None:
        return None
    plain = await vault.unseal(
        private.sealed,
        subject=private.subject,
        place=_place(order_id),
        reading=reading,
        cipher=parts.cipher,
    )
    return None if plain is None else DELIVERIES.validate_json(plain)


def _place(order_id: str) -> str:
    return f"orders.sealed:{order_id}"


async def track(order_id: str, page: str | None, work: Work, parts: Parts) -> None:
    """Keep the address of the page that follows the order's parcel, sealed; None: forget it."""
    private = await work.orders.private(order_id)
    if page is None or private is None:
        await work.orders.track(order_id, None)
        return
    sealed = await vault.seal(
        page.encode(),
        subject=private.subject,
        place=_tracking_place(order_id),
        work=work,
        cipher=parts.cipher,
    )
    await work.orders.track(order_id, sealed)


async def tracking_pages(ids: Sequence[str], reading: Reading, parts: Parts) -> dict[str, str]:
    """The addresses of the pages that follow the parcels of those orders that have one."""
    tracked = await reading.orders.tracked(ids)
    keys = await reading.data_keys.among(list({each.subject for each in tracked.values()}))
    return {
        id: parts.cipher.unseal(
            each.subject, keys[each.subject], each.sealed, _tracking_place(id)
        ).decode()
        for id, each in tracked.items()
        if each.subject in keys
    }


def _tracking_place(order_id: str) -> str:
    return f"orders.tracking:{order_id}"
