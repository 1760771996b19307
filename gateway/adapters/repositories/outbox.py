"""The outbox in tables."""

from datetime import datetime

from sqlalchemy import and_, bindparam, func, null, select, update

from gateway.adapters.claims import claiming, next_due
from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.outbox import WAITING, OutboxRow
from gateway.services.ports.database import Stale
from gateway.services.ports.outbox import MessageKind, NewMessage, WaitingMessage

rows = table(OutboxRow)
MINE = (
    update(rows)
    .where(rows.c.id == bindparam("of"), rows.c.version == bindparam("seen"), WAITING)
    .values(version=rows.c.version + 1, leased_until_at=null())
)

ADD = Statement(insert(rows).on_conflict_do_nothing())
CLAIM: Statement[tuple[str, str, str, str, bytes, int, int]] = claiming(
    rows,
    and_(rows.c.kind == bindparam("kind"), WAITING),
    rows.c.id,
    rows.c.dedupe_key,
    rows.c.kind,
    rows.c.subject,
    rows.c.payload,
    rows.c.attempts,
    rows.c.version,
)
NEXT = next_due(rows, and_(rows.c.kind == bindparam("kind"), WAITING))
COUNT: Statement[tuple[int]] = Statement(
    select(func.count()).select_from(
        select(rows.c.id)
        .where(rows.c.kind == bindparam("kind"), WAITING)
        .limit(bindparam("most"))
        .subquery()
    )
)
FINISH = Statement(
    MINE.values(state=bindparam("state"), payload=null(), failure=bindparam("failure"))
)
POSTPONE = Statement(MINE.values(due_at=bindparam("due"), failure=bindparam("failure")))


class OutboxRepository:
    """The messages waiting to be sent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, message: NewMessage, now: datetime) -> bool:
        """Whether ``message`` is new."""
        added = await self._session.run(
            ADD,
            id=message.id,
            dedupe_key=message.dedupe_key,
            kind=message.kind,
            subject=message.subject,
            payload=message.sealed,
            state="WAITING",
            due_at=microseconds(message.due),
            leased_until_at=None,
            attempts=0,
            version=1,
            created_at=microseconds(now),
            failure=None,
        )
        return added == 1

    async def claim(
        self, now: datetime, leased_until: datetime, most: int, kind: MessageKind
    ) -> tuple[WaitingMessage, ...]:
        """Up to ``most`` messages of a kind that are due and nobody's, leased."""
        claimed = await self._session.all(
            CLAIM,
            now=microseconds(now),
            leased_until=microseconds(leased_until),
            most=most,
            kind=kind,
        )
        return tuple(_message(*row) for row in claimed)

    async def sent(self, message: WaitingMessage) -> None:
        """Keep that it was sent, and no longer what it said."""
        await self._write(FINISH, message, state="SENT", failure=None)

    async def give_up(self, message: WaitingMessage, failure: str) -> None:
        """Keep that it cannot be sent, and no longer what it said."""
        await self._write(FINISH, message, state="FAILED", failure=failure)

    async def postpone(self, message: WaitingMessage, due: datetime, failure: str) -> None:
        """Try again at ``due``."""
        await self._write(POSTPONE, message, due=microseconds(due), failure=failure)

    async def waiting(self, most: int) -> int:
        """How many messages are still to be sent; ``most`` where there are more."""
        found = 0
        for kind in MessageKind:
            row = await self._session.one(COUNT, most=most - found, kind=kind)
            found += row[0] if row else 0
        return found

    async def next_due(self, now: datetime, kind: MessageKind) -> datetime | None:
        """When the next message of a kind that nobody has leased falls due."""
        row = await self._session.one(NEXT, now=microseconds(now), kind=kind)
        return instant(row[0]) if row else None

    async def _write(
        self, statement: Statement, message: WaitingMessage, **values: str | int | None
    ) -> None:
        if not await self._session.run(statement, of=message.id, seen=message.version, **values):
            raise Stale(message.id)


def _message(
    id: str,
    dedupe_key: str,
    kind: str,
    subject: str,
    sealed: bytes,
    attempts: int,
    version: int,
) -> WaitingMessage:
    return WaitingMessage(id, dedupe_key, MessageKind(kind), subject, sealed, attempts, version)
