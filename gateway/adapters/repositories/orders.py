"""Orders and what happened to them, in tables."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import LargeBinary, bindparam, case, func, select, update

from gateway.adapters.repositories.order_rows import (
    DELIVERY,
    EVENT_COLUMNS,
    EVENTS,
    LEASED_ORDER,
    LINES_ADAPTER,
    ORDER,
    ORDERS,
    SNAPSHOT_ADAPTER,
    TERMS_ADAPTER,
    clicked_variants,
    event_from_row,
)
from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import SqlValue, Statement, in_list, insert
from gateway.adapters.sql.timestamps import (
    MICROSECOND,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.orders import ORDER_IS_OPEN, ORDER_IS_WAITING
from gateway.engine.orders.order import Order, OrderEvent, OrderStatus, first_list_position
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.orders import LeasedOrder, SealedDelivery

ADD = Statement(insert(ORDERS).values({column.name: bindparam(column.name) for column in ORDERS.c}))
FIND = Statement(select(*ORDER.columns).where(ORDERS.c.id == bindparam("id")))
SAVE_DELIVERY = Statement(
    update(ORDERS)
    .values(sealed=bindparam("delivery", type_=LargeBinary))
    .where(ORDERS.c.id == bindparam("order_id"))
)
FIND_MANY = Statement(select(*ORDER.columns).where(in_list(ORDERS.c.id, "ids")))
FIND_DELIVERY = Statement(select(*DELIVERY.columns).where(ORDERS.c.id == bindparam("id")))
FIND_DELIVERIES = Statement(
    select(ORDERS.c.id, *DELIVERY.columns).where(in_list(ORDERS.c.id, "ids"))
)
SAVE_TRACKING = Statement(
    update(ORDERS)
    .values(tracking=bindparam("page", type_=LargeBinary))
    .where(ORDERS.c.id == bindparam("order_id"))
)
FIND_TRACKING = Statement(
    select(ORDERS.c.id, ORDERS.c.subject, ORDERS.c.tracking).where(
        in_list(ORDERS.c.id, "ids"), ORDERS.c.tracking.is_not(None)
    )
)
CHANGING_COLUMNS = (
    ORDERS.c.status,
    ORDERS.c.clicked,
    ORDERS.c.total,
    ORDERS.c.unsigned_total,
    ORDERS.c.figures,
    ORDERS.c.lines,
    ORDERS.c.terms,
    ORDERS.c.destination_key,
    ORDERS.c.demand,
    ORDERS.c.due_at,
    ORDERS.c.version,
)
SAVE = Statement(
    update(ORDERS)
    .values({column: bindparam(column.name) for column in CHANGING_COLUMNS})
    .values(leased_until_at=None, attempts=0)
    .where(ORDERS.c.id == bindparam("order_id"), ORDERS.c.version == bindparam("earlier"))
)
LIST_BY_PURCHASER = Statement(
    select(*ORDER.columns)
    .where(ORDERS.c.purchaser_id == bindparam("purchaser_id"), ORDERS.c.place < bindparam("before"))
    .order_by(ORDERS.c.place.desc())
    .limit(bindparam("most"))
)
LIST_OPEN = Statement(
    select(*ORDER.columns)
    .where(ORDERS.c.purchaser_id == bindparam("purchaser_id"), ORDER_IS_OPEN)
    .order_by(ORDERS.c.bucket.desc(), ORDERS.c.place.desc())
)
LIST_ALL_OPEN = Statement(
    select(*ORDER.columns)
    .where(ORDERS.c.place > bindparam("after"), ORDER_IS_OPEN)
    .order_by(ORDERS.c.place)
    .limit(bindparam("most"))
)
LIST_ONE_CLICK_LINES: Statement[tuple[str | None, str | None, str | None]] = Statement(
    select(ORDERS.c.lines, ORDERS.c.clicked, ORDERS.c.client_id).where(
        ORDERS.c.purchaser_id == bindparam("purchaser_id"),
        ORDERS.c.closes_at > bindparam("now"),
        ORDER_IS_OPEN,
    )
)
UNSIGNED_TOTAL = func.coalesce(
    ORDERS.c.unsigned_total, case((ORDERS.c.signed_in.is_(True), 0), else_=ORDERS.c.total)
)
# By place, which is by time: no index of its own is kept for it.
SUM_SPENT = Statement(
    select(func.coalesce(func.sum(UNSIGNED_TOTAL), 0)).where(
        ORDERS.c.purchaser_id == bindparam("purchaser_id"),
        ORDERS.c.place >= bindparam("first_place"),
        ORDERS.c.currency == bindparam("currency"),
        ORDERS.c.status != OrderStatus.CANCELLED.value,
    )
)
CLAIM = lease_statement(ORDERS, ORDER_IS_WAITING, *LEASED_ORDER.columns)
POSTPONE = Statement(
    update(ORDERS)
    .values(due_at=bindparam("due"), leased_until_at=None)
    .where(ORDERS.c.id == bindparam("order_id"), ORDERS.c.version == bindparam("version"))
)
NEXT_DUE = next_due_statement(ORDERS, ORDER_IS_WAITING)
FIND_LAST_SEQUENCE = Statement(
    select(func.coalesce(func.max(EVENTS.c.sequence), 0)).where(
        EVENTS.c.order_id == bindparam("order_id")
    )
)
ADD_EVENT = Statement(
    insert(EVENTS).values({column.name: bindparam(column.name) for column in EVENTS.c})
)
LIST_EVENTS_AFTER = Statement(
    select(*EVENT_COLUMNS)
    .where(EVENTS.c.order_id == bindparam("order_id"), EVENTS.c.sequence > bindparam("after"))
    .order_by(EVENTS.c.sequence)
    .limit(bindparam("most"))
)
# Sequences have no gaps: between two of them are as many events as their difference.
LIST_EVENTS_OF = Statement(
    select(EVENTS.c.order_id, *EVENT_COLUMNS).where(
        in_list(EVENTS.c.order_id, "order_ids"),
        EVENTS.c.sequence > bindparam("after"),
        EVENTS.c.sequence <= bindparam("last"),
    )
)
FIND_LAST_EVENT = Statement(
    select(*EVENT_COLUMNS)
    .where(EVENTS.c.order_id == bindparam("order_id"))
    .order_by(EVENTS.c.sequence.desc())
    .limit(1)
)
MAX_ORDER_PLACE = 2**63 - 1


def _changing_values(order: Order, due: datetime | None) -> dict[str, SqlValue]:
    """The values of ``CHANGING_COLUMNS``."""
    gross_total = order.total.gross
    clicked_line = next((line for line in order.lines if line.clicked), None)
    return {
        "status": order.status,
        "clicked": None if clicked_line is None else clicked_line.variant_id,
        "total": 0 if gross_total is None else gross_total.minor,
        "unsigned_total": order.unsigned_minor,
        "figures": SNAPSHOT_ADAPTER.dump_json(order.figures).decode(),
        "lines": LINES_ADAPTER.dump_json(order.lines).decode(),
        "terms": None if order.terms is None else TERMS_ADAPTER.dump_json(order.terms).decode(),
        "destination_key": order.destination_key,
        "demand": orjson.dumps(order.demand).decode(),
        "due_at": to_microseconds_or_none(due),
        "version": order.version,
    }


def _unless_erased(delivery: SealedDelivery) -> SealedDelivery | None:
    """``delivery``; None if it was erased with its purchaser's account."""
    return delivery if delivery.sealed else None


