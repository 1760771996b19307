"""The tracking pages of orders."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sealed URL of the carrier's tracking page."""
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("tracking", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("tracking")
