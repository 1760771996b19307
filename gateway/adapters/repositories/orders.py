"""Orders and what happened to them, in tables."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import LargeBinary, bindparam, func, select, update

from gateway.adapters.claims import claiming, next_due
from gateway.adapters.instants import (
    MICROSECOND,
    instant_or_none,
    microseconds,
    microseconds_or_none,
)
from gateway.adapters.repositories.order_rows import (
    EVENT,
    EVENTS,
    FIGURES,
    ORDER,
    ORDERS,
    event_of,
    order_of,
)
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, within
from gateway.adapters.tables.orders import ORDER_OPEN, ORDER_WAITS
from gateway.engine.orders import Order, OrderEvent, OrderStatus, first_place
from gateway.services.ports.database import Stale
from gateway.services.ports.orders import DueOrder, Private

ADD = Statement(insert(ORDERS).values({column.name: bindparam(column.name) for column in ORDERS.c}))
FIND = Statement(select(*ORDER).where(ORDERS.c.id == bindparam("id")))
PRIVATE = Statement(select(ORDERS.c.subject, ORDERS.c.sealed).where(ORDERS.c.id == bindparam("id")))
TRACK = Statement(
    update(ORDERS)
    .values(tracking=bindparam("page", type_=LargeBinary))
    .where(ORDERS.c.id == bindparam("order_id"))
)
TRACKED = Statement(
    select(ORDERS.c.id, ORDERS.c.subject, ORDERS.c.tracking).where(
        within(ORDERS.c.id, "ids"), ORDERS.c.tracking.is_not(None)
    )
)
SAVE = Statement(
    update(ORDERS)
    .values(
        status=bindparam("status"),
        version=bindparam("version"),
        due_at=bindparam("due_at"),
        leased_until_at=None,
        attempts=0,
    )
    .where(ORDERS.c.id == bindparam("order_id"), ORDERS.c.version == bindparam("earlier"))
)
OF_PURCHASER = Statement(
    select(*ORDER)
    .where(ORDERS.c.purchaser_id == bindparam("purchaser_id"), ORDERS.c.place < bindparam("before"))
    .order_by(ORDERS.c.place.desc())
    .limit(bindparam("most"))
)
OPEN_OF_PURCHASER = Statement(
    select(*ORDER)
    .where(ORDERS.c.purchaser_id == bindparam("purchaser_id"), ORDER_OPEN)
    .order_by(ORDERS.c.bucket.desc(), ORDERS.c.place.desc())
)
CLICKED: Statement[tuple[str, str | None]] = Statement(
    select(ORDERS.c.clicked, ORDERS.c.client_id).where(
        ORDERS.c.purchaser_id == bindparam("purchaser_id"),
        ORDERS.c.closes_at > bindparam("now"),
        ORDERS.c.clicked.is_not(None),
        ORDER_OPEN,
    )
)
# By place, which is by time: no index of its own is kept for it.
SPENT = Statement(
    select(func.coalesce(func.sum(ORDERS.c.total), 0)).where(
        ORDERS.c.purchaser_id == bindparam("purchaser_id"),
        ORDERS.c.place >= bindparam("first_place"),
        ORDERS.c.currency == bindparam("currency"),
        ORDERS.c.signed_in.is_(False),
        ORDERS.c.status != OrderStatus.CANCELLED.value,
    )
)
CLAIM = claiming(ORDERS, ORDER_WAITS, ORDERS.c.id, ORDERS.c.attempts, ORDERS.c.version)
POSTPONE = Statement(
    update(ORDERS)
    .values(due_at=bindparam("due"), leased_until_at=None)
    .where(ORDERS.c.id == bindparam("order_id"), ORDERS.c.version == bindparam("version"))
)
NEXT_DUE = next_due(ORDERS, ORDER_WAITS)
TOLD = Statement(
    select(func.coalesce(func.max(EVENTS.c.sequence), 0)).where(
        EVENTS.c.order_id == bindparam("order_id")
    )
)
TELL = Statement(
    insert(EVENTS).values({column.name: bindparam(column.name) for column in EVENTS.c})
)
EVENTS_AFTER = Statement(
    select(*EVENT)
    .where(EVENTS.c.order_id == bindparam("order_id"), EVENTS.c.sequence > bindparam("after"))
    .order_by(EVENTS.c.sequence)
    .limit(bindparam("most"))
)
LAST_EVENT = Statement(
    select(*EVENT)
    .where(EVENTS.c.order_id == bindparam("order_id"))
    .order_by(EVENTS.c.sequence.desc())
    .limit(1)
)
END_OF_TIME = 2**63 - 1


class OrdersRepository:
    """The orders, each a row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, order: Order, private: Private) -> None:
        """Keep a new order; it falls due when it closes."""
        gross = order.total.gross
        await self._session.run(
            ADD,
            id=order.id,
            place=order.place,
            number=order.number,
            status=order.status,
            bucket=order.bucket,
            channel=order.channel,
            placed_at=microseconds(order.placed_at),
            closes_at=microseconds(order.closes_at),
            purchaser_id=order.purchaser_id,
            client_id=order.client_id,
            signed_in=order.signed_in,
            clicked=order.clicked,
            currency=order.currency.code,
            total=0 if gross is None else gross.minor,
            figures=FIGURES.dump_json(order.figures).decode(),
            demand=orjson.dumps(order.demand).decode(),
            subject=private.subject,
            sealed=private.sealed,
            tracking=None,
            due_at=microseconds(order.closes_at),
            leased_until_at=None,
            attempts=0,
            version=order.version,
        )

    async def find(self, id: str) -> Order | None:
        """The order of that id."""
        row = await self._session.one(FIND, id=id)
        return None if row is None else order_of(row)

    async def private(self, id: str) -> Private | None:
        """What of the order of that id is personal."""
        row = await self._session.one(PRIVATE, id=id)
        return None if row is None else Private(*row)

    async def track(self, id: str, sealed: bytes | None) -> None:
        """Keep the sealed address of the page that follows an order's parcel, or none."""
        await self._session.run(TRACK, order_id=id, page=sealed)

    async def tracked(self, ids: Sequence[str]) -> dict[str, Private]:
        """The sealed addresses of the pages of those of these orders that have one."""
        rows = await self._session.all(TRACKED, ids=list(ids))
        return {id: Private(subject, sealed) for id, subject, sealed in rows}

    async def save(self, order: Order, due: datetime | None) -> None:
        """Keep a change of status."""
        written = await self._session.run(
            SAVE,
            order_id=order.id,
            status=order.status,
            version=order.version,
            earlier=order.version - 1,
            due_at=microseconds_or_none(due),
        )
        if not written:
            raise Stale(order.id)

    async def of_purchaser(
        self, purchaser_id: str, most: int, before: int | None
    ) -> tuple[Order, ...]:
        """Up to ``most`` of a purchaser's orders before a place, the latest first."""
        rows = await self._session.all(
            OF_PURCHASER,
            purchaser_id=purchaser_id,
            before=END_OF_TIME if before is None else before,
            most=most,
        )
        return tuple(map(order_of, rows))

    async def open_of(self, purchaser_id: str) -> tuple[Order, ...]:
        """The open orders of a purchaser, short-term first, the latest first."""
        rows = await self._session.all(OPEN_OF_PURCHASER, purchaser_id=purchaser_id)
        return tuple(map(order_of, rows))

    async def clicked(
        self, purchaser_id: str, client_id: str | None, now: datetime
    ) -> frozenset[str]:
        """What the purchaser bought by one click (there, or anywhere) and can still undo."""
        rows = await self._session.all(CLICKED, purchaser_id=purchaser_id, now=microseconds(now))
        return frozenset(
            variant_id for variant_id, where in rows if client_id is None or where == client_id
        )

    async def spent(self, purchaser_id: str, since: datetime, currency: str) -> int:
        """What a purchaser ordered without a sign-in since then, minor units."""
        row = await self._session.one(
            SPENT,
            purchaser_id=purchaser_id,
            first_place=first_place(since + MICROSECOND),
            currency=currency,
        )
        return int(row[0]) if row else 0

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> tuple[DueOrder, ...]:
        """Up to ``most`` orders that are due and nobody's, leased."""
        rows = await self._session.all(
            CLAIM, now=microseconds(now), leased_until=microseconds(leased_until), most=most
        )
        return tuple(DueOrder(*row) for row in rows)

    async def postpone(self, claimed: DueOrder, due: datetime) -> None:
        """Try again at ``due``."""
        written = await self._session.run(
            POSTPONE, order_id=claimed.id, version=claimed.version, due=microseconds(due)
        )
        if not written:
            raise Stale(claimed.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order that nobody has leased falls due."""
        row = await self._session.one(NEXT_DUE, now=microseconds(now))
        return instant_or_none(row[0]) if row else None

    async def told(self, order_id: str) -> int:
        """The sequence of the order's last event; 0 where there is none yet."""
        row = await self._session.one(TOLD, order_id=order_id)
        return int(row[0]) if row else 0

    async def tell(self, event: OrderEvent) -> None:
        """Keep an event."""
        await self._session.run(
            TELL,
            order_id=event.order_id,
            sequence=event.sequence,
            id=event.id,
            type=event.type,
            status=event.status,
            occurred_at=microseconds(event.occurred_at),
        )

    async def events(self, order_id: str, after: int, most: int) -> tuple[OrderEvent, ...]:
        """Up to ``most`` events of an order that come after the ``after``-th, in order."""
        rows = await self._session.all(EVENTS_AFTER, order_id=order_id, after=after, most=most)
        return tuple(event_of(order_id, row) for row in rows)

    async def last_event(self, order_id: str) -> OrderEvent | None:
        """The latest event of an order."""
        row = await self._session.one(LAST_EVENT, order_id=order_id)
        return None if row is None else event_of(order_id, row)
