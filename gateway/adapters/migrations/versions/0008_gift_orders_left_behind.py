"""Gift orders that were not finished because of a crash."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ("version", "attempts", "leased_until_at", "due_at", "hold", "method_id")


def upgrade() -> None:
    """Add to gift orders the data of their authorizations and the time at which they are due."""
    # Older rows lack this data, so a repeated request begins again.
    op.execute("DELETE FROM gift_orders WHERE done = 0")
    with op.batch_alter_table("gift_orders") as orders:
        orders.add_column(sa.Column("method_id", sa.String(), nullable=False, server_default=""))
        orders.add_column(sa.Column("hold", sa.BigInteger(), nullable=True))
        orders.add_column(sa.Column("due_at", sa.BigInteger(), nullable=True))
        orders.add_column(sa.Column("leased_until_at", sa.BigInteger(), nullable=True))
        orders.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        orders.add_column(sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
    op.create_index(
        "ix_gift_orders_due_at",
        "gift_orders",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop what was added."""
    op.drop_index("ix_gift_orders_due_at", "gift_orders")
    with op.batch_alter_table("gift_orders") as orders:
        for name in COLUMNS:
            orders.drop_column(name)
