"""The events of the payment provider, in a table."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
)
from gateway.adapters.tables.provider_events import (
    EVENT_IS_FAILED,
    EVENT_IS_WAITING,
    ProviderEventRow,
)
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.provider_events import ProviderEvent, ProviderEventState

EVENTS = table(ProviderEventRow)
EVENT = RowMapper(
    ProviderEvent,
    id=EVENTS.c.id,
    type=EVENTS.c.type,
    object_id=EVENTS.c.object_id,
    received_at=From(from_microseconds, EVENTS.c.received_at),
    state=From(ProviderEventState, EVENTS.c.state),
    failure=EVENTS.c.failure,
    attempts=EVENTS.c.attempts,
    version=EVENTS.c.version,
)
IS_AS_SEEN = (EVENTS.c.id == bindparam("event_id")) & (EVENTS.c.version == bindparam("seen"))

ADD = Statement(insert(EVENTS).on_conflict_do_nothing())
FIND = Statement(select(*EVENT.columns).where(EVENTS.c.id == bindparam("id")))
CLAIM = lease_statement(EVENTS, EVENT_IS_WAITING, *EVENT.columns)
NEXT_DUE = next_due_statement(EVENTS, EVENT_IS_WAITING)
FINISH = Statement(
    update(EVENTS)
    .where(IS_AS_SEEN)
    .values(
        state=bindparam("new_state"),
        failure=bindparam("failure"),
        leased_until_at=None,
        version=EVENTS.c.version + 1,
    )
)
POSTPONE = Statement(
    update(EVENTS)
    .where(IS_AS_SEEN)
    .values(
        due_at=bindparam("due"),
        failure=bindparam("failure"),
        attempts=bindparam("attempts_so_far"),
        leased_until_at=None,
        version=EVENTS.c.version + 1,
    )
)
LIST_FAILED = Statement(
    select(*EVENT.columns)
    .where(EVENT_IS_FAILED)
    .order_by(EVENTS.c.received_at)
    .limit(bindparam("most"))
)
RETRY = Statement(
    update(EVENTS)
    # Whoever has read it at this version has read that it is a dead letter.
    .where(IS_AS_SEEN)
    .values(
        state=ProviderEventState.WAITING,
        due_at=bindparam("due"),
        attempts=0,
        version=EVENTS.c.version + 1,
    )
)
LIST_OUTDATED: Statement[tuple[str]] = Statement(
    select(EVENTS.c.id)
    .where(EVENTS.c.received_at < bindparam("before"))
    .order_by(EVENTS.c.received_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE = Statement(delete(EVENTS).where(EVENTS.c.id == bindparam("event_id")))


class ProviderEventsRepository:
    """The events, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, event: ProviderEvent) -> bool:
        """Keep a new event, due at once; returns whether its id is new."""
        received_at = to_microseconds(event.received_at)
        row_count = await self._session.execute(
            ADD,
            id=event.id,
            type=event.type,
            object_id=event.object_id,
            state=event.state,
            failure=event.failure,
            received_at=received_at,
            due_at=received_at,
            leased_until_at=None,
            attempts=event.attempts,
            version=event.version,
        )
        return row_count == 1

    async def find(self, id: str) -> ProviderEvent | None:
        """The event of that id."""
        row = await self._session.fetch_one(FIND, id=id)
        return None if row is None else EVENT.value(row)

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[ProviderEvent, ...]:
        """Up to ``limit`` waiting events that are due and nobody's, leased."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(EVENT.value, rows))

    async def finish(
        self, event: ProviderEvent, state: ProviderEventState, failure: str | None
    ) -> None:
        """End a leased event."""
        await self._update_leased(FINISH, event, new_state=state, failure=failure)

    async def postpone(self, event: ProviderEvent, due: datetime, failure: str) -> None:
        """Try a leased event again at ``due``, with as many attempts as ``event`` has."""
        await self._update_leased(
            POSTPONE,
            event,
            due=to_microseconds(due),
            failure=failure,
            attempts_so_far=event.attempts,
        )

    async def list_failed(self, limit: int) -> tuple[ProviderEvent, ...]:
        """Up to ``limit`` dead letters, the oldest first."""
        rows = await self._session.fetch_all(LIST_FAILED, most=limit)
        return tuple(map(EVENT.value, rows))

    async def retry(self, event: ProviderEvent, due: datetime) -> bool:
        """Let a dead letter wait again; returns whether it still was one."""
        row_count = await self._session.execute(
            RETRY, event_id=event.id, seen=event.version, due=to_microseconds(due)
        )
        return row_count == 1

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next event that nobody has leased falls due."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` events from before ``before``; returns how many."""
        rows = await self._session.fetch_all(
            LIST_OUTDATED, before=to_microseconds(before), most=limit
        )
        await self._session.execute_many(DELETE, [{"event_id": id} for (id,) in rows])
        return len(rows)

    async def _update_leased(
        self, statement: Statement, event: ProviderEvent, **values: str | int | None
    ) -> None:
        if not await self._session.execute(
            statement, event_id=event.id, seen=event.version, **values
        ):
            raise VersionConflict(event.id)
