"""The repository of the outbox."""

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, null, select, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.outbox import MESSAGE_IS_WAITING, OutboxRow
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.outbox import LeasedMessage, MessageKind, NewMessage

outbox_messages = table(OutboxRow)
LEASED_MESSAGE = RowMapper(
    LeasedMessage,
    id=outbox_messages.c.id,
    dedupe_key=outbox_messages.c.dedupe_key,
    kind=From(MessageKind, outbox_messages.c.kind),
    subject=outbox_messages.c.subject,
    sealed=From(None, outbox_messages.c.payload),
    attempts=outbox_messages.c.attempts,
    version=outbox_messages.c.version,
)
UPDATE_CLAIMED = (
    update(outbox_messages)
    .where(
        outbox_messages.c.id == bindparam("of"),
        outbox_messages.c.version == bindparam("seen"),
        MESSAGE_IS_WAITING,
    )
    .values(version=outbox_messages.c.version + 1, leased_until_at=null())
)

ADD = Statement(insert(outbox_messages).on_conflict_do_nothing())
CLAIM = lease_statement(
    outbox_messages,
    and_(outbox_messages.c.kind == bindparam("kind"), MESSAGE_IS_WAITING),
    *LEASED_MESSAGE.columns,
)
NEXT_DUE = next_due_statement(
    outbox_messages, and_(outbox_messages.c.kind == bindparam("kind"), MESSAGE_IS_WAITING)
)
COUNT_WAITING: Statement[tuple[int]] = Statement(
    select(func.count()).select_from(
        select(outbox_messages.c.id)
        .where(outbox_messages.c.kind == bindparam("kind"), MESSAGE_IS_WAITING)
        .limit(bindparam("most"))
        .subquery()
    )
)
FINISH = Statement(
    UPDATE_CLAIMED.values(state=bindparam("state"), payload=null(), failure=bindparam("failure"))
)
POSTPONE = Statement(UPDATE_CLAIMED.values(due_at=bindparam("due"), failure=bindparam("failure")))
DEFER = Statement(
    UPDATE_CLAIMED.values(due_at=bindparam("due"), attempts=outbox_messages.c.attempts - 1)
)
FIND_WAITING_DUE: Statement[tuple[int]] = Statement(
    select(outbox_messages.c.due_at).where(
        outbox_messages.c.dedupe_key == bindparam("dedupe_key"), MESSAGE_IS_WAITING
    )
)
FIND_LAST_KEY: Statement[tuple[str]] = Statement(
    select(outbox_messages.c.dedupe_key)
    .where(outbox_messages.c.dedupe_key.between(bindparam("first"), bindparam("last")))
    .order_by(outbox_messages.c.dedupe_key.desc())
    .limit(1)
)
DROP_UNTRIED = Statement(
    delete(outbox_messages).where(
        outbox_messages.c.dedupe_key == bindparam("dedupe_key"),
        MESSAGE_IS_WAITING,
        outbox_messages.c.attempts == 0,
        outbox_messages.c.leased_until_at.is_(None),
    )
)


class OutboxRepository:
    """The messages that wait to be sent."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, message: NewMessage, now: datetime) -> bool:
        """Add ``message`` unless its dedupe key exists; returns whether it was added."""
        row_count = await self._session.execute(
            ADD,
            id=message.id,
            dedupe_key=message.dedupe_key,
            kind=message.kind,
            subject=message.subject,
            payload=message.sealed,
            state="WAITING",
            due_at=to_microseconds(message.due),
            leased_until_at=None,
            attempts=0,
            version=1,
            created_at=to_microseconds(now),
            failure=None,
        )
        return row_count == 1

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int, kind: MessageKind
    ) -> tuple[LeasedMessage, ...]:
        """Lease up to ``limit`` due messages of one kind, and count an attempt of each."""
        rows = await self._session.fetch_all(
            CLAIM,
            now=to_microseconds(now),
            leased_until=to_microseconds(leased_until),
            most=limit,
            kind=kind,
        )
        return tuple(map(LEASED_MESSAGE.value, rows))

    async def mark_sent(self, message: LeasedMessage) -> None:
        """Mark the message as sent and delete its body."""
        await self._update_claimed(FINISH, message, state="SENT", failure=None)

    async def mark_failed(self, message: LeasedMessage, failure: str) -> None:
        """Mark the message as failed and delete its body."""
        await self._update_claimed(FINISH, message, state="FAILED", failure=failure)

    async def postpone(self, message: LeasedMessage, due: datetime, failure: str) -> None:
        """Let the message be due again at ``due``."""
        await self._update_claimed(POSTPONE, message, due=to_microseconds(due), failure=failure)

    async def defer(self, message: LeasedMessage, due: datetime) -> None:
        """Try at ``due``: until now it was not tried."""
        await self._update_claimed(DEFER, message, due=to_microseconds(due))

    async def find_waiting_due(self, dedupe_key: str) -> datetime | None:
        """When the message of that key falls due, where it still waits."""
        row = await self._session.fetch_one(FIND_WAITING_DUE, dedupe_key=dedupe_key)
        return from_microseconds(row[0]) if row else None

    async def find_last_key(self, first: str, last: str) -> str | None:
        """The last dedupe key from ``first`` to ``last``, waiting or not; None: there is none."""
        row = await self._session.fetch_one(FIND_LAST_KEY, first=first, last=last)
        return row[0] if row else None

    async def drop_untried(self, dedupe_key: str) -> None:
        """Delete the message of that key if nobody has tried to send it; the key is free again."""
        await self._session.execute(DROP_UNTRIED, dedupe_key=dedupe_key)

    async def count_waiting(self, limit: int) -> int:
        """The number of messages that wait to be sent, at most ``limit``."""
        count = 0
        for kind in MessageKind:
            row = await self._session.fetch_one(COUNT_WAITING, most=limit - count, kind=kind)
            count += row[0] if row else 0
        return count

    async def next_due(self, now: datetime, kind: MessageKind) -> datetime | None:
        """When the next message of a kind without a lease becomes due; None if there is none."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now), kind=kind)
        return from_microseconds(row[0]) if row else None

    async def _update_claimed(
        self, statement: Statement, message: LeasedMessage, **values: str | int | None
    ) -> None:
        if not await self._session.execute(
            statement, of=message.id, seen=message.version, **values
        ):
            raise VersionConflict(message.id)
