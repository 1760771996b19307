"""The request that open orders be looked through for what can be scheduled."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

SELECTION_IS_WAITING = IndexCondition("due_at IS NOT NULL")


class SelectionRequestRow(SQLModel, table=True):
    """The one request; ``due_at`` is NULL while no run is wanted."""

    __tablename__ = "selection_requests"
    __table_args__ = (
        partial_index("ix_selection_requests_due_at", "due_at", condition=SELECTION_IS_WAITING),
    )

    id: str = Field(primary_key=True)
    due_at: int | None = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)
