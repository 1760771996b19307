"""Sign-in codes and sessions in tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import BigInteger, bindparam, case, delete, false, func, select, true, update

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, chosen, insert, table, within
from gateway.adapters.tables.identity import SessionRow, SignInCodeRow
from gateway.services.ports.sessions import Asked, SignInCode

codes = table(SignInCodeRow)
sessions = table(SessionRow)
OF_EMAIL = within(codes.c.email_index, "emails")
# The sum keeps a database from going through all that was asked for since then: it takes the latest
# times, of which it has no statistics yet, for a few.
SINCE = codes.c.requested_at + 0 > bindparam("since", type_=BigInteger)

UNKNOWN = codes.c.known == false()
ASKED: Statement[tuple[int, int, int]] = Statement(
    select(
        func.coalesce(func.sum(case((codes.c.client_id == bindparam("client"), 1), else_=0)), 0),
        func.coalesce(func.sum(case((codes.c.network == bindparam("network"), 1), else_=0)), 0),
        func.coalesce(
            func.sum(case((UNKNOWN, codes.c.attempts + codes.c.others_attempts), else_=0)), 0
        ),
    ).where(OF_EMAIL, SINCE)
)
FROM_NETWORK: Statement[tuple[int]] = Statement(
    select(func.count()).where(codes.c.network == bindparam("network"), SINCE)
)
END_EARLIER = Statement(
    update(codes)
    .where(codes.c.email_index == bindparam("email"), codes.c.client_id == bindparam("client"))
    .values(ended=true())
)
ADD_CODE = Statement(insert(codes))
READ = (codes.c.id, codes.c.email_index, codes.c.code_index, codes.c.requested_at)
Row: TypeAlias = tuple[str, str, str, int]
# One statement, so that of two guesses at once each uses up a try of its own.
ATTEMPT: Statement[Row] = Statement(
    update(codes)
    .where(
        OF_EMAIL,
        SINCE,
        codes.c.client_id == bindparam("by"),
        codes.c.ended == false(),
        codes.c.attempts < bindparam("most"),
    )
    .values(attempts=codes.c.attempts + 1)
    .returning(*READ)
)
NEWEST_OF_OTHERS: Statement[tuple[str]] = Statement(
    select(codes.c.id)
    .where(
        codes.c.email_index == bindparam("email"),
        codes.c.requested_at > bindparam("since", type_=BigInteger),
        func.coalesce(codes.c.client_id, "") != bindparam("client"),
    )
    .order_by(codes.c.requested_at.desc())
    .limit(1)
)
ATTEMPT_OTHERS: Statement[Row] = Statement(
    update(codes)
    .where(
        codes.c.id == bindparam("of"),
        codes.c.ended == false(),
        codes.c.others_attempts < bindparam("most"),
    )
    .values(others_attempts=codes.c.others_attempts + 1)
    .returning(*READ)
)
END = Statement(update(codes).where(codes.c.id == bindparam("of")).values(ended=true()))
OUTDATED: Statement[tuple[str]] = Statement(
    select(codes.c.id)
    .where(codes.c.requested_at < bindparam("before"))
    .order_by(codes.c.requested_at)
    .limit(bindparam("most"))
)
DELETE_CODES = Statement(delete(codes).where(within(codes.c.id, "ids")))
ADD_SESSION = Statement(insert(sessions))
NOTE_SIGNED_OUT = Statement(insert(sessions).on_conflict_do_nothing())
OVER = (
    select(sessions.c.digest)
    .where(sessions.c.expires_at < bindparam("before"))
    .order_by(sessions.c.expires_at)
    .limit(bindparam("most"))
)
PRUNE_SESSIONS = Statement(delete(sessions).where(chosen(sessions.c.digest, OVER)))
REVOKE = Statement(delete(sessions).where(sessions.c.digest == bindparam("digest")))


class SignInCodesRepository:
    """Requests for sign-in codes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def asked(
        self, emails: Sequence[str], *, client: str, network: str, since: datetime
    ) -> Asked:
        """How often codes for an e-mail were asked for."""
        row = await self._session.one(
            ASKED, emails=emails, client=client, network=network, since=microseconds(since)
        )
        return Asked(*map(int, row)) if row else Asked()

    async def from_network(self, network: str, since: datetime) -> int:
        """How many codes were asked for from a network, for whatever e-mail."""
        row = await self._session.one(FROM_NETWORK, network=network, since=microseconds(since))
        return row[0] if row else 0

    async def add(self, code: SignInCode) -> None:
        """Put a code in force; those that the same client asked for before end."""
        await self._session.run(END_EARLIER, email=code.email, client=code.client)
        await self._session.run(
            ADD_CODE,
            id=code.id,
            email_index=code.email,
            code_index=code.code,
            requested_at=microseconds(code.requested_at),
            attempts=0,
            ended=False,
            client_id=code.client,
            network=code.network,
            known=code.known,
            others_attempts=0,
        )

    async def attempt(
        self, emails: Sequence[str], client: str, *, since: datetime, most: int
    ) -> SignInCode | None:
        """The code in force that the client asked for, one of its tries used up by this."""
        row = await self._session.one(
            ATTEMPT, emails=emails, by=client, since=microseconds(since), most=most
        )
        return _code(row) if row else None

    async def attempt_others(
        self, emails: Sequence[str], client: str, *, since: datetime, most: int
    ) -> SignInCode | None:
        """The newest code that other clients asked for, one of its tries for others used up."""
        for email in emails:
            newest = await self._session.one(
                NEWEST_OF_OTHERS, email=email, client=client, since=microseconds(since)
            )
            if newest is not None:
                row = await self._session.one(ATTEMPT_OTHERS, of=newest[0], most=most)
                return _code(row) if row else None
        return None

    async def end(self, id: str) -> None:
        """Let the code be used no more."""
        await self._session.run(END, of=id)

    async def prune(self, before: datetime, most: int) -> tuple[str, ...]:
        """The ids of up to ``most`` requests from before that instant, deleted."""
        rows = await self._session.all(OUTDATED, before=microseconds(before), most=most)
        ids = [each for (each,) in rows]
        await self._session.run(DELETE_CODES, ids=ids)
        return tuple(ids)


class SessionsRepository:
    """Sign-ins."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(
        self, digest: str, purchaser_id: str, *, authenticated_at: datetime, expires_at: datetime
    ) -> None:
        """Keep a session."""
        await self._session.run(
            ADD_SESSION,
            digest=digest,
            purchaser_id=purchaser_id,
            authenticated_at=microseconds(authenticated_at),
            expires_at=microseconds(expires_at),
        )

    async def revoke(self, digest: str) -> None:
        """Let its token count no more."""
        await self._session.run(REVOKE, digest=digest)

    async def note_signed_out(self, digest: str, purchaser_id: str, until: datetime) -> None:
        """Keep that an identity provider's token was signed out with, until it has ended."""
        at = microseconds(until)
        await self._session.run(
            NOTE_SIGNED_OUT,
            digest=digest,
            purchaser_id=purchaser_id,
            authenticated_at=at,
            expires_at=at,
        )

    async def prune(self, before: datetime, most: int) -> int:
        """How many of those that were over before then are deleted."""
        return await self._session.run(PRUNE_SESSIONS, before=microseconds(before), most=most)


def _code(row: Row) -> SignInCode:
    request, email, code, requested_at = row
    return SignInCode(request, email, code, instant(requested_at))
