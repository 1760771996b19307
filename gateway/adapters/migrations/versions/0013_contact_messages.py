"""Times of messages to contacts, which limit their number in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "contact_messages",
        sa.Column("blind", sa.String(), nullable=False),
        sa.Column("times", sa.String(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("blind", name="pk_contact_messages"),
    )
    op.create_index("ix_contact_messages_last_at", "contact_messages", ["last_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("contact_messages")
