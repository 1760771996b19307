"""Gifts that are to be sent are looked at again, as they have no parcel yet."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Wake the gifts whose destination is known: the worker makes their parcels."""
    op.execute(
        "UPDATE gifts SET due_at = 0 WHERE status = 'RESOLVED' AND leased_until_at IS NULL"
    )
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0023', '0015')")


def downgrade() -> None:
    """Nothing is to be taken back: a gift that is woken too early goes back to sleep."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0023'")
