"""Returns of orders, in a table."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.refunds import ReturnRow
from gateway.engine.orders.returns import OrderReturn, ReturnLine, ReturnStatus
from gateway.services.pagination import MAX_POSITION
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.refunds import SealedReason, StoredReturn

RETURNS = table(ReturnRow)


def _decode_progress(status: str, lines: str) -> OrderReturn:
    return OrderReturn(
        ReturnStatus(status),
        tuple(
            ReturnLine(line["line"], line["quantity"], line["received"])
            for line in json.loads(lines)
        ),
    )


def _decode_restocked(lines: str) -> dict[str, int]:
    return {
        line["line"]: line["restocked"] for line in json.loads(lines) if line.get("restocked", 0)
    }


def _encode_lines(stored_return: StoredReturn) -> str:
    return json.dumps(
        [
            {
                "line": line.line_id,
                "quantity": line.quantity,
                "received": line.received,
                "restocked": stored_return.restocked.get(line.line_id, 0),
            }
            for line in stored_return.lines
        ],
        separators=(",", ":"),
    )


RETURN = RowMapper(
    StoredReturn,
    id=RETURNS.c.id,
    order_id=RETURNS.c.order_id,
    progress=From(_decode_progress, RETURNS.c.status, RETURNS.c.lines),
    requested_at=From(from_microseconds, RETURNS.c.requested_at),
    restocked=From(_decode_restocked, RETURNS.c.lines),
    refund_id=RETURNS.c.refund_id,
    version=RETURNS.c.version,
)

ADD = Statement(insert(RETURNS))
FIND = Statement(select(*RETURN.columns).where(RETURNS.c.id == bindparam("id")))
LIST_FOR_ORDERS: Statement[Any] = Statement(
    select(*RETURN.columns).where(in_list(RETURNS.c.order_id, "ids")).order_by(RETURNS.c.place)
)
IS_BEFORE = RETURNS.c.place < bindparam("before")
LIST_PAGE: Statement[Any] = Statement(
    select(*RETURN.columns)
    .where(IS_BEFORE)
    .order_by(RETURNS.c.place.desc())
    .limit(bindparam("most"))
)
LIST_PAGE_BY_STATUS: Statement[Any] = Statement(
    select(*RETURN.columns)
    .where(RETURNS.c.status == bindparam("state"), IS_BEFORE)
    .order_by(RETURNS.c.place.desc())
    .limit(bindparam("most"))
)
FIND_REASONS: Statement[Any] = Statement(
    select(RETURNS.c.id, RETURNS.c.subject, RETURNS.c.sealed).where(
        in_list(RETURNS.c.id, "ids"), RETURNS.c.sealed.is_not(None)
    )
)
SAVE = Statement(
    update(RETURNS)
    .values(
        status=bindparam("state"),
        lines=bindparam("lines_now"),
        refund_id=bindparam("refund"),
        version=bindparam("version_now"),
    )
    .where(RETURNS.c.id == bindparam("of"), RETURNS.c.version == bindparam("earlier"))
)


class ReturnsRepository:
    """The returns, each a row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, stored_return: StoredReturn, reason: SealedReason | None) -> None:
        """Keep a new return."""
        await self._session.execute(
            ADD,
            id=stored_return.id,
            order_id=stored_return.order_id,
            place=stored_return.list_position,
            status=stored_return.status,
            lines=_encode_lines(stored_return),
            refund_id=stored_return.refund_id,
            subject=None if reason is None else reason.subject,
            sealed=None if reason is None else reason.sealed,
            requested_at=to_microseconds(stored_return.requested_at),
            version=stored_return.version,
        )

    async def find(self, id: str) -> StoredReturn | None:
        """The return of that id."""
        row = await self._session.fetch_one(FIND, id=id)
        return None if row is None else RETURN.value(row)

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[StoredReturn, ...]:
        """The returns of these orders, the oldest first."""
        rows = await self._session.fetch_all(LIST_FOR_ORDERS, ids=list(order_ids))
        return tuple(map(RETURN.value, rows))

    async def list_page(
        self, status: ReturnStatus | None, limit: int, before_position: int | None
    ) -> tuple[StoredReturn, ...]:
        """Up to ``limit`` returns before a place, the latest first; None: in any status."""
        before = MAX_POSITION if before_position is None else before_position
        if status is None:
            rows = await self._session.fetch_all(LIST_PAGE, before=before, most=limit)
        else:
            rows = await self._session.fetch_all(
                LIST_PAGE_BY_STATUS, state=status, before=before, most=limit
            )
        return tuple(map(RETURN.value, rows))

    async def find_reasons(self, ids: Sequence[str]) -> dict[str, SealedReason]:
        """Why these were requested, by id; those without a reason are left out."""
        rows = await self._session.fetch_all(FIND_REASONS, ids=list(ids))
        return {id: SealedReason(subject, sealed) for id, subject, sealed in rows}

    async def save(self, stored_return: StoredReturn) -> None:
        """Keep a change."""
        row_count = await self._session.execute(
            SAVE,
            of=stored_return.id,
            state=stored_return.status,
            lines_now=_encode_lines(stored_return),
            refund=stored_return.refund_id,
            version_now=stored_return.version,
            earlier=stored_return.version - 1,
        )
        if not row_count:
            raise VersionConflict(stored_return.id)
