"""Calls to URLs that others name: signed, to public addresses only, never redirected."""

from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from gateway.adapters.webhooks import PublicCalls, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def calls(answer: httpx.Response, seen: list[httpx.Request], *, private: bool) -> PublicCalls:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    return PublicCalls(httpx.AsyncClient(transport=httpx.MockTransport(handle)), private=private)


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
        "https://no-such-host.invalid/",
        "ftp://93.184.216.34/",
        "https://",
        "https://93.184.216.34:99999/",
        "x",
        f"https://93.184.216.34/{'x' * 2000}",
    ],
)
async def test_other_places_are_refused(url: str) -> None:
    seen: list[httpx.Request] = []
    made = calls(httpx.Response(200), seen, private=False)
    assert not await made.acceptable(url)
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


async def test_development_may_call_itself() -> None:
    seen: list[httpx.Request] = []
    made = calls(httpx.Response(204), seen, private=True)
    assert await made.post("http://localhost:9000/h", b"{}", {}) == 204
    assert seen[0].headers["host"] == "localhost:9000"


def test_signatures_are_those_of_standard_webhooks() -> None:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature(SECRET, "evt_1", now, '{"a":1}'),
    }
    assert Webhook(SECRET).verify('{"a":1}', headers) == {"a": 1}
