"""Hosts as they come in by the wire: requests, sockets, and what watches over the service."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import environment, free_port, running, until_ready

BODY = b'{"query": "{ __typename }"}'
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE += b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"


@pytest.fixture(scope="module", params=["on", "off"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("hosts")
    found = free_port()
    settings = environment(folder, GATEWAY_PORT=str(found), GATEWAY_HOSTS="api.shop.example")
    settings |= {"GATEWAY_PUBLIC_URL": "https://shop.example"}
    if request.param == "on":
        settings |= {
            "GATEWAY_PRODUCTION": "on",
            "GATEWAY_SECRET_KEY": "s" * 32,
            "GATEWAY_SMTP_URL": "smtp://mail.example",
            "GATEWAY_PAYMENTS": "sim",
        }
    _migrated(folder / "data")
    with running("serve", settings=settings):
        until_ready(f"http://127.0.0.1:{found}")
        yield found


def _migrated(folder: Path) -> None:
    from gateway.adapters.migrations import upgrade

    folder.mkdir()
    upgrade(f"sqlite:///{folder / 'gateway.db'}")


async def status(port: int, first: str, *hosts: str, more: bytes = b"", body: bytes = b"") -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = "".join(f"Host: {host}\r\n" for host in hosts).encode("latin-1")
    length = f"Content-Length: {len(body)}\r\n".encode() if body else b""
    writer.write(f"{first} HTTP/1.1\r\n".encode() + fields + more + length + b"\r\n" + body)
    line = await asyncio.wait_for(reader.readline(), 30)
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1])


async def posted(port: int, *hosts: str, origin: str | None = None) -> int:
    more = b"Content-Type: application/json\r\n"
    if origin is not None:
        more += f"Origin: {origin}\r\n".encode()
    return await status(port, "POST /graphql", *hosts, more=more, body=BODY)


async def test_requests(port: int) -> None:
    own = f"127.0.0.1:{port}"
    assert await posted(port, own) == 200
    assert await posted(port, f"localhost:{port}", origin=f"http://localhost:{port}") == 200
    assert await posted(port, "shop.example", origin="https://shop.example") == 200
    assert await posted(port, "api.shop.example") == 200
    assert await posted(port, own, origin="http://evil.example") == 403
    assert await posted(port, "evil.example:8000", origin="http://evil.example:8000") == 421
    assert await posted(port, "evil.example") == 421
    for hosts in ((), (own, own), (own, "evil.example"), ("a b/c",), ("b\xfccher",), ("x:1y",)):
        assert await posted(port, *hosts) == 400
    for path in ("/gift", "/sim/charges", "/metrics", "/assets/x.js", "/nowhere"):
        assert await status(port, f"GET {path}", "evil.example") == 421
        assert await status(port, f"GET {path}", "a b") == 400


async def test_what_watches_is_answered_by_any_name(port: int) -> None:  # R140
    for path in ("/healthz", "/readyz"):
        assert await status(port, f"GET {path}", "10.1.2.3:8000") == 200
        assert await status(port, f"HEAD {path}", "evil.example") == 200
        assert await status(port, f"GET {path}", "a b") == 400
        assert await status(port, f"GET {path}") == 400


async def test_sockets(port: int) -> None:
    opened = f"localhost:{port}"
    assert await status(port, "GET /graphql", opened, more=UPGRADE) == 101
    for host, expected in (("evil.example", 421), ("a b/c", 400)):
        more = UPGRADE + f"Origin: http://{host}\r\n".encode()
        assert await status(port, "GET /graphql", host, more=more) == expected
    assert await status(port, "GET /graphql", opened, opened, more=UPGRADE) == 400


@pytest.mark.parametrize(
    "path",
    [
        *("/graphql?query=%7B__typename%7D", "/graphql", "/gift", "/healthz", "/readyz"),
        *("/metrics", "/sim/charges", "/sim/3ds/x", "/assets/x.js", "/nowhere"),
    ],
)
async def test_head_is_answered_wherever_get_is(port: int, path: str) -> None:
    """RFC 9110 9.3.2: a head as GET's, and nothing after it."""
    own = f"localhost:{port}"
    assert await status(port, f"HEAD {path}", own) == await status(port, f"GET {path}", own)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for method in ("HEAD", "GET"):
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {own}\r\n\r\n".encode())
        # What came after the first head would be in the way of the second.
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        assert head.startswith(b"HTTP/1.1 ")
    writer.close()
    await writer.wait_closed()
