"""Ids and attributes of cart lines, notes of carts, and who claimed a cart."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

NOT_BOUGHT = "order_id IS NULL"
EDITABLE = f"{NOT_BOUGHT} AND attempt_id IS NULL"
UNCLAIMED = f"{EDITABLE} AND purchaser_id IS NULL AND client_id IS NULL"
NEW_COLUMNS = ("line_details", "note", "attributes", "purchaser_id", "client_id")
NEW_INDEXES = (
    ("ix_carts_changed_at", "changed_at", UNCLAIMED, False),
    ("ix_carts_client_changed_at", "changed_at", f"{EDITABLE} AND client_id IS NOT NULL", False),
    ("ix_carts_purchaser_id", "purchaser_id", "purchaser_id IS NOT NULL", False),
    ("ix_carts_order_id", "order_id", "order_id IS NOT NULL", False),
    ("uq_carts_purchaser_id", "purchaser_id", f"{NOT_BOUGHT} AND purchaser_id IS NOT NULL", True),
    ("uq_carts_client_id", "client_id", f"{NOT_BOUGHT} AND client_id IS NOT NULL", True),
)


def upgrade() -> None:
    """Add them. The carts that are there belong to whoever knows their ids."""
    for name in NEW_COLUMNS:
        op.add_column("carts", sa.Column(name, sa.String(), nullable=True))
    op.drop_index("ix_carts_changed_at", "carts")
    for name, column, condition, unique in NEW_INDEXES:
        create_index(name, column, condition, unique=unique)
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0027', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0027'")
    for name, *_ in NEW_INDEXES:
        op.drop_index(name, "carts")
    with op.batch_alter_table("carts") as carts:
        for name in NEW_COLUMNS:
            carts.drop_column(name)
    create_index("ix_carts_changed_at", "changed_at", EDITABLE, unique=False)


def create_index(name: str, column: str, condition: str, *, unique: bool) -> None:
    """Create a partial index on one column of the carts."""
    where = sa.text(condition)
    op.create_index(
        name, "carts", [column], unique=unique, sqlite_where=where, postgresql_where=where
    )
