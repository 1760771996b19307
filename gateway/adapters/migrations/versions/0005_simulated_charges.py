"""The simulated provider's charges."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the charges of the simulated payment provider."""
    op.create_table(
        "simulated_charges",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("renews", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("action_token", sa.String(), nullable=True),
        sa.Column("action_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_simulated_charges"),
        sa.UniqueConstraint("idempotency_key", name="uq_simulated_charges_idempotency_key"),
        sa.UniqueConstraint("action_token", name="uq_simulated_charges_action_token"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("simulated_charges")
