"""The repository of the log of actions by staff."""

import orjson
from sqlalchemy import BigInteger, String, bindparam, select, tuple_

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.staff_actions import StaffActionRow
from gateway.services.ports.staff_actions import StaffAction, StaffActionPosition

actions = table(StaffActionRow)
ACTION = RowMapper(
    StaffAction,
    id=actions.c.id,
    key_name=actions.c.key_name,
    action=actions.c.action,
    subject_id=actions.c.subject_id,
    reason=actions.c.reason,
    detail=From(orjson.loads, actions.c.detail),
    done_at=From(from_microseconds, actions.c.done_at),
)
END_OF_LIST = (2**63 - 1, "")
"""After every action: where a list that begins with the latest starts."""

ADD = Statement(insert(actions))
FIND = Statement(select(*ACTION.columns).where(actions.c.id == bindparam("id")))
SELECT_PAGE = (
    select(*ACTION.columns)
    .where(
        tuple_(actions.c.done_at, actions.c.id)
        < tuple_(bindparam("before_at", type_=BigInteger), bindparam("before_id", type_=String))
    )
    .order_by(actions.c.done_at.desc(), actions.c.id.desc())
    .limit(bindparam("most"))
)
LIST_PAGE = Statement(SELECT_PAGE)
LIST_PAGE_OF_SUBJECT = Statement(SELECT_PAGE.where(actions.c.subject_id == bindparam("subject_id")))


class StaffActionsRepository:
    """The log of actions by staff, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, action: StaffAction) -> None:
        """Add an action."""
        await self._session.execute(
            ADD,
            id=action.id,
            key_name=action.key_name,
            action=action.action,
            subject_id=action.subject_id,
            reason=action.reason,
            detail=orjson.dumps(dict(action.detail)).decode(),
            done_at=to_microseconds(action.done_at),
        )

    async def find(self, id: str) -> StaffAction | None:
        """The action of that id."""
        row = await self._session.fetch_one(FIND, id=id)
        return None if row is None else ACTION.value(row)

    async def list_page(
        self, limit: int, before: StaffActionPosition | None, subject_id: str | None
    ) -> tuple[StaffAction, ...]:
        """Up to ``limit`` actions before a position, latest first.

        With ``subject_id`` only the actions on this subject.
        """
        before_at, before_id = (
            END_OF_LIST if before is None else (to_microseconds(before.done_at), before.id)
        )
        rows = (
            await self._session.fetch_all(
                LIST_PAGE, before_at=before_at, before_id=before_id, most=limit
            )
            if subject_id is None
            else await self._session.fetch_all(
                LIST_PAGE_OF_SUBJECT,
                before_at=before_at,
                before_id=before_id,
                most=limit,
                subject_id=subject_id,
            )
        )
        return tuple(map(ACTION.value, rows))
