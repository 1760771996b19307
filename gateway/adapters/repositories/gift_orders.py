"""Gift orders in tables, by their idempotency key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import orjson
from sqlalchemy import bindparam, delete, null, select, update

from gateway.adapters.claims import claiming, next_due
from gateway.adapters.instants import (
    instant,
    instant_or_none,
    microseconds,
    microseconds_or_none,
)
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.gifts import GIFT_ORDER_WAITS, GiftOrderRow
from gateway.services.ports.database import Stale
from gateway.services.ports.gifts import GiftOrder

orders = table(GiftOrderRow)
SEEN = (
    orders.c.id == bindparam("of"),
    orders.c.version == bindparam("seen"),
    orders.c.done == 0,
)

Row: TypeAlias = tuple[str, str, str, str, str, int, str, int | None, int, int | None, int, int]
READ = (
    orders.c.id,
    orders.c.caller,
    orders.c.key,
    orders.c.fingerprint,
    orders.c.gift_ids,
    orders.c.created_at,
    orders.c.method_id,
    orders.c.hold,
    orders.c.done,
    orders.c.due_at,
    orders.c.version,
    orders.c.attempts,
)

ADD = Statement(insert(orders))
FIND: Statement[Row] = Statement(
    select(*READ).where(orders.c.caller == bindparam("caller"), orders.c.key == bindparam("key"))
)
AMONG: Statement[Row] = Statement(select(*READ).where(within(orders.c.id, "ids")))
FINISH = Statement(
    update(orders)
    .where(*SEEN)
    .values(done=1, due_at=null(), leased_until_at=null(), version=orders.c.version + 1)
)
SAVE = Statement(
    update(orders)
    .where(*SEEN)
    .values(
        due_at=bindparam("due"),
        leased_until_at=null(),
        attempts=bindparam("tries"),
        version=orders.c.version + 1,
    )
)
WITHDRAW = Statement(delete(orders).where(*SEEN))
CLAIM: Statement[Row] = claiming(orders, GIFT_ORDER_WAITS, *READ)
NEXT = next_due(orders, GIFT_ORDER_WAITS)


class GiftOrdersRepository:
    """What was ordered at once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, order: GiftOrder) -> None:
        """Keep ``order``."""
        await self._session.run(
            ADD,
            id=order.id,
            caller=order.caller,
            key=order.key,
            fingerprint=order.fingerprint,
            gift_ids=orjson.dumps(order.gift_ids).decode(),
            created_at=microseconds(order.created_at),
            method_id=order.method_id,
            hold=order.hold,
            done=int(order.done),
            due_at=microseconds_or_none(order.due_at),
            leased_until_at=None,
            attempts=order.attempts,
            version=order.version,
        )

    async def find(self, caller: str, key: str) -> GiftOrder | None:
        """The caller's order of this key."""
        row = await self._session.one(FIND, caller=caller, key=key)
        return _order(row) if row else None

    async def among(self, ids: Sequence[str]) -> tuple[GiftOrder, ...]:
        """Those of these ids that there are."""
        return tuple(map(_order, await self._session.all(AMONG, ids=list(ids))))

    async def finish(self, order: GiftOrder) -> None:
        """The order's gifts are there."""
        if not await self._session.run(FINISH, of=order.id, seen=order.version):
            raise Stale(order.id)

    async def save(self, order: GiftOrder) -> GiftOrder:
        """Keep when ``order`` is due and how often it was claimed."""
        saved = await self._session.run(
            SAVE,
            of=order.id,
            seen=order.version,
            due=microseconds_or_none(order.due_at),
            tries=order.attempts,
        )
        if not saved:
            raise Stale(order.id)
        return replace(order, version=order.version + 1)

    async def withdraw(self, order: GiftOrder) -> None:
        """Forget an order that came to nothing."""
        if not await self._session.run(WITHDRAW, of=order.id, seen=order.version):
            raise Stale(order.id)

    async def claim(
        self, now: datetime, leased_until: datetime, most: int
    ) -> tuple[GiftOrder, ...]:
        """Up to ``most`` orders that are overdue and nobody's, leased."""
        rows = await self._session.all(
            CLAIM, now=microseconds(now), leased_until=microseconds(leased_until), most=most
        )
        return tuple(map(_order, rows))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order that nobody has leased is overdue."""
        row = await self._session.one(NEXT, now=microseconds(now))
        return instant(row[0]) if row else None


def _order(row: Row) -> GiftOrder:
    return GiftOrder(
        id=row[0],
        caller=row[1],
        key=row[2],
        fingerprint=row[3],
        gift_ids=tuple(orjson.loads(row[4])),
        created_at=instant(row[5]),
        method_id=row[6],
        hold=row[7],
        done=bool(row[8]),
        due_at=instant_or_none(row[9]),
        version=row[10],
        attempts=row[11],
    )
