"""Sources of delivery information, each a plug-in behind one port."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.engine.addresses.address import PostalAddress


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What a source holds of one person; ``as_of`` is when it was last known to be true.

    ``confidence`` is in percent.
    """

    name: str | None = field(default=None, repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    address: PostalAddress | None = field(default=None, repr=False)
    as_of: datetime | None = None
    confidence: int = 50


class SourceUnavailable(Exception):
    """A source that cannot be asked now: it is skipped, and asked again later."""


class Source(Protocol):
    """One source; ``family`` names what it draws on: one family does not confirm itself."""

    @property
    def name(self) -> str:
        """What settings call it."""
        ...

    @property
    def family(self) -> str:
        """What it draws on."""
        ...

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        """What it holds under ``key`` (``email:…``, ``phone:…``, ``name:…``).

        ``asking`` is the gift it is for. Raises ``SourceUnavailable``.
        """
        ...
