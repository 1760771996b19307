"""The repository of the holds that were asked of Stripe."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, delete, func, null, select, true, update

from gateway.adapters.sql.rows import From, RowMapper
from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import from_microseconds, to_microseconds
from gateway.adapters.tables.stripe_payments import PaymentRequestRow
from gateway.services.ports.payments import DeclineReason


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One hold that was asked for under ``idempotency_key``.

    ``provider_customer_id`` and ``intent_id`` are Stripe's ids. ``payment_method`` is forgotten
    once the intent is known; ``terms_digest`` still tells another request with the same key.
    ``page_token`` is the secret of the page where the payer confirms. ``is_spent``: Stripe answers
    the key with a failure that it has kept, so that it leads to no intent.
    """

    idempotency_key: str
    provider_customer_id: str
    amount_minor: int
    currency: str
    payment_method: str | None = field(repr=False)
    terms_digest: str
    is_payer_present: bool
    page_token: str = field(repr=False)
    created_at: datetime
    intent_id: str | None = None
    decline_reason: DeclineReason | None = None
    is_spent: bool = False


def _reason_or_none(reason: str | None) -> DeclineReason | None:
    return DeclineReason(reason) if reason else None


requests = table(PaymentRequestRow)
PAYMENT_REQUEST = RowMapper(
    PaymentRequest,
    idempotency_key=requests.c.idempotency_key,
    provider_customer_id=requests.c.provider_customer_id,
    amount_minor=requests.c.amount_minor,
    currency=requests.c.currency,
    payment_method=requests.c.payment_method,
    terms_digest=requests.c.terms_digest,
    is_payer_present=requests.c.is_payer_present,
    page_token=requests.c.page_token,
    created_at=From(from_microseconds, requests.c.created_at),
    intent_id=requests.c.intent_id,
    decline_reason=From(_reason_or_none, requests.c.decline_reason),
    is_spent=requests.c.is_spent,
)
IS_KEY = requests.c.idempotency_key == bindparam("of_key")

ADD = Statement(insert(requests).on_conflict_do_nothing())
FIND = Statement(select(*PAYMENT_REQUEST.columns).where(IS_KEY))
FIND_BY_PAGE_TOKEN = Statement(
    select(*PAYMENT_REQUEST.columns).where(requests.c.page_token == bindparam("page_token"))
)
# Each writes what it knows alone: two processes may be told of one request at the same time.
SET_INTENT = Statement(
    update(requests).where(IS_KEY).values(intent_id=bindparam("of_intent"), payment_method=null())
)
SET_DECLINE_REASON = Statement(
    update(requests)
    .where(IS_KEY)
    .values(
        decline_reason=func.coalesce(requests.c.decline_reason, bindparam("reason")),
        payment_method=null(),
    )
)
SET_SPENT = Statement(update(requests).where(IS_KEY).values(is_spent=true(), payment_method=null()))
LIST_OUTDATED: Statement[tuple[str]] = Statement(
    select(requests.c.idempotency_key)
    .where(requests.c.created_at < bindparam("before"))
    .order_by(requests.c.created_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DELETE = Statement(delete(requests).where(IS_KEY))
DELETE_OF_CUSTOMER = Statement(
    delete(requests).where(requests.c.provider_customer_id == bindparam("of_customer"))
)


class PaymentRequestsRepository:
    """The requests, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, request: PaymentRequest) -> bool:
        """Add ``request`` unless its key exists; returns whether it was added."""
        row_count = await self._session.execute(
            ADD,
            idempotency_key=request.idempotency_key,
            provider_customer_id=request.provider_customer_id,
            amount_minor=request.amount_minor,
            currency=request.currency,
            payment_method=request.payment_method,
            terms_digest=request.terms_digest,
            is_payer_present=request.is_payer_present,
            page_token=request.page_token,
            created_at=to_microseconds(request.created_at),
            intent_id=request.intent_id,
            decline_reason=request.decline_reason,
            is_spent=request.is_spent,
        )
        return row_count == 1

    async def find(self, idempotency_key: str) -> PaymentRequest | None:
        """The request with this key, or None."""
        return await self._find_one(FIND, of_key=idempotency_key)

    async def find_by_page_token(self, page_token: str) -> PaymentRequest | None:
        """The request whose payer confirms at the page with this token, or None."""
        return await self._find_one(FIND_BY_PAGE_TOKEN, page_token=page_token)

    async def set_intent(self, idempotency_key: str, intent_id: str) -> None:
        """Keep which PaymentIntent the request led to, and forget the payment method."""
        await self._session.execute(SET_INTENT, of_key=idempotency_key, of_intent=intent_id)

    async def set_decline_reason(self, idempotency_key: str, reason: DeclineReason) -> None:
        """Keep why nothing is held, unless that is known, and forget the payment method."""
        await self._session.execute(SET_DECLINE_REASON, of_key=idempotency_key, reason=reason)

    async def set_spent(self, idempotency_key: str) -> None:
        """Keep that the key is of no more use, and forget the payment method."""
        await self._session.execute(SET_SPENT, of_key=idempotency_key)

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` requests made before ``before``; returns how many."""
        rows = await self._session.fetch_all(
            LIST_OUTDATED, before=to_microseconds(before), most=limit
        )
        await self._session.execute_many(DELETE, [{"of_key": key} for (key,) in rows])
        return len(rows)

    async def delete_of_customer(self, provider_customer_id: str) -> None:
        """Delete all requests of a Customer who is to be forgotten."""
        await self._session.execute(DELETE_OF_CUSTOMER, of_customer=provider_customer_id)

    async def _find_one(self, statement: Statement, **values: str) -> PaymentRequest | None:
        row = await self._session.fetch_one(statement, **values)
        return PAYMENT_REQUEST.value(row) if row else None
