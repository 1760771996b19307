"""What purchasers say of themselves, and invoices of erased accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_provider_accounts_purchaser_id", "provider_accounts", "purchaser_id"),
    ("ix_client_purchasers_purchaser_id", "client_purchasers", "purchaser_id"),
    ("ix_sessions_purchaser_id", "sessions", "purchaser_id"),
    ("ix_api_keys_purchaser_id", "api_keys", "purchaser_id"),
)
"""By these the rows of one purchaser are found."""


def upgrade() -> None:
    """Add the column, the table and the indexes."""
    op.add_column("purchasers", sa.Column("details", sa.LargeBinary(), nullable=True))
    op.create_table(
        "kept_invoices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_invoices"),
    )
    op.create_index("ix_kept_invoices_placed_at", "kept_invoices", ["placed_at", "id"])
    op.create_index("ix_kept_invoices_number", "kept_invoices", ["number"])
    for name, table, column in INDEXES:
        op.create_index(name, table, [column])
    op.create_index(
        "ix_clients_purchaser_id",
        "clients",
        ["purchaser_id"],
        sqlite_where=sa.text("purchaser_id IS NOT NULL"),
        postgresql_where=sa.text("purchaser_id IS NOT NULL"),
    )
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0028', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0028'")
    op.drop_index("ix_clients_purchaser_id", "clients")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_table("kept_invoices")
    op.drop_column("purchasers", "details")
