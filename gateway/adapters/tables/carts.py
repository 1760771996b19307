"""Carts."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

CART_IS_EDITABLE = IndexCondition("order_id IS NULL AND attempt_id IS NULL")
CART_IS_UNCLAIMED = IndexCondition(
    "order_id IS NULL AND attempt_id IS NULL AND purchaser_id IS NULL AND client_id IS NULL"
)
CART_IS_OF_CLIENT = IndexCondition(
    "order_id IS NULL AND attempt_id IS NULL AND client_id IS NOT NULL"
)
CART_IS_NOT_BOUGHT = IndexCondition("order_id IS NULL")
PURCHASER_HAS_CART = IndexCondition("order_id IS NULL AND purchaser_id IS NOT NULL")
CLIENT_HAS_CART = IndexCondition("order_id IS NULL AND client_id IS NOT NULL")
CART_HAS_PURCHASER = IndexCondition("purchaser_id IS NOT NULL")
CART_IS_BOUGHT = IndexCondition("order_id IS NOT NULL")


class CartRow(SQLModel, table=True):
    """One cart, with its lines as one JSON value.

    ``line_details`` are the version of the cart at which they were saved, the ids of the lines,
    and their attributes. They are apart from ``lines``, which earlier versions of the gateway that
    still run beside this one read and write alone; NULL until this version has saved the cart.
    ``purchaser_id`` or ``client_id`` is who claimed it: each of them has one cart that is not
    bought. ``shown_covered`` and ``shown_due``, in minor units, are what its client was last shown
    as paid by stored value and as due, at the version ``shown_version``. ``customer`` is as whom
    the buyer is taxed, as JSON; NULL: as a consumer.
    """

    __tablename__ = "carts"
    __table_args__ = (
        partial_index("ix_carts_changed_at", "changed_at", condition=CART_IS_UNCLAIMED),
        partial_index("ix_carts_client_changed_at", "changed_at", condition=CART_IS_OF_CLIENT),
        partial_index("ix_carts_purchaser_id", "purchaser_id", condition=CART_HAS_PURCHASER),
        partial_index("ix_carts_order_id", "order_id", condition=CART_IS_BOUGHT),
        partial_index(
            "uq_carts_purchaser_id", "purchaser_id", condition=PURCHASER_HAS_CART, unique=True
        ),
        partial_index("uq_carts_client_id", "client_id", condition=CLIENT_HAS_CART, unique=True),
    )

    id: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
    currency: str
    digits: int
    lines: str
    country: str | None
    region: str | None
    postal_code: str | None
    city: str | None
    codes: str
    method_id: str | None
    attempt_id: str | None
    order_id: str | None
    changed_at: int = Field(sa_type=BigInteger)
    shown_version: int | None = Field(sa_type=BigInteger)
    shown_covered: int | None = Field(sa_type=BigInteger)
    shown_due: int | None = Field(sa_type=BigInteger)
    line_details: str | None = Field(default=None)
    note: str | None = Field(default=None)
    attributes: str | None = Field(default=None)
    purchaser_id: str | None = Field(default=None)
    client_id: str | None = Field(default=None)
    customer: str | None = Field(default=None)
