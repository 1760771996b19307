"""What the request log and the metrics say of addresses: their routes."""

import re
from pathlib import Path

import httpx
from structlog.testing import capture_logs

from gateway.bootstrap import bootstrap
from gateway.settings import Settings
from gateway.web_app.app import application

SECRET = "Hq4hV1yqYpQf0l3t2v7c9b5n8m6k1j3h5g7f9d2s4a6"


LOGGED_REQUESTS = [
    ("GET", "/graphql", 405),
    ("GET", "/sim/3ds/{token}", 404),
    ("POST", "/sim/3ds/{token}", 404),
    ("PUT", "/sim/3ds/{token}", 405),
    ("GET", "/assets/{name}", 404),
    ("GET", "/media/{name}", 404),
    ("GET", "other", 404),
    ("GET", "other", 404),
    ("GET", "/healthz", 200),
]


# R19: no secret that stands in an address is logged.
async def test_an_address_is_logged_as_its_route(demo_folder: Path) -> None:
    settings = Settings(data_dir=demo_folder)
    claim = f'{{ giftClaim(token: "{SECRET}") {{ status }} }}'
    with capture_logs() as lines:
        async with bootstrap(settings) as gateway, application(gateway) as app:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                await client.get("/graphql", params={"query": claim})
                await client.get(f"/sim/3ds/{SECRET}")
                await client.post(f"/sim/3ds/{SECRET}")
                await client.put(f"/sim/3ds/{SECRET}")
                await client.get(f"/assets/{SECRET}.js")
                await client.get(f"/media/{SECRET}.png")
                await client.get(f"/gift/{SECRET}")
                await client.get(f"/sim/3ds/{SECRET}/more")
                await client.get(f"/healthz?{SECRET}")
                metrics = (await client.get("/metrics")).text
    requests = [line for line in lines if line["event"] == "request"]
    assert [(each["method"], each["path"], each["status"]) for each in requests][
        :-1
    ] == LOGGED_REQUESTS
    assert SECRET not in f"{lines}{metrics}"
    counted = re.findall(r'^gateway_requests_total\{path="([^"]+)"', metrics, re.MULTILINE)
    assert set(counted) == {path for _, path, _ in LOGGED_REQUESTS}
