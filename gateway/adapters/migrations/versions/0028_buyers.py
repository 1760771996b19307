"""What purchasers say of themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("purchasers", sa.Column("details", sa.LargeBinary(), nullable=True))
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0028', '0015')")


def downgrade() -> None:
    """Drop it."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0028'")
    op.drop_column("purchasers", "details")
