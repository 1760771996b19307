"""The catalogue, the merchant's rules, and codes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add products, rule sets and the uses of discount codes."""
    op.create_table(
        "code_uses",
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purchaser_id", "code", name="pk_code_uses"),
    )
    op.create_index("ix_code_uses_order_id", "code_uses", ["order_id"])
    op.create_table(
        "products",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("handle", name="uq_products_handle"),
        sa.UniqueConstraint("place", name="uq_products_place"),
    )
    op.create_table(
        "rule_sets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rule_sets"),
        sa.UniqueConstraint("version", name="uq_rule_sets_version"),
    )
    op.create_index("ix_rule_sets_valid_from_version", "rule_sets", ["valid_from", "version"])
    op.create_table(
        "stored_values",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=True),
        sa.Column("valid_to", sa.String(), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_stored_values"),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("prices", sa.String(), nullable=False),
        sa.Column("tax_table", sa.String(), nullable=True),
        sa.Column("tax_category", sa.String(), nullable=True),
        sa.Column("grams", sa.Integer(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("discountable", sa.Boolean(), nullable=False),
        sa.Column("bundle", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_variants_product_id_products"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_variants"),
        sa.UniqueConstraint("sku", name="uq_variants_sku"),
    )
    op.create_index("ix_variants_product_id_place", "variants", ["product_id", "place"])
    op.create_table(
        "bundle_parts",
        sa.Column("bundle_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("prices", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["variants.id"], name="fk_bundle_parts_bundle_id_variants"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name="fk_bundle_parts_variant_id_variants"
        ),
        sa.PrimaryKeyConstraint("bundle_id", "place", name="pk_bundle_parts"),
    )
    op.create_table(
        "stock",
        sa.Column("variant_id", sa.String(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=True),
        sa.Column("backorder", sa.Boolean(), nullable=False),
        sa.Column("ships_in_days", sa.Integer(), nullable=False),
        sa.Column("backorder_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name="fk_stock_variant_id_variants"
        ),
        sa.PrimaryKeyConstraint("variant_id", name="pk_stock"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("stock", "bundle_parts", "variants", "products"):
        op.drop_table(table)
    for table in ("rule_sets", "stored_values", "code_uses"):
        op.drop_table(table)
