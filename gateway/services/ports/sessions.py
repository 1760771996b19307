"""The ports of sign-in codes and sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignInCode:
    """A request for a code by the client ``client_id``.

    ``email_index``, ``code_index`` and ``network_index`` are blind indexes. ``client_is_known`` if
    the purchaser had signed in on the client before.
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
    """The numbers of requests for codes for one e-mail: by one client, and from one network.

    ``unknown_client_tries`` is the number of tries of codes that unknown clients requested.
    """

    by_client: int = 0
    from_network: int = 0
    unknown_client_tries: int = 0


class SignInCodes(Protocol):
    """Repository of requests for sign-in codes; only a client's newest for an e-mail is valid."""

    async def count_requests(
        self, email_indexes: Sequence[str], *, client_id: str, network_index: str, since: datetime
    ) -> SignInRequestCounts:
        """The numbers of requests for codes for an e-mail since then."""
        ...

    async def count_from_network(self, network_index: str, since: datetime) -> int:
        """The number of codes requested from a network since then, for any e-mail."""
        ...

    async def add(self, code: SignInCode) -> None:
        """Add a valid code; earlier ones of the same client and e-mail end."""
        ...

    async def try_code(
        self, email_indexes: Sequence[str], client_id: str, *, since: datetime, limit: int
    ) -> SignInCode | None:
        """The valid code that the client requested, with one of its ``limit`` tries used.

        None if there is none or it has no tries left.
        """
        ...

    async def try_code_of_others(
        self, email_indexes: Sequence[str], client_id: str, *, since: datetime, limit: int
    ) -> SignInCode | None:
        """The newest code that other clients requested; None if it has ended.

        Uses one of the ``limit`` tries of clients that did not request it; None if none is left.
        """
        ...

    async def end(self, id: str) -> None:
        """End the code, so that it is no longer valid."""
        ...

    async def prune(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Delete up to ``limit`` requests made before ``before``; returns their ids."""
        ...


class Sessions(Protocol):
    """Repository of sessions by the digest of their token."""

    async def add(
        self, digest: str, purchaser_id: str, *, authenticated_at: datetime, expires_at: datetime
    ) -> None:
        """Add a session."""
        ...

    async def revoke(self, digest: str) -> None:
        """Revoke the session."""
        ...

    async def note_signed_out(self, digest: str, purchaser_id: str, until: datetime) -> None:
        """Save that an identity provider's token was signed out, until it expires."""
        ...

    async def prune(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` sessions that ended before ``before``; returns how many."""
        ...
