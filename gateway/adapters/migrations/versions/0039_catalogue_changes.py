"""Which products have changed at a revision of the catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the changes; of what changed before, nothing is known."""
    op.create_table(
        "catalogue_changes",
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("revision", "place", name="pk_catalogue_changes"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("catalogue_changes")
