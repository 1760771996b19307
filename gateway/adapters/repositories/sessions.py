"""Sign-in codes and sessions in tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, delete, false, func, select, true, update

from gateway.adapters.instants import instant, microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.identity import SessionRow, SignInCodeRow
from gateway.services.ports.sessions import SignInCode

codes = table(SignInCodeRow)
sessions = table(SessionRow)
OF_EMAIL = within(codes.c.email_index, "emails")
# The sum keeps a database from going through all that was asked for since then: it takes the latest
# times, of which it has no statistics yet, for a few.
SINCE = codes.c.requested_at + 0 > bindparam("since", type_=BigInteger)

REQUESTED: Statement[tuple[int]] = Statement(select(func.count()).where(OF_EMAIL, SINCE))
END_EARLIER = Statement(
    update(codes).where(codes.c.email_index == bindparam("email")).values(ended=true())
)
ADD_CODE = Statement(insert(codes))
# One statement, so that of two guesses at once each uses up a try of its own.
ATTEMPT: Statement[tuple[str, str, str, int]] = Statement(
    update(codes)
    .where(OF_EMAIL, SINCE, codes.c.ended == false(), codes.c.attempts < bindparam("most"))
    .values(attempts=codes.c.attempts + 1)
    .returning(codes.c.id, codes.c.email_index, codes.c.code_index, codes.c.requested_at)
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
REVOKE = Statement(delete(sessions).where(sessions.c.digest == bindparam("digest")))


class SignInCodesRepository:
    """Requests for sign-in codes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def requested(self, emails: Sequence[str], since: datetime) -> int:
        """How many requests there were for an e-mail."""
        row = await self._session.one(REQUESTED, emails=emails, since=microseconds(since))
        return row[0] if row else 0

    async def add(self, code: SignInCode) -> None:
        """Put a code in force; those before it end."""
        await self._session.run(END_EARLIER, email=code.email)
        await self._session.run(
            ADD_CODE,
            id=code.id,
            email_index=code.email,
            code_index=code.code,
            requested_at=microseconds(code.requested_at),
            attempts=0,
            ended=False,
        )

    async def attempt(
        self, emails: Sequence[str], *, since: datetime, most: int
    ) -> SignInCode | None:
        """The code in force, one of its tries used up by this."""
        row = await self._session.one(ATTEMPT, emails=emails, since=microseconds(since), most=most)
        if row is None:
            return None
        request, email, code, requested_at = row
        return SignInCode(request, email, code, instant(requested_at))

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
