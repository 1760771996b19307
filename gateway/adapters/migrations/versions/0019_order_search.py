"""Keys that orders are found by, and indexes of all orders and all gifts by time."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

IS_UNSEARCHABLE = sa.text("searchable IS NULL")
INDEXES = (
    ("ix_orders_place", "orders", ["place"]),
    ("ix_orders_status_place", "orders", ["status", "place"]),
    ("ix_gifts_created_at_id", "gifts", ["created_at", "id"]),
    ("ix_gifts_status_created_at_id", "gifts", ["status", "created_at", "id"]),
)


def upgrade() -> None:
    """Add them; the worker gives orders from before their keys, earlier versions read on."""
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("searchable", sa.Boolean(), nullable=True))
    op.create_table(
        "order_search_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", "order_id", name="pk_order_search_keys"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_order_search_keys_order_id_orders"
        ),
    )
    op.create_index("ix_order_search_keys_order_id", "order_search_keys", ["order_id"])
    op.create_index(
        "ix_orders_unsearchable",
        "orders",
        ["place"],
        sqlite_where=IS_UNSEARCHABLE,
        postgresql_where=IS_UNSEARCHABLE,
    )
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0019', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0019'")
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_index("ix_orders_unsearchable", "orders")
    op.drop_table("order_search_keys")
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("searchable")
