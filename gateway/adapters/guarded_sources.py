"""A guard around sources, which may be plug-ins: every failure becomes ``SourceUnavailable``."""

import asyncio
import logging
from dataclasses import dataclass

from gateway.services.ports.sources import Source, SourceRecord, SourceUnavailable

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
"""A query that takes longer fails as ``SourceUnavailable``."""


@dataclass(frozen=True, slots=True)
class GuardedSource:
    """``source`` with a time limit and with one kind of failure."""

    source: Source

    @property
    def name(self) -> str:
        """The name of the source in the settings."""
        return self.source.name

    @property
    def family(self) -> str:
        """The family of the source."""
        return self.source.family

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        """The records of the source for ``key``.

        Raises:
            SourceUnavailable: the source failed, for any reason.

        """
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self.source.records(key, asking=asking)
        except SourceUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            # The message may contain personal data, so only the exception's class is logged.
            error_name = type(error).__name__
            logger.warning("source %s failed: %s", self.name, error_name)
            raise SourceUnavailable(f"{self.name}: {error_name}") from None
