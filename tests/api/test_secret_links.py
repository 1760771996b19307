"""Secret links stay out of addresses, which servers, proxies and browsers write down."""

from pathlib import Path
from urllib.parse import urlencode

import httpx

from gateway.bootstrap import bootstrap
from gateway.settings import Settings
from gateway.web_app.app import application

CLAIM = "query ($token: String!) { giftClaim(token: $token) { status } }"


async def test_a_claim_is_refused_by_get(data_folder: Path) -> None:
    settings = Settings(data_dir=data_folder)
    async with bootstrap(settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            query = urlencode({"query": CLAIM, "variables": '{"token": "nobody\'s"}'})
            refused = await client.get(f"/graphql?{query}")
            asked = {"query": CLAIM, "variables": {"token": "nobody's"}}
            answered = await client.post("/graphql", json=asked)
    assert (refused.status_code, refused.headers["cache-control"]) == (405, "no-store")
    message = "giftClaim must be sent by POST."
    assert refused.json() == {
        "errors": [{"message": message, "extensions": {"code": "METHOD_NOT_ALLOWED"}}]
    }
    assert answered.json() == {"data": {"giftClaim": None}}
