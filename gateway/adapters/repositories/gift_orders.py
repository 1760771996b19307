"""The repository of gift orders, by idempotency key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import orjson
from sqlalchemy import bindparam, delete, null, select, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
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


def _decode_ids(text: str) -> tuple[str, ...]:
    return tuple(orjson.loads(text))


GIFT_ORDER = RowMapper(
    GiftOrder,
    id=gift_orders.c.id,
    caller=gift_orders.c.caller,
    key=gift_orders.c.key,
    fingerprint=gift_orders.c.fingerprint,
    gift_ids=From(_decode_ids, gift_orders.c.gift_ids),
    created_at=From(from_microseconds, gift_orders.c.created_at),
    method_id=gift_orders.c.method_id,
    hold_minor=From(None, gift_orders.c.hold),
    done=From(bool, gift_orders.c.done),
    due_at=From(from_microseconds_or_none, gift_orders.c.due_at),
    version=gift_orders.c.version,
    attempts=gift_orders.c.attempts,
)

ADD = Statement(insert(gift_orders))
FIND = Statement(
    select(*GIFT_ORDER.columns).where(
        gift_orders.c.caller == bindparam("caller"), gift_orders.c.key == bindparam("key")
    )
)
FIND_MANY = Statement(select(*GIFT_ORDER.columns).where(in_list(gift_orders.c.id, "ids")))
FIND_UNFINISHED: Statement[tuple[str]] = Statement(
    select(gift_orders.c.id)
    .where(gift_orders.c.caller == bindparam("caller"), gift_orders.c.done == 0)
    .limit(1)
)
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
CLAIM = lease_statement(gift_orders, GIFT_ORDER_IS_WAITING, *GIFT_ORDER.columns)
NEXT_DUE = next_due_statement(gift_orders, GIFT_ORDER_IS_WAITING)


class GiftOrdersRepository:
    """The gift orders, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, order: GiftOrder) -> None:
        """Add ``order``; raises ``DuplicateKey`` if the caller has used the key already."""
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
        """The caller's order with this key, or None."""
        row = await self._session.fetch_one(FIND, caller=caller, key=key)
        return GIFT_ORDER.value(row) if row else None

    async def find_many(self, ids: Sequence[str]) -> tuple[GiftOrder, ...]:
        """The ones of these ids that exist, in any order."""
        return tuple(map(GIFT_ORDER.value, await self._session.fetch_all(FIND_MANY, ids=list(ids))))

    async def is_any_unfinished(self, caller: str) -> bool:
        """Whether the gifts of one of the caller's orders do not exist yet."""
        return await self._session.fetch_one(FIND_UNFINISHED, caller=caller) is not None

    async def mark_done(self, order: GiftOrder) -> None:
        """Save that the order's gifts exist."""
        if not await self._session.execute(FINISH, of=order.id, seen=order.version):
            raise VersionConflict(order.id)

    async def save(self, order: GiftOrder) -> GiftOrder:
        """Save when ``order`` is due and its attempts; returns it with the new version."""
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
        """Delete an order that was withdrawn."""
        if not await self._session.execute(DELETE, of=order.id, seen=order.version):
            raise VersionConflict(order.id)

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[GiftOrder, ...]:
        """Lease up to ``limit`` orders that are overdue."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(GIFT_ORDER.value, rows))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next order without a lease becomes overdue; None if there is none."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds(row[0]) if row else None
