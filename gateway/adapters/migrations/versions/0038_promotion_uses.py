"""The uses of promotions that have limits, and the groups of purchasers."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the counts, the uses by buyers, and the groups."""
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
    op.create_table(
        "customer_groups",
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchaser_id"], ["purchasers.id"], name="fk_customer_groups_purchaser_id_purchasers"
        ),
        sa.PrimaryKeyConstraint("purchaser_id", "name", name="pk_customer_groups"),
    )
    op.create_index("ix_promotion_uses_order_id", "promotion_uses", ["order_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("customer_groups")
    op.drop_table("promotion_uses")
    op.drop_table("promotion_counts")
