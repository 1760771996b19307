"""${message}."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
${imports if imports else ""}
revision = "${up_revision}"
down_revision = ${'"%s"' % down_revision if down_revision else "None"}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the title names."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Drop it."""
    ${downgrades if downgrades else "pass"}
