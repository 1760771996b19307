"""The ASGI application: the GraphQL endpoint, the pages, health and metrics."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry import Schema

from gateway.adapters.messaging.mailbox import MessageFolder
from gateway.adapters.simulated_payments.pages import simulated_payment_routes
from gateway.adapters.simulated_payments.provider import SimulatedPaymentProvider
from gateway.bootstrap import OUTBOX_FOLDER, Gateway
from gateway.engine.orders.order import OrderEvent
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
from gateway.transport.shop_page import shop_routes
from gateway.transport.static_pages import graphiql_page, page_operations, page_routes
from gateway.transport.subscriptions import EventIds
from gateway.web_app.authentication import ConnectionAuthenticator
from gateway.web_app.credentials import CredentialReader
from gateway.web_app.fulfilment_webhook import fulfilment_routes
from gateway.web_app.health import HEALTH_PATHS, health_routes
from gateway.web_app.mailbox_page import mailbox_routes
from gateway.web_app.media import media_routes
from gateway.web_app.metrics import CountingObserver, Metrics, MetricsEndpoint, MetricsGuard
from gateway.web_app.pay_page import PayPage, pay_page_routes
from gateway.web_app.request_log import RequestLog, RouteTemplates
from gateway.web_app.stripe_webhook import stripe_routes

GRAPHQL_PATH = "/graphql"
EVENT_IDS: EventIds = {
    "giftUpdates": lambda event: str(cast("GiftEvent", event).sequence),
    "giftFeed": lambda event: cast("GiftEvent", event).id,
    "orderUpdates": lambda event: str(cast("OrderEvent", event).sequence),
}
"""The value of ``after`` that continues after an event, by subscription."""
POST_ONLY_FIELDS = frozenset({"giftClaim"})
"""Queries with a secret argument, which must not be in a URL, because URLs are logged."""
PURE_FIELDS = frozenset({"quote", "countries", "addressFormat"})
"""Queries that do not access the database."""


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
    metrics.calculator_outcomes = gateway.calculator_outcomes
    try:
        graphql = _build_graphql_endpoint(gateway, client_addresses, limiter, metrics)
        metrics_guard = MetricsGuard(settings, MetricsEndpoint(metrics, gateway).respond)
        # A page shows dozens of pictures, and each is asked for once only.
        unlimited_routes = [
            *health_routes(gateway),
            Route("/metrics", metrics_guard, methods=["GET"]),
            *media_routes(settings.media_folder),
            # Stripe calls from few addresses, more often than one caller may.
            *stripe_routes(gateway),
        ]
        pages = [
            *page_routes(),
            *_shop_routes(graphql, settings),
            *_payment_routes(gateway),
            *_pay_page_routes(gateway),
            *fulfilment_routes(gateway),
            *_mailbox_routes(settings),
        ]
        routed_app = graphql.wrap(_other_routes(unlimited_routes, pages, limiter), GRAPHQL_PATH)
        host_guard = KnownHostsMiddleware(routed_app, _hosts(settings), HEALTH_PATHS)
        with_safe_headers = SafeHeadersMiddleware(
            host_guard, encrypted=settings.base_url.startswith("https://")
        )
        request_log = RequestLog(
            with_safe_headers, metrics, RouteTemplates([*unlimited_routes, *pages], GRAPHQL_PATH)
        )
        yield Application(request_log, graphql.end_streams)
    finally:
        if limiter is not None:
            await limiter.close()


def _other_routes(
    unlimited_routes: list[Route], pages: list[Route], limiter: RateLimiter | None
) -> ASGIApp:
    """All routes except GraphQL's; the rate limit applies only to ``pages``."""
    pages_app = Starlette(routes=pages, exception_handlers=EXCEPTION_HANDLERS)
    limited_app = pages_app if limiter is None else RateLimitMiddleware(pages_app, limiter)
    return Starlette(
        routes=[*unlimited_routes, Mount("/", limited_app)], exception_handlers=EXCEPTION_HANDLERS
    )


async def _database_unavailable(_: Request, __: Exception) -> Response:
    """The answer of the other routes while the database cannot be reached."""
    retry_headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
    return JSONResponse({"status": "the database is away"}, 503, retry_headers)


EXCEPTION_HANDLERS = {DatabaseUnreachable: _database_unavailable}


def _build_graphql_endpoint(
    gateway: Gateway,
    client_addresses: ClientAddresses,
    limiter: RateLimiter | None,
    metrics: Metrics,
) -> GraphQLEndpoint:
    """The GraphQL endpoint, observed by ``metrics``."""
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
    """The public schema, with the fields for fault injection if the settings want them."""
    if settings.faults:
        from gateway.schema.fault_injection import faulty_schema

        return faulty_schema
    from gateway.schema import schema

    return schema


def _trusted_documents(settings: Settings) -> TrustedDocuments:
    """The registry in the settings, with the documents of the pages, which must work."""
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
    """The accepted host names; outside production also those that no attacker can register."""
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


def _shop_routes(graphql: GraphQLEndpoint, settings: Settings) -> list[Route]:
    if not settings.serves_shop:
        return []
    return shop_routes(graphql.answer_page, settings.picture_sources)


def _payment_routes(gateway: Gateway) -> list[Route]:
    payments = gateway.dependencies.payment_provider
    if not isinstance(payments, SimulatedPaymentProvider):
        return []
    return simulated_payment_routes(
        payments,
        lambda key: _continue_after_confirmation(key, gateway),
        lists_charges=not gateway.settings.production,
    )


def _pay_page_routes(gateway: Gateway) -> list[Route]:
    dependencies = gateway.dependencies
    publishable_key = dependencies.payment_provider.details.publishable_key
    if gateway.confirmations is None or publishable_key is None:
        return []
    page = PayPage(
        gateway.confirmations,
        publishable_key,
        dependencies.currencies,
        dependencies.formats,
        lambda key: _continue_after_confirmation(key, gateway),
    )
    return pay_page_routes(page)


def _mailbox_routes(settings: Settings) -> list[Route]:
    """The page of sent mails, where they are written to files and nobody else lives by them."""
    if settings.production or settings.smtp_url is not None:
        return []
    return mailbox_routes(MessageFolder(settings.data_dir / OUTBOX_FOLDER))


@dataclass(frozen=True, slots=True)
class Application:
    """The ASGI application; ``end_streams`` ends the open streams before a shutdown."""

    app: ASGIApp
    end_streams: Callable[[], None]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request or socket."""
        return self.app(scope, receive, send)


async def _continue_after_confirmation(key: str, gateway: Gateway) -> None:
    """Continue the purchase or gift whose hold with this key its payer has just confirmed."""
    if not await recheck_hold(key, dependencies=gateway.gift_dependencies):
        await resume_attempt(key, gateway.dependencies)
