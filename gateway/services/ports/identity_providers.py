"""The merchant's identity provider as use cases see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """Whom a valid token speaks for; ``email_verified``: the provider vouches for the e-mail.

    ``expires_at`` is of the token, not of the account.
    """

    issuer: str
    subject: str
    email: str | None = field(default=None, repr=False)
    email_verified: bool = False
    authenticated_at: datetime | None = None
    expires_at: datetime | None = field(default=None, compare=False)


class IdentityProvider(Protocol):
    """Who vouches for bearer tokens that are not ours."""

    async def find_account(self, token: str) -> ProviderAccount | None:
        """Whom ``token`` speaks for now; nothing if it is not valid."""
        ...
