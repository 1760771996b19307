"""API keys of partners and staff."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ApiKeyRow(SQLModel, table=True):
    """One API key by its digest.

    Gifts created with it are paid by the payment method of ``purchaser_id``, if it is set. A
    revoked key is kept, so that its name stays known and can be given a new secret.
    """

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    role: str
    purchaser_id: str | None = Field(index=True)
    digest: str = Field(unique=True)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(sa_type=BigInteger)
