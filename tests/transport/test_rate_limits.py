"""Rate limits: per network address and per key, over HTTP and WebSocket."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping

import pytest
from starlette.responses import PlainTextResponse

from gateway.transport.rate_limits import (
    ClientAddresses,
    RateLimiter,
    RateLimitMiddleware,
    SweepingMemoryStorage,
)
from tests.demands import skip_or_fail
from tests.running import free_port
from tests.transport.asgi_driver import (
    ask,
    connect_socket,
    error_codes,
    http_scope,
    open_socket,
    post,
)
from tests.transport.toy_schema import RecordingObserver, toy_app


@pytest.fixture(autouse=True)
def _standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The middle of a window, so that no test meets its end."""
    monkeypatch.setattr("time.time", lambda: 1_800_000_030.0)


def bearer(headers: Mapping[str, str]) -> str | None:
    return headers.get("authorization")


async def test_over_the_limit_is_429_and_says_when_to_come_back() -> None:
    notebook = RecordingObserver()
    app = toy_app(notebook, limiter=RateLimiter(2))
    assert [(await post(app, "{ hello }")).status for _ in range(2)] == [200, 200]
    answer = await post(app, "{ hello }", origin="https://shop.example")
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert notebook.mistakes == {"RATE_LIMITED": 1}


@pytest.mark.parametrize(
    "document",
    [
        "{ a: hello b: hello c: hello }",
        "{ hello ...Two } fragment Two on Query { b: hello ... { c: hello } }",
        "query Other { hello } query Asked { a: hello b: hello c: hello }",
    ],
)
async def test_each_root_field_counts_and_an_alias_is_one(document: str) -> None:
    # R101
    notebook = RecordingObserver()
    app = toy_app(notebook, limiter=RateLimiter(7))
    body = {"query": document, "operationName": "Asked" if "Asked" in document else None}
    statuses = [(await post(app, body)).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = await post(app, body)
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


async def test_more_root_fields_than_a_minute_has_are_refused_and_do_not_use_it_up() -> None:
    # R101
    app = toy_app(limiter=RateLimiter(5))
    wide = "{ " + " ".join(f"f{number}: hello" for number in range(6)) + " }"
    assert (await post(app, wide)).status == 429
    assert [(await post(app, "{ hello }")).status for _ in range(5)] == [200] * 4 + [429]


async def test_root_fields_of_a_sockets_operations_count() -> None:
    # R101
    app = toy_app(limiter=RateLimiter(4))
    async with open_socket(app) as client:
        await client.subscribe("1", "{ a: hello b: hello }")
        assert (await client.receive())["type"] == "next"
        await client.receive()
        await client.subscribe("2", "{ a: hello b: hello }")
        answer = await client.receive()
        assert (answer["type"], error_codes(answer["payload"])) == ("error", {"RATE_LIMITED"})


async def test_a_key_that_a_socket_shows_when_it_begins_is_limited_too() -> None:
    # R101
    app = toy_app(limiter=RateLimiter(3, key_of=bearer))
    asked = {"content-type": "application/json", "authorization": "gw_1"}
    for address in ("203.0.113.1", "203.0.113.2"):
        body, scope = b'{"query":"{ hello }"}', {"client": (address, 1)}
        assert (await ask(app, headers=asked, body=body, scope=scope)).status == 200
    async with open_socket(app, {"authorization": "gw_1"}) as client:
        await client.subscribe("1", "{ a: hello b: hello }")
        answer = await client.receive()
        assert (answer["type"], error_codes(answer["payload"])) == ("error", {"RATE_LIMITED"})


async def test_another_address_has_its_own_minute() -> None:
    app = toy_app(limiter=RateLimiter(1))
    body = b'{"query":"{ hello }"}'
    headers = {"content-type": "application/json"}
    for address, status in (
        ("203.0.113.7", 200),
        ("203.0.113.7", 429),
        ("203.0.113.8", 200),
        ("2001:db8:0:1::1", 200),
        ("2001:db8:0:1::2", 429),
        ("2001:db8:0:2::1", 200),
    ):
        scope = {"client": (address, 1)}
        answer = await ask(app, headers=headers, body=body, scope=scope)
        assert (address, answer.status) == (address, status)


async def test_a_key_is_limited_from_everywhere() -> None:
    app = toy_app(limiter=RateLimiter(2, key_of=bearer))
    headers = {"content-type": "application/json", "authorization": "gw_1"}
    statuses = [
        (
            await ask(
                app, headers=headers, body=b'{"query":"{ hello }"}', scope={"client": (address, 1)}
            )
        ).status
        for address in ("203.0.113.1", "203.0.113.2", "203.0.113.3")
    ]
    assert statuses == [200, 200, 429]


async def test_operations_and_handshakes_of_sockets_count() -> None:
    app = toy_app(limiter=RateLimiter(2))
    async with open_socket(app) as client:
        await client.subscribe("1", "{ hello }")
        assert (await client.receive())["type"] == "next"
        await client.receive()
        await client.subscribe("2", "{ hello }")
        answer = await client.receive()
        assert (answer["type"], error_codes(answer["payload"])) == ("error", {"RATE_LIMITED"})
    async with connect_socket(app) as client:
        assert (await client.receive_raw())["type"] == "websocket.close"


async def test_addresses_beside_the_endpoint() -> None:
    app = RateLimitMiddleware(PlainTextResponse("page"), RateLimiter(1))
    assert (await ask(app, "GET")).status == 200
    assert (await ask(app, "GET")).code == "RATE_LIMITED"


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # not a trusted proxy
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # what the client wrote itself
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "unknown"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("::ffff:203.0.113.7", None, "203.0.113.7"),
        ("2001:db8::9", None, "2001:db8::/64"),
        ("testclient", None, "unknown"),
    ],
)
def test_the_address_seen_through_trusted_proxies(
    peer: str, forwarded: str | None, expected: str
) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    scope = {**http_scope("GET", b"", headers), "client": (peer, 1)}
    assert ClientAddresses(["10.0.0.0/8"]).address_of(scope) == expected


