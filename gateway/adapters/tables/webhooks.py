"""The webhooks of partners, which are called for the events of their gifts."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class WebhookRow(SQLModel, table=True):
    """One endpoint; ``sealed`` is the secret by which its calls are signed.

    ``disabled_at`` is when it answered that it wants no more calls, or NULL.
    """

    __tablename__ = "webhooks"

    id: str = Field(primary_key=True)
    partner_id: str = Field(index=True)
    url: str
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)
    disabled_at: int | None = Field(sa_type=BigInteger)
