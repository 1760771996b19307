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

from gateway.adapters.simulated_payments.pages import simulated_payment_routes
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.bootstrap import Gateway
from gateway.engine.orders import OrderEvent
from gateway.preparation import Readiness
from gateway.services.checkout.recovery import resume_attempt
from gateway.services.gifts.settlement import recheck_hold
from gateway.services.ports.database import DatabaseUnreachable
from gateway.services.ports.gifts import GiftEvent
from gateway.settings import InvalidSettings, Settings, variable_name
from gateway.transport.endpoint import GraphQLEndpoint
from gateway.transport.errors import RETRY_AFTER_SECONDS
from gateway.transport.hosts import Hosts, KnownHostsMiddleware
from gateway.transport.persisted_documents import (
    InvalidRegistry,
    TrustedDocuments,
    TrustMode,
    load_registry,
)
from gateway.transport.rate_limits import ClientAddresses, RateLimiter, RateLimitMiddleware
from gateway.transport.safe_headers import SafeHeadersMiddleware
from gateway.transport.service import ServiceOptions
from gateway.transport.static_pages import graphiql_page, page_operations, page_routes
from gateway.transport.subscriptions import EventIds
from gateway.web_app.authentication import ConnectionAuthenticator
from gateway.web_app.credentials import CredentialReader
from gateway.web_app.metrics import CountingObserver, Metrics, MetricsEndpoint, MetricsGuard

logger = logging.getLogger(__name__)

GRAPHQL_PATH = "/graphql"
EVENT_IDS: EventIds = {
    "giftUpdates": lambda event: str(cast("GiftEvent", event).sequence),
    "giftFeed": lambda event: cast("GiftEvent", event).id,
    "orderUpdates": lambda event: str(cast("OrderEvent", event).sequence),
}
"""The values of ``after`` that go on behind an event, by subscription."""
HEALTH_PATHS = ("/healthz", "/readyz")
"""Asked by balancers and orchestrators, by whatever name they know a machine by."""
POST_ONLY_FIELDS = frozenset({"giftClaim"})
"""Queries whose argument is a secret link: it must stand in no address, no history and no log."""
PURE_FIELDS = frozenset({"quote", "countries", "addressFormat"})
"""Queries that read no database: many or large ones keep nobody waiting."""


@asynccontextmanager
async def application(gateway: Gateway) -> AsyncIterator["Application"]:
    """The application that serves ``gateway``, while the block lasts.

    Raises:
        InvalidSettings: the registry of trusted documents cannot be read.

    """
    settings = gateway.settings
    client_addresses = ClientAddresses(settings.trusted_proxies)
    limiter = _build_limiter(settings, client_addresses)
    metrics = Metrics()
    try:
        graphql = _build_graphql_endpoint(gateway, client_addresses, limiter, metrics)
        monitoring_routes = _monitoring_routes(
            gateway, MetricsGuard(settings, MetricsEndpoint(metrics, gateway).respond)
        )
        pages = [*page_routes(), *_payment_routes(gateway)]
        routed_app = graphql.wrap(_other_routes(monitoring_routes, pages, limiter), GRAPHQL_PATH)
        host_guard = KnownHostsMiddleware(routed_app, _hosts(settings), HEALTH_PATHS)
        with_safe_headers = SafeHeadersMiddleware(
            host_guard, encrypted=settings.base_url.startswith("https://")
        )
        request_log = RequestLog(
            with_safe_headers, metrics, RouteTemplates([*monitoring_routes, *pages])
        )
        yield Application(request_log, graphql.end_streams)
    finally:
        if limiter is not None:
            await limiter.close()


def _monitoring_routes(gateway: Gateway, metrics_guard: MetricsGuard) -> list[Route]:
    """What is asked by whoever watches over the service."""
    return [
        Route("/healthz", _liveness, methods=["GET"]),
        Route("/readyz", _readiness(gateway), methods=["GET"]),
        Route("/metrics", metrics_guard, methods=["GET"]),
    ]


def _other_routes(
    monitoring_routes: list[Route], pages: list[Route], limiter: RateLimiter | None
) -> ASGIApp:
    """Every address beside GraphQL's; what is ``monitoring_routes`` may be asked without limit."""
    pages_app = Starlette(routes=pages, exception_handlers=EXCEPTION_HANDLERS)
    limited_app = pages_app if limiter is None else RateLimitMiddleware(pages_app, limiter)
    return Starlette(
        routes=[*monitoring_routes, Mount("/", limited_app)], exception_handlers=EXCEPTION_HANDLERS
    )


async def _database_unavailable(_: Request, __: Exception) -> Response:
    """The answer while the database is away, at the addresses beside GraphQL's."""
    retry_headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return JSONResponse({"status": "the database is away"}, 503, retry_headers)


EXCEPTION_HANDLERS = {DatabaseUnreachable: _database_unavailable}


