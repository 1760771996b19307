"""What is to go at the payment provider."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

IS_FAILING = IndexCondition("failure IS NOT NULL")


class ProviderClearanceRow(SQLModel, table=True):
    """One method or customer; the row goes once the provider has forgotten it."""

    __tablename__ = "provider_clearances"
    __table_args__ = (
        partial_index("ix_provider_clearances_failing", "created_at", condition=IS_FAILING),
    )

    id: str = Field(primary_key=True)
    kind: str
    purchaser_id: str = Field(index=True)
    sealed: bytes | None
    state: str
    created_at: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger, index=True)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    failure: str | None
    order_id: str | None
    attempts: int
    version: int = Field(sa_type=BigInteger)
