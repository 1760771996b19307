"""Gift orders in tables, by their idempotency key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import orjson
from sqlalchemy import bindparam, delete, null, select, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.gifts import GIFT_ORDER_IS_WAITING, GiftOrderRow
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.gifts import GiftOrder

gift_orders = table(GiftOrderRow)
IS_OPEN_AT_VERSION = (
    gift_orders.c.id == bindparam("of"),
    gift_orders.c.version == bindparam("seen"),
    gift_orders.c.done == 0,
)

Row: TypeAlias = tuple[str, str, str, str, str, int, str, int | None, int, int | None, int, int]
COLUMNS = (
    gift_orders.c.id,
    gift_orders.c.caller,
    gift_orders.c.key,
    gift_orders.c.fingerprint,
    gift_orders.c.gift_ids,
    gift_orders.c.created_at,
    gift_orders.c.method_id,
    gift_orders.c.hold,
    gift_orders.c.done,
    gift_orders.c.due_at,
    gift_orders.c.version,
    gift_orders.c.attempts,
)

ADD = Statement(insert(gift_orders))
FIND: Statement[Row] = Statement(
    select(*COLUMNS).where(
        gift_orders.c.caller == bindparam("caller"), gift_orders.c.key == bindparam("key")
    )
)
FIND_MANY: Statement[Row] = Statement(select(*COLUMNS).where(in_list(gift_orders.c.id, "ids")))
FINISH = Statement(
    update(gift_orders)
    .where(*IS_OPEN_AT_VERSION)
    .values(done=1, due_at=null(), leased_until_at=null(), version=gift_orders.c.version + 1)
)
SAVE = Statement(
    update(gift_orders)
    .where(*IS_OPEN_AT_VERSION)
    .values(
        due_at=bindparam("due"),
        leased_until_at=null(),
        attempts=bindparam("tries"),
        version=gift_orders.c.version + 1,
    )
)
DELETE = Statement(delete(gift_orders).where(*IS_OPEN_AT_VERSION))
CLAIM: Statement[Row] = lease_statement(gift_orders, GIFT_ORDER_IS_WAITING, *COLUMNS)
NEXT_DUE = next_due_statement(gift_orders, GIFT_ORDER_IS_WAITING)


class GiftOrdersRepository:
    """What was ordered at once."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, order: GiftOrder) -> None:
        """Keep ``order``."""
        await self._session.execute(
            ADD,
            id=order.id,
            caller=order.caller,
            key=order.key,
            fingerprint=order.fingerprint,
            gift_ids=orjson.dumps(order.gift_ids).decode(),
            created_at=to_microseconds(order.created_at),
            method_id=order.method_id,
            hold=order.hold_minor,
            done=int(order.done),
            due_at=to_microseconds_or_none(order.due_at),
            leased_until_at=None,
            attempts=order.attempts,
            version=order.version,
        )

    async def find(self, caller: str, key: str) -> GiftOrder | None:
        """The caller's order of this key."""
        row = await self._session.fetch_one(FIND, caller=caller, key=key)
        return _gift_order(row) if row else None

    async def find_many(self, ids: Sequence[str]) -> tuple[GiftOrder, ...]:
        """Those of these ids that there are."""
        return tuple(map(_gift_order, await self._session.fetch_all(FIND_MANY, ids=list(ids))))

    async def mark_done(self, order: GiftOrder) -> None:
        """The order's gifts are there."""
        if not await self._session.execute(FINISH, of=order.id, seen=order.version):
            raise VersionConflict(order.id)

    async def save(self, order: GiftOrder) -> GiftOrder:
        """Keep when ``order`` is due and how often it was claimed."""
        row_count = await self._session.execute(
            SAVE,
            of=order.id,
            seen=order.version,
            due=to_microseconds_or_none(order.due_at),
            tries=order.attempts,
        )
        if not row_count:
            raise VersionConflict(order.id)
        return replace(order, version=order.version + 1)

    async def delete(self, order: GiftOrder) -> None:
        """Forget an order that came to nothing."""
        if not await self._session.execute(DELETE, of=order.id, seen=order.version):
            raise VersionConflict(order.id)

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[GiftOrder, ...]:
        """Up to ``limit`` orders that are overdue and nobody's, leased."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(_gift_order, rows))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order that nobody has leased is overdue."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds(row[0]) if row else None


def _gift_order(row: Row) -> GiftOrder:
    return GiftOrder(
        id=row[0],
        caller=row[1],
        key=row[2],
        fingerprint=row[3],
        gift_ids=tuple(orjson.loads(row[4])),
        created_at=from_microseconds(row[5]),
        method_id=row[6],
        hold_minor=row[7],
        done=bool(row[8]),
        due_at=from_microseconds_or_none(row[9]),
        version=row[10],
        attempts=row[11],
    )
