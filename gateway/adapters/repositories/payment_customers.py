"""The repository of the Customers at Stripe."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select

from gateway.adapters.sql.session import SqlSession
from gateway.adapters.sql.statements import Statement, insert, table
from gateway.adapters.sql.timestamps import to_microseconds
from gateway.adapters.tables.stripe_payments import PaymentCustomerRow

customers = table(PaymentCustomerRow)
ADD = Statement(insert(customers).on_conflict_do_nothing())
FIND: Statement[tuple[str]] = Statement(
    select(customers.c.provider_customer_id).where(customers.c.subject == bindparam("subject"))
)
FIND_SUBJECT: Statement[tuple[str]] = Statement(
    select(customers.c.subject).where(
        customers.c.provider_customer_id == bindparam("provider_customer_id")
    )
)
DELETE = Statement(
    delete(customers).where(customers.c.provider_customer_id == bindparam("of_customer"))
)


class PaymentCustomersRepository:
    """The Customer of each subject, one row each."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    async def add(self, subject: str, provider_customer_id: str, now: datetime) -> None:
        """Keep the Customer of ``subject``, unless it has one."""
        await self._session.execute(
            ADD,
            subject=subject,
            provider_customer_id=provider_customer_id,
            created_at=to_microseconds(now),
        )

    async def find(self, subject: str) -> str | None:
        """Stripe's id of the Customer of ``subject``, or None."""
        row = await self._session.fetch_one(FIND, subject=subject)
        return row[0] if row else None

    async def find_subject(self, provider_customer_id: str) -> str | None:
        """Whose Customer this is, or None."""
        row = await self._session.fetch_one(FIND_SUBJECT, provider_customer_id=provider_customer_id)
        return row[0] if row else None

    async def delete(self, provider_customer_id: str) -> None:
        """Forget a Customer; the subject's next request makes another one."""
        await self._session.execute(DELETE, of_customer=provider_customer_id)
