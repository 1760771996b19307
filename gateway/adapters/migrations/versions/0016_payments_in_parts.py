"""Captures, releases and refunds of parts of a charge."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Before, a charge was captured and refunded as a whole.
TAKEN = """
UPDATE order_payments SET captured_minor = amount
WHERE state IN ('CAPTURED', 'REFUNDING', 'REFUNDED')
"""
GIVEN_BACK = "UPDATE order_payments SET refunded_minor = amount WHERE state = 'REFUNDED'"
GIVEN_BACK_AT_PROVIDER = """
UPDATE simulated_charges SET refunded_minor = COALESCE(captured_minor, 0)
WHERE status = 'REFUNDED'
"""
PENDING = sa.text("state = 'PENDING'")


def upgrade() -> None:
    """Add them; the version before can read on, as long as no charge is captured in parts."""
    with op.batch_alter_table("order_payments") as payments:
        payments.add_column(sa.Column("purchase_id", sa.String(), nullable=True))
        payments.add_column(_minor_column("captured_minor"))
        payments.add_column(_minor_column("refunded_minor"))
    with op.batch_alter_table("simulated_charges") as charges:
        charges.add_column(_minor_column("refunded_minor"))
    for statement in (TAKEN, GIVEN_BACK, GIVEN_BACK_AT_PROVIDER):
        op.execute(statement)
    op.create_table(
        "simulated_transfers",
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("charge_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_id"],
            ["simulated_charges.id"],
            name="fk_simulated_transfers_charge_id_simulated_charges",
        ),
        sa.PrimaryKeyConstraint("idempotency_key", name="pk_simulated_transfers"),
    )
    op.create_index(
        "ix_simulated_transfers_charge_id",
        "simulated_transfers",
        ["charge_id", "kind", "requested_at"],
    )
    _create_operations()
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0016', '0015')")


def _minor_column(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _create_operations() -> None:
    op.create_table(
        "payment_operations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("payment_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("leased_until_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_payment_operations_order_id_orders"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["order_payments.id"],
            name="fk_payment_operations_payment_id_order_payments",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_operations"),
    )
    op.create_index("ix_payment_operations_order_id", "payment_operations", ["order_id"])
    op.create_index(
        "ix_payment_operations_due_at",
        "payment_operations",
        ["due_at"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0016'")
    op.drop_table("payment_operations")
    op.drop_table("simulated_transfers")
    with op.batch_alter_table("simulated_charges") as charges:
        charges.drop_column("refunded_minor")
    with op.batch_alter_table("order_payments") as payments:
        for name in ("refunded_minor", "captured_minor", "purchase_id"):
            payments.drop_column(name)
