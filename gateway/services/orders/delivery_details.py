"""The personal part of an order, stored sealed: address, e-mail, payment token, tracking page.

So is what the buyer wrote: a note may name people, and goods are marked with names.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.checkout.outcomes import DraftOrder
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order
from gateway.engine.pricing.discount_codes import StoredValuePayment
from gateway.engine.pricing.purchase_details import CONSUMER, Attribute, TaxCustomer
from gateway.engine.pricing.snapshots import ItemSnapshot
from gateway.engine.tax.business_supplies import BusinessStanding
from gateway.services import encryption
from gateway.services.dependencies import Dependencies
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.orders import SealedDelivery


@dataclass(frozen=True, slots=True)
class Delivery:
    """The address and payment of an order; ``method`` is the payment provider's token.

    ``stored`` is what stored value paid. It is personal, because a code can be spent by anybody who
    knows it. ``note``, ``attributes`` and those of lines, by line id, are the buyer's words.
    ``customer`` is as whom the buyer was taxed, with the evidence of their tax id.
    """

    address: PostalAddress = field(repr=False)
    email: str | None = field(repr=False)
    method: str = field(repr=False)
    stored: tuple[StoredValuePayment, ...] = field(default=(), repr=False)
    note: str | None = field(default=None, repr=False)
    attributes: tuple[Attribute, ...] = field(default=(), repr=False)
    line_attributes: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict, repr=False)
    customer: TaxCustomer = CONSUMER

    def mark_items(self, items: Iterable[ItemSnapshot]) -> tuple[ItemSnapshot, ...]:
        """``items`` of the order with the attributes of their lines."""
        return tuple(
            replace(item, attributes=self.line_attributes.get(item.line_id or "", ()))
            for item in items
        )


DELIVERY_ADAPTER = TypeAdapter(Delivery)


def build_delivery(order: Order, draft: DraftOrder) -> Delivery:
    """What of ``draft`` is personal, which has become ``order``."""
    return Delivery(
        draft.address,
        draft.buyer.email,
        draft.method,
        draft.stored,
        draft.note,
        draft.attributes,
        _line_attributes(order.lines, draft),
        draft.customer,
    )


def _line_attributes(
    lines: Sequence[OrderLine], draft: DraftOrder
) -> dict[str, tuple[Attribute, ...]]:
    """The attributes of the lines of ``draft`` by the ids of ``lines``, which they have become."""
    return {
        line.id: draft_line.item.attributes
        for line, draft_line in zip(lines, draft.lines, strict=False)
        if draft_line.item.attributes
    }


def mark_order(order: Order, delivery: Delivery) -> Order:
    """``order`` whose items have the attributes of their lines."""
    figures = replace(order.figures, items=delivery.mark_items(order.figures.items))
    return replace(order, figures=figures)


def add_words(delivery: Delivery, lines: Sequence[OrderLine], draft: DraftOrder) -> Delivery:
    """``delivery`` with the buyer's words of a purchase that joins its order as ``lines``.

    A further note is a further paragraph. Attributes of the order with the same key change.
    """
    notes = [note for note in (delivery.note, draft.note) if note]
    attributes = {attribute.key: attribute for attribute in delivery.attributes}
    attributes |= {attribute.key: attribute for attribute in draft.attributes}
    return replace(
        delivery,
        note="\n\n".join(notes) or None,
        attributes=tuple(attributes.values()),
        line_attributes={**delivery.line_attributes, **_line_attributes(lines, draft)},
    )


async def seal_delivery(
    order: Order, draft: DraftOrder, work: UnitOfWork, dependencies: Dependencies
) -> SealedDelivery:
    """The delivery of ``order``, sealed for its purchaser, or for the order if a guest bought."""
    subject = order.purchaser_id or order.id
    delivery = build_delivery(order, draft)
    return SealedDelivery(
        subject, await _seal_delivery(delivery, subject, order.id, work, dependencies)
    )


async def save_delivery(
    order_id: str, delivery: Delivery, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Replace the delivery of an order that has one."""
    sealed_delivery = await work.orders.find_delivery(order_id)
    if sealed_delivery is None:
        return
    sealed = await _seal_delivery(delivery, sealed_delivery.subject, order_id, work, dependencies)
    await work.orders.save_delivery(order_id, sealed)


