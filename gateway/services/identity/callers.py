"""Callers: the credentials of a request, who sent it, and what an operation requires of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.engine.identity.assurance import Assurance, assurance_error, bearer_assurance
from gateway.engine.user_errors import UserError
from gateway.services.identity.dependencies import IdentityDependencies
from gateway.services.outcomes import Outcome
from gateway.services.ports.api_keys import ApiKey


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request, or a socket's ``connection_init``, says of who sent it.

    ``identifier`` is the client's secret, ``authorization`` the header of that name.
    """

    identifier: str | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)
    network_address: str = ""


@dataclass(frozen=True, slots=True)
class CallingClient:
    """The device: its public handle, and the digest of what it is known by.

    ``new_identifier`` is a new identifier that the answer must hand over; None where it has one.
    """

    id: str
    digest: str = field(repr=False)
    new_identifier: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Authentication:
    """A valid bearer: whose, and when they signed in, as far as it says.

    ``session`` is the token's digest. ``provider_token_ends_at`` is when an identity provider's
    token ends; None for one of ours.
    """

    purchaser_id: str
    authenticated_at: datetime | None
    session: str | None = field(default=None, repr=False)
    provider_token_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request.

    ``recognised`` is the purchaser the client stands for, ``key`` the API key it came with.
    """

    client: CallingClient
    recognised: str | None = None
    authentication: Authentication | None = None
    key: ApiKey | None = None
    network_address: str = ""

    @property
    def purchaser_id(self) -> str | None:
        """The purchaser who is asking, as far as anything tells."""
        return self.authentication.purchaser_id if self.authentication else self.recognised

    def assurance(self, now: datetime, recent: timedelta) -> Assurance:
        """How sure it is that the purchaser is asking."""
        if self.authentication is not None:
            at = self.authentication.authenticated_at
            return bearer_assurance(at, now=now, max_age=recent)
        return Assurance.RECOGNISED if self.recognised else Assurance.UNKNOWN

    def assurance_error(
        self, required: Assurance, *, now: datetime, recent: timedelta
    ) -> UserError | None:
        """Why the caller may not do what needs ``required``; None if they may.

        ``recent`` is how long ago a sign-in may be to count as recent.
        """
        return assurance_error(self.assurance(now, recent), required, max_age=recent)


def require_purchaser(
    required: Assurance, *, caller: Caller, dependencies: IdentityDependencies
) -> Outcome[str]:
    """The id of the calling purchaser, or the error if the caller's assurance is too low.

    ``required`` is above UNKNOWN: then there is a purchaser.
    """
    error = caller.assurance_error(
        required, now=dependencies.clock.now(), recent=dependencies.reauthenticate_after
    )
    if error is not None:
        return Outcome(user_errors=(error,))
    return Outcome(caller.purchaser_id)
