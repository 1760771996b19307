"""What is to go at the payment provider: methods and customers that are given up."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "provider_clearances",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("provider_token", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provider_clearances"),
    )
    op.create_index("ix_provider_clearances_due_at", "provider_clearances", ["due_at"])
    condition = sa.text("failure IS NOT NULL")
    op.create_index(
        "ix_provider_clearances_failing",
        "provider_clearances",
        ["created_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("provider_clearances")
