"""The demonstration shop at ``/shop``: one page for all addresses below it.

At its first address the page brings the answer to its first request along, so that the first list
of products is shown after one round trip.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.transport.requests import GraphQLRequest
from gateway.transport.service import PageAnswer
from gateway.transport.static_pages import (
    NOT_BUILT,
    PAGE_HEADERS,
    PAGES_FOLDER,
    read_first_request,
    shop_policy,
)

AnswerPage = Callable[[Request, GraphQLRequest], Awaitable[PageAnswer | None]]
"""Executes an operation for the caller of a page's request; None if that failed."""

_ASSETS: Final = '"./assets/'
_DATA_BLOCK: Final = '<script type="application/json" id="first-list">'


@dataclass(frozen=True, slots=True)
class ShopPage:
    """The shop's page, with links to its files from whatever address it is shown at."""

    folder: Path
    policy: str
    answer_page: AnswerPage

    async def respond(self, request: Request) -> Response:
        """The page, or an error message if it has not been built."""
        path = self.folder / "shop.html"
        headers = PAGE_HEADERS | {"Content-Security-Policy": self.policy}
        if not path.is_file():
            return PlainTextResponse(NOT_BUILT, status_code=503, headers=headers)
        below = str(request.path_params.get("path", ""))
        depth = below.count("/") + ("path" in request.path_params)
        page = path.read_text(encoding="utf-8").replace(_ASSETS, f'"{"../" * depth or "./"}assets/')
        answer = await self._first_answer(request) if below == "" else None
        response = Response(page, headers=headers, media_type="text/html")
        if answer is not None:
            response.body = _embed(page, answer.data)
            response.headers["Content-Length"] = str(len(response.body))
            for name, value in answer.headers:
                response.headers.append(name, value)
        return response

    async def _first_answer(self, request: Request) -> PageAnswer | None:
        """The answer to the page's first request; None where it makes another one."""
        first_request = read_first_request(self.folder)
        if first_request is None or request.method != "GET" or request.url.query:
            return None
        return await self.answer_page(request, first_request)


def _embed(page: str, data: object) -> bytes:
    """``page`` with ``data`` as JSON, in which no text can end the block or begin another."""
    text = orjson.dumps(data).replace(b"<", b"\\u003c").decode()
    return page.replace(_DATA_BLOCK, _DATA_BLOCK + text, 1).encode()


def shop_routes(
    answer_page: AnswerPage, picture_hosts: Iterable[str] = (), folder: Path = PAGES_FOLDER
) -> list[Route]:
    """Routes for the shop; pictures are shown of this host and of ``picture_hosts``."""
    page = ShopPage(folder, shop_policy(picture_hosts), answer_page)
    return [
        Route("/shop", page.respond, methods=["GET"]),
        Route("/shop/{path:path}", page.respond, methods=["GET"]),
    ]
