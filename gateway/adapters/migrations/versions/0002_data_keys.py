"""Data keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the wrapped data keys of subjects."""
    op.create_table(
        "data_keys",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_data_keys"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("data_keys")
