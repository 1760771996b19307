"""Carts."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class CartRow(SQLModel, table=True):
    """One cart, its lines in one document: it is read and changed as a whole."""

    __tablename__ = "carts"

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
