"""Gifts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add gifts with their events, links and contacts, keys, webhooks and the directory."""
    op.create_table('api_keys',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('purchaser_id', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name='pk_api_keys'),
    sa.UniqueConstraint('digest', name='uq_api_keys_digest'),
    sa.UniqueConstraint('name', name='uq_api_keys_name')
    )
    op.create_table('directory_entries',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('as_of_at', sa.BigInteger(), nullable=False),
    sa.Column('imported_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name='pk_directory_entries')
    )
    op.create_table('directory_keys',
    sa.Column('entry_id', sa.String(), nullable=False),
    sa.Column('blind', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('entry_id', 'blind', name='pk_directory_keys')
    )
    op.create_index('ix_directory_keys_blind', 'directory_keys', ['blind'])
    op.create_table('gift_blocks',
    sa.Column('blind', sa.String(), nullable=False),
    sa.Column('giver_id', sa.String(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('blind', 'giver_id', name='pk_gift_blocks')
    )
    op.create_table('gift_contacts',
    sa.Column('gift_id', sa.String(), nullable=False),
    sa.Column('blind', sa.String(), nullable=False),
    sa.Column('verified', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('gift_id', 'blind', name='pk_gift_contacts')
    )
    op.create_index('ix_gift_contacts_blind', 'gift_contacts', ['blind'])
    op.create_table('gift_events',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('gift_id', sa.String(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('occurred_at', sa.BigInteger(), nullable=False),
    sa.Column('partner_id', sa.String(), nullable=True),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name='pk_gift_events'),
    sa.UniqueConstraint('gift_id', 'sequence', name='uq_gift_events_gift_id')
    )
    op.create_index('ix_gift_events_partner_id', 'gift_events', ['partner_id', 'position'], sqlite_where=sa.text('partner_id IS NOT NULL'), postgresql_where=sa.text('partner_id IS NOT NULL'))
    op.create_table('gift_feeds',
    sa.Column('partner_id', sa.String(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('partner_id', name='pk_gift_feeds')
    )
    op.create_table('gift_orders',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('caller', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('gift_ids', sa.String(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name='pk_gift_orders'),
    sa.UniqueConstraint('caller', 'key', name='uq_gift_orders_caller')
    )
    op.create_table('gift_tokens',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('gift_id', sa.String(), nullable=False),
    sa.Column('scopes', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('blind', sa.String(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name='pk_gift_tokens')
    )
    op.create_index('ix_gift_tokens_gift_id', 'gift_tokens', ['gift_id'])
    op.create_table('gifts',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('order_id', sa.String(), nullable=False),
    sa.Column('giver_id', sa.String(), nullable=False),
    sa.Column('partner_id', sa.String(), nullable=True),
    sa.Column('tracking_number', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('public', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=True),
    sa.Column('leased_until_at', sa.BigInteger(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name='pk_gifts'),
    sa.UniqueConstraint('tracking_number', name='uq_gifts_tracking_number')
    )
    op.create_index('ix_gifts_due_at', 'gifts', ['due_at'], sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_gifts_giver_id', 'gifts', ['giver_id', 'created_at', 'id'])
    op.create_table('webhooks',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('partner_id', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name='pk_webhooks')
    )
    op.create_index('ix_webhooks_partner_id', 'webhooks', ['partner_id'])



def downgrade() -> None:
    """Drop them."""
    op.drop_table('webhooks')
    op.drop_table('gifts')
    op.drop_table('gift_tokens')
    op.drop_table('gift_orders')
    op.drop_table('gift_feeds')
    op.drop_table('gift_events')
    op.drop_table('gift_contacts')
    op.drop_table('gift_blocks')
    op.drop_table('directory_keys')
    op.drop_table('directory_entries')
    op.drop_table('api_keys')
