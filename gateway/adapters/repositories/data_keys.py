"""The repository of wrapped data keys."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.tables.data_keys import DataKeyRow

data_keys = table(DataKeyRow)
IS_OF_SUBJECT = data_keys.c.subject == bindparam("subject")

FIND: Statement[tuple[bytes]] = Statement(select(data_keys.c.wrapped).where(IS_OF_SUBJECT))
FIND_MANY: Statement[tuple[str, bytes]] = Statement(
    select(data_keys.c.subject, data_keys.c.wrapped).where(in_list(data_keys.c.subject, "subjects"))
)
LIST_AFTER: Statement[tuple[str, bytes]] = Statement(
    select(data_keys.c.subject, data_keys.c.wrapped)
    .where(data_keys.c.subject > bindparam("subject"))
    .order_by(data_keys.c.subject)
    .limit(bindparam("most"))
)
ADD = Statement(insert(data_keys).on_conflict_do_nothing())
REPLACE = Statement(
    update(data_keys)
    .where(IS_OF_SUBJECT, data_keys.c.wrapped == bindparam("old"))
    .values(wrapped=bindparam("new"))
)
DELETE = Statement(delete(data_keys).where(IS_OF_SUBJECT))


class DataKeysRepository:
    """The wrapped data keys, one for each subject."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find(self, subject: str) -> bytes | None:
        """The wrapped key of ``subject``; None if it has none or it was deleted."""
        row = await self._session.fetch_one(FIND, subject=subject)
        return row[0] if row else None

    async def find_many(self, subjects: list[str]) -> Mapping[str, bytes]:
        """The wrapped keys of ``subjects``, by subject; those without a key are left out."""
        return dict(await self._session.fetch_all(FIND_MANY, subjects=subjects))

    async def add(self, subject: str, wrapped_key: bytes) -> bytes:
        """Add a key unless ``subject`` has one; returns the wrapped key that it has now."""
        if await self._session.execute(ADD, subject=subject, wrapped=wrapped_key):
            return wrapped_key
        # Read again, because another transaction may have added one at the same time.
        return await self.find(subject) or wrapped_key

    async def replace(self, subject: str, old_wrapped_key: bytes, new_wrapped_key: bytes) -> bool:
        """Replace a wrapped key; returns False if it is no longer ``old_wrapped_key``."""
        return (
            await self._session.execute(
                REPLACE, subject=subject, old=old_wrapped_key, new=new_wrapped_key
            )
            == 1
        )

    async def delete(self, subject: str) -> None:
        """Delete the key, so that everything that was sealed under it is unreadable."""
        await self._session.execute(DELETE, subject=subject)

    async def list_after(self, subject: str, limit: int) -> Mapping[str, bytes]:
        """The next ``limit`` wrapped keys by subject, in order, after ``subject``."""
        return dict(await self._session.fetch_all(LIST_AFTER, subject=subject, most=limit))
