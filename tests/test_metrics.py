"""What operators read at /metrics."""

import re
from pathlib import Path

import httpx

from gateway.app import application
from gateway.bootstrap import bootstrap
from gateway.serving import open_shop
from gateway.settings import Settings


async def test_requests_mistakes_plans_and_what_waits(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    await open_shop(settings)
    asked = 'mutation { signInRequest(input: { email: "ada@example.com" }) { warnings { code } } }'
    async with bootstrap(settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            await client.post("/graphql", json={"query": asked})
            await client.post("/graphql", json={"query": asked})
            await client.post("/graphql", json={"query": "{ nonsense }"})
            await client.get("/somewhere")
            answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    samples = dict(re.findall(r"^(gateway\S+) (\S+)$", answer.text, re.MULTILINE))
    assert samples['gateway_requests_total{path="/graphql",status="200"}'] == "3.0"
    assert samples['gateway_requests_total{path="other",status="404"}'] == "1.0"
    assert samples["gateway_request_seconds_count"] == "4.0"
    assert samples['gateway_mistakes_total{code="GRAPHQL_VALIDATION_FAILED"}'] == "1.0"
    assert samples['gateway_plans{outcome="compiled"}'] == "1.0"
    assert samples['gateway_plans{outcome="hit"}'] == "1.0"
    assert samples["gateway_outbox_messages"] == "2.0"
    assert float(samples['gateway_overdue_seconds{step="orders"}']) == 0.0
