"""Holds of orders that end by themselves, in a table."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, true, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
)
from gateway.adapters.tables.hold_renewals import RENEWAL_IS_REFUSED, HoldRenewalRow
from gateway.engine.money import Currency, Money
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.hold_renewals import HoldRenewal, HoldRenewalState

RENEWALS = table(HoldRenewalRow)


def _amount(minor: int, currency: str, digits: int) -> Money:
    return Money(minor, Currency(currency, digits))


RENEWAL = RowMapper(
    HoldRenewal,
    id=RENEWALS.c.id,
    payment_id=RENEWALS.c.payment_id,
    order_id=RENEWALS.c.order_id,
    charge_id=RENEWALS.c.charge_id,
    amount=From(_amount, RENEWALS.c.amount, RENEWALS.c.currency, RENEWALS.c.digits),
    held_until=From(from_microseconds, RENEWALS.c.held_until_at),
    state=From(HoldRenewalState, RENEWALS.c.state),
    refusal=RENEWALS.c.refusal,
    attempts=RENEWALS.c.attempts,
    version=RENEWALS.c.version,
)
IS_AS_SEEN = (RENEWALS.c.id == bindparam("renewal_id")) & (RENEWALS.c.version == bindparam("seen"))

ADD = Statement(
    insert(RENEWALS).values({column.name: bindparam(column.name) for column in RENEWALS.c})
)
SAVE = Statement(
    update(RENEWALS)
    .where(IS_AS_SEEN)
    .values(
        charge_id=bindparam("charge_id"),
        amount=bindparam("amount"),
        state=bindparam("state"),
        refusal=bindparam("refusal"),
        due_at=bindparam("due"),
        leased_until_at=None,
        attempts=0,
        version=RENEWALS.c.version + 1,
    )
)
POSTPONE = Statement(
    update(RENEWALS)
    .where(IS_AS_SEEN)
    .values(due_at=bindparam("due"), leased_until_at=None, version=RENEWALS.c.version + 1)
)
DELETE = Statement(delete(RENEWALS).where(IS_AS_SEEN))
CLAIM = lease_statement(RENEWALS, true(), *RENEWAL.columns)
NEXT_DUE = next_due_statement(RENEWALS, true())
LIST_REFUSED = Statement(
    select(*RENEWAL.columns)
    .where(RENEWAL_IS_REFUSED)
    .order_by(RENEWALS.c.held_until_at)
    .limit(bindparam("most"))
)


class HoldRenewalsRepository:
    """The renewals, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, renewal: HoldRenewal, due: datetime) -> None:
        """Keep a new one."""
        await self._session.execute(
            ADD,
            id=renewal.id,
            payment_id=renewal.payment_id,
            order_id=renewal.order_id,
            charge_id=renewal.charge_id,
            amount=renewal.amount.minor,
            currency=renewal.amount.currency.code,
            digits=renewal.amount.currency.digits,
            held_until_at=to_microseconds(renewal.held_until),
            state=renewal.state,
            refusal=renewal.refusal,
            due_at=to_microseconds(due),
            leased_until_at=None,
            attempts=0,
            version=renewal.version,
        )

    async def save(self, renewal: HoldRenewal, due: datetime) -> None:
        """Keep what has become of a leased one."""
        if not await self._session.execute(
            SAVE,
            renewal_id=renewal.id,
            seen=renewal.version,
            charge_id=renewal.charge_id,
            amount=renewal.amount.minor,
            state=renewal.state,
            refusal=renewal.refusal,
            due=to_microseconds(due),
        ):
            raise VersionConflict(renewal.id)

    async def postpone(self, renewal: HoldRenewal, due: datetime) -> None:
        """Try a leased one again at ``due``."""
        if not await self._session.execute(
            POSTPONE, renewal_id=renewal.id, seen=renewal.version, due=to_microseconds(due)
        ):
            raise VersionConflict(renewal.id)

    async def delete(self, renewal: HoldRenewal) -> None:
        """Forget a leased one."""
        if not await self._session.execute(DELETE, renewal_id=renewal.id, seen=renewal.version):
            raise VersionConflict(renewal.id)

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[HoldRenewal, ...]:
        """Up to ``limit`` that are due and nobody's, leased."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(RENEWAL.value, rows))

    async def list_refused(self, limit: int) -> tuple[HoldRenewal, ...]:
        """Up to ``limit`` that were refused, the first to end first."""
        rows = await self._session.fetch_all(LIST_REFUSED, most=limit)
        return tuple(map(RENEWAL.value, rows))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None
