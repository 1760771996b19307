"""Gift orders in tables, by their idempotency key."""

import orjson
from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.gifts import GiftOrderRow
from gateway.services.ports.database import Stale
from gateway.services.ports.gifts import GiftOrder

orders = table(GiftOrderRow)

ADD = Statement(insert(orders))
FIND: Statement[tuple[str, str, str, str, str, int, int]] = Statement(
    select(
        orders.c.id,
        orders.c.caller,
        orders.c.key,
        orders.c.fingerprint,
        orders.c.gift_ids,
        orders.c.created_at,
        orders.c.done,
    ).where(orders.c.caller == bindparam("caller"), orders.c.key == bindparam("key"))
)
FINISH = Statement(
    update(orders).where(orders.c.id == bindparam("of"), orders.c.done == 0).values(done=1)
)
WITHDRAW = Statement(delete(orders).where(orders.c.id == bindparam("id"), orders.c.done == 0))


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
            done=int(order.done),
        )

    async def find(self, caller: str, key: str) -> GiftOrder | None:
        """The caller's order of this key."""
        row = await self._session.one(FIND, caller=caller, key=key)
        return _order(*row) if row else None

    async def finish(self, id: str) -> None:
        """The order's gifts are there."""
        if not await self._session.run(FINISH, of=id):
            raise Stale(id)

    async def withdraw(self, id: str) -> None:
        """Forget an order that came to nothing."""
        await self._session.run(WITHDRAW, id=id)


def _order(
    id: str, caller: str, key: str, fingerprint: str, gift_ids: str, created_at: int, done: int
) -> GiftOrder:
    ids = tuple(orjson.loads(gift_ids))
    return GiftOrder(id, caller, key, fingerprint, ids, instant(created_at), bool(done))
