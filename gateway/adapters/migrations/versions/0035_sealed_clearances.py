"""What is to go at the payment provider: its tokens are sealed, and guests go, too."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index, and delete what stood there unsealed.

    A migration has no key to seal by. A card that waited stays at the provider, where nothing
    charges it, and goes with its purchaser's Customer.
    """
    op.execute("DELETE FROM provider_clearances WHERE kind = 'METHOD'")
    with op.batch_alter_table("provider_clearances") as clearances:
        clearances.drop_column("provider_token")
        clearances.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
        clearances.add_column(sa.Column("order_id", sa.String(), nullable=True))
        clearances.add_column(
            sa.Column("state", sa.String(), nullable=False, server_default="WAITING")
        )
    with op.batch_alter_table("provider_clearances") as clearances:
        clearances.alter_column("state", server_default=None)
    op.create_index("ix_provider_clearances_purchaser_id", "provider_clearances", ["purchaser_id"])


def downgrade() -> None:
    """Drop them, and what waits: its tokens cannot be read here."""
    op.execute("DELETE FROM provider_clearances WHERE kind = 'METHOD'")
    op.drop_index("ix_provider_clearances_purchaser_id", "provider_clearances")
    with op.batch_alter_table("provider_clearances") as clearances:
        clearances.drop_column("state")
        clearances.drop_column("order_id")
        clearances.drop_column("sealed")
        clearances.add_column(
            sa.Column("provider_token", sa.String(), nullable=False, server_default="")
        )
    with op.batch_alter_table("provider_clearances") as clearances:
        clearances.alter_column("provider_token", server_default=None)
