"""Orders with their events and payments, and purchase attempts."""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from gateway.adapters.sql.index_conditions import IndexCondition, partial_index

ORDER_IS_WAITING = IndexCondition("due_at IS NOT NULL")
ORDER_IS_UNSEARCHABLE = IndexCondition("searchable IS NULL")
ORDER_IS_OPEN = IndexCondition("status = 'OPEN'")
HOLD_ENDS = IndexCondition("held_until_at IS NOT NULL AND state IN ('HELD', 'LAPSED')")
PAYMENT_CHANGE_IS_PENDING = IndexCondition("state IN ('CAPTURING', 'RELEASING', 'REFUNDING')")
OPERATION_IS_PENDING = IndexCondition("state = 'PENDING'")
ATTEMPT_IS_OPEN = IndexCondition("state <> 'SETTLED'")
ATTEMPT_IS_SETTLED = IndexCondition("state = 'SETTLED'")


class OrderRow(SQLModel, table=True):
    """One order, with its figures and its lines as JSON values and personal data sealed.

    ``unsigned_total`` is what purchases without a sign-in added to ``total``, minor units.
    ``lines``, ``terms``, ``destination_key`` and ``unsigned_total`` are NULL for orders from before
    they were kept.
    ``searchable`` is NULL until the order has its search keys.
    ``clicked`` and ``demand`` are read of those alone; they are written for earlier versions that
    still run beside this one.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_purchaser_id", "purchaser_id", "place"),
        Index("ix_orders_place", "place"),
        Index("ix_orders_status_place", "status", "place"),
        partial_index("ix_orders_unsearchable", "place", condition=ORDER_IS_UNSEARCHABLE),
        partial_index("ix_orders_due_at", "due_at", condition=ORDER_IS_WAITING),
        partial_index("ix_orders_open", "purchaser_id", "bucket", "place", condition=ORDER_IS_OPEN),
    )

    id: str = Field(primary_key=True)
    place: int = Field(sa_type=BigInteger)
    number: str = Field(unique=True)
    status: str
    bucket: str
    channel: str
    placed_at: int = Field(sa_type=BigInteger)
    closes_at: int = Field(sa_type=BigInteger)
    purchaser_id: str | None
    client_id: str | None
    signed_in: bool
    clicked: str | None
    currency: str
    total: int = Field(sa_type=BigInteger)
    unsigned_total: int | None = Field(sa_type=BigInteger)
    figures: str
    lines: str | None
    terms: str | None
    destination_key: str | None
    demand: str
    subject: str
    sealed: bytes = Field(sa_type=LargeBinary)
    tracking: bytes | None = Field(sa_type=LargeBinary)
    searchable: bool | None
    due_at: int | None = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)


class OrderEventRow(SQLModel, table=True):
    """One event of an order, with who did it and why, for staff."""

    __tablename__ = "order_events"

    order_id: str = Field(primary_key=True, foreign_key="orders.id")
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    id: str = Field(unique=True)
    type: str
    status: str
    occurred_at: int = Field(sa_type=BigInteger)
    actor: str | None
    detail: str | None


class OrderPaymentRow(SQLModel, table=True):
    """One charge of one purchase of an order.

    ``purchase_id`` is NULL for charges from before it was kept, ``held_until_at`` for these and for
    holds that do not end by themselves.
    """

    __tablename__ = "order_payments"
    __table_args__ = (
        Index("ix_order_payments_order_id", "order_id"),
        Index("ix_order_payments_charge_id", "charge_id"),
        partial_index("ix_order_payments_due_at", "due_at", condition=PAYMENT_CHANGE_IS_PENDING),
        partial_index("ix_order_payments_held_until_at", "held_until_at", condition=HOLD_ENDS),
    )

    id: str = Field(primary_key=True)
    order_id: str = Field(foreign_key="orders.id")
    purchase_id: str | None
    charge_id: str
    amount: int = Field(sa_type=BigInteger)
    captured_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    refunded_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    currency: str
    digits: int
    state: str
    held_until_at: int | None = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    due_at: int | None = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)


class PaymentOperationRow(SQLModel, table=True):
    """One capture, release or refund that the provider is told of, under its idempotency key."""

    __tablename__ = "payment_operations"
    __table_args__ = (
        Index("ix_payment_operations_order_id", "order_id"),
        partial_index("ix_payment_operations_due_at", "due_at", condition=OPERATION_IS_PENDING),
    )

    id: str = Field(primary_key=True)
    payment_id: str = Field(foreign_key="order_payments.id")
    order_id: str = Field(foreign_key="orders.id")
    kind: str
    amount: int = Field(sa_type=BigInteger)
    currency: str
    digits: int
    final: bool
    state: str
    reason: str | None
    subject_id: str | None
    created_at: int = Field(sa_type=BigInteger)
    due_at: int | None = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)


class PurchaseAttemptRow(SQLModel, table=True):
    """A payment attempt with its outcome, if there is one yet."""

    __tablename__ = "purchase_attempts"
    __table_args__ = (
        UniqueConstraint("scope", "key"),
        partial_index("ix_purchase_attempts_due_at", "due_at", condition=ATTEMPT_IS_OPEN),
        partial_index("ix_purchase_attempts_subject", "subject", condition=ATTEMPT_IS_OPEN),
        partial_index(
            "ix_purchase_attempts_created_at", "created_at", condition=ATTEMPT_IS_SETTLED
        ),
    )

    id: str = Field(primary_key=True)
    scope: str
    key: str
    fingerprint: str
    state: str
    subject: str
    sealed: bytes = Field(sa_type=LargeBinary)
    result: str | None
    charge_id: str | None
    created_at: int = Field(sa_type=BigInteger)
    due_at: int | None = Field(sa_type=BigInteger)
    leased_until_at: int | None = Field(sa_type=BigInteger)
    attempts: int
    version: int = Field(sa_type=BigInteger)
