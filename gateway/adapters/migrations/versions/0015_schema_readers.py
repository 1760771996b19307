"""Disabled webhooks, an index of the outbox by kind, write probes and schema readers."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'WAITING'")


def upgrade() -> None:
    """Add them, with the versions that can read the present schema."""
    with op.batch_alter_table("webhooks") as webhooks:
        webhooks.add_column(sa.Column("disabled_at", sa.BigInteger(), nullable=True))
    op.drop_index("ix_outbox_due_at", "outbox")
    op.create_index(
        "ix_outbox_kind_due_at",
        "outbox",
        ["kind", "due_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        "write_probes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("filler", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_write_probes"),
    )
    op.create_table(
        "schema_readers",
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("oldest_reader", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_readers"),
    )
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0015', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("schema_readers")
    op.drop_table("write_probes")
    op.drop_index("ix_outbox_kind_due_at", "outbox")
    op.create_index(
        "ix_outbox_due_at",
        "outbox",
        ["due_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    with op.batch_alter_table("webhooks") as webhooks:
        webhooks.drop_column("disabled_at")
