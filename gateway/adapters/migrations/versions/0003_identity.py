"""Clients, purchasers, sign-in and one-click grants."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add purchasers, clients and their stored data."""
    op.create_table(
        "purchasers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email_index", sa.String(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_purchasers"),
        sa.UniqueConstraint("email_index", name="uq_purchasers_email_index"),
    )
    op.create_table(
        "sign_in_codes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email_index", sa.String(), nullable=False),
        sa.Column("code_index", sa.String(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_codes"),
    )
    op.create_index(
        "ix_sign_in_codes_email_index_requested_at",
        "sign_in_codes",
        ["email_index", "requested_at"],
    )
    op.create_index("ix_sign_in_codes_requested_at", "sign_in_codes", ["requested_at"])
    op.create_table(
        "addresses",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("label_index", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("use_for_gifts", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchaser_id"], ["purchasers.id"], name="fk_addresses_purchaser_id_purchasers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
        sa.UniqueConstraint(
            "purchaser_id", "label_index", name="uq_addresses_purchaser_id_label_index"
        ),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchaser_id"], ["purchasers.id"], name="fk_clients_purchaser_id_purchasers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
    )
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchaser_id"], ["purchasers.id"], name="fk_payment_methods_purchaser_id_purchasers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_methods"),
    )
    op.create_index("ix_payment_methods_purchaser_id", "payment_methods", ["purchaser_id"])
    op.create_table(
        "provider_accounts",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchaser_id"], ["purchasers.id"], name="fk_provider_accounts_purchaser_id_purchasers"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_provider_accounts"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("authenticated_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchaser_id"], ["purchasers.id"], name="fk_sessions_purchaser_id_purchasers"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    op.create_table(
        "client_identifiers",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("forgotten_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name="fk_client_identifiers_client_id_clients"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_client_identifiers"),
    )
    op.create_table(
        "client_purchasers",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name="fk_client_purchasers_client_id_clients"
        ),
        sa.ForeignKeyConstraint(
            ["purchaser_id"], ["purchasers.id"], name="fk_client_purchasers_purchaser_id_purchasers"
        ),
        sa.PrimaryKeyConstraint("client_id", "purchaser_id", name="pk_client_purchasers"),
    )
    op.create_table(
        "one_click_grants",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("purchaser_id", sa.String(), nullable=False),
        sa.Column("label_index", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_id", sa.String(), nullable=False),
        sa.Column("payment_method_id", sa.String(), nullable=False),
        sa.Column("enabled_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name="fk_one_click_grants_client_id_clients"
        ),
        sa.ForeignKeyConstraint(
            ["purchaser_id"], ["purchasers.id"], name="fk_one_click_grants_purchaser_id_purchasers"
        ),
        sa.PrimaryKeyConstraint(
            "client_id", "purchaser_id", "label_index", name="pk_one_click_grants"
        ),
    )
    op.create_index("ix_one_click_grants_purchaser_id", "one_click_grants", ["purchaser_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_one_click_grants_purchaser_id", table_name="one_click_grants")
    op.drop_table("one_click_grants")
    op.drop_table("client_purchasers")
    op.drop_table("client_identifiers")
    op.drop_table("sessions")
    op.drop_table("provider_accounts")
    op.drop_index("ix_payment_methods_purchaser_id", table_name="payment_methods")
    op.drop_table("payment_methods")
    op.drop_table("clients")
    op.drop_table("addresses")
    op.drop_index("ix_sign_in_codes_requested_at", table_name="sign_in_codes")
    op.drop_index("ix_sign_in_codes_email_index_requested_at", table_name="sign_in_codes")
    op.drop_table("sign_in_codes")
    op.drop_table("purchasers")
