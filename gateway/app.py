"""The web application: GraphQL, the pages, and what operators ask."""

import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry import Schema

from gateway.adapters.simulated_payment_pages import simulated_payment_routes
from gateway.adapters.simulated_payments import SimulatedPayments
from gateway.bootstrap import Gateway
from gateway.engine.orders import OrderEvent
from gateway.entrance import Entrance
from gateway.metrics import CountingObserver, Exposition, Guarded, Metrics
from gateway.preparation import Readiness
from gateway.services.gifts.settling import hold_confirmed
from gateway.services.ports.database import Unavailable
from gateway.services.ports.gifts import LoggedEvent
from gateway.services.repair import confirmed
from gateway.settings import Settings, WrongSettings, variable
from gateway.transport.endpoint import GraphQLEndpoint
from gateway.transport.errors import RETRY_AFTER_SECONDS
from gateway.transport.events import Marks
from gateway.transport.hosts import Hosts, KnownHosts
from gateway.transport.pages import graphiql_page, page_operations, page_routes
from gateway.transport.persisted import Trust, TrustedDocuments, WrongRegistry, read_registry
from gateway.transport.rates import Addresses, RateLimited, RateLimiter
from gateway.transport.security import SafeHeaders
from gateway.transport.service import Options
from gateway.visitors import Reception

logger = logging.getLogger(__name__)

PATH = "/graphql"
MARKS: Marks = {
    "giftUpdates": lambda event: str(cast("LoggedEvent", event).sequence),
    "giftFeed": lambda event: cast("LoggedEvent", event).id,
    "orderUpdates": lambda event: str(cast("OrderEvent", event).sequence),
}
"""The values of ``after`` that go on behind an event, by subscription."""
HEALTH = ("/healthz", "/readyz")
"""Asked by balancers and orchestrators, by whatever name they know a machine by."""
SECRETS_ASKED_BY = frozenset({"giftClaim"})
"""Queries whose argument is a secret link: it must stand in no address, no history and no log."""


WORKED_OUT_FROM_INPUT = frozenset({"quote", "countries", "addressFormat"})
"""Queries that read no database: many or large ones keep nobody waiting."""


@asynccontextmanager
async def application(gateway: Gateway) -> AsyncIterator["Application"]:
    """The application that serves ``gateway``, while the block lasts.

    Raises:
        WrongSettings: the registry of trusted documents cannot be read.

    """
    settings = gateway.settings
    limiter = _limiter(settings, Addresses(settings.trusted_proxies))
    metrics = Metrics()
    try:
        graphql = endpoint(gateway, limiter, metrics)
        watched = _watched(gateway, Guarded(settings, Exposition(metrics, gateway).answer))
        pages = [*page_routes(), *_payment_pages(gateway)]
        front = graphql.before(_beside(watched, pages, limiter), PATH)
        known = KnownHosts(front, _hosts(settings), HEALTH)
        safe = SafeHeaders(known, encrypted=settings.address.startswith("https://"))
        logged = RequestLog(safe, metrics, Templates([*watched, *pages]))
        yield Application(logged, graphql.end_streams)
    finally:
        if limiter is not None:
            await limiter.close()


def _watched(gateway: Gateway, exposition: Guarded) -> list[Route]:
    """What is asked by whoever watches over the service."""
    return [
        Route("/healthz", _live, methods=["GET"]),
        Route("/readyz", _readiness(gateway), methods=["GET"]),
        Route("/metrics", exposition, methods=["GET"]),
    ]


def _beside(watched: list[Route], pages: list[Route], limiter: RateLimiter | None) -> ASGIApp:
    """Every address beside GraphQL's; what is ``watched`` may be asked without limit."""
    limited = Starlette(routes=pages, exception_handlers=AWAY)
    found = limited if limiter is None else RateLimited(limited, limiter)
    return Starlette(routes=[*watched, Mount("/", found)], exception_handlers=AWAY)


async def _away(_: Request, __: Exception) -> Response:
    """The answer while the database is away, at the addresses beside GraphQL's."""
    retry = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return JSONResponse({"status": "the database is away"}, 503, retry)


AWAY = {Unavailable: _away}


def endpoint(gateway: Gateway, limiter: RateLimiter | None, metrics: Metrics) -> GraphQLEndpoint:
    """The GraphQL address, watched by ``metrics``."""
    settings = gateway.settings
    addresses = Addresses(settings.trusted_proxies)
    production = settings.production
    entrance = Entrance(strict=production, trusted_proxies=settings.trusted_proxies)
    found = GraphQLEndpoint(
        _schema(settings),
        Reception(gateway.parts, gateway.gifts, gateway.recogniser, entrance, addresses),
        CountingObserver(metrics),
        options=Options(
            introspection=not production,
            suggestions=not production,
            trusted=_trusted(settings),
            compiled=settings.compiled,
            unavailable=(Unavailable,),
            marks=MARKS,
            pure=WORKED_OUT_FROM_INPUT,
            post_only=SECRETS_ASKED_BY,
        ),
        origins=_origins(settings),
        hosts=_hosts(settings),
        limiter=limiter,
        page=None if production else graphiql_page(),
    )
    metrics.plans = found.compiled.counts if found.compiled else None
    return found


