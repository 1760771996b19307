"""What the adapter of Stripe keeps: the customers, and what was asked of Stripe under which key."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class PaymentCustomerRow(SQLModel, table=True):
    """The Customer at Stripe of one subject: a purchaser, or a guest's purchase."""

    __tablename__ = "payment_customers"

    subject: str = Field(primary_key=True)
    provider_customer_id: str = Field(unique=True)
    created_at: int = Field(sa_type=BigInteger)


class PaymentRequestRow(SQLModel, table=True):
    """One hold that was asked for; committed before Stripe hears of it."""

    __tablename__ = "payment_requests"

    idempotency_key: str = Field(primary_key=True)
    provider_customer_id: str = Field(index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    payment_method: str | None
    terms_digest: str
    is_payer_present: bool
    page_token: str = Field(unique=True)
    intent_id: str | None = Field(unique=True)
    decline_reason: str | None
    is_spent: bool
    created_at: int = Field(sa_type=BigInteger, index=True)


class RefundRequestRow(SQLModel, table=True):
    """One refund that was asked for; committed before Stripe hears of it.

    ``attempt`` counts from 1: another one has another idempotency key at Stripe.
    """

    __tablename__ = "payment_refund_requests"

    idempotency_key: str = Field(primary_key=True)
    intent_id: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    refund_id: str | None
    failure_reason: str | None
    attempt: int
    attempted_at: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger, index=True)
