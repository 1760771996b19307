"""The imported directory in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.directory import DirectoryEntryRow, DirectoryKeyRow
from gateway.services.ports.directory import DirectoryEntry

entries = table(DirectoryEntryRow)
keys = table(DirectoryKeyRow)

_entry = insert(entries)
PUT = Statement(
    _entry.on_conflict_do_update(
        index_elements=[entries.c.id],
        set_={
            "sealed": _entry.excluded.sealed,
            "as_of_at": _entry.excluded.as_of_at,
            "imported_at": _entry.excluded.imported_at,
        },
    )
)
UNKEY = Statement(delete(keys).where(keys.c.entry_id == bindparam("entry_id")))
KEY = Statement(insert(keys).on_conflict_do_nothing())
NEWEST: Statement[tuple[int, str]] = Statement(
    select(keys.c.as_of_at, keys.c.entry_id)
    .where(keys.c.blind == bindparam("blind"))
    .order_by(keys.c.as_of_at.desc(), keys.c.entry_id.desc())
    .limit(bindparam("most"))
)
AMONG: Statement[tuple[str, bytes, int]] = Statement(
    select(entries.c.id, entries.c.sealed, entries.c.as_of_at).where(within(entries.c.id, "ids"))
)

HOLDING: Statement[tuple[str]] = Statement(
    select(keys.c.entry_id).where(within(keys.c.blind, "blinds"))
)
UNKEY_ALL = Statement(delete(keys).where(within(keys.c.entry_id, "ids")))
DELETE_ALL = Statement(delete(entries).where(within(entries.c.id, "ids")))


class DirectoryRepository:
    """The imported directory."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, entry: DirectoryEntry, blinds: Sequence[str], now: datetime) -> None:
        """Keep a record, found by ``blinds``."""
        at = microseconds(entry.as_of)
        await self._session.run(
            PUT, id=entry.id, sealed=entry.sealed, as_of_at=at, imported_at=microseconds(now)
        )
        await self._session.run(UNKEY, entry_id=entry.id)
        await self._session.many(
            KEY, [{"entry_id": entry.id, "blind": each, "as_of_at": at} for each in blinds]
        )

    async def found(self, blinds: Sequence[str], most: int) -> tuple[DirectoryEntry, ...]:
        """Records with one of ``blinds``, the newest first."""
        newest: set[tuple[int, str]] = set()
        # One by one: of a frequent name there are thousands, and each list is read from its end.
        for blind in blinds:
            newest.update(await self._session.all(NEWEST, blind=blind, most=most))
        ids = [id for _, id in sorted(newest, reverse=True)[:most]]
        rows = {row[0]: row for row in await self._session.all(AMONG, ids=ids)}
        return tuple(
            DirectoryEntry(id, rows[id][1], instant(rows[id][2])) for id in ids if id in rows
        )

    async def forget(self, blinds: Sequence[str]) -> tuple[str, ...]:
        """Delete all records with one of ``blinds``."""
        rows = await self._session.all(HOLDING, blinds=list(blinds))
        ids = sorted({row[0] for row in rows})
        await self._session.run(UNKEY_ALL, ids=ids)
        await self._session.run(DELETE_ALL, ids=ids)
        return tuple(ids)
