"""The port of sources of delivery addresses."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.engine.addresses.address import PostalAddress


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source's record of a person; ``as_of`` is when it was last known to be true.

    ``confidence`` is in percent.
    """

    name: str | None = field(default=None, repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    address: PostalAddress | None = field(default=None, repr=False)
    as_of: datetime | None = None
    confidence: int = 50


class SourceUnavailable(Exception):
    """A source cannot be queried now; it is skipped and queried again later."""


class Source(Protocol):
    """A source of addresses; sources of one family do not confirm each other."""

    @property
    def name(self) -> str:
        """The source's name in the settings."""
        ...

    @property
    def family(self) -> str:
        """The data that the source is based on."""
        ...

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        """The records under ``key`` (``email:…``, ``phone:…``, ``name:…``).

        ``asking`` is the id of the gift that they are for. Raises ``SourceUnavailable``.
        """
        ...
