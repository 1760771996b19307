"""Calls to URLs that others name: signed, to public addresses only, never redirected."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from gateway.adapters.webhook_calls import PublicWebhookCalls, sign_webhook
from tests.dripping import dripping_server

PATIENCE = 30.0
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def calls(
    answer: httpx.Response, seen: list[httpx.Request], *, private: bool
) -> PublicWebhookCalls:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    return PublicWebhookCalls(
        httpx.AsyncClient(transport=httpx.MockTransport(handle)), allows_private=private
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0.0.0.0/",
        "https://user@93.184.216.34/",
        "https://@93.184.216.34/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::a9fe:a9fe]/",
        "https://[2002:a9fe:a9fe::1]/",
        "https://[fec0::1]/",
        "https://[::127.0.0.1]/",
        "https://[fe80::1%25lo]/",
        "https://[::]/",
        "https://224.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://100.64.0.1/",
        "https://no-such-host.invalid/",
        "ftp://93.184.216.34/",
        "https://",
        "https://93.184.216.34:99999/",
        "https://93.184.216.34:-1/",
        "https://93.184.216.34\\@127.0.0.1/",
        "https://127.0.0.1\\@93.184.216.34/",
        "https://127.0.0.1#@93.184.216.34/",
        "https://93.184.216.34\n/",
        "https://\u2460\u2461.0.0.1/",
        "x",
        f"https://93.184.216.34/{'x' * 2000}",
    ],
)
async def test_other_places_are_refused(url: str) -> None:
    seen: list[httpx.Request] = []
    made = calls(httpx.Response(200), seen, private=False)
    assert not await made.is_allowed(url)
    with pytest.raises(OSError, match="no public address"):
        await made.post(url, b"{}", {})
    assert seen == []


async def test_a_public_address_is_called_and_no_redirect_followed() -> None:
    seen: list[httpx.Request] = []
    made = calls(
        httpx.Response(302, headers={"location": "http://127.0.0.1/"}), seen, private=False
    )
    assert await made.post("https://93.184.216.34:8443/h?a=1", b"{}", {"webhook-id": "evt"}) == 302
    [request] = seen
    assert str(request.url) == "https://93.184.216.34:8443/h?a=1"
    assert request.headers["host"] == "93.184.216.34:8443"
    assert request.headers["webhook-id"] == "evt"


@pytest.mark.parametrize("location", ["data:text/plain,x", "http://[", "\\\\x", "x" * 5000])
async def test_a_redirect_to_no_address_is_a_call_that_failed(location: str) -> None:
    made = calls(httpx.Response(302, headers={"location": location}), [], private=False)
    try:
        assert await made.post("https://93.184.216.34/h", b"{}", {}) == 302
    except ConnectionError as error:
        assert str(error) in {"InvalidURL", "RemoteProtocolError"}  # noqa: PT017 - either will do


async def test_development_may_call_itself() -> None:
    seen: list[httpx.Request] = []
    made = calls(httpx.Response(204), seen, private=True)
    assert await made.post("http://localhost:9000/h", b"{}", {}) == 204
    assert seen[0].headers["host"] == "localhost:9000"
    assert seen[0].headers["connection"] == "close"


@asynccontextmanager
async def calling(seconds: float) -> AsyncIterator[PublicWebhookCalls]:
    async with httpx.AsyncClient() as client:
        yield PublicWebhookCalls(client, allows_private=True, timeout_seconds=seconds)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("parts", "again"),
    [
        ([HEAD, b"content-length: 999999999999\r\n\r\n"], b"x" * 65_536),
        ([HEAD, b"transfer-encoding: chunked\r\n\r\n"], b"1\r\nx\r\n"),
        ([HEAD, b"connection: close\r\n\r\n"], b"x"),
    ],
)
async def test_headers_are_enough(parts: list[bytes], again: bytes) -> None:  # R127
    """An endless body is not read: neither into memory, nor until the time is up."""
    async with dripping_server(b"".join(parts), again) as url, calling(PATIENCE) as made:
        async with asyncio.timeout(PATIENCE / 2):
            assert await made.post(url, b"{}", {}) == 200


@pytest.mark.parametrize(
    ("parts", "again"),
    [
        ([], b""),  # no answer
        ([], b"H"),  # no status line, a byte at a time
        ([HEAD], b"x: y\r\n"),  # headers without end
        ([HEAD, b"x: "], b"y"),  # one header without end
        ([], b"HTTP/1.1 102 Processing\r\n\r\n"),  # promises without end
    ],
)
async def test_an_answer_that_drips_is_cut(parts: list[bytes], again: bytes) -> None:  # R127
    async with dripping_server(b"".join(parts), again) as url, calling(0.3) as made:
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(OSError):  # noqa: PT011 - which one depends on what was sent
                await made.post(url, b"{}", {})


async def test_a_handshake_that_is_not_answered_is_cut() -> None:  # R127
    async with dripping_server(b"", pause_seconds=PATIENCE) as url, calling(0.3) as made:
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(OSError):  # noqa: PT011 - a time-out is one
                await made.post(url.replace("http:", "https:"), b"{}", {})


async def test_the_address_that_was_judged_is_the_one_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: the name leads elsewhere the next time it is looked up."""
    leads = iter(["93.184.216.34", "127.0.0.1"])

    def look_up(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (next(leads), port))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    seen: list[httpx.Request] = []
    made = calls(httpx.Response(200), seen, private=False)
    assert await made.post("https://rebinding.example/h", b"{}", {}) == 200
    assert str(seen[0].url) == "https://93.184.216.34/h"
    assert seen[0].headers["host"] == "rebinding.example"
    with pytest.raises(OSError, match="no public address"):
        await made.post("https://rebinding.example/h", b"{}", {})


async def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [(0, 0, 0, "", (each, 443)) for each in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: addresses)
    assert not await calls(httpx.Response(200), [], private=False).is_allowed("https://two.example")


def test_signatures_are_those_of_standard_webhooks() -> None:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": sign_webhook(SECRET, "evt_1", now, '{"a":1}'),
    }
    assert Webhook(SECRET).verify('{"a":1}', headers) == {"a": 1}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://b\u00fccher.example/h", "xn--bcher-kva.example"),
        ("https://SHOP.example:8443/h", "shop.example:8443"),
        ("https://shop.example:443/h", "shop.example"),
    ],
)
async def test_names_go_out_as_they_are_looked_up(
    url: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def look_up(name: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(name)
        return [(0, 0, 0, "", ("93.184.216.34", port))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    seen: list[httpx.Request] = []
    assert await calls(httpx.Response(200), seen, private=False).post(url, b"{}", {}) == 200
    name = host.partition(":")[0]
    assert (asked, seen[0].headers["host"]) == ([name], host)
    assert seen[0].extensions["sni_hostname"] == name
