"""Stored value and the uses of discount codes in tables."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import BigInteger, bindparam, delete, select, update

from gateway.adapters.instants import microseconds
from gateway.adapters.sessions import Session
from gateway.adapters.statements import Statement, insert, table, within
from gateway.adapters.tables.rules import CodeUseRow, StoredValueRow
from gateway.engine.codes import StoredValue, code_key
from gateway.engine.validity import Validity

stored_values = table(StoredValueRow)
code_uses = table(CodeUseRow)

FIND: Statement[tuple[str, str, int, str | None, str | None]] = Statement(
    select(
        stored_values.c.code,
        stored_values.c.currency,
        stored_values.c.balance,
        stored_values.c.valid_from,
        stored_values.c.valid_to,
    )
    .where(within(stored_values.c.code, "codes"))
    .order_by(stored_values.c.code)
)
ISSUE = Statement(insert(stored_values).on_conflict_do_nothing())
MINOR = bindparam("minor", type_=BigInteger)
DEBIT = Statement(
    update(stored_values)
    .where(stored_values.c.code == bindparam("of"), stored_values.c.balance >= MINOR)
    .values(balance=stored_values.c.balance - MINOR)
)
CREDIT = Statement(
    update(stored_values)
    .where(stored_values.c.code == bindparam("of"))
    .values(balance=stored_values.c.balance + MINOR)
)

USED: Statement[tuple[str]] = Statement(
    select(code_uses.c.code).where(
        within(code_uses.c.purchaser_id, "buyers"), within(code_uses.c.code, "codes")
    )
)
USE = Statement(insert(code_uses).on_conflict_do_nothing())
HAND_OVER = Statement(
    update(code_uses)
    .where(code_uses.c.order_id == bindparam("attempt"))
    .values(order_id=bindparam("order"))
)
FORGET = Statement(delete(code_uses).where(code_uses.c.order_id == bindparam("user")))


class StoredValuesRepository:
    """Money paid in before, by code."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, codes: Sequence[str]) -> tuple[StoredValue, ...]:
        """The stored value of these codes, however they are typed."""
        rows = await self._session.all(FIND, codes=[code_key(code) for code in codes])
        return tuple(
            StoredValue(code, currency, balance, Validity(_date(start), _date(end)))
            for code, currency, balance, start, end in rows
        )

    async def issue(self, values: Sequence[StoredValue], now: datetime) -> None:
        """Add what is not there; what is there keeps its balance."""
        rows = [
            {
                "code": code_key(each.code),
                "currency": each.currency,
                "issued": each.balance,
                "balance": each.balance,
                "valid_from": _text(each.validity.start),
                "valid_to": _text(each.validity.end),
                "issued_at": microseconds(now),
            }
            for each in values
        ]
        await self._session.many(ISSUE, rows)

    async def debit(self, code: str, minor: int) -> bool:
        """Take so many minor units; not if less is left."""
        return await self._session.run(DEBIT, of=code_key(code), minor=minor) == 1

    async def credit(self, code: str, minor: int) -> None:
        """Give so many minor units back."""
        await self._session.run(CREDIT, of=code_key(code), minor=minor)


class CodeUsesRepository:
    """Who used which discount codes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, buyers: Sequence[str], codes: Sequence[str]) -> frozenset[str]:
        """Those of ``codes`` used in any of these names, in the form they are found by."""
        keys = [code_key(code) for code in codes]
        rows = await self._session.all(USED, buyers=buyers, codes=keys)
        return frozenset(code for (code,) in rows)

    async def record(self, code: str, buyer: str, user_id: str, now: datetime) -> bool:
        """Whether this is the first use of the code in that name, which is then kept."""
        added = await self._session.run(
            USE,
            code=code_key(code),
            purchaser_id=buyer,
            order_id=user_id,
            used_at=microseconds(now),
        )
        return added == 1

    async def hand_over(self, attempt_id: str, order_id: str) -> None:
        """What the purchase used is used by the order it has become."""
        await self._session.run(HAND_OVER, attempt=attempt_id, order=order_id)

    async def forget(self, user_id: str) -> None:
        """Undo the uses of an order that was cancelled, or of a purchase that came to nothing."""
        await self._session.run(FORGET, user=user_id)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
