"""The repository of the times of messages to contacts."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_selection, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.contact_messages import ContactMessagesRow

contact_messages = table(ContactMessagesRow)
_contact_insert = insert(contact_messages)

# If the row exists, the update only locks it.
LOCK: Statement[tuple[str]] = Statement(
    _contact_insert.values(blind=bindparam("blind"), times="[]", last_at=bindparam("now"))
    .on_conflict_do_update(
        index_elements=[contact_messages.c.blind], set_={"blind": _contact_insert.excluded.blind}
    )
    .returning(contact_messages.c.times)
)
SAVE = Statement(
    update(contact_messages)
    .where(contact_messages.c.blind == bindparam("of"))
    .values(times=bindparam("times"), last_at=bindparam("last_at"))
)
# Rows that another transaction has locked are left to the next run.
OUTDATED_CONTACTS = (
    select(contact_messages.c.blind)
    .where(contact_messages.c.last_at < bindparam("before"))
    .order_by(contact_messages.c.last_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE_OUTDATED = Statement(
    delete(contact_messages).where(in_selection(contact_messages.c.blind, OUTDATED_CONTACTS))
)


class ContactMessagesRepository:
    """The times of the latest messages to each contact."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def lock_and_load(self, blind_index: str, now: datetime) -> tuple[datetime, ...]:
        """The times of the contact's messages; locks them until the transaction ends."""
        row = await self._session.fetch_one(LOCK, blind=blind_index, now=to_microseconds(now))
        times: list[int] = orjson.loads(row[0]) if row else []
        return tuple(map(from_microseconds, times))

    async def save(self, blind_index: str, times: Sequence[datetime]) -> None:
        """Save the times of messages to the contact, which is locked; one or more."""
        timestamps = sorted(map(to_microseconds, times))
        times_json = orjson.dumps(timestamps).decode()
        await self._session.execute(SAVE, of=blind_index, times=times_json, last_at=timestamps[-1])

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` contacts last written to before then; returns how many."""
        return await self._session.execute(
            DELETE_OUTDATED, before=to_microseconds(before), most=limit
        )
