"""Sign-in codes and the sessions that come of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignInCode:
    """One request for a code; ``email`` and ``code`` are blind indexes."""

    id: str
    email: str
    code: str
    requested_at: datetime


class SignInCodes(Protocol):
    """Requests for sign-in codes of the last hour; the newest of an e-mail is the one in force."""

    async def requested(self, emails: Sequence[str], since: datetime) -> int:
        """How many requests there were for an e-mail."""
        ...

    async def add(self, code: SignInCode) -> None:
        """Put a code in force; those before it end."""
        ...

    async def attempt(
        self, emails: Sequence[str], *, since: datetime, most: int
    ) -> SignInCode | None:
        """The code in force, one of its ``most`` tries used up by this; nothing without tries."""
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
