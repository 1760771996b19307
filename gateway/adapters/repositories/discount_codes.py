"""The repositories of stored value and of the uses of discount codes."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import BigInteger, bindparam, delete, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.adapters.tables.rules import CodeUseRow, StoredValueRow
from gateway.engine.pricing.discount_codes import StoredValue, normalize_code
from gateway.engine.validity import Validity

stored_values = table(StoredValueRow)
code_uses = table(CodeUseRow)


def _parse_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


STORED_VALUE = RowMapper(
    StoredValue,
    code=stored_values.c.code,
    currency=stored_values.c.currency,
    balance=stored_values.c.balance,
    validity=RowMapper(
        Validity,
        start=From(_parse_date, stored_values.c.valid_from),
        end=From(_parse_date, stored_values.c.valid_to),
    ),
)

FIND = Statement(
    select(*STORED_VALUE.columns)
    .where(in_list(stored_values.c.code, "codes"))
    .order_by(stored_values.c.code)
)
ISSUE = Statement(insert(stored_values).on_conflict_do_nothing())
MINOR_AMOUNT = bindparam("minor", type_=BigInteger)
DEBIT = Statement(
    update(stored_values)
    .where(stored_values.c.code == bindparam("of"), stored_values.c.balance >= MINOR_AMOUNT)
    .values(balance=stored_values.c.balance - MINOR_AMOUNT)
)
CREDIT = Statement(
    update(stored_values)
    .where(stored_values.c.code == bindparam("of"))
    .values(balance=stored_values.c.balance + MINOR_AMOUNT)
)

LIST_USED: Statement[tuple[str]] = Statement(
    select(code_uses.c.code).where(
        in_list(code_uses.c.purchaser_id, "buyers"), in_list(code_uses.c.code, "codes")
    )
)
ADD_USE = Statement(insert(code_uses).on_conflict_do_nothing())
REASSIGN_USES = Statement(
    update(code_uses)
    .where(code_uses.c.order_id == bindparam("attempt"))
    .values(order_id=bindparam("order"))
)
DELETE_USES = Statement(delete(code_uses).where(code_uses.c.order_id == bindparam("user")))


class StoredValuesRepository:
    """Stored value by code."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find_many(self, codes: Sequence[str]) -> tuple[StoredValue, ...]:
        """The stored value of these codes, in any spelling."""
        rows = await self._session.fetch_all(FIND, codes=[normalize_code(code) for code in codes])
        return tuple(map(STORED_VALUE.value, rows))

    async def issue(self, values: Sequence[StoredValue], now: datetime) -> None:
        """Add stored value whose code is new; a code that exists keeps its balance."""
        rows = [
            {
                "code": normalize_code(stored_value.code),
                "currency": stored_value.currency,
                "issued": stored_value.balance,
                "balance": stored_value.balance,
                "valid_from": _format_date(stored_value.validity.start),
                "valid_to": _format_date(stored_value.validity.end),
                "issued_at": to_microseconds(now),
            }
            for stored_value in values
        ]
        await self._session.execute_many(ISSUE, rows)

    async def debit(self, code: str, minor: int) -> bool:
        """Subtract ``minor`` minor units; returns False, unchanged, if the balance is less."""
        return await self._session.execute(DEBIT, of=normalize_code(code), minor=minor) == 1

    async def credit(self, code: str, minor: int) -> None:
        """Add ``minor`` minor units back."""
        await self._session.execute(CREDIT, of=normalize_code(code), minor=minor)


class CodeUsesRepository:
    """The uses of discount codes by buyers."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find_used(self, buyer_keys: Sequence[str], codes: Sequence[str]) -> frozenset[str]:
        """The normalized ``codes`` that were used with any of these buyer keys."""
        keys = [normalize_code(code) for code in codes]
        rows = await self._session.fetch_all(LIST_USED, buyers=buyer_keys, codes=keys)
        return frozenset(code for (code,) in rows)

    async def record(self, code: str, buyer_key: str, used_by_id: str, now: datetime) -> bool:
        """Add the first use of a code with a buyer key; returns False if it was used before.

        ``used_by_id`` is the id of the order, or of the attempt that may become one.
        """
        row_count = await self._session.execute(
            ADD_USE,
            code=normalize_code(code),
            purchaser_id=buyer_key,
            order_id=used_by_id,
            used_at=to_microseconds(now),
        )
        return row_count == 1

    async def reassign(self, attempt_id: str, order_id: str) -> None:
        """Reassign the uses of an attempt to the order that it has become."""
        await self._session.execute(REASSIGN_USES, attempt=attempt_id, order=order_id)

    async def delete(self, used_by_id: str) -> None:
        """Delete the uses of a cancelled order or a failed attempt."""
        await self._session.execute(DELETE_USES, user=used_by_id)


def _format_date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
