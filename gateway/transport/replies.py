"""Writing HTTP answers straight to ASGI, always with the headers that keep them safe."""

from collections.abc import Iterable

from starlette.types import Send

SAFE_HEADERS: tuple[tuple[str, str], ...] = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
)
_SAFE = [(name.encode(), value.encode()) for name, value in SAFE_HEADERS]

RawHeaders = list[tuple[bytes, bytes]]


def raw_headers(media: str, headers: Iterable[tuple[str, str]]) -> RawHeaders:
    """The headers of an answer of type ``media``, in UTF-8."""
    return [
        (b"content-type", media.encode()),
        *_SAFE,
        *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers),
    ]


async def send_reply(
    send: Send, status: int, body: bytes, media: str, headers: Iterable[tuple[str, str]] = ()
) -> None:
    """One whole answer."""
    raw = raw_headers(f"{media}; charset=utf-8", headers)
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def send_nothing(send: Send, headers: Iterable[tuple[str, str]]) -> None:
    """A 204."""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": 204, "headers": [*_SAFE, *raw]})
    await send({"type": "http.response.body", "body": b""})
