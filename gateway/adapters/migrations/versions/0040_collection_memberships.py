"""Products that collections are to have, prepared apart and shown at once."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

HAS_RULE = sa.text("rule IS NOT NULL")


def upgrade() -> None:
    """Let what is in a collection be its membership."""
    op.create_table(
        "collection_memberships",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collection_memberships"),
        sa.UniqueConstraint("key", name="uq_collection_memberships_key"),
    )
    op.create_index(
        "ix_collection_memberships_touched_at", "collection_memberships", ["touched_at"]
    )
    op.create_index(
        "ix_collection_memberships_rule",
        "collection_memberships",
        ["touched_at"],
        sqlite_where=HAS_RULE,
        postgresql_where=HAS_RULE,
    )
    with op.batch_alter_table("collections") as collections:
        collections.add_column(
            sa.Column("membership_id", sa.String(), nullable=False, server_default="")
        )
    op.execute("UPDATE collections SET membership_id = id")
    op.drop_index("ix_collection_products_collection_id_place", "collection_products")
    with op.batch_alter_table("collection_products") as collection_products:
        collection_products.drop_constraint(
            "fk_collection_products_collection_id_collections", type_="foreignkey"
        )
        collection_products.alter_column("collection_id", new_column_name="membership_id")
    op.create_index(
        "ix_collection_products_membership_id_place",
        "collection_products",
        ["membership_id", "place"],
    )
    with op.batch_alter_table("collections") as collections:
        collections.alter_column("membership_id", server_default=None)
        collections.create_unique_constraint("uq_collections_membership_id", ["membership_id"])


def downgrade() -> None:
    """Let what is shown of a collection be its own; what is only prepared goes."""
    op.drop_index("ix_collection_products_membership_id_place", "collection_products")
    op.execute(
        "DELETE FROM collection_products"
        " WHERE membership_id NOT IN (SELECT membership_id FROM collections)"
    )
    op.execute(
        "UPDATE collection_products SET membership_id = (SELECT id FROM collections"
        " WHERE collections.membership_id = collection_products.membership_id)"
    )
    with op.batch_alter_table("collection_products") as collection_products:
        collection_products.alter_column("membership_id", new_column_name="collection_id")
        collection_products.create_foreign_key(
            "fk_collection_products_collection_id_collections",
            "collections",
            ["collection_id"],
            ["id"],
        )
    op.create_index(
        "ix_collection_products_collection_id_place",
        "collection_products",
        ["collection_id", "place"],
    )
    with op.batch_alter_table("collections") as collections:
        collections.drop_constraint("uq_collections_membership_id", type_="unique")
        collections.drop_column("membership_id")
    op.drop_table("collection_memberships")
