"""The repository of the customer groups that purchasers are in."""

from sqlalchemy import bindparam, delete, select

from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.tables.rules import CustomerGroupRow

groups = table(CustomerGroupRow)

LIST: Statement[tuple[str]] = Statement(
    select(groups.c.name).where(groups.c.purchaser_id == bindparam("purchaser"))
)
ADD = Statement(insert(groups).on_conflict_do_nothing())
REMOVE = Statement(
    delete(groups).where(
        groups.c.purchaser_id == bindparam("purchaser"), groups.c.name == bindparam("group")
    )
)
REMOVE_ALL = Statement(delete(groups).where(groups.c.purchaser_id == bindparam("purchaser")))


class CustomerGroupsRepository:
    """The customer groups of purchasers."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def list_for(self, purchaser_id: str) -> frozenset[str]:
        """The names of the groups that the purchaser is in."""
        rows = await self._session.fetch_all(LIST, purchaser=purchaser_id)
        return frozenset(name for (name,) in rows)

    async def add(self, purchaser_id: str, name: str) -> None:
        """Put the purchaser into a group, unless they are in it."""
        await self._session.execute(ADD, purchaser_id=purchaser_id, name=name)

    async def remove(self, purchaser_id: str, name: str) -> None:
        """Take the purchaser out of a group, if they are in it."""
        await self._session.execute(REMOVE, purchaser=purchaser_id, group=name)

    async def remove_from_all(self, purchaser_id: str) -> None:
        """Take the purchaser out of all groups."""
        await self._session.execute(REMOVE_ALL, purchaser=purchaser_id)
