"""Counts of guesses where recipients live; wishes about wrapping are sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Only cleared gifts. In all others the wish is sealed when they are next written, and deleted
# when they are cleared.
UNWRAP = {
    "sqlite": """
        UPDATE gifts SET public = json_set(public, '$.item.wrap', NULL)
        WHERE sealed IS NULL AND json_extract(public, '$.item.wrap') IS NOT NULL
    """,
    "postgresql": """
        UPDATE gifts SET public = jsonb_set(public::jsonb, '{item,wrap}', 'null')::text
        WHERE sealed IS NULL AND public::jsonb #>> '{item,wrap}' IS NOT NULL
    """,
}
# If several contacts of one gift answered, it is not known which answered last.
UNVERIFY = """
    UPDATE gift_contacts SET verified = 0 WHERE verified = 1 AND gift_id IN (
        SELECT gift_id FROM gift_contacts WHERE verified = 1 GROUP BY gift_id HAVING COUNT(*) > 1
    )
"""


def upgrade() -> None:
    """Add the table, and delete wishes of cleared gifts and ambiguous answers."""
    op.create_table(
        "gift_guesses",
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("guesser", sa.String(), nullable=False),
        sa.Column("guessed", sa.String(), nullable=False),
        sa.Column("latest_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("about", "guesser", name="pk_gift_guesses"),
    )
    op.create_index("ix_gift_guesses_latest_at", "gift_guesses", ["latest_at"])
    op.execute(UNWRAP[op.get_bind().dialect.name])
    op.execute(UNVERIFY)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("gift_guesses")
