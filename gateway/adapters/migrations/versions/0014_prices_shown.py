"""Amounts shown for carts, variants bought by one click, and options of variants."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Before, a variant's title was its product's title, a comma and its options.
OPTIONS = """
UPDATE variants SET options = COALESCE((
  SELECT substr(variants.title, length(product.title) + 3) FROM products product
  WHERE product.id = variants.product_id
    AND substr(variants.title, 1, length(product.title) + 2) = product.title || ', '), '')
"""
OPEN = sa.text("status = 'OPEN'")


def upgrade() -> None:
    """Add the columns; a SKU may now be empty or that of several variants."""
    with op.batch_alter_table("carts") as carts:
        carts.add_column(sa.Column("shown_version", sa.BigInteger(), nullable=True))
        carts.add_column(sa.Column("shown_covered", sa.BigInteger(), nullable=True))
        carts.add_column(sa.Column("shown_due", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("clicked", sa.String(), nullable=True))
    op.drop_index("ix_orders_open_of_client", "orders")
    with op.batch_alter_table("variants") as variants:
        variants.add_column(sa.Column("options", sa.String(), nullable=False, server_default=""))
        variants.drop_constraint("uq_variants_sku", type_="unique")
    op.create_index("ix_variants_sku", "variants", ["sku"])
    op.execute(OPTIONS)


def downgrade() -> None:
    """Drop the columns; a variant whose SKU is empty or not unique gets its id as SKU."""
    op.execute(
        "UPDATE variants SET sku = id WHERE sku = '' OR EXISTS (SELECT 1 FROM variants other"
        " WHERE other.sku = variants.sku AND other.id < variants.id)"
    )
    op.drop_index("ix_variants_sku", "variants")
    with op.batch_alter_table("variants") as variants:
        variants.create_unique_constraint("uq_variants_sku", ["sku"])
        variants.drop_column("options")
    op.create_index(
        "ix_orders_open_of_client",
        "orders",
        ["client_id", "closes_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("clicked")
    with op.batch_alter_table("carts") as carts:
        for name in ("shown_due", "shown_covered", "shown_version"):
            carts.drop_column(name)
