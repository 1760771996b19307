"""Sources that may be anybody's plug-in, guarded: whatever befalls them is one kind of failure."""

import asyncio
import logging
from dataclasses import dataclass

from gateway.services.ports.sources import Source, SourceRecord, SourceUnavailable

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
"""How long one question may take."""


@dataclass(frozen=True, slots=True)
class GuardedSource:
    """``source``, bounded in time; it fails in one way only."""

    source: Source

    @property
    def name(self) -> str:
        """What settings call it."""
        return self.source.name

    @property
    def family(self) -> str:
        """What it draws on."""
        return self.source.family

    async def records(self, key: str, *, asking: str) -> tuple[SourceRecord, ...]:
        """What it holds under ``key``; raises ``SourceUnavailable``, whatever went wrong."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self.source.records(key, asking=asking)
        except SourceUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            # What went wrong may quote whom was asked for: only its kind is told.
            error_name = type(error).__name__
            logger.warning("source %s failed: %s", self.name, error_name)
            raise SourceUnavailable(f"{self.name}: {error_name}") from None