class OrdersRepository:
    """The orders, each a row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, order: Order, delivery: SealedDelivery) -> None:
        """Keep a new order; it falls due when it closes."""
        await self._session.execute(
            ADD,
            **_changing_values(order, order.closes_at),
            id=order.id,
            place=order.list_position,
            number=order.number,
            bucket=order.bucket,
            channel=order.channel,
            placed_at=to_microseconds(order.placed_at),
            closes_at=to_microseconds(order.closes_at),
            purchaser_id=order.purchaser_id,
            client_id=order.client_id,
            signed_in=order.signed_in,
            currency=order.currency.code,
            subject=delivery.subject,
            sealed=delivery.sealed,
            tracking=None,
            searchable=True,
            leased_until_at=None,
            attempts=0,
        )

    async def find(self, id: str) -> Order | None:
        """The order of that id."""
        row = await self._session.fetch_one(FIND, id=id)
        return None if row is None else ORDER.value(row)

    async def find_many(self, ids: Sequence[str]) -> tuple[Order, ...]:
        """Those of these orders that there are, in no order."""
        rows = await self._session.fetch_all(FIND_MANY, ids=list(ids))
        return tuple(map(ORDER.value, rows))

    async def find_delivery(self, id: str) -> SealedDelivery | None:
        """What of the order of that id is personal."""
        row = await self._session.fetch_one(FIND_DELIVERY, id=id)
        return None if row is None else _unless_erased(DELIVERY.value(row))

    async def find_deliveries(self, ids: Sequence[str]) -> dict[str, SealedDelivery]:
        """What of these orders is personal, by order id."""
        rows = await self._session.fetch_all(FIND_DELIVERIES, ids=list(ids))
        deliveries = ((id, _unless_erased(DELIVERY.value(row))) for id, *row in rows)
        return {id: delivery for id, delivery in deliveries if delivery is not None}

    async def save_delivery(self, id: str, sealed: bytes) -> None:
        """Keep what of an order is personal, under the key that it was sealed with before."""
        await self._session.execute(SAVE_DELIVERY, order_id=id, delivery=sealed)

    async def save_tracking(self, id: str, sealed: bytes | None) -> None:
        """Keep the sealed address of the page that follows an order's parcel, or none."""
        await self._session.execute(SAVE_TRACKING, order_id=id, page=sealed)

    async def find_tracking(self, ids: Sequence[str]) -> dict[str, SealedDelivery]:
        """The sealed addresses of the pages of those of these orders that have one."""
        rows = await self._session.fetch_all(FIND_TRACKING, ids=list(ids))
        return {id: SealedDelivery(subject, sealed) for id, subject, sealed in rows}

    async def save(self, order: Order, due: datetime | None) -> None:
        """Keep a change."""
        row_count = await self._session.execute(
            SAVE,
            **_changing_values(order, due),
            order_id=order.id,
            earlier=order.version - 1,
        )
        if not row_count:
            raise VersionConflict(order.id)

    async def list_by_purchaser(
        self, purchaser_id: str, limit: int, before_position: int | None
    ) -> tuple[Order, ...]:
        """Up to ``limit`` of a purchaser's orders before a place, the latest first."""
        rows = await self._session.fetch_all(
            LIST_BY_PURCHASER,
            purchaser_id=purchaser_id,
            before=MAX_ORDER_PLACE if before_position is None else before_position,
            most=limit,
        )
        return tuple(map(ORDER.value, rows))

    async def list_open_for(self, purchaser_id: str) -> tuple[Order, ...]:
        """The open orders of a purchaser, short-term first, the latest first."""
        rows = await self._session.fetch_all(LIST_OPEN, purchaser_id=purchaser_id)
        return tuple(map(ORDER.value, rows))

    async def list_all_open(self, after_position: int, limit: int) -> tuple[Order, ...]:
        """Up to ``limit`` open orders of everybody after a place, the earliest first."""
        rows = await self._session.fetch_all(LIST_ALL_OPEN, after=after_position, most=limit)
        return tuple(map(ORDER.value, rows))

    async def list_undoable_variants(
        self, purchaser_id: str, client_id: str | None, now: datetime
    ) -> frozenset[str]:
        """What the purchaser bought by one click (there, or anywhere) and can still undo."""
        rows = await self._session.fetch_all(
            LIST_ONE_CLICK_LINES, purchaser_id=purchaser_id, now=to_microseconds(now)
        )
        return frozenset(
            variant_id
            for row in rows
            for variant_id, line_client_id in clicked_variants(*row)
            if client_id is None or line_client_id == client_id
        )

    async def sum_spent(self, purchaser_id: str, since: datetime, currency: str) -> int:
        """What a purchaser ordered without a sign-in since then, minor units."""
        row = await self._session.fetch_one(
            SUM_SPENT,
            purchaser_id=purchaser_id,
            first_place=first_list_position(since + MICROSECOND),
            currency=currency,
        )
        return int(row[0]) if row else 0

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[LeasedOrder, ...]:
        """Up to ``limit`` orders that are due and nobody's, leased."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(LEASED_ORDER.value, rows))

    async def postpone(self, leased_order: LeasedOrder, due: datetime) -> None:
        """Try again at ``due``."""
        row_count = await self._session.execute(
            POSTPONE,
            order_id=leased_order.id,
            version=leased_order.version,
            due=to_microseconds(due),
        )
        if not row_count:
            raise VersionConflict(leased_order.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order that nobody has leased falls due."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None

    async def last_sequence(self, order_id: str) -> int:
        """The sequence of the order's last event; 0 where there is none yet."""
        row = await self._session.fetch_one(FIND_LAST_SEQUENCE, order_id=order_id)
        return int(row[0]) if row else 0

    async def add_event(self, event: OrderEvent) -> None:
        """Keep an event."""
        await self._session.execute(
            ADD_EVENT,
            order_id=event.order_id,
            sequence=event.sequence,
            id=event.id,
            type=event.type,
            status=event.status,
            occurred_at=to_microseconds(event.occurred_at),
            actor=event.actor,
            detail=event.detail,
        )

    async def list_events(self, order_id: str, after: int, limit: int) -> tuple[OrderEvent, ...]:
        """Up to ``limit`` events of an order that come after the ``after``-th, in order."""
        rows = await self._session.fetch_all(
            LIST_EVENTS_AFTER, order_id=order_id, after=after, most=limit
        )
        return tuple(event_from_row(order_id, row) for row in rows)

    async def list_events_of(
        self, order_ids: Sequence[str], after: int, limit: int
    ) -> dict[str, tuple[OrderEvent, ...]]:
        """Up to ``limit`` events of each order after its ``after``-th, in order, by order id."""
        rows = await self._session.fetch_all(
            LIST_EVENTS_OF, order_ids=list(order_ids), after=after, last=after + limit
        )
        events = [event_from_row(order_id, tuple(row)) for order_id, *row in rows]
        events_by_order: dict[str, tuple[OrderEvent, ...]] = {}
        for event in sorted(events, key=lambda event: event.sequence):
            earlier_events = events_by_order.get(event.order_id, ())
            events_by_order[event.order_id] = (*earlier_events, event)
        return events_by_order

    async def find_last_event(self, order_id: str) -> OrderEvent | None:
        """The latest event of an order."""
        row = await self._session.fetch_one(FIND_LAST_EVENT, order_id=order_id)
        return None if row is None else event_from_row(order_id, row)
