"""When the holds of orders end, and what is done about it before."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column."""
    op.add_column("order_payments", sa.Column("held_until_at", sa.BigInteger(), nullable=True))
    condition = sa.text("held_until_at IS NOT NULL AND state IN ('HELD', 'LAPSED')")
    op.create_index(
        "ix_order_payments_held_until_at",
        "order_payments",
        ["held_until_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    op.create_table(
        "hold_renewals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("charge_id", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("held_until_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hold_renewals"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["order_payments.id"], name="fk_hold_renewals_payment_id_order_payments"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_hold_renewals_order_id_orders"
        ),
    )
    op.create_index("ix_hold_renewals_due_at", "hold_renewals", ["due_at"])
    refused = sa.text("state = 'REFUSED'")
    op.create_index(
        "ix_hold_renewals_refused",
        "hold_renewals",
        ["held_until_at"],
        sqlite_where=refused,
        postgresql_where=refused,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("hold_renewals")
    op.drop_index("ix_order_payments_held_until_at", "order_payments")
    with op.batch_alter_table("order_payments") as payments:
        payments.drop_column("held_until_at")
