"""Variants know whether their product is listed: what is not, is not sold by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and fill it."""
    with op.batch_alter_table("variants") as variants:
        variants.add_column(
            sa.Column("product_listed", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    op.execute(
        sa.text(
            "UPDATE variants SET product_listed = false WHERE EXISTS (SELECT 1 FROM products "
            "WHERE products.id = variants.product_id AND NOT products.listed)"
        )
    )
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0029', '0015')")


def downgrade() -> None:
    """Drop it."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0029'")
    with op.batch_alter_table("variants") as variants:
        variants.drop_column("product_listed")
