"""The port of the merchant's identity provider."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """The account of a valid token; ``email_verified`` if the provider has verified the e-mail.

    ``expires_at`` is when the token expires, not the account.
    """

    issuer: str
    subject: str
    email: str | None = field(default=None, repr=False)
    email_verified: bool = False
    authenticated_at: datetime | None = None
    expires_at: datetime | None = field(default=None, compare=False)


class IdentityProvider(Protocol):
    """Verifies bearer tokens that the gateway has not issued."""

    async def find_account(self, token: str) -> ProviderAccount | None:
        """The account of ``token``; None if the token is not valid now."""
        ...
