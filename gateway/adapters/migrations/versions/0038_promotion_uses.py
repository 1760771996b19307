"""The uses of promotions that have limits."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the counts and the uses by buyers."""
    op.create_table(
        "promotion_counts",
        sa.Column("promotion", sa.String(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("promotion", name="pk_promotion_counts"),
    )
    op.create_table(
        "promotion_uses",
        sa.Column("buyer_key", sa.String(), nullable=False),
        sa.Column("promotion", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("buyer_key", "promotion", "number", name="pk_promotion_uses"),
    )
    op.create_index("ix_promotion_uses_order_id", "promotion_uses", ["order_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("promotion_uses")
    op.drop_table("promotion_counts")
