"""Shipments in tables."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, delete, null, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.shipments import ShipmentLineRow, ShipmentRow
from gateway.engine.orders.shipments import ReturnedParcel, Shipment, ShipmentLine, ShipmentState
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.shipments import SealedAddress

SHIPMENTS = table(ShipmentRow)
LINES = table(ShipmentLineRow)
MAX_SHIPMENT_PLACE = 2**63 - 1


def _decode_on_return(text: str | None) -> ReturnedParcel | None:
    return None if text is None else ReturnedParcel(text)


WITHOUT_LINES = RowMapper(
    Shipment,
    id=SHIPMENTS.c.id,
    state=From(ShipmentState, SHIPMENTS.c.state),
    created_at=From(from_microseconds, SHIPMENTS.c.created_at),
    due_at=From(from_microseconds, SHIPMENTS.c.due_at),
    purchaser_id=SHIPMENTS.c.purchaser_id,
    gift_id=SHIPMENTS.c.gift_id,
    shipping_method=SHIPMENTS.c.shipping_method,
    carrier=SHIPMENTS.c.carrier,
    tracking_number=SHIPMENTS.c.tracking_number,
    dispatched_at=From(from_microseconds_or_none, SHIPMENTS.c.dispatched_at),
    delivered_at=From(from_microseconds_or_none, SHIPMENTS.c.delivered_at),
    on_return=From(_decode_on_return, SHIPMENTS.c.on_return),
    resent_id=SHIPMENTS.c.resent_id,
    version=SHIPMENTS.c.version,
    lines=From(lambda _: (), SHIPMENTS.c.id),
)
LINE = RowMapper(
    ShipmentLine,
    variant_id=LINES.c.variant_id,
    sku=LINES.c.sku,
    title=LINES.c.title,
    quantity=LINES.c.quantity,
    order_id=LINES.c.order_id,
    line_id=LINES.c.line_id,
)

ADD = Statement(insert(SHIPMENTS))
ADD_LINE = Statement(insert(LINES))
DELETE_LINES = Statement(delete(LINES).where(LINES.c.shipment_id == bindparam("of")))
LIST_LINES: Statement[Any] = Statement(
    select(LINES.c.shipment_id, *LINE.columns)
    .where(in_list(LINES.c.shipment_id, "ids"))
    .order_by(LINES.c.shipment_id, LINES.c.position)
)
FIND = Statement(select(*WITHOUT_LINES.columns).where(SHIPMENTS.c.id == bindparam("id")))
FIND_SHIP_TO = Statement(
    select(SHIPMENTS.c.id, SHIPMENTS.c.subject, SHIPMENTS.c.sealed).where(
        in_list(SHIPMENTS.c.id, "ids")
    )
)
LIST_FOR_ORDERS: Statement[Any] = Statement(
    select(*WITHOUT_LINES.columns)
    .where(SHIPMENTS.c.id.in_(select(LINES.c.shipment_id).where(in_list(LINES.c.order_id, "ids"))))
    .order_by(SHIPMENTS.c.place)
)
LIST_BY_GIFT: Statement[Any] = Statement(
    select(*WITHOUT_LINES.columns)
    .where(SHIPMENTS.c.gift_id == bindparam("gift_id"))
    .order_by(SHIPMENTS.c.place)
)
IS_BEFORE = SHIPMENTS.c.place < bindparam("before")
LIST_PAGE: Statement[Any] = Statement(
    select(*WITHOUT_LINES.columns)
    .where(IS_BEFORE)
    .order_by(SHIPMENTS.c.place.desc())
    .limit(bindparam("most"))
)
LIST_PAGE_BY_STATE: Statement[Any] = Statement(
    select(*WITHOUT_LINES.columns)
    .where(SHIPMENTS.c.state == bindparam("state"), IS_BEFORE)
    .order_by(SHIPMENTS.c.place.desc())
    .limit(bindparam("most"))
)
CHANGING_COLUMNS = (
    SHIPMENTS.c.state,
    SHIPMENTS.c.carrier,
    SHIPMENTS.c.tracking_number,
    SHIPMENTS.c.due_at,
    SHIPMENTS.c.dispatched_at,
    SHIPMENTS.c.delivered_at,
    SHIPMENTS.c.on_return,
    SHIPMENTS.c.version,
)
IS_ONE_VERSION_BELOW = (
    SHIPMENTS.c.id == bindparam("of"),
    SHIPMENTS.c.version == bindparam("earlier"),
)
SAVE = Statement(
    update(SHIPMENTS)
    .values({column: bindparam(column.name) for column in CHANGING_COLUMNS})
    .where(*IS_ONE_VERSION_BELOW)
)
SAVE_SHIP_TO = Statement(
    update(SHIPMENTS)
    .values(subject=bindparam("key_subject"), sealed=bindparam("sealed_text"))
    .where(SHIPMENTS.c.id == bindparam("of"))
)

ERASE_GIFT = Statement(
    update(SHIPMENTS)
    .values(sealed=b"", carrier=null(), tracking_number=null())
    .where(SHIPMENTS.c.gift_id == bindparam("of"))
)


class ShipmentsRepository:
    """The parcels, each a row with rows for its lines."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, shipment: Shipment, ship_to: SealedAddress) -> None:
        """Keep a new shipment."""
        await self._session.execute(
            ADD,
            **_changing_values(shipment),
            id=shipment.id,
            place=shipment.list_position,
            purchaser_id=shipment.purchaser_id,
            gift_id=shipment.gift_id,
            resent_id=shipment.resent_id,
            shipping_method=shipment.shipping_method,
            subject=ship_to.subject,
            sealed=ship_to.sealed,
            created_at=to_microseconds(shipment.created_at),
        )
        await self._add_lines(shipment)

    async def find(self, id: str) -> Shipment | None:
        """The shipment of that id."""
        row = await self._session.fetch_one(FIND, id=id)
        if row is None:
            return None
        return (await self._with_lines([row]))[0]

    async def find_ship_to(self, ids: Sequence[str]) -> dict[str, SealedAddress]:
        """The sealed addresses of these shipments, by their ids."""
        rows = await self._session.fetch_all(FIND_SHIP_TO, ids=list(ids))
        return {id: SealedAddress(subject, sealed) for id, subject, sealed in rows}

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[Shipment, ...]:
        """The shipments that have something of these orders, the oldest first."""
        rows = await self._session.fetch_all(LIST_FOR_ORDERS, ids=list(order_ids))
        return await self._with_lines(rows)

    async def find_by_gift(self, gift_id: str) -> tuple[Shipment, ...]:
        """The shipments of a gift, the oldest first."""
        return await self._with_lines(await self._session.fetch_all(LIST_BY_GIFT, gift_id=gift_id))

    async def erase_gift(self, gift_id: str) -> None:
        """Delete where a gift's shipments go, and what follows them."""
        await self._session.execute(ERASE_GIFT, of=gift_id)

    async def list_page(
        self, state: ShipmentState | None, limit: int, before_position: int | None
    ) -> tuple[Shipment, ...]:
        """Up to ``limit`` shipments before a place, the latest first; None: of any state."""
        before = MAX_SHIPMENT_PLACE if before_position is None else before_position
        if state is None:
            rows = await self._session.fetch_all(LIST_PAGE, before=before, most=limit)
        else:
            rows = await self._session.fetch_all(
                LIST_PAGE_BY_STATE, state=state, before=before, most=limit
            )
        return await self._with_lines(rows)

    async def save(self, shipment: Shipment, ship_to: SealedAddress | None = None) -> None:
        """Keep a change, its lines included; None leaves the address as it is."""
        row_count = await self._session.execute(
            SAVE, **_changing_values(shipment), of=shipment.id, earlier=shipment.version - 1
        )
        if not row_count:
            raise VersionConflict(shipment.id)
        if ship_to is not None:
            await self._session.execute(
                SAVE_SHIP_TO,
                of=shipment.id,
                key_subject=ship_to.subject,
                sealed_text=ship_to.sealed,
            )
        await self._session.execute(DELETE_LINES, of=shipment.id)
        await self._add_lines(shipment)

    async def _add_lines(self, shipment: Shipment) -> None:
        await self._session.execute_many(
            ADD_LINE,
            [
                {
                    "shipment_id": shipment.id,
                    "position": position,
                    "order_id": line.order_id,
                    "line_id": line.line_id,
                    "variant_id": line.variant_id,
                    "sku": line.sku,
                    "title": line.title,
                    "quantity": line.quantity,
                }
                for position, line in enumerate(shipment.lines)
            ],
        )

    async def _with_lines(self, rows: Iterable[tuple[Any, ...]]) -> tuple[Shipment, ...]:
        shipments = [WITHOUT_LINES.value(row) for row in rows]
        if not shipments:
            return ()
        lines: dict[str, list[ShipmentLine]] = {shipment.id: [] for shipment in shipments}
        for shipment_id, *line in await self._session.fetch_all(LIST_LINES, ids=list(lines)):
            lines[shipment_id].append(LINE.value(tuple(line)))
        return tuple(replace(each, lines=tuple(lines[each.id])) for each in shipments)


def _changing_values(shipment: Shipment) -> dict[str, SqlValue]:
    """The values of ``CHANGING_COLUMNS``."""
    return {
        "state": shipment.state,
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "due_at": to_microseconds(shipment.due_at),
        "dispatched_at": to_microseconds_or_none(shipment.dispatched_at),
        "delivered_at": to_microseconds_or_none(shipment.delivered_at),
        "on_return": shipment.on_return,
        "version": shipment.version,
    }
