"""Hosts as they come in by the wire: requests, sockets, and what watches over the service."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import free_port, gateway_command, process_environment, wait_until_ready

BODY = b'{"query": "{ __typename }"}'
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE += b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"


@pytest.fixture(scope="module", params=["on", "off"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("hosts")
    gateway_port = free_port()
    settings = process_environment(
        folder, GATEWAY_PORT=str(gateway_port), GATEWAY_HOSTS="api.shop.example"
    )
    settings |= {"GATEWAY_PUBLIC_URL": "https://shop.example"}
    if request.param == "on":
        settings |= {
            "GATEWAY_PRODUCTION": "on",
            "GATEWAY_SECRET_KEY": "s" * 32,
            "GATEWAY_SMTP_URL": "smtp://mail.example",
            "GATEWAY_PAYMENTS": "sim",
        }
    _migrate_database(folder / "data")
    with gateway_command("serve", settings=settings):
        wait_until_ready(f"http://127.0.0.1:{gateway_port}")
        yield gateway_port


def _migrate_database(folder: Path) -> None:
    from gateway.adapters.migrations import upgrade

    folder.mkdir()
    upgrade(f"sqlite:///{folder / 'gateway.db'}")


async def response_status(
    port: int, request_line: str, *hosts: str, extra_headers: bytes = b"", body: bytes = b""
) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = "".join(f"Host: {host}\r\n" for host in hosts).encode("latin-1")
    length = f"Content-Length: {len(body)}\r\n".encode() if body else b""
    writer.write(
        f"{request_line} HTTP/1.1\r\n".encode() + fields + extra_headers + length + b"\r\n" + body
    )
    line = await asyncio.wait_for(reader.readline(), 30)
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1])


async def graphql_status(port: int, *hosts: str, origin: str | None = None) -> int:
    more = b"Content-Type: application/json\r\n"
    if origin is not None:
        more += f"Origin: {origin}\r\n".encode()
    return await response_status(port, "POST /graphql", *hosts, extra_headers=more, body=BODY)


async def test_requests(port: int) -> None:
    own = f"127.0.0.1:{port}"
    assert await graphql_status(port, own) == 200
    assert await graphql_status(port, f"localhost:{port}", origin=f"http://localhost:{port}") == 200
    assert await graphql_status(port, "shop.example", origin="https://shop.example") == 200
    assert await graphql_status(port, "api.shop.example") == 200
    assert await graphql_status(port, own, origin="http://evil.example") == 403
    assert await graphql_status(port, "evil.example:8000", origin="http://evil.example:8000") == 421
    assert await graphql_status(port, "evil.example") == 421
    for hosts in ((), (own, own), (own, "evil.example"), ("a b/c",), ("b\xfccher",), ("x:1y",)):
        assert await graphql_status(port, *hosts) == 400
    for path in ("/gift", "/sim/charges", "/metrics", "/assets/x.js", "/nowhere"):
        assert await response_status(port, f"GET {path}", "evil.example") == 421
        assert await response_status(port, f"GET {path}", "a b") == 400


async def test_what_watches_is_answered_by_any_name(port: int) -> None:  # R140
    for path in ("/healthz", "/readyz"):
        assert await response_status(port, f"GET {path}", "10.1.2.3:8000") == 200
        assert await response_status(port, f"HEAD {path}", "evil.example") == 200
        assert await response_status(port, f"GET {path}", "a b") == 400
        assert await response_status(port, f"GET {path}") == 400


async def test_sockets(port: int) -> None:
    opened = f"localhost:{port}"
    assert await response_status(port, "GET /graphql", opened, extra_headers=UPGRADE) == 101
    for host, expected in (("evil.example", 421), ("a b/c", 400)):
        more = UPGRADE + f"Origin: http://{host}\r\n".encode()
        assert await response_status(port, "GET /graphql", host, extra_headers=more) == expected
    assert await response_status(port, "GET /graphql", opened, opened, extra_headers=UPGRADE) == 400


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
    assert await response_status(port, f"HEAD {path}", own) == await response_status(
        port, f"GET {path}", own
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for method in ("HEAD", "GET"):
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {own}\r\n\r\n".encode())
        # What came after the first head would be in the way of the second.
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
        assert head.startswith(b"HTTP/1.1 ")
    writer.close()
    await writer.wait_closed()
