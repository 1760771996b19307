"""The web pages: the recipient's at ``/gift``, a guest's at ``/order``, GraphiQL, and their assets.

``make web`` builds them into ``gateway/web``. Their headers follow Content Security Policy
level 3 and the OWASP secure headers project.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.transport.content_negotiation import accepts_gzip
from gateway.transport.persisted_documents import load_registry
from gateway.transport.requests import GraphQLRequest, parse_json, request_from_json

PAGES_FOLDER: Final = Path(__file__).parent.parent / "web"
"""The folder into which the pages are built."""

NOT_BUILT: Final = "This page has not been built. Run `make web`, then start the gateway again.\n"

_DENY_ALL: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; "
_NO_FRAMING: Final = "frame-ancestors 'none'"

SECRET_PAGE_POLICY: Final = (
    _DENY_ALL
    + "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    + "require-trusted-types-for 'script'; trusted-types 'none'; "
    + _NO_FRAMING
)
"""For pages opened by a secret link: no inline code, no files of other origins, and no HTML made
from text by scripts.
"""

# Monaco writes style elements for its theme and sizes, which 'self' alone would forbid.
# GraphiQL's style sheet contains its fonts as data URLs.
GRAPHIQL_POLICY: Final = (
    _DENY_ALL
    + "script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    + "font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    + _NO_FRAMING
)
"""Allows only scripts from files of this origin, and connections only to it."""

_STRIPE_SCRIPTS: Final = "https://js.stripe.com https://*.js.stripe.com"

# Trusted types are not required: Stripe's script loads more of itself by elements that it makes.
CARD_PAGE_POLICY: Final = (
    _DENY_ALL
    + f"script-src 'self' {_STRIPE_SCRIPTS}; style-src 'self'; img-src 'self'; "
    + "connect-src 'self' https://api.stripe.com; "
    + f"frame-src {_STRIPE_SCRIPTS} https://hooks.stripe.com; "
    + _NO_FRAMING
)
"""For the page of card entry alone: what docs.stripe.com/security/guide asks for, and no more."""

TRUSTED_TYPES_POLICY: Final = "shop-descriptions"
"""The name under which the shop's script shows descriptions, which are sanitised when imported."""


def shop_policy(picture_hosts: Iterable[str] = ()) -> str:
    """The policy of the shop, which shows pictures of this origin and of ``picture_hosts``."""
    images = " ".join(("'self'", *picture_hosts))
    return (
        _DENY_ALL
        + f"script-src 'self'; style-src 'self'; img-src {images}; connect-src 'self'; "
        + f"require-trusted-types-for 'script'; trusted-types {TRUSTED_TYPES_POLICY}; "
        + _NO_FRAMING
    )


_COMMON_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PAGE_HEADERS: Final = _COMMON_HEADERS | {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
# An asset's name contains a hash of its content, so the content of a name never changes.
_ASSET_HEADERS: Final = _COMMON_HEADERS | {"Cache-Control": "public, max-age=31536000, immutable"}

_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class StaticPage:
    """An ASGI application that answers every GET with one built page."""

    path: Path
    policy: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the page, or an error message if it has not been built."""
        await self._response()(scope, receive, send)

    def _response(self) -> Response:
        headers = PAGE_HEADERS | {"Content-Security-Policy": self.policy}
        if not self.path.is_file():
            return PlainTextResponse(NOT_BUILT, status_code=503, headers=headers)
        return Response(self.path.read_bytes(), headers=headers, media_type="text/html")


def gift_page(folder: Path = PAGES_FOLDER) -> StaticPage:
    """The page on which a recipient sees and answers a gift."""
    return StaticPage(folder / "gift.html", SECRET_PAGE_POLICY)


def order_page(folder: Path = PAGES_FOLDER) -> StaticPage:
    """The page on which a guest sees and changes an order."""
    return StaticPage(folder / "order.html", SECRET_PAGE_POLICY)


def card_page_response(
    status: int = 200, *, depth: int = 0, folder: Path = PAGES_FOLDER
) -> Response:
    """The page on which cards are entered and payments confirmed.

    Its address has ``depth`` more segments than the folder of the pages.
    """
    headers = PAGE_HEADERS | {"Content-Security-Policy": CARD_PAGE_POLICY}
    path = folder / "pay.html"
    if not path.is_file():
        return PlainTextResponse(NOT_BUILT, status_code=503, headers=headers)
    page = path.read_text(encoding="utf-8").replace(
        '"./assets/', f'"{"../" * depth or "./"}assets/'
    )
    return Response(page, status_code=status, headers=headers, media_type="text/html")


def graphiql_page(folder: Path = PAGES_FOLDER) -> StaticPage:
    """GraphiQL, for browsers that open the GraphQL endpoint."""
    return StaticPage(folder / "graphiql.html", GRAPHIQL_POLICY)


def page_routes(folder: Path = PAGES_FOLDER) -> list[Route]:
    """Routes for the pages opened by secret links, and the assets of all pages."""
    return [
        Route("/gift", gift_page(folder), methods=["GET"]),
        Route("/order", order_page(folder), methods=["GET"]),
        Route("/assets/{name}", _Assets(folder / "assets").asset, methods=["GET"]),
    ]


def page_operations(folder: Path = PAGES_FOLDER) -> Mapping[str, str]:
    """The operations of the pages by their hashes; empty if the pages are not built.

    Raises:
        InvalidRegistry: the file of the operations is not as the build writes it.

    """
    registry = folder / "operations.json"
    return load_registry(registry) if registry.is_file() else {}


def read_first_request(folder: Path = PAGES_FOLDER) -> GraphQLRequest | None:
    """The first request of the shop's page, as the build wrote it; None if it is not built."""
    path = folder / "first-list.json"
    if not path.is_file():
        return None
    return request_from_json(parse_json(path.read_bytes()))


@dataclass(frozen=True, slots=True)
class _Assets:
    """The assets of the pages, whose names contain hashes."""

    folder: Path

    async def asset(self, request: Request) -> Response:
        """One file; the gzip version from the build if the client accepts it."""
        path = self._asset_path(request.path_params["name"])
        gzip_path = path.with_name(path.name + ".gz")
        headers = dict(_ASSET_HEADERS)
        if gzip_path.is_file():
            headers["Vary"] = "Accept-Encoding"
            if accepts_gzip(request.headers.get("accept-encoding")):
                headers["Content-Encoding"] = "gzip"
                path = gzip_path
        return FileResponse(path, headers=headers, media_type=_media_type(path))

    def _asset_path(self, name: str) -> Path:
        path = self.folder / name
        # A path cannot leave the folder: a route's parameter has no slash, and ".." is no file.
        if path.suffix not in _MEDIA_TYPES or not path.is_file():
            raise HTTPException(404)
        return path


def _media_type(path: Path) -> str:
    return _MEDIA_TYPES[path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix]
