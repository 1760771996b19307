"""API keys of partners and staff."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ApiKeyRow(SQLModel, table=True):
    """One key by its digest; gifts made with it are paid by ``purchaser_id``'s method, if any.

    A revoked one is kept: its name tells what it was, and may be given a new secret.
    """

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    role: str
    purchaser_id: str | None
    digest: str = Field(unique=True)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(sa_type=BigInteger)
