"""The repositories of sign-in codes and sessions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, case, delete, false, func, select, true, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, in_selection, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.identity import SessionRow, SignInCodeRow
from gateway.services.ports.sessions import SignInCode, SignInRequestCounts

sign_in_codes = table(SignInCodeRow)
sessions = table(SessionRow)
HAS_EMAIL = in_list(sign_in_codes.c.email_index, "emails")
# The sum prevents the database from using an index on this column: it has no statistics yet of the
# latest times and would expect too few rows.
IS_REQUESTED_SINCE = sign_in_codes.c.requested_at + 0 > bindparam("since", type_=BigInteger)

IS_FOR_UNKNOWN_EMAIL = sign_in_codes.c.known == false()
COUNT_REQUESTS: Statement[tuple[int, int, int]] = Statement(
    select(
        func.coalesce(
            func.sum(case((sign_in_codes.c.client_id == bindparam("client"), 1), else_=0)), 0
        ),
        func.coalesce(
            func.sum(case((sign_in_codes.c.network == bindparam("network"), 1), else_=0)), 0
        ),
        func.coalesce(
            func.sum(
                case(
                    (
                        IS_FOR_UNKNOWN_EMAIL,
                        sign_in_codes.c.attempts + sign_in_codes.c.others_attempts,
                    ),
                    else_=0,
                )
            ),
            0,
        ),
    ).where(HAS_EMAIL, IS_REQUESTED_SINCE)
)
COUNT_FROM_NETWORK: Statement[tuple[int]] = Statement(
    select(func.count()).where(sign_in_codes.c.network == bindparam("network"), IS_REQUESTED_SINCE)
)
END_EARLIER_CODES = Statement(
    update(sign_in_codes)
    .where(
        sign_in_codes.c.email_index == bindparam("email"),
        sign_in_codes.c.client_id == bindparam("client"),
    )
    .values(ended=true())
)
ADD_CODE = Statement(insert(sign_in_codes))
CODE = RowMapper(
    SignInCode,
    id=sign_in_codes.c.id,
    email_index=sign_in_codes.c.email_index,
    code_index=sign_in_codes.c.code_index,
    requested_at=From(from_microseconds, sign_in_codes.c.requested_at),
)
# One statement, so that two guesses at the same time use two tries.
TRY_CODE = Statement(
    update(sign_in_codes)
    .where(
        HAS_EMAIL,
        IS_REQUESTED_SINCE,
        sign_in_codes.c.client_id == bindparam("by"),
        sign_in_codes.c.ended == false(),
        sign_in_codes.c.attempts < bindparam("most"),
    )
    .values(attempts=sign_in_codes.c.attempts + 1)
    .returning(*CODE.columns)
)
FIND_NEWEST_OF_OTHERS: Statement[tuple[str]] = Statement(
    select(sign_in_codes.c.id)
    .where(
        sign_in_codes.c.email_index == bindparam("email"),
        sign_in_codes.c.requested_at > bindparam("since", type_=BigInteger),
        func.coalesce(sign_in_codes.c.client_id, "") != bindparam("client"),
    )
    .order_by(sign_in_codes.c.requested_at.desc())
    .limit(1)
)
TRY_CODE_OF_OTHERS = Statement(
    update(sign_in_codes)
    .where(
        sign_in_codes.c.id == bindparam("of"),
        sign_in_codes.c.ended == false(),
        sign_in_codes.c.others_attempts < bindparam("most"),
    )
    .values(others_attempts=sign_in_codes.c.others_attempts + 1)
    .returning(*CODE.columns)
)
END_CODE = Statement(
    update(sign_in_codes).where(sign_in_codes.c.id == bindparam("of")).values(ended=true())
)
LIST_OUTDATED_CODES: Statement[tuple[str]] = Statement(
    select(sign_in_codes.c.id)
    .where(sign_in_codes.c.requested_at < bindparam("before"))
    .order_by(sign_in_codes.c.requested_at)
    .limit(bindparam("most"))
)
DELETE_CODES = Statement(delete(sign_in_codes).where(in_list(sign_in_codes.c.id, "ids")))
ADD_SESSION = Statement(insert(sessions))
ADD_SIGN_OUT = Statement(insert(sessions).on_conflict_do_nothing())
EXPIRED_DIGESTS = (
    select(sessions.c.digest)
    .where(sessions.c.expires_at < bindparam("before"))
    .order_by(sessions.c.expires_at)
    .limit(bindparam("most"))
)
DELETE_EXPIRED_SESSIONS = Statement(
    delete(sessions).where(in_selection(sessions.c.digest, EXPIRED_DIGESTS))
)
DELETE_SESSION = Statement(delete(sessions).where(sessions.c.digest == bindparam("digest")))


class SignInCodesRepository:
    """The requested sign-in codes."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def count_requests(
        self, email_indexes: Sequence[str], *, client_id: str, network_index: str, since: datetime
    ) -> SignInRequestCounts:
        """The numbers of requests for codes for an e-mail since then."""
        row = await self._session.fetch_one(
            COUNT_REQUESTS,
            emails=email_indexes,
            client=client_id,
            network=network_index,
            since=to_microseconds(since),
        )
        return SignInRequestCounts(*map(int, row)) if row else SignInRequestCounts()

    async def count_from_network(self, network_index: str, since: datetime) -> int:
        """The number of codes requested from a network since then, for any e-mail."""
        row = await self._session.fetch_one(
            COUNT_FROM_NETWORK, network=network_index, since=to_microseconds(since)
        )
        return row[0] if row else 0

    async def add(self, code: SignInCode) -> None:
        """Add a valid code; earlier ones of the same client and e-mail end."""
        await self._session.execute(
            END_EARLIER_CODES, email=code.email_index, client=code.client_id
        )
        await self._session.execute(
            ADD_CODE,
            id=code.id,
            email_index=code.email_index,
            code_index=code.code_index,
            requested_at=to_microseconds(code.requested_at),
            attempts=0,
            ended=False,
            client_id=code.client_id,
            network=code.network_index,
            known=code.client_is_known,
            others_attempts=0,
        )

    async def try_code(
        self, email_indexes: Sequence[str], client_id: str, *, since: datetime, limit: int
    ) -> SignInCode | None:
        """The valid code that the client requested, with one of its ``limit`` tries used.

        None if there is none or it has no tries left.
        """
        row = await self._session.fetch_one(
            TRY_CODE, emails=email_indexes, by=client_id, since=to_microseconds(since), most=limit
        )
        return CODE.value(row) if row else None

    async def try_code_of_others(
        self, email_indexes: Sequence[str], client_id: str, *, since: datetime, limit: int
    ) -> SignInCode | None:
        """The newest code that other clients requested; None if it has ended.

        Uses one of the ``limit`` tries of clients that did not request it; None if none is left.
        """
        for email in email_indexes:
            newest = await self._session.fetch_one(
                FIND_NEWEST_OF_OTHERS, email=email, client=client_id, since=to_microseconds(since)
            )
            if newest is not None:
                row = await self._session.fetch_one(TRY_CODE_OF_OTHERS, of=newest[0], most=limit)
                return CODE.value(row) if row else None
        return None

    async def end(self, id: str) -> None:
        """End the code, so that it is no longer valid."""
        await self._session.execute(END_CODE, of=id)

    async def prune(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Delete up to ``limit`` requests made before ``before``; returns their ids."""
        rows = await self._session.fetch_all(
            LIST_OUTDATED_CODES, before=to_microseconds(before), most=limit
        )
        ids = [id for (id,) in rows]
        await self._session.execute(DELETE_CODES, ids=ids)
        return tuple(ids)


class SessionsRepository:
    """The sessions of purchasers."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(
        self, digest: str, purchaser_id: str, *, authenticated_at: datetime, expires_at: datetime
    ) -> None:
        """Add a session."""
        await self._session.execute(
            ADD_SESSION,
            digest=digest,
            purchaser_id=purchaser_id,
            authenticated_at=to_microseconds(authenticated_at),
            expires_at=to_microseconds(expires_at),
        )

    async def revoke(self, digest: str) -> None:
        """Revoke the session."""
        await self._session.execute(DELETE_SESSION, digest=digest)

    async def note_signed_out(self, digest: str, purchaser_id: str, until: datetime) -> None:
        """Save that an identity provider's token was signed out, until it expires."""
        ended_at = to_microseconds(until)
        await self._session.execute(
            ADD_SIGN_OUT,
            digest=digest,
            purchaser_id=purchaser_id,
            authenticated_at=ended_at,
            expires_at=ended_at,
        )

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` sessions that ended before ``before``; returns how many."""
        return await self._session.execute(
            DELETE_EXPIRED_SESSIONS, before=to_microseconds(before), most=limit
        )
