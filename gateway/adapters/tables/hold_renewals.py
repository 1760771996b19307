"""Holds of orders that end by themselves."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

RENEWAL_IS_REFUSED = IndexCondition("state = 'REFUSED'")


class HoldRenewalRow(SQLModel, table=True):
    """The renewal of one hold; the row goes with the hold."""

    __tablename__ = "hold_renewals"
    __table_args__ = (
        partial_index("ix_hold_renewals_refused", "held_until_at", condition=RENEWAL_IS_REFUSED),
    )

    id: str = Field(primary_key=True)
    payment_id: str = Field(foreign_key="order_payments.id")
    order_id: str = Field(foreign_key="orders.id")
    charge_id: str
    amount: int = Field(sa_type=BigInteger)
    currency: str
    digits: int
    held_until_at: int = Field(sa_type=BigInteger)
    state: str
    refusal: str | None
    due_at: int = Field(sa_type=BigInteger, index=True)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)
