"""Hosts: which are malformed, which are another's, and whose pages are the service's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope

from gateway.transport.errors import RequestRefused
from gateway.transport.hosts import Authority, Hosts, KnownHostsMiddleware, parse_authority
from tests.transport.asgi_driver import ask
from tests.transport.toy_schema import toy_app

PRODUCTION = Hosts(["https://shop.example"], ["api.shop.example", "odd.example:8443"])
DEVELOPMENT = Hosts(["http://127.0.0.1:8000"], local=True)


def status(hosts: Hosts, *values: bytes, version: str = "1.1") -> int:
    """What a request with these Host fields is refused with; 200 where it is not."""
    scope: Scope = {"http_version": version, "headers": [(b"host", each) for each in values]}
    try:
        hosts.check(scope)
    except RequestRefused as refused:
        return refused.status
    return 200


@pytest.mark.parametrize("hosts", [PRODUCTION, DEVELOPMENT])
@pytest.mark.parametrize(
    "values",
    [
        [],
        [b"localhost", b"localhost"],
        [b"localhost", b"evil.example"],
        *([each] for each in (b"", b" ", b"a b/c", b"local host", b"localhost/", b"u@localhost")),
        *([each] for each in (b"localhost:80x", b"localhost:-1", b"localhost:65536", b"a:1:2")),
        *([each] for each in (b"localhost:999999999999", b"[::1", b"::1", b"[::1]x", b"[v1.x]")),
        *(
            [each]
            for each in (b"b\xc3\xbccher.example", b"\xff", b"a,b c", b"a?b", b"a#b", b"a\\b")
        ),
        *([each] for each in (b"localhost\t", b"%zz", b".", b"[fe80::1%25lo]", b"a" * 256, b"[]")),
    ],
)
def test_malformed(hosts: Hosts, values: list[bytes]) -> None:
    """RFC 9112 3.2: none, more than one, or no host (security 19, api 10)."""
    assert status(hosts, *values) == 400


@pytest.mark.parametrize(
    "value",
    [
        *(b"evil.example", b"evil.example:8000", b"shop.example.evil.example", b"xshop.example"),
        *(b"shop.example:8000", b"odd.example", b"odd.example:443", b"localhost.evil.example"),
        *(b"127.0.0.1.nip.example", b"1.2.3.4.evil.example", b"0x7f.1.example"),
    ],
)
def test_another_ones(value: bytes) -> None:
    assert status(PRODUCTION, value) == 421
    assert status(DEVELOPMENT, value) == 421


@pytest.mark.parametrize(
    "value",
    [
        *(b"shop.example", b"SHOP.example", b"shop.example.", b"shop.example:443"),
        *(b"api.shop.example", b"api.shop.example:9000", b"odd.example:8443"),
        *(b"localhost", b"localhost:8000", b"LOCALHOST:1", b"127.0.0.1:8000", b"127.9.9.9"),
        *(b"[::1]", b"[::1]:8000", b"[0:0::1]:8000", b"[::ffff:127.0.0.1]", b"a.localhost:3"),
    ],
)
def test_its_own(value: bytes) -> None:
    assert status(PRODUCTION, value) == 200


@pytest.mark.parametrize(
    "value",
    [b"192.168.1.5:8000", b"[fd00::5]:8000", b"gateway:8000", b"box.local", b"93.184.216.34"],
)
def test_what_no_stranger_can_name_serves_for_development(value: bytes) -> None:
    """DNS rebinding takes a name of public DNS: an address or a bare name is nobody's to give."""
    assert (status(DEVELOPMENT, value), status(PRODUCTION, value)) == (200, 421)


def test_http_1_0_needs_none() -> None:
    assert status(PRODUCTION, version="1.0") == 200
    assert status(PRODUCTION, b"evil.example", version="1.0") == 421


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("https://shop.example", "anything.example", True),
        ("https://shop.example:443", "localhost", True),
        ("http://shop.example", "shop.example", False),
        ("https://shop.example:8443", "shop.example:8443", False),
        ("https://api.shop.example", "api.shop.example", False),
        ("http://evil.example:8000", "evil.example:8000", False),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://localhost", "localhost:80", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://localhost:3000", "localhost:8000", False),
        ("http://localhost:8000", "127.0.0.1:8000", False),
        ("http://localhost:8000.evil.example", "localhost:8000", False),
        ("null", "localhost:8000", False),
        ("file://localhost", "localhost", False),
        ("", "localhost", False),
        ("http://[", "localhost", False),
    ],
)
def test_own_origins(origin: str, host: str, own: bool) -> None:  # noqa: FBT001
    """PUBLIC_URL and the loopback served, never what a Host merely says (security 19)."""
    assert PRODUCTION.owns(origin, host) is own
    assert PRODUCTION.owns(origin, None) is (own and "shop" in origin)


@given(host=st.text(max_size=40))
def test_no_text_is_both_no_host_and_served(host: str) -> None:
    parsed = parse_authority(host)
    if parsed is None:
        assert status(DEVELOPMENT, host.encode("latin-1", "replace")) in (200, 400, 421)
    else:
        assert parsed == Authority(parsed.host.lower(), parsed.port)
        assert parsed.port is None or 0 <= parsed.port <= 65_535


async def test_what_is_refused_is_said_in_json() -> None:
    app = KnownHostsMiddleware(toy_app(), PRODUCTION, ["/healthz"])
    answer = await ask(app, headers={"host": "evil.example"})
    assert (answer.status, answer.code) == (421, "MISDIRECTED_REQUEST")
    assert answer.headers["cache-control"] == "no-store"
    answer = await ask(app, headers={"host": "a b/c"})
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")