def _build_graphql_endpoint(
    gateway: Gateway,
    client_addresses: ClientAddresses,
    limiter: RateLimiter | None,
    metrics: Metrics,
) -> GraphQLEndpoint:
    """The GraphQL address, watched by ``metrics``."""
    settings = gateway.settings
    production = settings.production
    credential_reader = CredentialReader(
        strict=production, trusted_proxies=settings.trusted_proxies
    )
    graphql_endpoint = GraphQLEndpoint(
        _schema(settings),
        ConnectionAuthenticator(
            gateway.dependencies,
            gateway.gift_dependencies,
            gateway.authenticator,
            credential_reader,
            client_addresses,
        ),
        CountingObserver(metrics),
        options=ServiceOptions(
            introspection=not production,
            suggestions=not production,
            trusted=_trusted_documents(settings),
            compiled=settings.compiled,
            unavailable=(DatabaseUnreachable,),
            event_ids=EVENT_IDS,
            pure=PURE_FIELDS,
            post_only=POST_ONLY_FIELDS,
        ),
        origins=_origins(settings),
        hosts=_hosts(settings),
        limiter=limiter,
        page=None if production else graphiql_page(),
    )
    metrics.plan_counts = graphql_endpoint.compiled.counts if graphql_endpoint.compiled else None
    return graphql_endpoint


def _schema(settings: Settings) -> Schema:
    """The public schema; with what crashes and ticks on demand where that is wanted."""
    if settings.faults:
        from gateway.schema.fault_injection import faulty_schema

        return faulty_schema
    from gateway.schema import schema

    return schema


def _trusted_documents(settings: Settings) -> TrustedDocuments:
    """The registry that is named, and the recipient's page, which must always work."""
    file = settings.trusted_documents_file
    if file is None:
        return TrustedDocuments()
    try:
        texts = {**page_operations(), **load_registry(file)}
    except (OSError, InvalidRegistry) as error:
        raise InvalidSettings(f"{variable_name('trusted_documents_file')}: {error}") from error
    return TrustedDocuments(TrustMode(settings.trusted_documents), texts)


def _origins(settings: Settings) -> tuple[str, ...]:
    own = (settings.public_url,) if settings.public_url else ()
    return (*settings.cors_origins, *own)


def _hosts(settings: Settings) -> Hosts:
    """Under which names it is asked; outside production by any that no stranger can take."""
    return Hosts([settings.base_url], settings.hosts, local=not settings.production)


def _build_limiter(settings: Settings, client_addresses: ClientAddresses) -> RateLimiter | None:
    per_minute = settings.max_requests_per_minute
    if per_minute is None:
        return None
    store_url = settings.wakeups_url or ""
    return RateLimiter(
        per_minute,
        redis_url=store_url if store_url.startswith("redis") else None,
        addresses=client_addresses,
        key_of=lambda headers: _api_key(headers.get("authorization", "")),
    )


def _api_key(authorization: str) -> str | None:
    scheme, _, key = authorization.strip().partition(" ")
    token = key.strip() if scheme.lower() == "bearer" else ""
    return token if token.startswith("gw_") else None


async def _liveness(_: Request) -> Response:
    return JSONResponse({"status": "live"})


def _readiness(gateway: Gateway) -> Callable[[Request], Awaitable[Response]]:
    readiness = Readiness(gateway)

    async def ready(_: Request) -> Response:
        problem = await readiness.find_problem()
        status = {"status": "ready"} if problem is None else {"status": problem}
        return JSONResponse(status, 200 if problem is None else 503)

    return ready


def _payment_routes(gateway: Gateway) -> list[Route]:
    payments = gateway.dependencies.payment_provider
    if not isinstance(payments, SimulatedPaymentProvider):
        return []
    return simulated_payment_routes(
        payments,
        lambda key: _continue_after_confirmation(key, gateway),
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


async def _continue_after_confirmation(key: str, gateway: Gateway) -> None:
    """Go on with what waited for the hold of this key, which its payer has just confirmed."""
    if not await recheck_hold(key, dependencies=gateway.gift_dependencies):
        await resume_attempt(key, gateway.dependencies)


class RouteTemplates:
    """What addresses are written down as: their route, without what fills its parameters.

    A parameter may be a secret, and so may what leads nowhere: a link with something missing.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        route_list = list(routes)
        self._plain = {GRAPHQL_PATH, *(route.path for route in route_list if "{" not in route.path)}
        self._filled = [(route.path_regex, route.path) for route in route_list if "{" in route.path]

    def template_for(self, path: str) -> str:
        """The template of ``path``: ``/assets/{name}``; ``other`` where it leads nowhere."""
        if path in self._plain:
            return path
        return next((template for regex, template in self._filled if regex.match(path)), "other")


class RequestLog:
    """Gives each request an id, and logs what became of it: no secret, nobody's name."""

    def __init__(self, app: ASGIApp, metrics: Metrics, templates: RouteTemplates) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = templates
        self._log = structlog.get_logger("gateway.requests")

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve and log one request; sockets are not logged."""
        handler = self._serve_logged if scope["type"] == "http" else self._app
        return handler(scope, receive, send)

    async def _serve_logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = secrets.token_hex(8)
        status = 0

        async def send_with_id(message: Message) -> None:
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
                await self._app(scope, receive, send_with_id)
            finally:
                seconds = time.perf_counter() - started
                path = self._templates.template_for(scope["path"])
                request_fields = {"method": scope["method"], "path": path}
                self._log.info(
                    "request", **request_fields, status=status, ms=round(seconds * 1000, 1)
                )
                self._metrics.count_request(path, status, seconds)
