"""Headers that keep every answer safe, for the addresses beside the GraphQL one too."""

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
    """An application whose answers carry safe headers where it set none of its own.

    ``encrypted``: whether it is reached by TLS alone, so that browsers may remember that.
    """

    def __init__(self, app: ASGIApp, *, encrypted: bool = False) -> None:
        self._app = app
        self._defaults = _DEFAULT_HEADERS + (_TLS_HEADERS if encrypted else [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete its answer's headers; sockets as they are."""
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
