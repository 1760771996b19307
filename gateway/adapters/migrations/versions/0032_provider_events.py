"""What the payment provider tells on its own, and disputes; charges are found by its ids."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the index."""
    op.create_table(
        "provider_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provider_events"),
    )
    op.create_index("ix_provider_events_received_at", "provider_events", ["received_at"])
    for name, column, state in (
        ("ix_provider_events_due_at", "due_at", "WAITING"),
        ("ix_provider_events_failed_received_at", "received_at", "FAILED"),
    ):
        condition = sa.text(f"state = '{state}'")
        op.create_index(
            name,
            "provider_events",
            [column],
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_table(
        "payment_disputes",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("charge_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("gift_id", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("respond_by", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_payment_disputes"),
    )
    op.create_index("ix_payment_disputes_order_id", "payment_disputes", ["order_id"])
    op.create_index("ix_payment_disputes_place", "payment_disputes", ["place"])
    op.create_index("ix_order_payments_charge_id", "order_payments", ["charge_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_order_payments_charge_id", "order_payments")
    op.drop_table("payment_disputes")
    op.drop_table("provider_events")
