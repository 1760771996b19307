"""Indexes by which no statement walks a table that grows."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PARTIAL = (
    ("ix_orders_open", "orders", ["purchaser_id", "bucket", "place"], "status = 'OPEN'"),
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


def upgrade() -> None:
    """Add them."""
    for name, table, columns, condition in PARTIAL:
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    op.create_index(
        "ix_client_purchasers_client_id_seen_at",
        "client_purchasers",
        ["client_id", "seen_at", "purchaser_id"],
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_client_purchasers_client_id_seen_at", "client_purchasers")
    for name, table, _, _ in reversed(PARTIAL):
        op.drop_index(name, table)
