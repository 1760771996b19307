"""Messages waiting to be sent."""

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel


class OutboxRow(SQLModel, table=True):
    """One message: what to send, when, and how often it was tried."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due_at",
            "due_at",
            sqlite_where=text("state = 'WAITING'"),
            postgresql_where=text("state = 'WAITING'"),
        ),
    )

    id: str = Field(primary_key=True)
    dedupe_key: str = Field(unique=True)
    kind: str
    subject: str
    payload: bytes | None = Field(sa_type=LargeBinary)
    state: str
    due_at: int = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    failure: str | None
