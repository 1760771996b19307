"""Refunds of orders, in a table."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.refunds import RefundRow
from gateway.engine.money import Currency
from gateway.engine.orders.amounts import TaxedShare
from gateway.engine.orders.refunds import Refund, RefundLine
from gateway.services.ports.database import VersionConflict
from gateway.services.ports.refunds import OrderRefund, RefundStatus

REFUNDS = table(RefundRow)


def _decode_shares(
    lines: str, amount: int, tax: int, shipping: int, shipping_tax: int, stored_value: int
) -> Refund:
    return Refund(
        tuple(
            RefundLine(line["line"], line["quantity"], TaxedShare(line["amount"], line["tax"]))
            for line in json.loads(lines)
        ),
        TaxedShare(shipping, shipping_tax),
        TaxedShare(amount, tax),
        stored_value,
    )


def _encode_lines(shares: Refund) -> str:
    return json.dumps(
        [
            {
                "line": line.line_id,
                "quantity": line.quantity,
                "amount": line.total.gross,
                "tax": line.total.tax,
            }
            for line in shares.lines
        ],
        separators=(",", ":"),
    )


REFUND = RowMapper(
    OrderRefund,
    id=REFUNDS.c.id,
    order_id=REFUNDS.c.order_id,
    shares=From(
        _decode_shares,
        REFUNDS.c.lines,
        REFUNDS.c.amount,
        REFUNDS.c.tax,
        REFUNDS.c.shipping,
        REFUNDS.c.shipping_tax,
        REFUNDS.c.stored_value,
    ),
    currency=From(Currency, REFUNDS.c.currency, REFUNDS.c.digits),
    status=From(RefundStatus, REFUNDS.c.status),
    created_at=From(from_microseconds, REFUNDS.c.created_at),
    by=REFUNDS.c.by,
    reason=REFUNDS.c.reason,
    restock=From(bool, REFUNDS.c.restock),
    version=REFUNDS.c.version,
)

ADD = Statement(insert(REFUNDS))
FIND_MANY: Statement[Any] = Statement(select(*REFUND.columns).where(in_list(REFUNDS.c.id, "ids")))
FIND_FOR_UPDATE: Statement[Any] = Statement(
    select(*REFUND.columns).where(REFUNDS.c.id == bindparam("id")).with_for_update()
)
LIST_FOR_ORDERS: Statement[Any] = Statement(
    select(*REFUND.columns).where(in_list(REFUNDS.c.order_id, "ids")).order_by(REFUNDS.c.place)
)
SAVE_STATUS = Statement(
    update(REFUNDS)
    .values(status=bindparam("state"), version=bindparam("version_now"))
    .where(REFUNDS.c.id == bindparam("of"), REFUNDS.c.version == bindparam("earlier"))
)


class RefundsRepository:
    """The refunds, each a row."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, refund: OrderRefund) -> None:
        """Keep a new refund."""
        shares = refund.shares
        await self._session.execute(
            ADD,
            id=refund.id,
            order_id=refund.order_id,
            place=refund.list_position,
            status=refund.status,
            amount=shares.total.gross,
            tax=shares.total.tax,
            shipping=shares.shipping.gross,
            shipping_tax=shares.shipping.tax,
            stored_value=shares.stored_value,
            currency=refund.currency.code,
            digits=refund.currency.digits,
            lines=_encode_lines(shares),
            restock=refund.restock,
            reason=refund.reason,
            by=refund.by,
            created_at=to_microseconds(refund.created_at),
            version=refund.version,
        )

    async def find_many(self, ids: Sequence[str]) -> dict[str, OrderRefund]:
        """Those of these refunds that there are, by id."""
        rows = await self._session.fetch_all(FIND_MANY, ids=list(ids))
        return {refund.id: refund for refund in map(REFUND.value, rows)}

    async def find_for_update(self, id: str) -> OrderRefund | None:
        """The refund of that id, nobody else's until the transaction ends."""
        row = await self._session.fetch_one(FIND_FOR_UPDATE, id=id)
        return None if row is None else REFUND.value(row)

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[OrderRefund, ...]:
        """The refunds of these orders, the oldest first."""
        rows = await self._session.fetch_all(LIST_FOR_ORDERS, ids=list(order_ids))
        return tuple(map(REFUND.value, rows))

    async def save_status(self, refund: OrderRefund) -> None:
        """Keep whether it came about."""
        row_count = await self._session.execute(
            SAVE_STATUS,
            of=refund.id,
            state=refund.status,
            version_now=refund.version,
            earlier=refund.version - 1,
        )
        if not row_count:
            raise VersionConflict(refund.id)
