"""The repository of the request for a run of selection."""

from datetime import datetime

from sqlalchemy import BigInteger, bindparam, case, func, update

from gateway.adapters.sql.leases import lease_statement, next_due_statement
from gateway.adapters.sql.rows import RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds_or_none, to_microseconds
from gateway.adapters.tables.selection_requests import SELECTION_IS_WAITING, SelectionRequestRow
from gateway.services.ports.selection_requests import SelectionRequest

REQUEST_ID = "stock"
"""The id of the one row."""

requests = table(SelectionRequestRow)
REQUEST = RowMapper(
    SelectionRequest,
    id=requests.c.id,
    attempts=requests.c.attempts,
    version=requests.c.version,
)

_request_insert = insert(requests)
# A lease stays: whoever runs sees by the version that another run is wanted.
ASK = Statement(
    _request_insert.on_conflict_do_update(
        index_elements=[requests.c.id],
        set_={
            "due_at": func.coalesce(requests.c.due_at, _request_insert.excluded.due_at),
            "version": requests.c.version + 1,
        },
    )
)
CLAIM = lease_statement(requests, SELECTION_IS_WAITING, *REQUEST.columns)
NEXT_DUE = next_due_statement(requests, SELECTION_IS_WAITING)
FINISH: Statement[tuple[int | None]] = Statement(
    update(requests)
    .where(requests.c.id == bindparam("request_id"))
    .values(
        due_at=case(
            (requests.c.version != bindparam("seen", type_=BigInteger), requests.c.due_at),
            else_=None,
        ),
        leased_until_at=None,
        attempts=0,
    )
    .returning(requests.c.due_at)
)
POSTPONE = Statement(
    update(requests)
    .where(requests.c.id == bindparam("request_id"))
    .values(due_at=bindparam("due"), leased_until_at=None)
)


class SelectionRequestsRepository:
    """The request for a run, a single row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def request(self, now: datetime) -> None:
        """Request a run."""
        await self._session.execute(
            ASK,
            id=REQUEST_ID,
            due_at=to_microseconds(now),
            leased_until_at=None,
            attempts=0,
            version=1,
        )

    async def claim(
        self, now: datetime, leased_until: datetime, limit: int
    ) -> tuple[SelectionRequest, ...]:
        """Lease the request if a run is due and has no lease."""
        rows = await self._session.fetch_all(
            CLAIM, now=to_microseconds(now), leased_until=to_microseconds(leased_until), most=limit
        )
        return tuple(map(REQUEST.value, rows))

    async def finish(self, lease: SelectionRequest) -> bool:
        """End the run; returns False if another was requested meanwhile, which is due at once."""
        row = await self._session.fetch_one(FINISH, request_id=lease.id, seen=lease.version)
        return row is None or row[0] is None

    async def postpone(self, lease: SelectionRequest, due: datetime) -> None:
        """Let the run be due again at ``due``."""
        await self._session.execute(POSTPONE, request_id=lease.id, due=to_microseconds(due))

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next run without a lease becomes due; None if there is none."""
        row = await self._session.fetch_one(NEXT_DUE, now=to_microseconds(now))
        return from_microseconds_or_none(row[0]) if row else None
