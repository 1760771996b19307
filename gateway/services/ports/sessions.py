"""Sign-in codes and the sessions that come of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignInCode:
    """One request for a code; ``email``, ``code`` and ``network`` are blind indexes.

    ``client`` asked for it, from ``network``; ``known``: its purchaser had signed in there.
    """

    id: str
    email: str
    code: str
    requested_at: datetime
    client: str | None = None
    network: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """How often codes for one e-mail were asked for: by one client, and from one network.

    ``tries``: how many guesses were made at codes that unknown clients had asked for.
    """

    by_client: int = 0
    from_network: int = 0
    tries: int = 0


class SignInCodes(Protocol):
    """Requests for sign-in codes of the last hour; in force is a client's newest of an e-mail."""

    async def asked(
        self, emails: Sequence[str], *, client: str, network: str, since: datetime
    ) -> Asked:
        """How often codes for an e-mail were asked for."""
        ...

    async def from_network(self, network: str, since: datetime) -> int:
        """How many codes were asked for from a network, for whatever e-mail."""
        ...

    async def add(self, code: SignInCode) -> None:
        """Put a code in force; those that the same client asked for before end."""
        ...

    async def attempt(
        self, emails: Sequence[str], client: str, *, since: datetime, most: int
    ) -> SignInCode | None:
        """The code in force that the client asked for, one of its ``most`` tries used up by this.

        Nothing where none is, or it has no tries left.
        """
        ...

    async def attempt_others(
        self, emails: Sequence[str], client: str, *, since: datetime, most: int
    ) -> SignInCode | None:
        """The newest code that other clients asked for; nothing where it has ended.

        One of the ``most`` tries of those who did not ask for it is used up by this; nothing
        where none are left.
        """
        ...

    async def end(self, id: str) -> None:
        """Let the code be used no more."""
        ...

    async def prune(self, before: datetime, most: int) -> tuple[str, ...]:
        """The ids of up to ``most`` requests from before that instant, deleted."""
        ...


class Sessions(Protocol):
    """Sign-ins, known by the digest of their token."""

    async def add(
        self, digest: str, purchaser_id: str, *, authenticated_at: datetime, expires_at: datetime
    ) -> None:
        """Keep a session."""
        ...

    async def revoke(self, digest: str) -> None:
        """Let its token count no more."""
        ...

    async def note_signed_out(self, digest: str, purchaser_id: str, until: datetime) -> None:
        """Keep that an identity provider's token was signed out with, until it has ended."""
        ...

    async def prune(self, before: datetime, most: int) -> int:
        """How many of those that were over before then are deleted, ``most`` at most."""
        ...
