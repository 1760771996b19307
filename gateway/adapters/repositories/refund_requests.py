"""The repository of the refunds that were asked of Stripe."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.stripe_payments import RefundRequestRow


@dataclass(frozen=True, slots=True)
class ProviderRefundRequest:
    """One refund that was asked for under ``idempotency_key``.

    ``attempt`` counts from 1; each, begun at ``attempted_at``, has another key at Stripe.
    ``failure_reason`` is why Stripe has refused it for good.
    """

    idempotency_key: str
    intent_id: str
    amount_minor: int
    currency: str
    attempted_at: datetime
    created_at: datetime
    attempt: int = 1
    refund_id: str | None = None
    failure_reason: str | None = None


refunds = table(RefundRequestRow)
REFUND_REQUEST = RowMapper(
    ProviderRefundRequest,
    idempotency_key=refunds.c.idempotency_key,
    intent_id=refunds.c.intent_id,
    amount_minor=refunds.c.amount_minor,
    currency=refunds.c.currency,
    attempted_at=From(from_microseconds, refunds.c.attempted_at),
    created_at=From(from_microseconds, refunds.c.created_at),
    attempt=refunds.c.attempt,
    refund_id=refunds.c.refund_id,
    failure_reason=refunds.c.failure_reason,
)
IS_KEY = refunds.c.idempotency_key == bindparam("of_key")

ADD = Statement(insert(refunds).on_conflict_do_nothing())
FIND = Statement(select(*REFUND_REQUEST.columns).where(IS_KEY))
SAVE = Statement(
    update(refunds)
    .where(IS_KEY)
    .values(
        attempt=bindparam("attempt"),
        attempted_at=bindparam("attempted_at"),
        refund_id=bindparam("refund_id"),
        failure_reason=bindparam("failure_reason"),
    )
)
LIST_OUTDATED: Statement[tuple[str]] = Statement(
    select(refunds.c.idempotency_key)
    .where(refunds.c.created_at < bindparam("before"))
    .order_by(refunds.c.created_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE = Statement(delete(refunds).where(IS_KEY))


class RefundRequestsRepository:
    """The requests, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, request: ProviderRefundRequest) -> bool:
        """Add ``request`` unless its key exists; returns whether it was added."""
        row_count = await self._session.execute(
            ADD,
            idempotency_key=request.idempotency_key,
            intent_id=request.intent_id,
            amount_minor=request.amount_minor,
            currency=request.currency,
            attempted_at=to_microseconds(request.attempted_at),
            created_at=to_microseconds(request.created_at),
            attempt=request.attempt,
            refund_id=request.refund_id,
            failure_reason=request.failure_reason,
        )
        return row_count == 1

    async def find(self, idempotency_key: str) -> ProviderRefundRequest | None:
        """The request with this key, or None."""
        row = await self._session.fetch_one(FIND, of_key=idempotency_key)
        return REFUND_REQUEST.value(row) if row else None

    async def save(self, request: ProviderRefundRequest) -> None:
        """Keep what became of ``request``."""
        await self._session.execute(
            SAVE,
            of_key=request.idempotency_key,
            attempt=request.attempt,
            attempted_at=to_microseconds(request.attempted_at),
            refund_id=request.refund_id,
            failure_reason=request.failure_reason,
        )

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` requests made before ``before``; returns how many."""
        rows = await self._session.fetch_all(
            LIST_OUTDATED, before=to_microseconds(before), most=limit
        )
        await self._session.execute_many(DELETE, [{"of_key": key} for (key,) in rows])
        return len(rows)
