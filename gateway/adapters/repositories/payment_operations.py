"""Operations on the charges of orders, in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
)
from gateway.adapters.tables.orders import OPERATION_IS_PENDING, PaymentOperationRow
from gateway.engine.money import Currency, Money
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.payment_operations import (
    PaymentOperation,
    PaymentOperationKind,
    PaymentOperationState,
)

OPERATIONS = table(PaymentOperationRow)


def _amount(minor: int, currency: str, digits: int) -> Money:
    return Money(minor, Currency(currency, digits))


OPERATION = RowMapper(
    PaymentOperation,
    id=OPERATIONS.c.id,
    payment_id=OPERATIONS.c.payment_id,
    order_id=OPERATIONS.c.order_id,
    kind=From(PaymentOperationKind, OPERATIONS.c.kind),
    amount=From(_amount, OPERATIONS.c.amount, OPERATIONS.c.currency, OPERATIONS.c.digits),
    created_at=From(from_microseconds, OPERATIONS.c.created_at),
    final=From(bool, OPERATIONS.c.final),
    subject_id=OPERATIONS.c.subject_id,
    state=From(PaymentOperationState, OPERATIONS.c.state),
    reason=OPERATIONS.c.reason,
    version=OPERATIONS.c.version,
    attempts=OPERATIONS.c.attempts,
)

ADD = Statement(
    insert(OPERATIONS)
    .values({column.name: bindparam(column.name) for column in OPERATIONS.c})
    .on_conflict_do_nothing()
)
FIND = Statement(select(*OPERATION.columns).where(OPERATIONS.c.id == bindparam("id")))
FIND_FOR_UPDATE = Statement(
    select(*OPERATION.columns).where(OPERATIONS.c.id == bindparam("id")).with_for_update()
)
LIST_FOR_ORDER = Statement(
    select(*OPERATION.columns)
    .where(OPERATIONS.c.order_id == bindparam("order_id"))
    .order_by(OPERATIONS.c.created_at, OPERATIONS.c.id)
)
LIST_FOR_ORDERS = Statement(
    select(*OPERATION.columns)
    .where(in_list(OPERATIONS.c.order_id, "order_ids"))
    .order_by(OPERATIONS.c.created_at, OPERATIONS.c.id)
)
SAVE = Statement(
    update(OPERATIONS)
    .values(
        payment_id=bindparam("payment_id"),
        state=bindparam("state"),
        reason=bindparam("reason"),
        version=bindparam("version"),
        due_at=None,
        leased_until_at=None,
    )
    .where(
        OPERATIONS.c.id == bindparam("operation_id"), OPERATIONS.c.version == bindparam("earlier")
    )
)
MOVE = Statement(
    update(OPERATIONS)
    .values(payment_id=bindparam("to_payment_id"))
    .where(OPERATIONS.c.id == bindparam("operation_id"))
)
CLAIM = lease_statement(OPERATIONS, OPERATION_IS_PENDING, *OPERATION.columns)
POSTPONE = Statement(
    update(OPERATIONS)
    .values(due_at=bindparam("due"), leased_until_at=None)
    .where(
        OPERATIONS.c.id == bindparam("operation_id"), OPERATIONS.c.version == bindparam("version")
    )
)
NEXT_DUE = next_due_statement(OPERATIONS, OPERATION_IS_PENDING)


class PaymentOperationsRepository:
    """The operations on the charges of orders, each a row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, operation: PaymentOperation, due: datetime) -> bool:
        """Whether ``operation`` is new: a known id is never kept twice."""
        row_count = await self._session.execute(
            ADD,
            id=operation.id,
            payment_id=operation.payment_id,
            order_id=operation.order_id,
            kind=operation.kind,
            amount=operation.amount.minor,
            currency=operation.amount.currency.code,
            digits=operation.amount.currency.digits,
            final=operation.final,
            state=operation.state,
            reason=operation.reason,
            subject_id=operation.subject_id,
            created_at=to_microseconds(operation.created_at),
            due_at=to_microseconds(due),
            leased_until_at=None,
            attempts=0,
            version=operation.version,
        )
        return row_count == 1

    async def find(self, id: str) -> PaymentOperation | None:
        """The operation of that id."""
        row = await self._session.fetch_one(FIND, id=id)
        return None if row is None else OPERATION.value(row)

    async def find_for_update(self, id: str) -> PaymentOperation | None:
        """The operation of that id, nobody else's until the transaction ends."""
        row = await self._session.fetch_one(FIND_FOR_UPDATE, id=id)
        return None if row is None else OPERATION.value(row)

    async def list_for(self, order_id: str) -> tuple[PaymentOperation, ...]:
        """The operations on the charges of an order, in the order they were asked for."""
        rows = await self._session.fetch_all(LIST_FOR_ORDER, order_id=order_id)
        return tuple(map(OPERATION.value, rows))

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[PaymentOperation, ...]:
        """The operations on the charges of these orders, in the order they were asked for."""
        rows = await self._session.fetch_all(LIST_FOR_ORDERS, order_ids=list(order_ids))
        return tuple(map(OPERATION.value, rows))

    async def save(self, operation: PaymentOperation) -> None:
        """Keep an outcome."""
        row_count = await self._session.execute(
            SAVE,
            operation_id=operation.id,
            payment_id=operation.payment_id,
            state=operation.state,
            reason=operation.reason,
            version=operation.version,
            earlier=operation.version - 1,
        )
        if not row_count:
            raise VersionConflict(operation.id)

    async def move(self, operation: PaymentOperation, payment_id: str) -> None:
        """Let ``operation`` be done with another charge; when it is due stays."""
        await self._session.execute(MOVE, operation_id=operation.id, to_payment_id=payment_id)

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[PaymentOperation, ...]:
        """Up to ``limit`` pending operations that are due and nobody's, leased."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(OPERATION.value, rows))

    async def postpone(self, operation: PaymentOperation, due: datetime) -> None:
        """Try again at ``due``."""
        row_count = await self._session.execute(
            POSTPONE,
            operation_id=operation.id,
            version=operation.version,
            due=to_microseconds(due),
        )
        if not row_count:
            raise VersionConflict(operation.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next operation that nobody has leased falls due."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None
