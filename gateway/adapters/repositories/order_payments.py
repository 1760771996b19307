"""The charges of orders, in tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from gateway.adapters.claims import claiming, next_due
from gateway.adapters.instants import instant_or_none, microseconds, microseconds_or_none
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.orders import CHARGE_WAITS, OrderPaymentRow
from gateway.engine.money import Currency, Money
from gateway.services.ports.database import Stale
from gateway.services.ports.orders import Payment, PaymentState

CHARGES = table(OrderPaymentRow)
READ = (
    CHARGES.c.id,
    CHARGES.c.order_id,
    CHARGES.c.charge_id,
    CHARGES.c.amount,
    CHARGES.c.currency,
    CHARGES.c.digits,
    CHARGES.c.state,
    CHARGES.c.version,
    CHARGES.c.attempts,
)

ADD = Statement(
    insert(CHARGES).values({column.name: bindparam(column.name) for column in CHARGES.c})
)
OF = Statement(
    select(*READ)
    .where(CHARGES.c.order_id == bindparam("order_id"))
    .order_by(CHARGES.c.created_at, CHARGES.c.id)
)
FIND = Statement(select(*READ).where(CHARGES.c.id == bindparam("id")))
SAVE = Statement(
    update(CHARGES)
    .values(
        charge_id=bindparam("charge_id"),
        state=bindparam("state"),
        version=bindparam("version"),
        due_at=bindparam("due_at"),
        leased_until_at=None,
        attempts=0,
    )
    .where(CHARGES.c.id == bindparam("payment_id"), CHARGES.c.version == bindparam("earlier"))
)
CLAIM = claiming(CHARGES, CHARGE_WAITS, *READ)
POSTPONE = Statement(
    update(CHARGES)
    .values(due_at=bindparam("due"), leased_until_at=None)
    .where(CHARGES.c.id == bindparam("payment_id"), CHARGES.c.version == bindparam("version"))
)
NEXT_DUE = next_due(CHARGES, CHARGE_WAITS)


class OrderPaymentsRepository:
    """The charges of orders, each a row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, payment: Payment, now: datetime) -> None:
        """Keep a new charge."""
        await self._session.run(
            ADD,
            id=payment.id,
            order_id=payment.order_id,
            charge_id=payment.charge_id,
            amount=payment.amount.minor,
            currency=payment.amount.currency.code,
            digits=payment.amount.currency.digits,
            state=payment.state,
            created_at=microseconds(now),
            due_at=None,
            leased_until_at=None,
            attempts=0,
            version=payment.version,
        )

    async def of(self, order_id: str) -> tuple[Payment, ...]:
        """The charges of an order, in the order they were made."""
        return tuple(map(_payment, await self._session.all(OF, order_id=order_id)))

    async def find(self, id: str) -> Payment | None:
        """The charge of that id."""
        row = await self._session.one(FIND, id=id)
        return None if row is None else _payment(row)

    async def save(self, payment: Payment, due: datetime | None) -> None:
        """Keep a change of state."""
        written = await self._session.run(
            SAVE,
            payment_id=payment.id,
            charge_id=payment.charge_id,
            state=payment.state,
            version=payment.version,
            earlier=payment.version - 1,
            due_at=microseconds_or_none(due),
        )
        if not written:
            raise Stale(payment.id)

    async def claim(self, now: datetime, leased_until: datetime, most: int) -> tuple[Payment, ...]:
        """Up to ``most`` charges on their way that are due and nobody's, leased."""
        rows = await self._session.all(
            CLAIM, now=microseconds(now), leased_until=microseconds(leased_until), most=most
        )
        return tuple(map(_payment, rows))

    async def postpone(self, payment: Payment, due: datetime) -> None:
        """Try again at ``due``."""
        written = await self._session.run(
            POSTPONE, payment_id=payment.id, version=payment.version, due=microseconds(due)
        )
        if not written:
            raise Stale(payment.id)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next charge that nobody has leased falls due."""
        row = await self._session.one(NEXT_DUE, now=microseconds(now))
        return instant_or_none(row[0]) if row else None


def _payment(row: tuple[Any, ...]) -> Payment:
    id, order_id, charge_id, amount, currency, digits, state, version, attempts = row
    money = Money(amount, Currency(currency, digits))
    return Payment(id, order_id, charge_id, money, PaymentState(state), version, attempts)
