"""Idempotency keys of what staff and buyers change."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class RequestKeyRow(SQLModel, table=True):
    """A request by its idempotency key; ``result`` is NULL until something came of it."""

    __tablename__ = "request_keys"

    scope: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    operation: str
    fingerprint: str
    result: str | None
    created_at: int = Field(sa_type=BigInteger, index=True)
