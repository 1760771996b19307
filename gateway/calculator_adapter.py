"""The choice of the adapter of the merchant's own calculator, by the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from gateway.adapters.merchant_calculator import (
    CALL_TIMEOUT_SECONDS,
    MAX_ANSWER_BYTES,
    HttpMerchantCalculator,
)
from gateway.adapters.operator_endpoints import HttpOperatorEndpoint
from gateway.services.ports.clock import Clock
from gateway.services.ports.ids import IdGenerator
from gateway.settings import Settings

IDLE_SECONDS = 1.5
"""A connection that was not used for so long is closed: before most servers do, which would make
the next call fail."""


@asynccontextmanager
async def open_calculator(
    settings: Settings, clock: Clock, ids: IdGenerator
) -> AsyncIterator[HttpMerchantCalculator | None]:
    """The merchant's own calculator during the block; None where there is none."""
    if settings.merchant_url is None or settings.merchant_secret is None:
        yield None
        return
    # Connections of its own, so that buyers still pay while it is slow.
    limits = httpx.Limits(max_connections=100, keepalive_expiry=IDLE_SECONDS)
    async with httpx.AsyncClient(limits=limits) as http:
        endpoint = HttpOperatorEndpoint(
            settings.merchant_url,
            settings.merchant_secret.get_secret_value(),
            http,
            clock,
            CALL_TIMEOUT_SECONDS,
            # One more than is valid, to tell what is too large.
            MAX_ANSWER_BYTES + 1,
        )
        yield HttpMerchantCalculator(endpoint, clock, ids, settings.merchant_parts)
