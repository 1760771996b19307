"""Secret links to gifts, each made for a message and stored by digest."""

import hashlib
import secrets

from gateway.engine.gifts.gift import Channel, Gift
from gateway.engine.gifts.tokens import LINK_SCOPES, GiftToken
from gateway.services.gifts.contacts import contact_indexes
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.ports.database import UnitOfWork

TOKEN_BYTES = 32
TRACKING_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The digits of Crockford's Base32, which cannot be confused with one another."""
TRACKING_LENGTH = 14
"""Digits; 14 digits of Base32 have 70 bits."""


def new_tracking_number() -> str:
    """A random public number by which anybody can see a gift's status."""
    return "".join(secrets.choice(TRACKING_ALPHABET) for _ in range(TRACKING_LENGTH))


def token_digest(token: str) -> str:
    """The digest of ``token``, which is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


async def create_link(
    gift: Gift, channel: Channel, *, work: UnitOfWork, dependencies: GiftDependencies
) -> str:
    """The URL of the recipient's page with a new token; revokes the channel's earlier ones."""
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    await work.gift_tokens.revoke(gift.id, channel.kind)
    token = GiftToken(
        digest=token_digest(secret),
        gift_id=gift.id,
        scopes=LINK_SCOPES,
        channel=channel.kind,
        contact_index=contact_indexes(channel.contact, dependencies.cipher)[0],
        # A link is valid longer than its channel's wait, because the recipient may answer late.
        expires_at=gift.deadline + dependencies.rules.giver_wait,
    )
    await work.gift_tokens.add(token)
    return f"{dependencies.policy.public_url}/gift#{secret}"
