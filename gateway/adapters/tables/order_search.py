"""What orders are found by."""

from sqlmodel import Field, SQLModel


class OrderSearchKeyRow(SQLModel, table=True):
    """A key of an order: the blind index of its e-mail address or of a word of a name."""

    __tablename__ = "order_search_keys"

    key: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True, foreign_key="orders.id", index=True)
