"""Callers: their credentials, their identity, and the assurance that an operation requires."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.engine.identity.assurance import Assurance, assurance_error, bearer_assurance
from gateway.engine.user_errors import UserError
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.outcomes import Outcome
from gateway.services.ports.api_keys import ApiKey


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of a request or of a socket's ``connection_init``.

    ``identifier`` is the client's secret, ``authorization`` the header of that name.
    """

    identifier: str | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)
    network_address: str = ""


@dataclass(frozen=True, slots=True)
class CallingClient:
    """The calling device: its public handle and the digest of its identifier.

    ``new_identifier`` is an identifier that the answer must contain; None if it has one already.
    """

    id: str
    digest: str = field(repr=False)
    new_identifier: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Authentication:
    """The purchaser of a valid bearer, and the time of the sign-in if it is known.

    ``session`` is the token's digest. ``provider_token_ends_at`` is when an identity provider's
    token expires; None for a token of the gateway.
    """

    purchaser_id: str
    authenticated_at: datetime | None
    session: str | None = field(default=None, repr=False)
    provider_token_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request.

    ``recognised`` is the purchaser of the client, ``key`` the API key of the request.
    """

    client: CallingClient
    recognised: str | None = None
    authentication: Authentication | None = None
    key: ApiKey | None = None
    network_address: str = ""

    @property
    def purchaser_id(self) -> str | None:
        """The id of the purchaser, authenticated or only recognised; None if unknown."""
        return self.authentication.purchaser_id if self.authentication else self.recognised

    @property
    def is_signed_in(self) -> bool:
        """Whether the caller has a valid bearer, of any age."""
        return self.authentication is not None

    def assurance(self, now: datetime, recent: timedelta) -> Assurance:
        """The assurance level; RECENT up to ``recent`` after the sign-in."""
        if self.authentication is not None:
            at = self.authentication.authenticated_at
            return bearer_assurance(at, now=now, max_age=recent)
        return Assurance.RECOGNISED if self.recognised else Assurance.UNKNOWN

    def assurance_error(
        self, required: Assurance, *, now: datetime, recent: timedelta
    ) -> UserError | None:
        """The error if the caller's assurance is below ``required``, else None.

        ``recent`` is the maximum age of a sign-in that counts as recent.
        """
        return assurance_error(self.assurance(now, recent), required, max_age=recent)


def require_purchaser(
    required: Assurance, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[str]:
    """The id of the calling purchaser, or the error if the caller's assurance is too low.

    ``required`` must be above UNKNOWN, so that there is a purchaser.
    """
    error = caller.assurance_error(
        required, now=dependencies.clock.now(), recent=dependencies.reauthenticate_after
    )
    if error is not None:
        return Outcome(user_errors=(error,))
    return Outcome(caller.purchaser_id)
