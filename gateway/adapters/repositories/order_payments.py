"""The charges of orders, in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.orders import (
    HOLD_ENDS,
    PAYMENT_CHANGE_IS_PENDING,
    OrderPaymentRow,
)
from gateway.engine.money import Currency, Money
from gateway.engine.orders.payment_states import OrderPaymentState
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.orders import OrderPayment

ORDER_PAYMENTS = table(OrderPaymentRow)
CAPTURED_STATES = frozenset(
    {OrderPaymentState.CAPTURED, OrderPaymentState.REFUNDING, OrderPaymentState.REFUNDED}
)


def _amount(minor: int, currency: str, digits: int) -> Money:
    return Money(minor, Currency(currency, digits))


# Versions before revision 0016 capture and refund the whole and write the state alone.


def _captured_minor(captured_minor: int, amount: int, state: str) -> int:
    return captured_minor or (amount if state in CAPTURED_STATES else 0)


def _refunded_minor(refunded_minor: int, captured_minor: int, amount: int, state: str) -> int:
    is_refunded = state == OrderPaymentState.REFUNDED
    return _captured_minor(captured_minor, amount, state) if is_refunded else refunded_minor


ORDER_PAYMENT = RowMapper(
    OrderPayment,
    id=ORDER_PAYMENTS.c.id,
    order_id=ORDER_PAYMENTS.c.order_id,
    charge_id=ORDER_PAYMENTS.c.charge_id,
    amount=From(
        _amount, ORDER_PAYMENTS.c.amount, ORDER_PAYMENTS.c.currency, ORDER_PAYMENTS.c.digits
    ),
    state=From(OrderPaymentState, ORDER_PAYMENTS.c.state),
    purchase_id=ORDER_PAYMENTS.c.purchase_id,
    captured_minor=From(
        _captured_minor,
        ORDER_PAYMENTS.c.captured_minor,
        ORDER_PAYMENTS.c.amount,
        ORDER_PAYMENTS.c.state,
    ),
    refunded_minor=From(
        _refunded_minor,
        ORDER_PAYMENTS.c.refunded_minor,
        ORDER_PAYMENTS.c.captured_minor,
        ORDER_PAYMENTS.c.amount,
        ORDER_PAYMENTS.c.state,
    ),
    held_until=From(from_microseconds_or_none, ORDER_PAYMENTS.c.held_until_at),
    version=ORDER_PAYMENTS.c.version,
    attempts=ORDER_PAYMENTS.c.attempts,
)

ADD = Statement(
    insert(ORDER_PAYMENTS).values(
        {column.name: bindparam(column.name) for column in ORDER_PAYMENTS.c}
    )
)
LIST_FOR_ORDER = Statement(
    select(*ORDER_PAYMENT.columns)
    .where(ORDER_PAYMENTS.c.order_id == bindparam("order_id"))
    .order_by(ORDER_PAYMENTS.c.created_at, ORDER_PAYMENTS.c.id)
)
LIST_FOR_ORDERS = Statement(
    select(*ORDER_PAYMENT.columns)
    .where(in_list(ORDER_PAYMENTS.c.order_id, "ids"))
    .order_by(ORDER_PAYMENTS.c.created_at, ORDER_PAYMENTS.c.id)
)
FIND = Statement(select(*ORDER_PAYMENT.columns).where(ORDER_PAYMENTS.c.id == bindparam("id")))
FIND_BY_CHARGE = Statement(
    select(*ORDER_PAYMENT.columns).where(ORDER_PAYMENTS.c.charge_id == bindparam("charge_id"))
)
FIND_FOR_UPDATE = Statement(
    select(*ORDER_PAYMENT.columns).where(ORDER_PAYMENTS.c.id == bindparam("id")).with_for_update()
)
SAVE = Statement(
    update(ORDER_PAYMENTS)
    .values(
        charge_id=bindparam("charge_id"),
        state=bindparam("state"),
        held_until_at=bindparam("held_until_at"),
        captured_minor=bindparam("captured_minor"),
        refunded_minor=bindparam("refunded_minor"),
        version=bindparam("version"),
        due_at=bindparam("due_at"),
        leased_until_at=None,
        attempts=0,
    )
    .where(
        ORDER_PAYMENTS.c.id == bindparam("payment_id"),
        ORDER_PAYMENTS.c.version == bindparam("earlier"),
    )
)
SAVE_AMOUNTS = Statement(
    update(ORDER_PAYMENTS)
    .values(
        charge_id=bindparam("charge_id"),
        state=bindparam("state"),
        held_until_at=bindparam("held_until_at"),
        captured_minor=bindparam("captured_minor"),
        refunded_minor=bindparam("refunded_minor"),
        version=ORDER_PAYMENTS.c.version + 1,
    )
    .where(ORDER_PAYMENTS.c.id == bindparam("payment_id"))
)
CLAIM = lease_statement(ORDER_PAYMENTS, PAYMENT_CHANGE_IS_PENDING, *ORDER_PAYMENT.columns)
POSTPONE = Statement(
    update(ORDER_PAYMENTS)
    .values(due_at=bindparam("due"), leased_until_at=None)
    .where(
        ORDER_PAYMENTS.c.id == bindparam("payment_id"),
        ORDER_PAYMENTS.c.version == bindparam("version"),
    )
)
NEXT_DUE = next_due_statement(ORDER_PAYMENTS, PAYMENT_CHANGE_IS_PENDING)
LIST_ENDED_HOLDS = Statement(
    select(*ORDER_PAYMENT.columns)
    .where(HOLD_ENDS, ORDER_PAYMENTS.c.held_until_at <= bindparam("now"))
    .order_by(ORDER_PAYMENTS.c.held_until_at)
    .limit(bindparam("most"))
)


class OrderPaymentsRepository:
    """The charges of orders, each a row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, payment: OrderPayment, now: datetime) -> None:
        """Keep a new charge."""
        await self._session.execute(
            ADD,
            id=payment.id,
            order_id=payment.order_id,
            purchase_id=payment.purchase_id,
            charge_id=payment.charge_id,
            captured_minor=payment.captured_minor,
            refunded_minor=payment.refunded_minor,
            amount=payment.amount.minor,
            currency=payment.amount.currency.code,
            digits=payment.amount.currency.digits,
            state=payment.state,
            held_until_at=to_microseconds_or_none(payment.held_until),
            created_at=to_microseconds(now),
            due_at=None,
            leased_until_at=None,
            attempts=0,
            version=payment.version,
        )

    async def list_for(self, order_id: str) -> tuple[OrderPayment, ...]:
        """The charges of an order, in the order they were made."""
        return tuple(
            map(
                ORDER_PAYMENT.value,
                await self._session.fetch_all(LIST_FOR_ORDER, order_id=order_id),
            )
        )

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[OrderPayment, ...]:
        """The charges of these orders, in the order they were made."""
        rows = await self._session.fetch_all(LIST_FOR_ORDERS, ids=list(order_ids))
        return tuple(map(ORDER_PAYMENT.value, rows))

    async def find(self, id: str) -> OrderPayment | None:
        """The charge of that id."""
        row = await self._session.fetch_one(FIND, id=id)
        return None if row is None else ORDER_PAYMENT.value(row)

    async def find_by_charge(self, charge_id: str) -> OrderPayment | None:
        """The charge that the provider calls ``charge_id``."""
        row = await self._session.fetch_one(FIND_BY_CHARGE, charge_id=charge_id)
        return None if row is None else ORDER_PAYMENT.value(row)

    async def find_for_update(self, id: str) -> OrderPayment | None:
        """The charge of that id, nobody else's until the transaction ends."""
        row = await self._session.fetch_one(FIND_FOR_UPDATE, id=id)
        return None if row is None else ORDER_PAYMENT.value(row)

    async def save_amounts(self, payment: OrderPayment) -> None:
        """Keep what was captured and refunded of a locked charge, its state and charge id."""
        await self._session.execute(
            SAVE_AMOUNTS,
            payment_id=payment.id,
            charge_id=payment.charge_id,
            state=payment.state,
            held_until_at=to_microseconds_or_none(payment.held_until),
            captured_minor=payment.captured_minor,
            refunded_minor=payment.refunded_minor,
        )

    async def save(self, payment: OrderPayment, due: datetime | None) -> None:
        """Keep a change of state."""
        row_count = await self._session.execute(
            SAVE,
            payment_id=payment.id,
            charge_id=payment.charge_id,
            state=payment.state,
            held_until_at=to_microseconds_or_none(payment.held_until),
            captured_minor=payment.captured_minor,
            refunded_minor=payment.refunded_minor,
            version=payment.version,
            earlier=payment.version - 1,
            due_at=to_microseconds_or_none(due),
        )
        if not row_count:
            raise VersionConflict(payment.id)

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[OrderPayment, ...]:
        """Up to ``limit`` charges on their way that are due and nobody's, leased."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(ORDER_PAYMENT.value, rows))

    async def postpone(self, payment: OrderPayment, due: datetime) -> None:
        """Try again at ``due``."""
        row_count = await self._session.execute(
            POSTPONE, payment_id=payment.id, version=payment.version, due=to_microseconds(due)
        )
        if not row_count:
            raise VersionConflict(payment.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next charge that nobody has leased falls due."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None

    async def list_ended_holds(self, now: datetime, limit: int) -> tuple[OrderPayment, ...]:
        """Up to ``limit`` charges whose hold has ended and was not captured."""
        rows = await self._session.fetch_all(LIST_ENDED_HOLDS, now=to_microseconds(now), most=limit)
        return tuple(map(ORDER_PAYMENT.value, rows))
