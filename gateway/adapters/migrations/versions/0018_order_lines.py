"""Lines of orders, what they are priced by, and which orders go to one destination."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; orders from before have none of it, and earlier versions can read on."""
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("lines", sa.String(), nullable=True))
        orders.add_column(sa.Column("terms", sa.String(), nullable=True))
        orders.add_column(sa.Column("destination_key", sa.String(), nullable=True))
        orders.add_column(sa.Column("unsigned_total", sa.BigInteger(), nullable=True))
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0018', '0015')")


def downgrade() -> None:
    """Drop the columns."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0018'")
    with op.batch_alter_table("orders") as orders:
        for name in ("unsigned_total", "destination_key", "terms", "lines"):
            orders.drop_column(name)
