"""One-click grants in tables."""

from sqlalchemy import bindparam, delete, select

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table
from gateway.adapters.tables.identity import OneClickGrantRow
from gateway.services.ports.grants import GrantRecord

grants = table(OneClickGrantRow)

OF_PAIR: Statement[tuple[str, str, str, bytes, str, str, int]] = Statement(
    select(
        grants.c.client_id,
        grants.c.purchaser_id,
        grants.c.label_index,
        grants.c.sealed,
        grants.c.address_id,
        grants.c.payment_method_id,
        grants.c.enabled_at,
    )
    .where(
        grants.c.client_id == bindparam("client"), grants.c.purchaser_id == bindparam("purchaser")
    )
    .order_by(grants.c.enabled_at, grants.c.label_index)
)
LATEST_METHODS: Statement[tuple[str]] = Statement(
    select(grants.c.payment_method_id)
    .where(grants.c.purchaser_id == bindparam("purchaser"))
    .order_by(grants.c.enabled_at.desc(), grants.c.label_index)
)
PUT_ROW = insert(grants)
PUT = Statement(
    PUT_ROW.on_conflict_do_update(
        index_elements=["client_id", "purchaser_id", "label_index"],
        set_={
            name: PUT_ROW.excluded[name]
            for name in ("sealed", "address_id", "payment_method_id", "enabled_at")
        },
    )
)
WITHDRAW_ALL = Statement(delete(grants).where(grants.c.purchaser_id == bindparam("purchaser")))
WITHDRAW = Statement(
    delete(grants).where(
        grants.c.purchaser_id == bindparam("purchaser"), grants.c.client_id == bindparam("client")
    )
)


class GrantsRepository:
    """The grants of pairs of a client and a purchaser."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, client_id: str, purchaser_id: str) -> tuple[GrantRecord, ...]:
        """What the purchaser enabled on the client."""
        rows = await self._session.all(OF_PAIR, client=client_id, purchaser=purchaser_id)
        return tuple(_grant(*row) for row in rows)

    async def latest_methods(self, purchaser_id: str) -> tuple[str, ...]:
        """The ids of the methods the purchaser enabled on any client, the latest first."""
        rows = await self._session.all(LATEST_METHODS, purchaser=purchaser_id)
        return tuple(id for (id,) in rows)

    async def put(self, grant: GrantRecord) -> None:
        """Keep a grant in place of the pair's one with the same label."""
        await self._session.run(
            PUT,
            client_id=grant.client_id,
            purchaser_id=grant.purchaser_id,
            label_index=grant.key,
            sealed=grant.sealed,
            address_id=grant.address_id,
            payment_method_id=grant.payment_method_id,
            enabled_at=microseconds(grant.enabled_at),
        )

    async def withdraw(self, purchaser_id: str, client_id: str | None = None) -> int:
        """How many grants of the purchaser were there, on one client or on all."""
        if client_id is None:
            return await self._session.run(WITHDRAW_ALL, purchaser=purchaser_id)
        return await self._session.run(WITHDRAW, purchaser=purchaser_id, client=client_id)


def _grant(
    client_id: str,
    purchaser_id: str,
    key: str,
    sealed: bytes,
    address_id: str,
    payment_method_id: str,
    enabled_at: int,
) -> GrantRecord:
    return GrantRecord(
        client_id,
        purchaser_id,
        key,
        sealed,
        address_id,
        payment_method_id,
        instant(enabled_at),
    )
