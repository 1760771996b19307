"""Shipments with their lines, and who changed an order and why."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the columns."""
    op.create_table(
        "shipments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=True),
        sa.Column("gift_id", sa.String(), nullable=True),
        sa.Column("shipping_method", sa.String(), nullable=True),
        sa.Column("carrier", sa.String(), nullable=True),
        sa.Column("tracking_number", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("dispatched_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("on_return", sa.String(), nullable=True),
        sa.Column("resent_id", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shipments"),
    )
    op.create_index("ix_shipments_place", "shipments", ["place"])
    op.create_index("ix_shipments_state_place", "shipments", ["state", "place"])
    op.create_index("ix_shipments_gift_id", "shipments", ["gift_id"])
    op.create_table(
        "shipment_lines",
        sa.Column("shipment_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("line_id", sa.String(), nullable=True),
        sa.Column("variant_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shipment_id", "position", name="pk_shipment_lines"),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_shipment_lines_shipment_id_shipments"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_shipment_lines_order_id_orders"
        ),
    )
    op.create_index("ix_shipment_lines_order_id", "shipment_lines", ["order_id"])
    with op.batch_alter_table("order_events") as events:
        events.add_column(sa.Column("actor", sa.String(), nullable=True))
        events.add_column(sa.Column("detail", sa.String(), nullable=True))
    op.execute("INSERT INTO schema_readers (revision, oldest_reader) VALUES ('0020', '0015')")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM schema_readers WHERE revision = '0020'")
    with op.batch_alter_table("order_events") as events:
        events.drop_column("detail")
        events.drop_column("actor")
    op.drop_table("shipment_lines")
    op.drop_table("shipments")
