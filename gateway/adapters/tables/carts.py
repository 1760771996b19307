"""Carts."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

CART_IS_EDITABLE = IndexCondition("order_id IS NULL AND attempt_id IS NULL")


class CartRow(SQLModel, table=True):
    """One cart, with its lines as one JSON value.

    ``shown_covered`` and ``shown_due``, in minor units, are what its client was last shown as paid
    by stored value and as due, at the version ``shown_version``.
    """

    __tablename__ = "carts"
    __table_args__ = (
        partial_index("ix_carts_changed_at", "changed_at", condition=CART_IS_EDITABLE),
    )

    id: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    currency: str
    digits: int
    lines: str
    country: str | None
    region: str | None
    postal_code: str | None
    city: str | None
    codes: str
    method_id: str | None
    attempt_id: str | None
    order_id: str | None
    changed_at: int = Field(sa_type=BigInteger)
    shown_version: int | None = Field(sa_type=BigInteger)
    shown_covered: int | None = Field(sa_type=BigInteger)
    shown_due: int | None = Field(sa_type=BigInteger)
