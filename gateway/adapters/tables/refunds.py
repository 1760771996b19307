"""Refunds and returns of orders."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel


class RefundRow(SQLModel, table=True):
    """One refund; its lines are a JSON text of ids, counts and minor units."""

    __tablename__ = "refunds"
    __table_args__ = (Index("ix_refunds_order_id_place", "order_id", "place"),)

    id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="orders.id")
    place: int = Field(sa_type=BigInteger)
    status: str
    amount: int = Field(sa_type=BigInteger)
    tax: int = Field(sa_type=BigInteger)
    shipping: int = Field(sa_type=BigInteger)
    shipping_tax: int = Field(sa_type=BigInteger)
    stored_value: int = Field(sa_type=BigInteger)
    currency: str
    digits: int
    lines: str
    restock: bool
    reason: str | None
    by: str
    created_at: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)


class ReturnRow(SQLModel, table=True):
    """One return; its lines are a JSON text. The buyer's reason is sealed for ``subject``."""

    __tablename__ = "returns"
    __table_args__ = (
        Index("ix_returns_order_id", "order_id"),
        Index("ix_returns_place", "place"),
        Index("ix_returns_status_place", "status", "place"),
    )

    id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="orders.id")
    place: int = Field(sa_type=BigInteger)
    status: str
    lines: str
    refund_id: str | None = Field(foreign_key="refunds.id")
    subject: str | None
    sealed: bytes | None = Field(sa_type=LargeBinary)
    requested_at: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=BigInteger)
