"""The secret links of recipients and their scopes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.engine.gifts.gift import ChannelKind


class TokenScope(StrEnum):
    """VIEW shows the gift and can decline it, ACCEPT accepts it once, TRACK follows it."""

    VIEW = "VIEW"
    ACCEPT = "ACCEPT"
    TRACK = "TRACK"


LINK_SCOPES = frozenset({TokenScope.VIEW, TokenScope.ACCEPT, TokenScope.TRACK})
"""The scopes of the link in a message to the recipient."""


@dataclass(frozen=True, slots=True)
class GiftToken:
    """A secret link, stored by its digest only.

    ``contact_index`` is the blind index of the contact to which it was sent.
    """

    digest: str
    gift_id: str
    scopes: frozenset[TokenScope]
    channel: ChannelKind
    contact_index: str
    expires_at: datetime

    def allows(self, scope: TokenScope, now: datetime) -> bool:
        """Whether the token has ``scope`` and has not expired at ``now``."""
        return scope in self.scopes and now < self.expires_at
