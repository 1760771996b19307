"""The repository of clients."""

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, literal, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import from_microseconds_or_none, to_microseconds
from gateway.adapters.tables.identity import (
    CLIENT_HAS_NO_PURCHASER,
    ClientIdentifierRow,
    ClientPurchaserRow,
    ClientRow,
    OneClickGrantRow,
    ProviderAccountRow,
    SessionRow,
)
from gateway.services.ports.clients import KnownCredentials, PresentedCredentials

clients = table(ClientRow)
client_identifiers = table(ClientIdentifierRow)
client_purchasers = table(ClientPurchaserRow)
one_click_grants = table(OneClickGrantRow)
sessions = table(SessionRow)
provider_accounts = table(ProviderAccountRow)
single_row = select(literal(1).label("one")).subquery("request")


def _is_set(instant: int | None) -> bool:
    return instant is not None


CREDENTIALS = RowMapper(
    KnownCredentials,
    client_id=client_identifiers.c.client_id,
    identifier_retired=From(_is_set, client_identifiers.c.forgotten_at),
    mapped_purchaser=From(None, clients.c.purchaser_id),
    session_purchaser=From(None, sessions.c.purchaser_id),
    authenticated_at=From(from_microseconds_or_none, sessions.c.authenticated_at),
    account_purchaser=From(None, provider_accounts.c.purchaser_id),
)
LOOK_UP = Statement(
    select(*CREDENTIALS.columns).select_from(
        single_row.outerjoin(
            client_identifiers, client_identifiers.c.digest == bindparam("identifier")
        )
        .outerjoin(clients, clients.c.id == client_identifiers.c.client_id)
        .outerjoin(
            sessions,
            and_(
                sessions.c.digest == bindparam("session"),
                sessions.c.expires_at > bindparam("now"),
            ),
        )
        .outerjoin(
            provider_accounts,
            and_(
                provider_accounts.c.issuer == bindparam("issuer"),
                provider_accounts.c.subject == bindparam("subject"),
            ),
        )
    )
)
ADD = Statement(insert(clients).on_conflict_do_nothing())
ADD_IDENTIFIER = Statement(insert(client_identifiers).on_conflict_do_nothing())
RETIRE_IDENTIFIER = Statement(
    update(client_identifiers)
    .where(client_identifiers.c.digest == bindparam("old"))
    .values(forgotten_at=bindparam("now"))
)
SET_PURCHASER = Statement(
    update(clients)
    .where(clients.c.id == bindparam("client"))
    .values(purchaser_id=bindparam("purchaser"), changed_at=bindparam("now"))
)
_association_insert = insert(client_purchasers)
ASSOCIATE = Statement(
    _association_insert.on_conflict_do_update(
        index_elements=["client_id", "purchaser_id"],
        set_={"seen_at": _association_insert.excluded.seen_at},
    )
)
DISSOCIATE = Statement(
    delete(client_purchasers).where(
        client_purchasers.c.client_id == bindparam("client"),
        client_purchasers.c.purchaser_id
        == select(clients.c.purchaser_id)
        .where(clients.c.id == bindparam("client"))
        .scalar_subquery(),
    )
)
LIST_CANDIDATES: Statement[tuple[str]] = Statement(
    select(client_purchasers.c.purchaser_id)
    .where(client_purchasers.c.client_id == bindparam("client"))
    .order_by(client_purchasers.c.seen_at.desc(), client_purchasers.c.purchaser_id.desc())
    .limit(bindparam("most"))
)
LIST_PRUNABLE: Statement[tuple[str]] = Statement(
    select(clients.c.id)
    .where(CLIENT_HAS_NO_PURCHASER, clients.c.changed_at < bindparam("before"))
    .order_by(clients.c.changed_at)
    .limit(bindparam("most"))
    # Locked, so that none of them is used again meanwhile.
    .with_for_update(skip_locked=True)
)
DELETE_GRANTS = Statement(
    delete(one_click_grants).where(in_list(one_click_grants.c.client_id, "ids"))
)
DELETE_ASSOCIATIONS = Statement(
    delete(client_purchasers).where(in_list(client_purchasers.c.client_id, "ids"))
)
DELETE_IDENTIFIERS = Statement(
    delete(client_identifiers).where(in_list(client_identifiers.c.client_id, "ids"))
)
DELETE_CLIENTS = Statement(delete(clients).where(in_list(clients.c.id, "ids")))


class ClientsRepository:
    """The clients that have a purchaser or other stored data."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def look_up(self, presented: PresentedCredentials, now: datetime) -> KnownCredentials:
        """The data that match the credentials, read by one statement."""
        issuer, subject = presented.account or (None, None)
        row = await self._session.fetch_one(
            LOOK_UP,
            identifier=presented.identifier,
            session=presented.session,
            issuer=issuer,
            subject=subject,
            now=to_microseconds(now),
        )
        return CREDENTIALS.value(row) if row else KnownCredentials()

    async def add_if_absent(self, client_id: str, digest: str, now: datetime) -> None:
        """Add the client unless it exists already."""
        created_at = to_microseconds(now)
        await self._session.execute(
            ADD, id=client_id, purchaser_id=None, created_at=created_at, changed_at=created_at
        )
        await self._add_identifier(client_id, digest, now)

    async def map_to_purchaser(self, client_id: str, purchaser_id: str, now: datetime) -> None:
        """Map the client to the purchaser."""
        await self._session.execute(
            SET_PURCHASER, client=client_id, purchaser=purchaser_id, now=to_microseconds(now)
        )
        await self._session.execute(
            ASSOCIATE, client_id=client_id, purchaser_id=purchaser_id, seen_at=to_microseconds(now)
        )

    async def unmap_purchaser(self, client_id: str, now: datetime) -> None:
        """Unmap the client; its last purchaser is not a candidate either."""
        await self._session.execute(DISSOCIATE, client=client_id)
        await self._session.execute(
            SET_PURCHASER, client=client_id, purchaser=None, now=to_microseconds(now)
        )

    async def rotate_identifier(
        self, client_id: str, old_digest: str, new_digest: str, now: datetime
    ) -> None:
        """Replace the digest of the client's identifier, so that the old one is no longer valid."""
        await self._session.execute(RETIRE_IDENTIFIER, old=old_digest, now=to_microseconds(now))
        await self._add_identifier(client_id, new_digest, now)

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` unmapped clients with all their data.

        Their last change was before ``before``. Returns how many were deleted.
        """
        rows = await self._session.fetch_all(
            LIST_PRUNABLE, before=to_microseconds(before), most=limit
        )
        ids = [id for (id,) in rows]
        for statement in (DELETE_GRANTS, DELETE_ASSOCIATIONS, DELETE_IDENTIFIERS, DELETE_CLIENTS):
            await self._session.execute(statement, ids=ids)
        return len(ids)

    async def list_purchaser_candidates(self, client_id: str, limit: int) -> tuple[str, ...]:
        """Up to ``limit`` purchasers of the client who have not signed out, latest first."""
        rows = await self._session.fetch_all(LIST_CANDIDATES, client=client_id, most=limit)
        return tuple(purchaser_id for (purchaser_id,) in rows)

    async def _add_identifier(self, client_id: str, digest: str, now: datetime) -> None:
        await self._session.execute(
            ADD_IDENTIFIER,
            digest=digest,
            client_id=client_id,
            created_at=to_microseconds(now),
            forgotten_at=None,
        )
