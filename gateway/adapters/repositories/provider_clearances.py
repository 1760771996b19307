"""What is to go at the payment provider, in a table."""

from dataclasses import replace
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
from gateway.adapters.tables.provider_clearances import IS_FAILING, ProviderClearanceRow
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.provider_clearances import (
    ClearanceKind,
    ClearanceState,
    ProviderClearance,
)

CLEARANCES = table(ProviderClearanceRow)
CLEARANCE = RowMapper(
    ProviderClearance,
    id=CLEARANCES.c.id,
    kind=From(ClearanceKind, CLEARANCES.c.kind),
    purchaser_id=CLEARANCES.c.purchaser_id,
    sealed=CLEARANCES.c.sealed,
    state=From(ClearanceState, CLEARANCES.c.state),
    created_at=From(from_microseconds, CLEARANCES.c.created_at),
    failure=CLEARANCES.c.failure,
    order_id=CLEARANCES.c.order_id,
    attempts=CLEARANCES.c.attempts,
    version=CLEARANCES.c.version,
)
IS_AS_SEEN = (CLEARANCES.c.id == bindparam("clearance_id")) & (
    CLEARANCES.c.version == bindparam("seen")
)

ADD = Statement(insert(CLEARANCES).on_conflict_do_nothing())
CLAIM = lease_statement(CLEARANCES, true(), *CLEARANCE.columns)
NEXT_DUE = next_due_statement(CLEARANCES, true())
LIST_FOR = Statement(
    select(*CLEARANCE.columns).where(CLEARANCES.c.purchaser_id == bindparam("of_purchaser"))
)
BEGIN = Statement(
    update(CLEARANCES)
    .where(IS_AS_SEEN)
    .values(state=ClearanceState.BEGUN.value, version=CLEARANCES.c.version + 1)
)
DELETE = Statement(delete(CLEARANCES).where(IS_AS_SEEN))
POSTPONE = Statement(
    update(CLEARANCES)
    .where(IS_AS_SEEN)
    .values(
        due_at=bindparam("due"),
        failure=bindparam("last_failure"),
        attempts=bindparam("attempts_so_far"),
        state=bindparam("new_state"),
        leased_until_at=None,
        version=CLEARANCES.c.version + 1,
    )
)
LIST_FAILING = Statement(
    select(*CLEARANCE.columns)
    .where(IS_FAILING)
    .order_by(CLEARANCES.c.created_at)
    .limit(bindparam("most"))
)


class ProviderClearancesRepository:
    """What is to go, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, clearance: ProviderClearance, due: datetime) -> None:
        """Store a new one; one that is stored already stays as it is."""
        await self._session.execute(
            ADD,
            id=clearance.id,
            kind=clearance.kind,
            purchaser_id=clearance.purchaser_id,
            sealed=clearance.sealed,
            state=clearance.state,
            created_at=to_microseconds(clearance.created_at),
            due_at=to_microseconds(due),
            leased_until_at=None,
            failure=clearance.failure,
            order_id=clearance.order_id,
            attempts=clearance.attempts,
            version=clearance.version,
        )

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[ProviderClearance, ...]:
        """Up to ``limit`` that are due and nobody's, leased."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(CLEARANCE.value, rows))

    async def list_for(self, purchaser_id: str) -> tuple[ProviderClearance, ...]:
        """What waits to go of the purchaser's, in no order."""
        rows = await self._session.fetch_all(LIST_FOR, of_purchaser=purchaser_id)
        return tuple(map(CLEARANCE.value, rows))

    async def begin(self, clearance: ProviderClearance) -> ProviderClearance:
        """Note that the provider is to be asked now."""
        if not await self._session.execute(
            BEGIN, clearance_id=clearance.id, seen=clearance.version
        ):
            raise VersionConflict(clearance.id)
        return replace(clearance, state=ClearanceState.BEGUN, version=clearance.version + 1)

    async def delete(self, clearance: ProviderClearance) -> None:
        """Delete one that is done."""
        if not await self._session.execute(
            DELETE, clearance_id=clearance.id, seen=clearance.version
        ):
            raise VersionConflict(clearance.id)

    async def postpone(
        self, clearance: ProviderClearance, due: datetime, failure: str | None
    ) -> None:
        """Look at a leased one again at ``due``, with the state and attempts of ``clearance``."""
        if not await self._session.execute(
            POSTPONE,
            clearance_id=clearance.id,
            seen=clearance.version,
            due=to_microseconds(due),
            last_failure=failure,
            attempts_so_far=clearance.attempts,
            new_state=clearance.state,
        ):
            raise VersionConflict(clearance.id)

    async def list_failing(self, limit: int) -> tuple[ProviderClearance, ...]:
        """Up to ``limit`` whose last attempt failed, the oldest first."""
        rows = await self._session.fetch_all(LIST_FAILING, most=limit)
        return tuple(map(CLEARANCE.value, rows))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next one that nobody has leased falls due."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None
