"""Shipments and their lines."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel


class ShipmentRow(SQLModel, table=True):
    """One parcel; its address and tracking page are sealed under the key of ``subject``."""

    __tablename__ = "shipments"
    __table_args__ = (
        Index("ix_shipments_place", "place"),
        Index("ix_shipments_state_place", "state", "place"),
        Index("ix_shipments_gift_id", "gift_id"),
    )

    id: str = Field(primary_key=True)
    place: int = Field(sa_type=BigInteger)
    state: str
    purchaser_id: str | None
    gift_id: str | None
    shipping_method: str | None
    carrier: str | None
    tracking_number: str | None
    subject: str
    sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger)
    dispatched_at: int | None = Field(sa_type=BigInteger)
    delivered_at: int | None = Field(sa_type=BigInteger)
    on_return: str | None
    resent_id: str | None
    version: int = Field(sa_type=BigInteger)


class ShipmentLineRow(SQLModel, table=True):
    """So many of a variant in a parcel; ``order_id`` and ``line_id`` are NULL for a gift's."""

    __tablename__ = "shipment_lines"
    __table_args__ = (Index("ix_shipment_lines_order_id", "order_id"),)

    shipment_id: str = Field(primary_key=True, foreign_key="shipments.id")
    position: int = Field(primary_key=True)
    order_id: str | None = Field(foreign_key="orders.id")
    line_id: str | None
    variant_id: str
    sku: str
    title: str
    quantity: int = Field(sa_type=BigInteger)
