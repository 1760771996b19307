"""Rate limits: root fields a minute for each network address and each API key."""

import logging
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import ceil
from typing import TypeAlias

import orjson
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.transport.content_negotiation import JSON
from gateway.transport.errors import Code, RequestRefused
from gateway.transport.responses import send_reply

logger = logging.getLogger(__name__)

Network: TypeAlias = IPv4Network | IPv6Network
_IPV6_PREFIX_LENGTH = 64  # the network that one subscriber usually gets
_SWEEP_SECONDS = 60  # interval in which expired counters are removed


class ClientAddresses:
    """Finds the network address of a client behind trusted proxies."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted: tuple[Network, ...] = tuple(ip_network(network) for network in trusted)

    def address_of(self, scope: Scope) -> str:
        """The address from which a request came; an IPv6 address as its /64 network."""
        peer = (scope.get("client") or ("unknown", 0))[0]
        if not self._trusted:
            return _subscriber(peer)
        # All header lines count, because a proxy may add a line after one of the client.
        hops = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
        for hop in reversed(hops):
            if not self._is_trusted(peer) or not hop.strip():
                break
            peer = hop.strip()
        return _subscriber(peer)

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        # A socket for IPv4 and IPv6 reports an IPv4 peer as an IPv4-mapped IPv6 address.
        plain = (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
        return any(plain in network for network in self._trusted)


@lru_cache(maxsize=4_096)
def _subscriber(peer: str) -> str:
    try:
        address = ip_address(peer)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((address, _IPV6_PREFIX_LENGTH), strict=False))
    return str(address)


class SweepingMemoryStorage(MemoryStorage):
    """The library's memory storage, but with expired counters removed once a minute.

    The library looks for them after every hit, which is slow.
    """

    _swept_at = 0.0

    async def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802 - the library's private name
        now = time.monotonic()
        if now - self._swept_at > _SWEEP_SECONDS:
            self._swept_at = now
            for key in [
                key for key, expires_at in self.expirations.items() if expires_at <= time.time()
            ]:
                await self.clear(key)


KeyOf: TypeAlias = Callable[[Headers], str | None]


class RateLimiter:
    """Counts root fields a minute, with Redis for all processes together, else for each one.

    A request counts as one root field before it is read, so that refused requests count too.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        redis_url: str | None = None,
        addresses: ClientAddresses | None = None,
        key_of: KeyOf = lambda _headers: None,
    ) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._local = SlidingWindowCounterRateLimiter(SweepingMemoryStorage())
        self._redis = _redis_storage(redis_url) if redis_url else None
        self._shared = SlidingWindowCounterRateLimiter(self._redis) if self._redis else None
        self._addresses = addresses or ClientAddresses()
        self._key_of = key_of
        self._away = False

    async def check(self, scope: Scope, count: int = 1) -> None:
        """Count one request, or ``count`` further root fields of it.

        Raises:
            RequestRefused: status 429, if its address or its key has exceeded the limit.

        """
        if count < 1:
            return
        await self._count("address", self._addresses.address_of(scope), count)
        key = self._key_of(Headers(scope=scope))
        if key is not None:
            await self._count("key", sha256(key.encode()).hexdigest(), count)

    async def close(self) -> None:
        """Close the connection to Redis."""
        if self._redis is not None and isinstance(self._redis.bridge, RedispyBridge):
            await self._redis.bridge.storage.aclose()

    async def _count(self, kind: str, subject: str, count: int) -> None:
        try:
            wait = await self._wait(self._shared or self._local, kind, subject, count)
            self._log_store_state(away=False)
        except StorageError:  # without Redis the service continues, and each process counts alone
            self._log_store_state(away=True)
            wait = await self._wait(self._local, kind, subject, count)
        if wait == 0:
            return
        raise RequestRefused(
            429,
            Code.RATE_LIMITED,
            f"Too many requests: {self._limit.amount} root fields a minute. Try again in {wait} "
            "seconds.",
            (("retry-after", str(wait)),),
        )

    def _log_store_state(self, *, away: bool) -> None:
        """Log once that Redis cannot be reached, or that it can be reached again."""
        if away != self._away:
            self._away = away
            what = "is away: each process counts by itself" if away else "is back"
            logger.warning("the store that processes count requests in %s", what)

    async def _wait(
        self, counter: SlidingWindowCounterRateLimiter, kind: str, subject: str, count: int
    ) -> int:
        """Seconds until the next request is allowed; 0 if this one is within the limit."""
        if await counter.hit(self._limit, kind, subject, cost=count):
            return 0
        stats = await counter.get_window_stats(self._limit, kind, subject)
        return max(1, ceil(stats.reset_time - time.time()))


def _redis_storage(url: str) -> RedisStorage:
    return RedisStorage(f"async+{url}", wrap_exceptions=True, implementation="redispy")


class RateLimitMiddleware:
    """ASGI middleware that applies a rate limiter, for paths other than the GraphQL one."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with status 429."""
        if scope["type"] == "http":
            try:
                await self._limiter.check(scope)
            except RequestRefused as refused:
                body = orjson.dumps({"errors": refused.to_errors()})
                await send_reply(send, refused.status, body, JSON, refused.headers)
                return
        await self._app(scope, receive, send)
