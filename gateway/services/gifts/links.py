"""Secret links to gifts: made for a message, known by digest only."""

import hashlib
import secrets

from gateway.engine.gifts.gift import Channel, Gift
from gateway.engine.gifts.tokens import LINK_SCOPES, GiftToken
from gateway.services.gifts.contacts import contact_indexes
from gateway.services.gifts.dependencies import GiftDependencies
from gateway.services.ports.database import UnitOfWork

TOKEN_BYTES = 32
TRACKING_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's digits: none is taken for another."""
TRACKING_LENGTH = 14
"""14 digits of 32 hold 70 bits."""


def new_tracking_number() -> str:
    """A public number nobody can guess, which shows a gift's status only."""
    return "".join(secrets.choice(TRACKING_ALPHABET) for _ in range(TRACKING_LENGTH))


def token_digest(token: str) -> str:
    """The stored form of ``token``."""
    return hashlib.sha256(token.encode()).hexdigest()


async def create_link(
    gift: Gift, channel: Channel, *, work: UnitOfWork, dependencies: GiftDependencies
) -> str:
    """The address of the recipient's page with a new token; the channel's earlier ones end."""
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    await work.gift_tokens.revoke(gift.id, channel.kind)
    token = GiftToken(
        digest=token_digest(secret),
        gift_id=gift.id,
        scopes=LINK_SCOPES,
        channel=channel.kind,
        contact_index=contact_indexes(channel.contact, dependencies.cipher)[0],
        # A link outlives its channel's wait: the recipient may answer late.
        expires_at=gift.deadline + dependencies.rules.giver_wait,
    )
    await work.gift_tokens.add(token)
    return f"{dependencies.policy.public_url}/gift#{secret}"