def test_what_a_client_writes_above_the_proxys_line_is_not_believed() -> None:
    # R101
    scope = {**http_scope("GET", b"", {}), "client": ("10.0.0.1", 1)}
    lines = [b"6.6.6.6", b"198.51.100.1"]
    scope["headers"] = [(b"x-forwarded-for", line) for line in lines]
    assert ClientAddresses(["10.0.0.0/8"]).address_of(scope) == "198.51.100.1"


def test_an_unknown_peer_has_an_address_too() -> None:
    assert ClientAddresses().address_of({**http_scope("GET", b"", {}), "client": None}) == "unknown"


async def test_counters_that_expired_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RateLimiter(5)
    for number in range(20):
        await limiter.check({**http_scope("GET", b"", {}), "client": (f"203.0.113.{number}", 1)})
    storage = limiter._local.storage
    assert isinstance(storage, SweepingMemoryStorage)
    stored = storage.storage
    assert len(stored) == 20
    monkeypatch.setattr("time.time", lambda: 1_800_001_000.0)
    monkeypatch.setattr("time.monotonic", lambda: 1e9)
    await limiter.check({**http_scope("GET", b"", {}), "client": ("203.0.113.99", 1)})
    assert len(stored) == 1


@pytest.fixture
async def redis_url(tmp_path: object) -> AsyncIterator[str]:
    configured_url = os.environ.get("GATEWAY_TEST_REDIS_URL")
    if configured_url:
        yield configured_url
        return
    program = shutil.which("redis-server")
    if program is None:
        skip_or_fail("redis", "no server named, none installed")
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        program, "--port", str(port), "--save", "", "--dir", str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout is not None
    while b"Ready to accept" not in await server.stdout.readline():
        pass
    yield f"redis://127.0.0.1:{port}"
    server.terminate()
    await server.wait()


async def test_processes_share_the_count_in_redis(redis_url: str) -> None:
    limiters = [RateLimiter(2, redis_url=redis_url) for _ in range(2)]
    first, second = (toy_app(limiter=limiter) for limiter in limiters)
    assert (await post(first, "{ hello }")).status == 200
    assert (await post(second, "{ hello }")).status == 200
    assert (await post(first, "{ hello }")).code == "RATE_LIMITED"
    for limiter in limiters:
        await limiter.close()


async def test_a_lost_redis_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """What is lost is said once, however many are counted meanwhile (R140)."""
    limiter = RateLimiter(1, redis_url="redis://127.0.0.1:1")
    app = toy_app(limiter=limiter)
    assert (await post(app, "{ hello }")).status == 200
    assert (await post(app, "{ hello }")).code == "RATE_LIMITED"
    await limiter.close()
    said = [
        each.getMessage() for each in caplog.records if each.name == "gateway.transport.rate_limits"
    ]
    assert said == [
        "the store that processes count requests in is away: each process counts by itself"
    ]
