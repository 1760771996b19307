"""When contacts were written to, in a table."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, chosen, insert, table
from gateway.adapters.tables.contact_messages import ContactMessagesRow

rows = table(ContactMessagesRow)
_new = insert(rows)

# Where the row is there, the update changes nothing: it locks.
LOCK: Statement[tuple[str]] = Statement(
    _new.values(blind=bindparam("blind"), times="[]", last_at=bindparam("now"))
    .on_conflict_do_update(index_elements=[rows.c.blind], set_={"blind": _new.excluded.blind})
    .returning(rows.c.times)
)
SAVE = Statement(
    update(rows)
    .where(rows.c.blind == bindparam("of"))
    .values(times=bindparam("times"), last_at=bindparam("last_at"))
)
# Those that another transaction counts just now are left to the next sweep.
OUTDATED = (
    select(rows.c.blind)
    .where(rows.c.last_at < bindparam("before"))
    .order_by(rows.c.last_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
FORGET = Statement(delete(rows).where(chosen(rows.c.blind, OUTDATED)))


class ContactMessagesRepository:
    """When contacts were written to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, blind: str, now: datetime) -> tuple[datetime, ...]:
        """When the contact was written to; others who count it wait for this transaction."""
        row = await self._session.one(LOCK, blind=blind, now=microseconds(now))
        times: list[int] = orjson.loads(row[0]) if row else []
        return tuple(map(instant, times))

    async def save(self, blind: str, times: Sequence[datetime]) -> None:
        """Keep when the contact, which is locked, was written to; at least once."""
        kept = sorted(map(microseconds, times))
        text = orjson.dumps(kept).decode()
        await self._session.run(SAVE, of=blind, times=text, last_at=kept[-1])

    async def forget(self, before: datetime, most: int) -> int:
        """Forget up to ``most`` contacts last written to before then; how many there were."""
        return await self._session.run(FORGET, before=microseconds(before), most=most)
