"""Security headers for all answers, also those outside of the GraphQL endpoint."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.transport.responses import RawHeaders

_YEAR_SECONDS = 31_536_000
_DEFAULT_HEADERS: RawHeaders = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
_TLS_HEADERS: RawHeaders = [(b"strict-transport-security", f"max-age={_YEAR_SECONDS}".encode())]


class SafeHeadersMiddleware:
    """ASGI middleware that adds security headers to answers that lack them.

    ``encrypted`` means that the service is reached only by TLS, so that HSTS is sent too.
    """

    def __init__(self, app: ASGIApp, *, encrypted: bool = False) -> None:
        self._app = app
        self._defaults = _DEFAULT_HEADERS + (_TLS_HEADERS if encrypted else [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its answer; sockets are not changed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                names = {name.lower() for name, _ in own}
                missing = [header for header in self._defaults if header[0] not in names]
                message = {**message, "headers": [*own, *missing]}
            await send(message)

        await self._app(scope, receive, complete)
