"""Carts know as whom their buyer is taxed, purchasers whether the shop exempts them from tax."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("carts") as carts:
        carts.add_column(sa.Column("customer", sa.String(), nullable=True))
    with op.batch_alter_table("purchasers") as purchasers:
        purchasers.add_column(sa.Column("tax_exemption", sa.LargeBinary(), nullable=True))
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0037', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0037'")
    with op.batch_alter_table("purchasers") as purchasers:
        purchasers.drop_column("tax_exemption")
    with op.batch_alter_table("carts") as carts:
        carts.drop_column("customer")
