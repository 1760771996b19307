"""Pictures at ``/media``: the merchant's files, and the drawings of the demonstration."""

import asyncio
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from gateway.adapters.demo.drawings import drawing_paths
from gateway.adapters.picture_files import PICTURE_NAME
from gateway.services.ports.pictures import MEDIA_PATH

MEDIA_TYPES: Final = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".svg": "image/svg+xml",
}
# A name is made of a hash of the content, so the content of a name never changes. Pages of other
# origins show pictures, too. Opened alone, no picture runs or loads anything.
HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def media_routes(folder: Path) -> list[Route]:
    """The route of the pictures in ``folder``, which need not be there yet."""
    return [Route(MEDIA_PATH + "{name}", _Media(folder).respond, methods=["GET"])]


class _Media:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def respond(self, request: Request) -> Response:
        """One picture; 304 where the client has it."""
        path = await asyncio.to_thread(self._find_path, request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        entity_tag = f'"{request.path_params["name"]}"'
        headers = {**HEADERS, "ETag": entity_tag}
        if _has_tag(request.headers.get("if-none-match", ""), entity_tag):
            return Response(status_code=304, headers=headers)
        return FileResponse(path, headers=headers, media_type=MEDIA_TYPES[path.suffix])

    def _find_path(self, name: str) -> Path | None:
        drawing_path = drawing_paths().get(name)
        if drawing_path is not None:
            return drawing_path
        # Only names that the gateway gives: no other file of the folder, and none outside of it.
        if not PICTURE_NAME.fullmatch(name):
            return None
        path = self._folder / name
        return path if path.is_file() else None


def _has_tag(if_none_match: str, entity_tag: str) -> bool:
    """Whether ``entity_tag`` is one of those that the client has (RFC 9110, 13.1.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return entity_tag in tags or tags == {"*"}
