"""The charges of the simulated payment provider, and what was captured and refunded of them."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class SimulatedChargeRow(SQLModel, table=True):
    """One authorization request and the state of its charge."""

    __tablename__ = "simulated_charges"
    __table_args__ = (Index("ix_simulated_charges_created_at", "created_at", "id"),)

    id: str = Field(primary_key=True)
    idempotency_key: str = Field(unique=True)
    amount_minor: int = Field(sa_type=BigInteger)
    captured_minor: int | None = Field(sa_type=BigInteger)
    refunded_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    currency: str
    method: str
    customer: str
    renews: str | None
    status: str
    reason: str | None
    action_token: str | None = Field(unique=True)
    action_expires_at: int | None = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)


class SimulatedTransferRow(SQLModel, table=True):
    """One capture or refund, under its idempotency key."""

    __tablename__ = "simulated_transfers"
    __table_args__ = (
        Index("ix_simulated_transfers_charge_id", "charge_id", "kind", "requested_at"),
    )

    idempotency_key: str = Field(primary_key=True)
    charge_id: str = Field(foreign_key="simulated_charges.id")
    kind: str
    amount_minor: int = Field(sa_type=BigInteger)
    requested_at: int = Field(sa_type=BigInteger)
