"""The repository of the imported directory."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.directory import DirectoryEntryRow, DirectoryKeyRow
from gateway.services.ports.directory import DirectoryEntry

directory_entries = table(DirectoryEntryRow)
directory_keys = table(DirectoryKeyRow)
ENTRY = RowMapper(
    DirectoryEntry,
    id=directory_entries.c.id,
    sealed=directory_entries.c.sealed,
    as_of=From(from_microseconds, directory_entries.c.as_of_at),
)

_entry_insert = insert(directory_entries)
UPSERT_ENTRY = Statement(
    _entry_insert.on_conflict_do_update(
        index_elements=[directory_entries.c.id],
        set_={
            "sealed": _entry_insert.excluded.sealed,
            "as_of_at": _entry_insert.excluded.as_of_at,
            "imported_at": _entry_insert.excluded.imported_at,
        },
    )
)
DELETE_KEYS_OF_ENTRY = Statement(
    delete(directory_keys).where(directory_keys.c.entry_id == bindparam("entry_id"))
)
ADD_KEY = Statement(insert(directory_keys).on_conflict_do_nothing())
LIST_NEWEST: Statement[tuple[int, str]] = Statement(
    select(directory_keys.c.as_of_at, directory_keys.c.entry_id)
    .where(directory_keys.c.blind == bindparam("blind"))
    .order_by(directory_keys.c.as_of_at.desc(), directory_keys.c.entry_id.desc())
    .limit(bindparam("most"))
)
FIND_ENTRIES = Statement(select(*ENTRY.columns).where(in_list(directory_entries.c.id, "ids")))

LIST_ENTRY_IDS: Statement[tuple[str]] = Statement(
    select(directory_keys.c.entry_id).where(in_list(directory_keys.c.blind, "blinds"))
)
DELETE_KEYS = Statement(delete(directory_keys).where(in_list(directory_keys.c.entry_id, "ids")))
DELETE_ENTRIES = Statement(delete(directory_entries).where(in_list(directory_entries.c.id, "ids")))


class DirectoryRepository:
    """The records of the imported directory."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, entry: DirectoryEntry, blind_indexes: Sequence[str], now: datetime) -> None:
        """Add a record, to be found by ``blind_indexes``, or replace the one with the same id."""
        as_of_at = to_microseconds(entry.as_of)
        await self._session.execute(
            UPSERT_ENTRY,
            id=entry.id,
            sealed=entry.sealed,
            as_of_at=as_of_at,
            imported_at=to_microseconds(now),
        )
        await self._session.execute(DELETE_KEYS_OF_ENTRY, entry_id=entry.id)
        await self._session.execute_many(
            ADD_KEY,
            [
                {"entry_id": entry.id, "blind": blind, "as_of_at": as_of_at}
                for blind in blind_indexes
            ],
        )

    async def look_up(self, blind_indexes: Sequence[str], limit: int) -> tuple[DirectoryEntry, ...]:
        """Up to ``limit`` records with one of ``blind_indexes``, newest first."""
        newest: set[tuple[int, str]] = set()
        # One statement each, so that of thousands of records of a name only the newest are read.
        for blind in blind_indexes:
            newest.update(await self._session.fetch_all(LIST_NEWEST, blind=blind, most=limit))
        ids = [id for _, id in sorted(newest, reverse=True)[:limit]]
        entries = map(ENTRY.value, await self._session.fetch_all(FIND_ENTRIES, ids=ids))
        entries_by_id = {entry.id: entry for entry in entries}
        return tuple(entries_by_id[id] for id in ids if id in entries_by_id)

    async def delete_matching(self, blind_indexes: Sequence[str]) -> tuple[str, ...]:
        """Delete all records with one of ``blind_indexes``; returns their ids."""
        rows = await self._session.fetch_all(LIST_ENTRY_IDS, blinds=list(blind_indexes))
        ids = sorted({id for (id,) in rows})
        await self._session.execute(DELETE_KEYS, ids=ids)
        await self._session.execute(DELETE_ENTRIES, ids=ids)
        return tuple(ids)
