"""The export of orders and gifts: a row a line, with addresses, for staff."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.gifts.gift import Gift
from gateway.engine.money import Money
from gateway.engine.orders.lines import OrderLine
from gateway.engine.orders.order import Order
from gateway.engine.orders.shipments import Shipment
from gateway.engine.pricing.purchase_details import CONSUMER, Attribute, TaxCustomer
from gateway.engine.pricing.snapshots import ItemSnapshot
from gateway.services.dependencies import Dependencies
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.gifts.gift_records import load_from_records
from gateway.services.orders.delivery_details import Delivery, load_deliveries
from gateway.services.ports.database import ReadSession

ORDERS_PER_READ = 200
"""Orders, and gifts, that are read at once: the export holds no more of them in memory."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A line of an order, or a gift.

    ``number`` of a gift is its tracking number, ``email`` that of its giver. ``ship_to`` is None
    where the address is not known (yet), or was erased. ``total`` is of the line, with tax where
    that is known. ``shipment_ids`` are the parcels that it is in, the oldest first. ``attributes``
    are the buyer's words on the line; ``note`` and ``order_attributes`` are those on the order.
    Gifts have none of them. ``customer`` is as whom the buyer was taxed.
    """

    number: str
    placed_at: datetime
    status: str
    email: str | None = field(repr=False)
    ship_to: PostalAddress | None = field(repr=False)
    sku: str
    title: str
    quantity: int
    unit_price: Money | None
    total: Money | None
    currency: str
    shipment_ids: tuple[str, ...]
    is_gift: bool
    attributes: tuple[Attribute, ...] = field(default=(), repr=False)
    note: str | None = field(default=None, repr=False)
    order_attributes: tuple[Attribute, ...] = field(default=(), repr=False)
    customer: TaxCustomer = CONSUMER


async def export_orders(
    since: datetime | None, dependencies: Dependencies, gift_dependencies: GiftDependencies
) -> AsyncIterator[tuple[ExportRow, ...]]:
    """The rows of all orders placed at ``since`` or later, then those of gifts, the latest first.

    They come in portions, a page of orders or gifts each; None: all there are.
    """
    before_position: int | None = None
    while True:
        async with dependencies.database.read() as reading:
            orders = await reading.order_search.list_orders(None, before_position, ORDERS_PER_READ)
            orders_since = [order for order in orders if since is None or order.placed_at >= since]
            rows = await _order_rows(orders_since, reading, dependencies)
        yield rows
        if len(orders_since) < ORDERS_PER_READ:
            break
        before_position = orders[-1].list_position
    before: tuple[datetime, str] | None = None
    while True:
        async with dependencies.database.read() as reading:
            records = await reading.gifts.list_all(None, before, ORDERS_PER_READ)
            gifts = [
                versioned_gift.gift
                for versioned_gift in await load_from_records(
                    records, reading=reading, cipher=dependencies.cipher
                )
                if since is None or versioned_gift.gift.created_at >= since
            ]
            rows = await _gift_rows(gifts, reading, gift_dependencies)
        yield rows
        if len(gifts) < ORDERS_PER_READ:
            return
        before = (records[-1].created_at, records[-1].id)


# -- orders


async def _order_rows(
    orders: Sequence[Order], reading: ReadSession, dependencies: Dependencies
) -> tuple[ExportRow, ...]:
    if not orders:
        return ()
    order_ids = [order.id for order in orders]
    deliveries = await load_deliveries(order_ids, reading, dependencies)
    shipment_ids = _shipments_by_line(await reading.shipments.list_for_orders(order_ids))
    skus = await _find_skus((line.variant_id for order in orders for line in order.lines), reading)
    return tuple(
        _order_row(order, line, item, deliveries.get(order.id), skus, shipment_ids)
        for order in orders
        for line, item in zip(order.lines, order.figures.items, strict=False)
    )


def _shipments_by_line(shipments: Iterable[Shipment]) -> dict[str, tuple[str, ...]]:
    """The ids of the shipments that an order's line is in, by line id."""
    shipment_ids: dict[str, tuple[str, ...]] = {}
    for shipment in shipments:
        for line in shipment.lines:
            if line.line_id is not None:
                earlier_ids = shipment_ids.get(line.line_id, ())
                shipment_ids[line.line_id] = (*earlier_ids, shipment.id)
    return shipment_ids


async def _find_skus(variant_ids: Iterable[str], reading: ReadSession) -> dict[str, str]:
    """The SKUs of variants that are still there, by id."""
    ids = list(dict.fromkeys(variant_ids))
    variants = await reading.catalogue.load_variants(ids) if ids else {}
    return {variant_id: variant.sku for variant_id, variant in variants.items()}


def _order_row(
    order: Order,
    line: OrderLine,
    item: ItemSnapshot,
    delivery: Delivery | None,
    skus: Mapping[str, str],
    shipment_ids: Mapping[str, tuple[str, ...]],
) -> ExportRow:
    return ExportRow(
        number=order.number,
        placed_at=order.placed_at,
        status=order.status.value,
        email=None if delivery is None else delivery.email,
        ship_to=None if delivery is None else delivery.address,
        sku=skus.get(line.variant_id, ""),
        title=item.name,
        quantity=line.quantity,
        unit_price=item.unit_price,
        total=item.total.net if item.total.gross is None else item.total.gross,
        currency=order.currency.code,
        shipment_ids=shipment_ids.get(line.id, ()),
        is_gift=False,
        attributes=() if delivery is None else delivery.line_attributes.get(line.id, ()),
        note=None if delivery is None else delivery.note,
        order_attributes=() if delivery is None else delivery.attributes,
        customer=CONSUMER if delivery is None else delivery.customer,
    )


# -- gifts


async def _gift_rows(
    gifts: Sequence[Gift], reading: ReadSession, dependencies: GiftDependencies
) -> tuple[ExportRow, ...]:
    skus = await _find_skus((gift.item.variant_id for gift in gifts), reading)
    emails: dict[str, str | None] = {}
    rows = []
    for gift in gifts:
        if gift.giver_id not in emails:
            giver = await dependencies.givers.find_giver(gift.giver_id, reading)
            emails[gift.giver_id] = None if giver is None else giver.email
        parcels = await reading.shipments.find_by_gift(gift.id)
        rows.append(_gift_row(gift, emails[gift.giver_id], skus, parcels))
    return tuple(rows)


def _gift_row(
    gift: Gift, email: str | None, skus: Mapping[str, str], parcels: Iterable[Shipment]
) -> ExportRow:
    return ExportRow(
        number=gift.tracking_number,
        placed_at=gift.created_at,
        status=gift.status.value,
        email=email,
        ship_to=gift.address,
        sku=skus.get(gift.item.variant_id, ""),
        title=gift.item.title,
        quantity=gift.item.quantity,
        unit_price=None,
        total=gift.charges.final,
        currency=gift.charges.high.currency.code,
        shipment_ids=tuple(parcel.id for parcel in parcels),
        is_gift=True,
    )