def _schema(settings: Settings) -> Schema:
    """The public schema; with what crashes and ticks on demand where that is wanted."""
    if settings.faults:
        from gateway.schema.faulty import faulty_schema

        return faulty_schema
    from gateway.schema import schema

    return schema


def _trusted(settings: Settings) -> TrustedDocuments:
    """The registry that is named, and the recipient's page, which must always work."""
    file = settings.trusted_documents_file
    if file is None:
        return TrustedDocuments()
    try:
        texts = {**page_operations(), **read_registry(file)}
    except (OSError, WrongRegistry) as wrong:
        raise WrongSettings(f"{variable('trusted_documents_file')}: {wrong}") from wrong
    return TrustedDocuments(Trust(settings.trusted_documents), texts)


def _origins(settings: Settings) -> tuple[str, ...]:
    own = (settings.public_url,) if settings.public_url else ()
    return (*settings.cors_origins, *own)


def _hosts(settings: Settings) -> Hosts:
    """Under which names it is asked; outside production by any that no stranger can take."""
    return Hosts([settings.address], settings.hosts, local=not settings.production)


def _limiter(settings: Settings, addresses: Addresses) -> RateLimiter | None:
    a_minute = settings.requests_a_minute
    if a_minute is None:
        return None
    shared = settings.wakeups_url or ""
    return RateLimiter(
        a_minute,
        redis_url=shared if shared.startswith("redis") else None,
        addresses=addresses,
        key_of=lambda headers: _api_key(headers.get("authorization", "")),
    )


def _api_key(authorization: str) -> str | None:
    scheme, _, key = authorization.strip().partition(" ")
    found = key.strip() if scheme.lower() == "bearer" else ""
    return found if found.startswith("gw_") else None


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "live"})


def _readiness(gateway: Gateway) -> Callable[[Request], Awaitable[Response]]:
    readiness = Readiness(gateway)

    async def ready(_: Request) -> Response:
        problem = await readiness.problem()
        status = {"status": "ready"} if problem is None else {"status": problem}
        return JSONResponse(status, 200 if problem is None else 503)

    return ready


def _payment_pages(gateway: Gateway) -> list[Route]:
    payments = gateway.parts.payments
    if not isinstance(payments, SimulatedPayments):
        return []
    return simulated_payment_routes(
        payments,
        lambda key: _go_on(key, gateway),
        lists_charges=not gateway.settings.production,
    )


@dataclass(frozen=True, slots=True)
class Application:
    """What is served; ``end_streams`` ends what would not end by itself."""

    app: ASGIApp
    end_streams: Callable[[], None]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request or one socket."""
        return self.app(scope, receive, send)


async def _go_on(key: str, gateway: Gateway) -> None:
    """Go on with what waited for the hold of this key, which its payer has just confirmed."""
    if not await hold_confirmed(key, parts=gateway.gifts):
        await confirmed(key, gateway.parts)


class Templates:
    """What addresses are written down as: their route, without what fills its parameters.

    A parameter may be a secret, and so may what leads nowhere: a link with something missing.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        known = list(routes)
        self._plain = {PATH, *(each.path for each in known if "{" not in each.path)}
        self._filled = [(each.path_regex, each.path) for each in known if "{" in each.path]

    def of(self, path: str) -> str:
        """The template of ``path``: ``/assets/{name}``; ``other`` where it leads nowhere."""
        if path in self._plain:
            return path
        return next((template for regex, template in self._filled if regex.match(path)), "other")


class RequestLog:
    """Gives each request an id, and logs what became of it: no secret, nobody's name."""

    def __init__(self, app: ASGIApp, metrics: Metrics, templates: Templates) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = templates
        self._log = structlog.get_logger("gateway.requests")

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve and log one request; sockets are not logged."""
        serve = self._logged if scope["type"] == "http" else self._app
        return serve(scope, receive, send)

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = secrets.token_hex(8)
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, noting)
            finally:
                seconds = time.perf_counter() - started
                path = self._templates.of(scope["path"])
                place = {"method": scope["method"], "path": path}
                self._log.info("request", **place, status=status, ms=round(seconds * 1000, 1))
                self._metrics.request(path, status, seconds)
