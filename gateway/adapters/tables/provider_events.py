"""What the payment provider told on its own: its events, and disputes of payments."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

EVENT_IS_WAITING = IndexCondition("state = 'WAITING'")
EVENT_IS_FAILED = IndexCondition("state = 'FAILED'")


class ProviderEventRow(SQLModel, table=True):
    """One event, by the provider's id; of what it said only what it is about."""

    __tablename__ = "provider_events"
    __table_args__ = (
        Index("ix_provider_events_received_at", "received_at"),
        partial_index("ix_provider_events_due_at", "due_at", condition=EVENT_IS_WAITING),
        partial_index(
            "ix_provider_events_failed_received_at", "received_at", condition=EVENT_IS_FAILED
        ),
    )

    id: str = Field(primary_key=True)
    type: str
    object_id: str
    state: str
    failure: str | None
    received_at: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)


class PaymentDisputeRow(SQLModel, table=True):
    """One dispute, by the provider's id, with the order or the gift that it is about."""

    __tablename__ = "payment_disputes"

    reference: str = Field(primary_key=True)
    charge_id: str
    order_id: str | None = Field(index=True)
    gift_id: str | None
    amount: int = Field(sa_type=BigInteger)
    currency: str
    digits: int
    reason: str
    status: str
    opened_at: int = Field(sa_type=BigInteger)
    respond_by: int | None = Field(sa_type=BigInteger)
    place: int = Field(sa_type=BigInteger, index=True)
