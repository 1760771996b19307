"""The repository of one-click grants."""

from sqlalchemy import bindparam, delete, select

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.identity import OneClickGrantRow
from gateway.services.ports.one_click_grants import OneClickGrantRecord

grants = table(OneClickGrantRow)
GRANT = RowMapper(
    OneClickGrantRecord,
    client_id=grants.c.client_id,
    purchaser_id=grants.c.purchaser_id,
    label_index=grants.c.label_index,
    sealed=grants.c.sealed,
    address_id=grants.c.address_id,
    payment_method_id=grants.c.payment_method_id,
    enabled_at=From(from_microseconds, grants.c.enabled_at),
)
LIST_FOR_PAIR = Statement(
    select(*GRANT.columns)
    .where(
        grants.c.client_id == bindparam("client"), grants.c.purchaser_id == bindparam("purchaser")
    )
    .order_by(grants.c.enabled_at, grants.c.label_index)
)
LIST_LATEST_METHODS: Statement[tuple[str]] = Statement(
    select(grants.c.payment_method_id)
    .where(grants.c.purchaser_id == bindparam("purchaser"))
    .order_by(grants.c.enabled_at.desc(), grants.c.label_index)
)
_grant_insert = insert(grants)
UPSERT = Statement(
    _grant_insert.on_conflict_do_update(
        index_elements=["client_id", "purchaser_id", "label_index"],
        set_={
            name: _grant_insert.excluded[name]
            for name in ("sealed", "address_id", "payment_method_id", "enabled_at")
        },
    )
)
DELETE_ALL = Statement(delete(grants).where(grants.c.purchaser_id == bindparam("purchaser")))
DELETE = Statement(
    delete(grants).where(
        grants.c.purchaser_id == bindparam("purchaser"), grants.c.client_id == bindparam("client")
    )
)


class OneClickGrantsRepository:
    """The one-click grants, by client and purchaser."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def list_for(self, client_id: str, purchaser_id: str) -> tuple[OneClickGrantRecord, ...]:
        """The purchaser's grants on the client."""
        rows = await self._session.fetch_all(
            LIST_FOR_PAIR, client=client_id, purchaser=purchaser_id
        )
        return tuple(map(GRANT.value, rows))

    async def list_latest_method_ids(self, purchaser_id: str) -> tuple[str, ...]:
        """The ids of the payment methods in the purchaser's grants on all clients, latest first."""
        rows = await self._session.fetch_all(LIST_LATEST_METHODS, purchaser=purchaser_id)
        return tuple(id for (id,) in rows)

    async def upsert(self, grant: OneClickGrantRecord) -> None:
        """Add a grant, or replace the one with the same client, purchaser and label."""
        await self._session.execute(
            UPSERT,
            client_id=grant.client_id,
            purchaser_id=grant.purchaser_id,
            label_index=grant.label_index,
            sealed=grant.sealed,
            address_id=grant.address_id,
            payment_method_id=grant.payment_method_id,
            enabled_at=to_microseconds(grant.enabled_at),
        )

    async def delete(self, purchaser_id: str, client_id: str | None = None) -> int:
        """Delete the purchaser's grants on one client or, if None, on all; returns how many."""
        if client_id is None:
            return await self._session.execute(DELETE_ALL, purchaser=purchaser_id)
        return await self._session.execute(DELETE, purchaser=purchaser_id, client=client_id)
