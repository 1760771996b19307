"""Expiry of API keys, networks of sign-in codes, and times of changes."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SWEPT = (
    (
        "ix_carts_changed_at",
        "carts",
        ["changed_at"],
        "order_id IS NULL AND attempt_id IS NULL",
    ),
    ("ix_clients_changed_at", "clients", ["changed_at"], "purchaser_id IS NULL"),
)
WHOLE = (
    ("ix_client_identifiers_client_id", "client_identifiers", ["client_id"]),
    ("ix_sessions_expires_at", "sessions", ["expires_at"]),
    ("ix_sign_in_codes_network_requested_at", "sign_in_codes", ["network", "requested_at"]),
)


def upgrade() -> None:
    """Add the columns; present rows, and those that an older version adds, count as changed now."""
    with op.batch_alter_table("api_keys") as keys:
        keys.alter_column("purchaser_id", existing_type=sa.String(), nullable=True)
        keys.add_column(sa.Column("expires_at", sa.BigInteger(), nullable=True))
        keys.add_column(sa.Column("revoked_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("sign_in_codes") as codes:
        codes.add_column(sa.Column("client_id", sa.String(), nullable=True))
        codes.add_column(sa.Column("network", sa.String(), nullable=True))
        codes.add_column(sa.Column("known", sa.Boolean(), nullable=False, server_default=sa.false()))
        codes.add_column(
            sa.Column("others_attempts", sa.Integer(), nullable=False, server_default="0")
        )
    now = time.time_ns() // 1_000
    for changing in ("carts", "clients"):
        with op.batch_alter_table(changing) as rows:
            rows.add_column(
                sa.Column("changed_at", sa.BigInteger(), nullable=False, server_default=str(now))
            )
    for name, table, columns, condition in SWEPT:
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    for name, table, columns in WHOLE:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Drop the columns, and delete revoked keys and keys without a purchaser."""
    for name, table, _ in reversed(WHOLE):
        op.drop_index(name, table)
    for name, table, _, _ in reversed(SWEPT):
        op.drop_index(name, table)
    for changing in ("clients", "carts"):
        with op.batch_alter_table(changing) as rows:
            rows.drop_column("changed_at")
    with op.batch_alter_table("sign_in_codes") as codes:
        for column in ("others_attempts", "known", "network", "client_id"):
            codes.drop_column(column)
    op.execute("DELETE FROM api_keys WHERE purchaser_id IS NULL OR revoked_at IS NOT NULL")
    with op.batch_alter_table("api_keys") as keys:
        keys.drop_column("revoked_at")
        keys.drop_column("expires_at")
        keys.alter_column("purchaser_id", existing_type=sa.String(), nullable=False)
