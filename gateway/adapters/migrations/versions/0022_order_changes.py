"""Changes of orders that raise what is held, and links that open guests' orders."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

WAITING = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "order_changes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("reserved", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("leased_until_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_order_changes"),
        sa.UniqueConstraint("order_id", name="uq_order_changes_order_id"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_order_changes_order_id_orders"
        ),
    )
    op.create_index(
        "ix_order_changes_due_at",
        "order_changes",
        ["due_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        "order_links",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_order_links"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_links_order_id_orders"),
    )
    op.create_index("ix_order_links_expires_at", "order_links", ["expires_at"])
    op.create_table(
        "order_accesses",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "client_id", name="pk_order_accesses"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_order_accesses_order_id_orders"
        ),
    )
    op.create_index("ix_order_accesses_expires_at", "order_accesses", ["expires_at"])
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0022', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0022'")
    op.drop_table("order_accesses")
    op.drop_table("order_links")
    op.drop_table("order_changes")
