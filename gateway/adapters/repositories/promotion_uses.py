"""The repository of the uses of promotions that have limits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.adapters.tables.rules import PromotionCountRow, PromotionUseRow

COUNTED_USE = 0
"""The number of a use that the promotion's count has."""

counts = table(PromotionCountRow)
uses = table(PromotionUseRow)

FIND_COUNTS: Statement[tuple[str, int]] = Statement(
    select(counts.c.promotion, counts.c.used).where(in_list(counts.c.promotion, "promotions"))
)
COUNT_BY_BUYER: Statement[tuple[str, str, int]] = Statement(
    select(uses.c.promotion, uses.c.buyer_key, func.count())
    .where(in_list(uses.c.buyer_key, "buyers"), in_list(uses.c.promotion, "promotions"))
    .group_by(uses.c.promotion, uses.c.buyer_key)
)
ADD_COUNT = Statement(insert(counts).on_conflict_do_nothing())
COUNT_USE = Statement(
    update(counts)
    .where(counts.c.promotion == bindparam("of"), counts.c.used < bindparam("limit"))
    .values(used=counts.c.used + 1)
)
UNCOUNT_USE = Statement(
    update(counts)
    .where(counts.c.promotion == bindparam("of"), counts.c.used > 0)
    .values(used=counts.c.used - 1)
)
ADD_USE = Statement(insert(uses).on_conflict_do_nothing())
REASSIGN = Statement(
    update(uses).where(uses.c.order_id == bindparam("attempt")).values(order_id=bindparam("order"))
)
DELETE: Statement[tuple[str, int]] = Statement(
    delete(uses)
    .where(uses.c.order_id == bindparam("user"))
    .returning(uses.c.promotion, uses.c.number)
)


class PromotionUsesRepository:
    """The uses of limited promotions, in all and by buyers."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find_counts(self, promotions: Sequence[str]) -> dict[str, int]:
        """How often each of ``promotions`` was used; those never used are left out."""
        return dict(await self._session.fetch_all(FIND_COUNTS, promotions=promotions))

    async def count_by_buyer(
        self, buyer_keys: Sequence[str], promotions: Sequence[str]
    ) -> dict[tuple[str, str], int]:
        """How often each of ``promotions`` was used with each buyer key, by both; never: absent."""
        rows = await self._session.fetch_all(
            COUNT_BY_BUYER, buyers=buyer_keys, promotions=promotions
        )
        return {(promotion, buyer_key): count for promotion, buyer_key, count in rows}

    async def count_use(self, promotion: str, limit: int, used_by_id: str, now: datetime) -> bool:
        """Count a use of ``promotion``; returns False, uncounted, if there were ``limit`` before.

        ``used_by_id`` is the id of the order, or of the attempt that may become one.
        """
        await self._session.execute(ADD_COUNT, promotion=promotion, used=0)
        if await self._session.execute(COUNT_USE, of=promotion, limit=limit) == 0:
            return False
        return await self._add(promotion, used_by_id, COUNTED_USE, used_by_id, now)

    async def record_use(
        self, promotion: str, buyer_key: str, limit: int, used_by_id: str, now: datetime
    ) -> bool:
        """Record a use of ``promotion`` by a buyer; returns False if there were ``limit`` before.

        ``used_by_id`` is the id of the order, or of the attempt that may become one.
        """
        for number in range(1, limit + 1):
            if await self._add(promotion, buyer_key, number, used_by_id, now):
                return True
        return False

    async def _add(
        self, promotion: str, buyer_key: str, number: int, used_by_id: str, now: datetime
    ) -> bool:
        row_count = await self._session.execute(
            ADD_USE,
            buyer_key=buyer_key,
            promotion=promotion,
            number=number,
            order_id=used_by_id,
            used_at=to_microseconds(now),
        )
        return row_count == 1

    async def reassign(self, attempt_id: str, order_id: str) -> None:
        """Reassign the uses of an attempt to the order that it has become."""
        await self._session.execute(REASSIGN, attempt=attempt_id, order=order_id)

    async def release(self, used_by_id: str) -> None:
        """Give back the uses of a cancelled order or a failed attempt."""
        rows = await self._session.fetch_all(DELETE, user=used_by_id)
        # Always in the same order, so that no two transactions wait for each other.
        for promotion in sorted(name for name, number in rows if number == COUNTED_USE):
            await self._session.execute(UNCOUNT_USE, of=promotion)
