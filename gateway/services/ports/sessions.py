"""Sign-in codes and the sessions that come of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignInCode:
    """One request for a code.

    ``email_index``, ``code_index`` and ``network_index`` are blind indexes.

    ``client_id`` asked for it, from ``network_index``; ``client_is_known``: its purchaser had
    signed in there.
    """

    id: str
    email_index: str
    code_index: str
    requested_at: datetime
    client_id: str | None = None
    network_index: str | None = None
    client_is_known: bool = False


@dataclass(frozen=True, slots=True)
class SignInRequestCounts:
    """How often codes for one e-mail were asked for: by one client, and from one network.

    ``unknown_client_tries``: how many guesses were made at codes that unknown clients had asked
    for.
    """

    by_client: int = 0
    from_network: int = 0
    unknown_client_tries: int = 0


class SignInCodes(Protocol):
    """Requests for sign-in codes of the last hour; in force is a client's newest of an e-mail."""

    async def count_requests(
        self, email_indexes: Sequence[str], *, client_id: str, network_index: str, since: datetime
    ) -> SignInRequestCounts:
        """How often codes for an e-mail were asked for."""
        ...

    async def count_from_network(self, network_index: str, since: datetime) -> int:
        """How many codes were asked for from a network, for whatever e-mail."""
        ...

    async def add(self, code: SignInCode) -> None:
        """Put a code in force; those that the same client asked for before end."""
        ...

    async def try_code(
        self, email_indexes: Sequence[str], client_id: str, *, since: datetime, limit: int
    ) -> SignInCode | None:
        """The code in force that the client asked for, one of its ``limit`` tries used up by this.

        Nothing where none is, or it has no tries left.
        """
        ...

    async def try_code_of_others(
        self, email_indexes: Sequence[str], client_id: str, *, since: datetime, limit: int
    ) -> SignInCode | None:
        """The newest code that other clients asked for; nothing where it has ended.

        One of the ``limit`` tries of those who did not ask for it is used up by this; nothing
        where none are left.
        """
        ...

    async def end(self, id: str) -> None:
        """Let the code be used no more."""
        ...

    async def prune(self, before: datetime, limit: int) -> tuple[str, ...]:
        """The ids of up to ``limit`` requests from before that instant, deleted."""
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

    async def prune(self, before: datetime, limit: int) -> int:
        """How many of those that were over before then are deleted, ``limit`` at most."""
        ...
