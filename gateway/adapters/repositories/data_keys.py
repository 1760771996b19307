"""Wrapped data keys in tables."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select, update

from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.data_keys import DataKeyRow

keys = table(DataKeyRow)
OWN = keys.c.subject == bindparam("subject")

FIND: Statement[tuple[bytes]] = Statement(select(keys.c.wrapped).where(OWN))
AMONG: Statement[tuple[str, bytes]] = Statement(
    select(keys.c.subject, keys.c.wrapped).where(within(keys.c.subject, "subjects"))
)
AFTER: Statement[tuple[str, bytes]] = Statement(
    select(keys.c.subject, keys.c.wrapped)
    .where(keys.c.subject > bindparam("subject"))
    .order_by(keys.c.subject)
    .limit(bindparam("most"))
)
ADD = Statement(insert(keys).on_conflict_do_nothing())
REPLACE = Statement(
    update(keys).where(OWN, keys.c.wrapped == bindparam("old")).values(wrapped=bindparam("new"))
)
DELETE = Statement(delete(keys).where(OWN))


class DataKeysRepository:
    """The wrapped data keys."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, subject: str) -> bytes | None:
        """The wrapped key of ``subject``."""
        row = await self._session.one(FIND, subject=subject)
        return row[0] if row else None

    async def among(self, subjects: list[str]) -> Mapping[str, bytes]:
        """The wrapped keys of those of ``subjects`` that have one."""
        return dict(await self._session.all(AMONG, subjects=subjects))

    async def add(self, subject: str, wrapped: bytes) -> bytes:
        """The key ``subject`` has from now on: ``wrapped``, or the one it had."""
        if await self._session.run(ADD, subject=subject, wrapped=wrapped):
            return wrapped
        # Read again, not returned by the insert: two transactions may have added one at once.
        return await self.find(subject) or wrapped

    async def replace(self, subject: str, old: bytes, new: bytes) -> bool:
        """Whether ``old`` was there to be replaced by ``new``."""
        return await self._session.run(REPLACE, subject=subject, old=old, new=new) == 1

    async def delete(self, subject: str) -> None:
        """Forget the key."""
        await self._session.run(DELETE, subject=subject)

    async def after(self, subject: str, most: int) -> Mapping[str, bytes]:
        """The next ``most`` keys in the order of their subjects."""
        return dict(await self._session.all(AFTER, subject=subject, most=most))
