"""Secret links to gifts: made for a message, known by digest only."""

import hashlib
import secrets

from gateway.engine.gifts.tokens import LINK, GiftToken
from gateway.engine.gifts.values import Channel, Gift
from gateway.services.gifts.contacts import blind_of
from gateway.services.gifts.parts import GiftParts
from gateway.services.ports.database import Work

TOKEN_BYTES = 32
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's digits: none is taken for another."""
TRACKING_LENGTH = 14
"""14 digits of 32 hold 70 bits."""


def new_tracking_number() -> str:
    """A public number nobody can guess, which shows a gift's status only."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TRACKING_LENGTH))


def digest_of(token: str) -> str:
    """What is kept of ``token``."""
    return hashlib.sha256(token.encode()).hexdigest()


async def new_link(gift: Gift, channel: Channel, *, work: Work, parts: GiftParts) -> str:
    """The address of the recipient's page with a new token; the channel's earlier ones end."""
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    await work.gift_tokens.revoke(gift.id, channel.kind)
    token = GiftToken(
        digest=digest_of(secret),
        gift_id=gift.id,
        scopes=LINK,
        channel=channel.kind,
        blind=blind_of(channel.contact, parts.cipher)[0],
        # A link outlives its channel's wait: the recipient may answer late.
        expires_at=gift.deadline + parts.rules.giver_wait,
    )
    await work.gift_tokens.add(token)
    return f"{parts.policy.public_url}/gift#{secret}"
