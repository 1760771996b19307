"""Collections and the products in them."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

HAS_RULE = sa.text("rule IS NOT NULL")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "collections",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("image", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
        sa.UniqueConstraint("handle", name="uq_collections_handle"),
    )
    op.create_index("ix_collections_place", "collections", ["place"])
    op.create_index("ix_collections_title_key", "collections", ["title_key"])
    op.create_index(
        "ix_collections_rule",
        "collections",
        ["place"],
        sqlite_where=HAS_RULE,
        postgresql_where=HAS_RULE,
    )
    op.create_table(
        "collection_products",
        sa.Column("collection_id", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("collection_id", "product_id", name="pk_collection_products"),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name="fk_collection_products_collection_id_collections",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_collection_products_product_id_products"
        ),
    )
    op.create_index(
        "ix_collection_products_collection_id_place",
        "collection_products",
        ["collection_id", "place"],
    )
    op.create_index("ix_collection_products_product_id", "collection_products", ["product_id"])
    op.create_table(
        "catalogue_locks",
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_catalogue_locks"),
    )
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0026', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0026'")
    op.drop_table("catalogue_locks")
    op.drop_table("collection_products")
    op.drop_table("collections")
