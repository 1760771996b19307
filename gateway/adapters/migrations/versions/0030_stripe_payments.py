"""What the adapter of Stripe keeps: customers, and requests by their keys."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "payment_customers",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("provider_customer_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_payment_customers"),
        sa.UniqueConstraint(
            "provider_customer_id", name="uq_payment_customers_provider_customer_id"
        ),
    )
    op.create_table(
        "payment_requests",
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("provider_customer_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("payment_method", sa.String(), nullable=True),
        sa.Column("terms_digest", sa.String(), nullable=False),
        sa.Column("is_payer_present", sa.Boolean(), nullable=False),
        sa.Column("page_token", sa.String(), nullable=False),
        sa.Column("intent_id", sa.String(), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("is_spent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key", name="pk_payment_requests"),
        sa.UniqueConstraint("page_token", name="uq_payment_requests_page_token"),
        sa.UniqueConstraint("intent_id", name="uq_payment_requests_intent_id"),
    )
    op.create_index(
        "ix_payment_requests_provider_customer_id", "payment_requests", ["provider_customer_id"]
    )
    op.create_index("ix_payment_requests_created_at", "payment_requests", ["created_at"])
    op.create_table(
        "payment_refund_requests",
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("intent_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("refund_id", sa.String(), nullable=True),
        sa.Column("failure_reason", sa.String(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key", name="pk_payment_refund_requests"),
    )
    op.create_index(
        "ix_payment_refund_requests_created_at", "payment_refund_requests", ["created_at"]
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("payment_refund_requests")
    op.drop_table("payment_requests")
    op.drop_table("payment_customers")
