"""Sources that may be anybody's plug-in, guarded: whatever befalls them is one kind of failure."""

import asyncio
import logging
from dataclasses import dataclass

from gateway.services.ports.sources import Source, SourceFailed, SourceRecord

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 10.0
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
        """What it holds under ``key``; raises ``SourceFailed``, whatever went wrong."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await self.source.records(key, asking=asking)
        except SourceFailed:
            raise
        except Exception as failure:  # noqa: BLE001 - a plug-in may raise anything
            # What went wrong may quote whom was asked for: only its kind is told.
            kind = type(failure).__name__
            logger.warning("source %s failed: %s", self.name, kind)
            raise SourceFailed(f"{self.name}: {kind}") from None