async def _seal_delivery(
    delivery: Delivery, subject: str, order_id: str, work: UnitOfWork, dependencies: Dependencies
) -> bytes:
    return await encryption.seal(
        DELIVERY_ADAPTER.dump_json(delivery),
        subject=subject,
        context=_delivery_context(order_id),
        work=work,
        cipher=dependencies.cipher,
    )


async def load_delivery(
    order_id: str, reading: ReadSession, dependencies: Dependencies
) -> Delivery | None:
    """The delivery of an order; None if there is none or the buyer's data was erased."""
    sealed_delivery = await reading.orders.find_delivery(order_id)
    if sealed_delivery is None:
        return None
    plaintext = await encryption.unseal(
        sealed_delivery.sealed,
        subject=sealed_delivery.subject,
        context=_delivery_context(order_id),
        reading=reading,
        cipher=dependencies.cipher,
    )
    return None if plaintext is None else DELIVERY_ADAPTER.validate_json(plaintext)


async def load_deliveries(
    order_ids: Sequence[str], reading: ReadSession, dependencies: Dependencies
) -> dict[str, Delivery]:
    """The deliveries by order id; without those whose buyer's data was erased."""
    sealed_deliveries = await reading.orders.find_deliveries(order_ids)
    subjects = {sealed_delivery.subject for sealed_delivery in sealed_deliveries.values()}
    keys = await reading.data_keys.find_many(sorted(subjects))
    return {
        order_id: DELIVERY_ADAPTER.validate_json(
            dependencies.cipher.unseal(
                sealed_delivery.subject,
                keys[sealed_delivery.subject],
                sealed_delivery.sealed,
                _delivery_context(order_id),
            )
        )
        for order_id, sealed_delivery in sealed_deliveries.items()
        if sealed_delivery.subject in keys
    }


def destination_key(
    address: PostalAddress,
    method: str,
    cipher: Cipher,
    customer: TaxCustomer = CONSUMER,
    standing: BusinessStanding | None = None,
) -> str:
    """What is equal for deliveries to the same address by the same payment method.

    And for buyers who are taxed alike: ``customer`` of that ``standing``. The address counts as it
    was cleaned, without its phone number and regardless of case. All is hashed under the secret
    key: a change of that key only keeps orders from being combined.
    """
    parts = (
        address.name,
        *address.lines,
        address.city or "",
        address.postal_code or "",
        address.region or "",
        address.country,
    )
    words = [[" ".join(part.casefold().split()) for part in parts], method]
    if customer != CONSUMER:
        is_trusted = standing is not None and standing.is_trusted
        words.append([customer.kind, customer.tax_id or "", str(is_trusted)])
    text = json.dumps(words)
    return cipher.blind_indexes("destination of orders", text)[0]


def draft_destination_key(draft: DraftOrder, cipher: Cipher) -> str:
    """The destination key of the order that ``draft`` becomes."""
    standing = None if draft.terms is None else draft.terms.standing
    return destination_key(draft.address, draft.method, cipher, draft.customer, standing)


def _delivery_context(order_id: str) -> str:
    return f"orders.sealed:{order_id}"


async def save_tracking_page(
    order_id: str, page_url: str | None, work: UnitOfWork, dependencies: Dependencies
) -> None:
    """Store the URL of the order's tracking page, sealed; None deletes it."""
    sealed_delivery = await work.orders.find_delivery(order_id)
    if page_url is None or sealed_delivery is None:
        await work.orders.save_tracking(order_id, None)
        return
    sealed_url = await encryption.seal(
        page_url.encode(),
        subject=sealed_delivery.subject,
        context=_tracking_context(order_id),
        work=work,
        cipher=dependencies.cipher,
    )
    await work.orders.save_tracking(order_id, sealed_url)


async def load_tracking_pages(
    order_ids: Sequence[str], reading: ReadSession, dependencies: Dependencies
) -> dict[str, str]:
    """The URLs of tracking pages by order id, for the orders that have one."""
    sealed_pages = await reading.orders.find_tracking(order_ids)
    keys = await reading.data_keys.find_many(
        list({sealed_page.subject for sealed_page in sealed_pages.values()})
    )
    return {
        order_id: dependencies.cipher.unseal(
            sealed_page.subject,
            keys[sealed_page.subject],
            sealed_page.sealed,
            _tracking_context(order_id),
        ).decode()
        for order_id, sealed_page in sealed_pages.items()
        if sealed_page.subject in keys
    }


def _tracking_context(order_id: str) -> str:
    return f"orders.tracking:{order_id}"
