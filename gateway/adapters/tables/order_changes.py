"""Changes of orders that raise what is held, and links that open guests' orders."""

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

CHANGE_IS_WAITING = IndexCondition("due_at IS NOT NULL")


class OrderChangeRow(SQLModel, table=True):
    """A change of an order whose further charge is being asked for; at most one an order.

    ``reserved`` is what it has reserved of the stock, as a JSON value.
    """

    __tablename__ = "order_changes"
    __table_args__ = (
        UniqueConstraint("order_id"),
        partial_index("ix_order_changes_due_at", "due_at", condition=CHANGE_IS_WAITING),
    )

    id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="orders.id")
    reserved: str
    created_at: int = Field(sa_type=BigInteger)
    due_at: int | None = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)


class OrderLinkRow(SQLModel, table=True):
    """The secret link to a guest's order, by its digest."""

    __tablename__ = "order_links"
    __table_args__ = (Index("ix_order_links_expires_at", "expires_at"),)

    digest: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="orders.id")
    expires_at: int = Field(sa_type=BigInteger)


class OrderAccessRow(SQLModel, table=True):
    """A device on which a guest's order was opened by its link."""

    __tablename__ = "order_accesses"
    __table_args__ = (Index("ix_order_accesses_expires_at", "expires_at"),)

    order_id: str = Field(primary_key=True, foreign_key="orders.id")
    client_id: str = Field(primary_key=True)
    expires_at: int = Field(sa_type=BigInteger)
