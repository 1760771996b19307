"""Disputes of payments, in a table."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, in_list, insert, table
from gateway.adapters.sql.timestamps import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from gateway.adapters.tables.provider_events import PaymentDisputeRow
from gateway.engine.money import Currency, Money
from gateway.services.pagination import MAX_POSITION
from gateway.services.ports.disputes import Dispute, DisputeStatus

DISPUTES = table(PaymentDisputeRow)


def _amount(minor: int, currency: str, digits: int) -> Money:
    return Money(minor, Currency(currency, digits))


DISPUTE = RowMapper(
    Dispute,
    reference=DISPUTES.c.reference,
    charge_id=DISPUTES.c.charge_id,
    amount=From(_amount, DISPUTES.c.amount, DISPUTES.c.currency, DISPUTES.c.digits),
    reason=DISPUTES.c.reason,
    status=From(DisputeStatus, DISPUTES.c.status),
    opened_at=From(from_microseconds, DISPUTES.c.opened_at),
    respond_by=From(from_microseconds_or_none, DISPUTES.c.respond_by),
    order_id=DISPUTES.c.order_id,
    gift_id=DISPUTES.c.gift_id,
)

ADD = Statement(insert(DISPUTES).on_conflict_do_nothing())
UPDATE = Statement(
    update(DISPUTES)
    .where(DISPUTES.c.reference == bindparam("of_reference"))
    .values(
        amount=bindparam("new_amount"),
        status=bindparam("new_status"),
        reason=bindparam("new_reason"),
        respond_by=bindparam("new_respond_by"),
    )
)
FIND = Statement(select(*DISPUTE.columns).where(DISPUTES.c.reference == bindparam("reference")))
LIST_FOR_ORDERS = Statement(
    select(*DISPUTE.columns)
    .where(in_list(DISPUTES.c.order_id, "order_ids"))
    .order_by(DISPUTES.c.place)
)
LIST_PAGE = Statement(
    select(*DISPUTE.columns)
    .where(DISPUTES.c.place < bindparam("before"))
    .order_by(DISPUTES.c.place.desc())
    .limit(bindparam("most"))
)


class DisputesRepository:
    """The disputes, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def find(self, reference: str) -> Dispute | None:
        """The dispute that the provider calls ``reference``."""
        row = await self._session.fetch_one(FIND, reference=reference)
        return None if row is None else DISPUTE.value(row)

    async def save(self, dispute: Dispute) -> None:
        """Keep a dispute as it stands now, known or new."""
        respond_by = to_microseconds_or_none(dispute.respond_by)
        is_known = await self._session.execute(
            UPDATE,
            of_reference=dispute.reference,
            new_amount=dispute.amount.minor,
            new_status=dispute.status,
            new_reason=dispute.reason,
            new_respond_by=respond_by,
        )
        if is_known:
            return
        await self._session.execute(
            ADD,
            reference=dispute.reference,
            charge_id=dispute.charge_id,
            order_id=dispute.order_id,
            gift_id=dispute.gift_id,
            amount=dispute.amount.minor,
            currency=dispute.amount.currency.code,
            digits=dispute.amount.currency.digits,
            reason=dispute.reason,
            status=dispute.status,
            opened_at=to_microseconds(dispute.opened_at),
            respond_by=respond_by,
            place=dispute.list_position,
        )

    async def list_for_orders(self, order_ids: Sequence[str]) -> tuple[Dispute, ...]:
        """The disputes of these orders, the oldest first."""
        rows = await self._session.fetch_all(LIST_FOR_ORDERS, order_ids=list(order_ids))
        return tuple(map(DISPUTE.value, rows))

    async def list_page(self, limit: int, before_position: int | None) -> tuple[Dispute, ...]:
        """Up to ``limit`` disputes before a place, the latest first."""
        before = MAX_POSITION if before_position is None else before_position
        rows = await self._session.fetch_all(LIST_PAGE, before=before, most=limit)
        return tuple(map(DISPUTE.value, rows))
