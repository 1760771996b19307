"""Messages waiting to be sent."""

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

MESSAGE_IS_WAITING = IndexCondition("state = 'WAITING'")


class OutboxRow(SQLModel, table=True):
    """One message, with the time it is due and the number of attempts to send it."""

    __tablename__ = "outbox"
    __table_args__ = (
        partial_index("ix_outbox_kind_due_at", "kind", "due_at", condition=MESSAGE_IS_WAITING),
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
