"""Keys of requests, what staff did, requests for selection, and prices to compare with."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

IS_WAITING = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Add them; earlier versions can read on."""
    op.create_table(
        "request_keys",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_request_keys"),
    )
    op.create_index("ix_request_keys_created_at", "request_keys", ["created_at"])
    op.create_table(
        "staff_actions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_actions"),
    )
    op.create_index("ix_staff_actions_done_at", "staff_actions", ["done_at", "id"])
    op.create_index(
        "ix_staff_actions_subject_id", "staff_actions", ["subject_id", "done_at", "id"]
    )
    op.create_table(
        "selection_requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("leased_until_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_selection_requests"),
    )
    op.create_index(
        "ix_selection_requests_due_at",
        "selection_requests",
        ["due_at"],
        sqlite_where=IS_WAITING,
        postgresql_where=IS_WAITING,
    )
    with op.batch_alter_table("variants") as variants:
        variants.add_column(
            sa.Column("compare_at_prices", sa.String(), nullable=False, server_default="{}")
        )
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0017', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0017'")
    with op.batch_alter_table("variants") as variants:
        variants.drop_column("compare_at_prices")
    for name in ("selection_requests", "staff_actions", "request_keys"):
        op.drop_table(name)
