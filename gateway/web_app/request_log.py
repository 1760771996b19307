"""The request log: an id, a log line and a count for each HTTP request."""

import secrets
import time
from collections.abc import Awaitable, Iterable

import structlog
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.web_app.metrics import Metrics


class RouteTemplates:
    """The routes' paths with the names of their parameters in place of the values.

    A parameter may be a secret, and so may a path without a route: a link that was cut short.
    """

    def __init__(self, routes: Iterable[Route], graphql_path: str) -> None:
        route_list = list(routes)
        self._plain = {graphql_path, *(route.path for route in route_list if "{" not in route.path)}
        self._filled = [(route.path_regex, route.path) for route in route_list if "{" in route.path]

    def template_for(self, path: str) -> str:
        """The template of ``path``, such as ``/assets/{name}``; ``other`` if no route has it."""
        if path in self._plain:
            return path
        return next((template for regex, template in self._filled if regex.match(path)), "other")


class RequestLog:
    """ASGI middleware that gives each HTTP request an id, logs one line and counts it.

    The line has method, path template, status and milliseconds: no secrets and no personal data.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, templates: RouteTemplates) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = templates
        self._log = structlog.get_logger("gateway.requests")

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request or socket; a socket is not logged."""
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
