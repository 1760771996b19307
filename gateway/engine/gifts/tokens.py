"""What a recipient's secret link may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.engine.gifts.gift import ChannelKind


class TokenScope(StrEnum):
    """VIEW shows the gift and declines it, ACCEPT takes it once, TRACK follows it."""

    VIEW = "VIEW"
    ACCEPT = "ACCEPT"
    TRACK = "TRACK"


LINK_SCOPES = frozenset({TokenScope.VIEW, TokenScope.ACCEPT, TokenScope.TRACK})
"""What the link in a message to the recipient may do."""


@dataclass(frozen=True, slots=True)
class GiftToken:
    """A secret link by its digest.

    ``contact_index`` is the blind index of the contact it was sent to.
    """

    digest: str
    gift_id: str
    scopes: frozenset[TokenScope]
    channel: ChannelKind
    contact_index: str
    expires_at: datetime

    def allows(self, scope: TokenScope, now: datetime) -> bool:
        """Whether it may do ``scope`` at ``now``."""
        return scope in self.scopes and now < self.expires_at
