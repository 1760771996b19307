"""Clients in tables."""

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, literal, select, update

from gateway.adapters.instants import instant_or_none, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.identity import (
    NOBODYS,
    ClientIdentifierRow,
    ClientPurchaserRow,
    ClientRow,
    OneClickGrantRow,
    ProviderAccountRow,
    SessionRow,
)
from gateway.services.ports.clients import Found, Presented

clients = table(ClientRow)
identifiers = table(ClientIdentifierRow)
associations = table(ClientPurchaserRow)
grants = table(OneClickGrantRow)
sessions = table(SessionRow)
accounts = table(ProviderAccountRow)
request = select(literal(1).label("one")).subquery("request")

FOUND: Statement[tuple[str | None, int | None, str | None, str | None, int | None, str | None]] = (
    Statement(
        select(
            identifiers.c.client_id,
            identifiers.c.forgotten_at,
            clients.c.purchaser_id,
            sessions.c.purchaser_id,
            sessions.c.authenticated_at,
            accounts.c.purchaser_id,
        ).select_from(
            request.outerjoin(identifiers, identifiers.c.digest == bindparam("identifier"))
            .outerjoin(clients, clients.c.id == identifiers.c.client_id)
            .outerjoin(
                sessions,
                and_(
                    sessions.c.digest == bindparam("session"),
                    sessions.c.expires_at > bindparam("now"),
                ),
            )
            .outerjoin(
                accounts,
                and_(
                    accounts.c.issuer == bindparam("issuer"),
                    accounts.c.subject == bindparam("subject"),
                ),
            )
        )
    )
)
ADD = Statement(insert(clients).on_conflict_do_nothing())
KNOW = Statement(insert(identifiers).on_conflict_do_nothing())
FORGET = Statement(
    update(identifiers)
    .where(identifiers.c.digest == bindparam("old"))
    .values(forgotten_at=bindparam("now"))
)
STAND_FOR = Statement(
    update(clients)
    .where(clients.c.id == bindparam("client"))
    .values(purchaser_id=bindparam("purchaser"), changed_at=bindparam("now"))
)
SEEN = insert(associations)
ASSOCIATE = Statement(
    SEEN.on_conflict_do_update(
        index_elements=["client_id", "purchaser_id"],
        set_={"seen_at": SEEN.excluded.seen_at},
    )
)
DISSOCIATE = Statement(
    delete(associations).where(
        associations.c.client_id == bindparam("client"),
        associations.c.purchaser_id
        == select(clients.c.purchaser_id)
        .where(clients.c.id == bindparam("client"))
        .scalar_subquery(),
    )
)
CANDIDATES: Statement[tuple[str]] = Statement(
    select(associations.c.purchaser_id)
    .where(associations.c.client_id == bindparam("client"))
    .order_by(associations.c.seen_at.desc(), associations.c.purchaser_id.desc())
    .limit(bindparam("most"))
)


NOBODYS_OLDEST: Statement[tuple[str]] = Statement(
    select(clients.c.id)
    .where(NOBODYS, clients.c.changed_at < bindparam("before"))
    .order_by(clients.c.changed_at)
    .limit(bindparam("most"))
    # Nobody comes back on one of them meanwhile.
    .with_for_update(skip_locked=True)
)
DROP_GRANTS = Statement(delete(grants).where(within(grants.c.client_id, "ids")))
DROP_ASSOCIATIONS = Statement(delete(associations).where(within(associations.c.client_id, "ids")))
DROP_IDENTIFIERS = Statement(delete(identifiers).where(within(identifiers.c.client_id, "ids")))
DROP = Statement(delete(clients).where(within(clients.c.id, "ids")))


class ClientsRepository:
    """The clients there is something to remember of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def found(self, presented: Presented, now: datetime) -> Found:
        """Everything remembered of a request's sender."""
        issuer, subject = presented.account or (None, None)
        row = await self._session.one(
            FOUND,
            identifier=presented.identifier,
            session=presented.session,
            issuer=issuer,
            subject=subject,
            now=microseconds(now),
        )
        client, forgotten_at, mapped_to, session, authenticated_at, account = row or (None,) * 6
        return Found(
            client_id=client,
            forgotten=forgotten_at is not None,
            mapped_to=mapped_to,
            session_purchaser=session,
            authenticated_at=instant_or_none(authenticated_at),
            account_purchaser=account,
        )

    async def remember(self, client_id: str, digest: str, now: datetime) -> None:
        """Keep the client; nothing changes for one already kept."""
        created_at = microseconds(now)
        await self._session.run(
            ADD, id=client_id, purchaser_id=None, created_at=created_at, changed_at=created_at
        )
        await self._know(client_id, digest, now)

    async def map(self, client_id: str, purchaser_id: str, now: datetime) -> None:
        """From now on the client stands for the purchaser."""
        await self._session.run(
            STAND_FOR, client=client_id, purchaser=purchaser_id, now=microseconds(now)
        )
        await self._session.run(
            ASSOCIATE, client_id=client_id, purchaser_id=purchaser_id, seen_at=microseconds(now)
        )

    async def unmap(self, client_id: str, now: datetime) -> None:
        """From now on the client stands for nobody."""
        await self._session.run(DISSOCIATE, client=client_id)
        await self._session.run(STAND_FOR, client=client_id, purchaser=None, now=microseconds(now))

    async def rotate(self, client_id: str, old: str, new: str, now: datetime) -> None:
        """Know the client by ``new``; ``old`` is forgotten for good."""
        await self._session.run(FORGET, old=old, now=microseconds(now))
        await self._know(client_id, new, now)

    async def prune(self, before: datetime, most: int) -> int:
        """How many that stand for nobody, unchanged since before then, are deleted."""
        rows = await self._session.all(NOBODYS_OLDEST, before=microseconds(before), most=most)
        ids = [each for (each,) in rows]
        for each in (DROP_GRANTS, DROP_ASSOCIATIONS, DROP_IDENTIFIERS, DROP):
            await self._session.run(each, ids=ids)
        return len(ids)

    async def candidates(self, client_id: str, most: int) -> tuple[str, ...]:
        """Up to ``most`` purchasers the client has stood for, latest first."""
        rows = await self._session.all(CANDIDATES, client=client_id, most=most)
        return tuple(each for (each,) in rows)

    async def _know(self, client_id: str, digest: str, now: datetime) -> None:
        await self._session.run(
            KNOW,
            digest=digest,
            client_id=client_id,
            created_at=microseconds(now),
            forgotten_at=None,
        )
