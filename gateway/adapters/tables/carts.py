"""Carts."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

CART_IS_EDITABLE = IndexCondition("order_id IS NULL AND attempt_id IS NULL")


class CartRow(SQLModel, table=True):
    """One cart, its lines in one document: it is read and changed as a whole.

    ``shown_…``: what stored value was last shown to pay of it and to leave, at which version.
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
