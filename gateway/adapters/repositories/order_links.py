"""Links to guests' orders, and the devices on which they were opened, in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, select

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.order_changes import OrderAccessRow, OrderLinkRow
from gateway.services.ports.order_changes import OrderLink

links = table(OrderLinkRow)
accesses = table(OrderAccessRow)
LINK = RowMapper(
    OrderLink,
    digest=links.c.digest,
    order_id=links.c.order_id,
    expires_at=From(from_microseconds, links.c.expires_at),
)
ADD = Statement(insert(links).values({column.name: bindparam(column.name) for column in links.c}))
FIND = Statement(select(*LINK.columns).where(links.c.digest == bindparam("digest")))
_access_insert = insert(accesses)
OPEN = Statement(
    _access_insert.on_conflict_do_update(
        index_elements=[accesses.c.order_id, accesses.c.client_id],
        set_={"expires_at": _access_insert.excluded.expires_at},
    )
)
# Whether they are over is looked at afterwards: by the time alone it would be sought otherwise.
LIST_OPENED: Statement[tuple[str, int]] = Statement(
    select(accesses.c.order_id, accesses.c.expires_at).where(
        in_list(accesses.c.order_id, "order_ids"),
        accesses.c.client_id == bindparam("client_id"),
    )
)
# What others use just now is left to the next sweep.
LIST_OUTDATED_LINKS: Statement[tuple[str]] = Statement(
    select(links.c.digest)
    .where(links.c.expires_at <= bindparam("now"))
    .order_by(links.c.expires_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE_LINK = Statement(delete(links).where(links.c.digest == bindparam("digest")))
LIST_OUTDATED_ACCESSES: Statement[tuple[str, str]] = Statement(
    select(accesses.c.order_id, accesses.c.client_id)
    .where(accesses.c.expires_at <= bindparam("now"))
    .order_by(accesses.c.expires_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE_ACCESS = Statement(
    delete(accesses).where(
        and_(
            accesses.c.order_id == bindparam("order_id"),
            accesses.c.client_id == bindparam("client_id"),
        )
    )
)


class OrderLinksRepository:
    """The links and what they opened, each a row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, link: OrderLink) -> None:
        """Keep a new link."""
        await self._session.execute(
            ADD,
            digest=link.digest,
            order_id=link.order_id,
            expires_at=to_microseconds(link.expires_at),
        )

    async def find(self, digest: str) -> OrderLink | None:
        """The link with that digest, valid or not."""
        row = await self._session.fetch_one(FIND, digest=digest)
        return None if row is None else LINK.value(row)

    async def open(self, order_id: str, client_id: str, expires_at: datetime) -> None:
        """Let a device open an order until then."""
        await self._session.execute(
            OPEN, order_id=order_id, client_id=client_id, expires_at=to_microseconds(expires_at)
        )

    async def list_opened(
        self, order_ids: Sequence[str], client_id: str, now: datetime
    ) -> frozenset[str]:
        """Those of ``order_ids`` that are open to a device at ``now``."""
        rows = await self._session.fetch_all(
            LIST_OPENED, order_ids=list(order_ids), client_id=client_id
        )
        return frozenset(
            order_id for order_id, expires_at in rows if from_microseconds(expires_at) > now
        )

    async def prune(self, now: datetime, limit: int) -> int:
        """Forget up to ``limit`` links, and as many openings, that are over; how many of both."""
        over = {"now": to_microseconds(now), "most": limit}
        digests = await self._session.fetch_all(LIST_OUTDATED_LINKS, **over)
        await self._session.execute_many(DELETE_LINK, [{"digest": row[0]} for row in digests])
        opened = await self._session.fetch_all(LIST_OUTDATED_ACCESSES, **over)
        await self._session.execute_many(
            DELETE_ACCESS,
            [{"order_id": order_id, "client_id": client_id} for order_id, client_id in opened],
        )
        return len(digests) + len(opened)
