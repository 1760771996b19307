"""Indexes, so that no statement scans a growing table."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PARTIAL = (
    ("ix_orders_open", "orders", ["purchaser_id", "bucket", "place"], "status = 'OPEN'"),
    ("ix_orders_open_of_client", "orders", ["client_id", "closes_at"], "status = 'OPEN'"),
    ("ix_purchase_attempts_subject", "purchase_attempts", ["subject"], "state <> 'SETTLED'"),
    ("ix_purchase_attempts_created_at", "purchase_attempts", ["created_at"], "state = 'SETTLED'"),
    (
        "ix_gifts_on_their_way",
        "gifts",
        ["partner_id"],
        "status NOT IN ('DELIVERED', 'DECLINED', 'CANCELLED', 'UNDELIVERABLE')",
    ),
    ("ix_products_place", "products", ["place"], "listed"),
)
WHOLE = (
    (
        "ix_client_purchasers_client_id_seen_at",
        "client_purchasers",
        ["client_id", "seen_at", "purchaser_id"],
    ),
    ("ix_simulated_charges_created_at", "simulated_charges", ["created_at", "id"]),
)
AS_OF = """
UPDATE directory_keys SET as_of_at = COALESCE(
  (SELECT entry.as_of_at FROM directory_entries entry WHERE entry.id = directory_keys.entry_id), 0)
"""


def upgrade() -> None:
    """Add the indexes, and to each directory key the time of its record."""
    for name, table, columns, condition in PARTIAL:
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    op.drop_index("ix_orders_client_id", "orders")
    for name, table, columns in WHOLE:
        op.create_index(name, table, columns)
    with op.batch_alter_table("directory_keys") as keys:
        keys.add_column(sa.Column("as_of_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(AS_OF)
    op.drop_index("ix_directory_keys_blind", "directory_keys")
    op.create_index(
        "ix_directory_keys_blind_as_of_at", "directory_keys", ["blind", "as_of_at", "entry_id"]
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_directory_keys_blind_as_of_at", "directory_keys")
    op.create_index("ix_directory_keys_blind", "directory_keys", ["blind"])
    with op.batch_alter_table("directory_keys") as keys:
        keys.drop_column("as_of_at")
    for name, table, _ in reversed(WHOLE):
        op.drop_index(name, table)
    op.create_index("ix_orders_client_id", "orders", ["client_id", "closes_at"])
    for name, table, _, _ in reversed(PARTIAL):
        op.drop_index(name, table)
