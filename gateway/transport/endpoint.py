"""The GraphQL endpoint, which serves HTTP and WebSocket at one path."""

from collections.abc import Awaitable, Iterable

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry import Schema

from gateway.transport.callers import CallerResolver
from gateway.transport.errors import ErrorObserver
from gateway.transport.hosts import Hosts
from gateway.transport.http import HttpGraphQL
from gateway.transport.origins import Origins
from gateway.transport.rate_limits import RateLimiter
from gateway.transport.service import GraphQLService, ServiceOptions
from gateway.transport.sockets import SocketGraphQL


class GraphQLEndpoint:
    """An ASGI application that serves ``schema`` over HTTP, event streams and WebSocket.

    Pages of ``origins`` may call it, besides the service's own pages. ``hosts`` are the service's
    own hosts, by default only the loopback ones. ``page`` answers browsers that ask for HTML.
    """

    def __init__(
        self,
        schema: Schema,
        callers: CallerResolver,
        observer: ErrorObserver,
        *,
        options: ServiceOptions | None = None,
        origins: Iterable[str] = (),
        hosts: Hosts | None = None,
        limiter: RateLimiter | None = None,
        page: ASGIApp | None = None,
    ) -> None:
        service = GraphQLService(schema, callers, observer, options or ServiceOptions())
        self.compiled = service.compiled
        """Compiled plans and their counts, for metrics; None if operations are not compiled."""
        allowed_origins = Origins(origins, hosts)
        self.answer_page = service.answer_page
        """Executes an operation for the caller of a page's request."""
        self._http = HttpGraphQL(service, allowed_origins, limiter, page)
        self._sockets = SocketGraphQL(service, allowed_origins, limiter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        await self.handle(scope, receive, send)

    def end_streams(self) -> None:
        """End all streams over HTTP, because they would delay the stop of the process."""
        self._http.end_streams()

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """The awaitable that serves one request or one socket."""
        # Not awaited here, because that would keep one more frame in memory for each open socket.
        application = self._sockets if scope["type"] == "websocket" else self._http
        return application(scope, receive, send)

    def wrap(self, app: ASGIApp, path: str) -> ASGIApp:
        """``app`` with this endpoint at ``path``, which bypasses the routing of ``app``."""

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            application = self.handle if scope.get("path") == path else app
            await application(scope, receive, send)

        return dispatch

    def routes(self, path: str) -> list[BaseRoute]:
        """Routes for exactly ``path``; a mount would also answer the paths below it."""
        return [Route(path, self), WebSocketRoute(path, self)]
