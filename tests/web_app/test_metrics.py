"""What operators read at /metrics."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway.bootstrap import bootstrap
from gateway.engine.money import Currency
from gateway.engine.pricing.calculations import ALL_PARTS, CalculationLine, CalculationRequest
from gateway.services.ports.calculators import CalculatorUnavailable
from gateway.settings import Settings
from gateway.web_app.app import application
from tests.endpoints import SECRET, SignedEndpoint, answer_text, serve_endpoint


async def test_requests_mistakes_plans_and_what_waits(demo_folder: Path) -> None:
    settings = Settings(data_dir=demo_folder)
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
    assert not any(name.startswith("gateway_calculations") for name in samples)
    assert float(samples['gateway_overdue_seconds{step="orders"}']) == 0.0


async def test_what_became_of_questions_to_the_calculator(demo_folder: Path) -> None:  # R84
    endpoint = SignedEndpoint(answers=[answer_text("200 OK", "{}"), answer_text("500 No")])
    request = CalculationRequest(
        Currency("USD", 2), ALL_PARTS, (CalculationLine("lin_a", "MUG", 1, 10_00),)
    )
    async with serve_endpoint(endpoint) as url:
        settings = Settings(
            data_dir=demo_folder, merchant_url=url, merchant_secret=SecretStr(SECRET)
        )
        async with bootstrap(settings) as gateway, application(gateway) as app:
            calculator = gateway.dependencies.calculator
            assert calculator is not None
            for _ in range(2):
                with pytest.raises(CalculatorUnavailable):
                    await calculator.calculate(request)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                await client.get("/somewhere")
                answer = await client.get("/metrics")
    counts = re.findall(r'^gateway_calculations{outcome="(\w+)"} (\S+)$', answer.text, re.MULTILINE)
    assert dict(counts) == {
        "answered": "0.0",
        "kept": "0.0",
        "invalid": "1.0",
        "failed": "1.0",
        "skipped": "0.0",
    }


PRODUCTION = {
    "production": True,
    "secret_key": "s" * 32,
    "public_url": "https://shop.example",
    "smtp_url": "smtp://mail.example",
    "payments": "sim",
}
KEY = "a key of the operator's"


@pytest.mark.parametrize(
    ("settings", "peer", "headers", "status"),
    [
        ({}, "127.0.0.1", {}, 200),
        ({}, "::1", {}, 200),
        ({}, "192.0.2.7", {}, 404),
        # By a proxy on this machine: whoever asks it is elsewhere.
        ({}, "127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 404),
        ({"metrics_key": KEY}, "127.0.0.1", {}, 200),
        ({"metrics_key": KEY}, "192.0.2.7", {"authorization": f"Bearer {KEY}"}, 200),
        ({"metrics_key": KEY}, "192.0.2.7", {"authorization": f"Bearer {KEY}x"}, 404),
        (PRODUCTION, "127.0.0.1", {}, 404),
        (PRODUCTION, "127.0.0.1", {"authorization": "Bearer "}, 404),
        (PRODUCTION, "127.0.0.1", {"authorization": "Bearer None"}, 404),
        (PRODUCTION | {"metrics_key": KEY}, "127.0.0.1", {}, 404),
        (PRODUCTION | {"metrics_key": KEY}, "192.0.2.7", {"authorization": f"Bearer {KEY}"}, 200),
        (PRODUCTION | {"metrics_key": KEY}, "192.0.2.7", {"authorization": f"bearer {KEY}"}, 200),
        (PRODUCTION | {"metrics_key": KEY}, "192.0.2.7", {"authorization": KEY}, 404),
        (PRODUCTION | {"metrics_key": KEY}, "192.0.2.7", {"authorization": f"Basic {KEY}"}, 404),
        (PRODUCTION | {"metrics_key": KEY}, "192.0.2.7", {"authorization": "Bearer \xff"}, 404),
    ],
)
async def test_who_may_read_them(
    database_file: Path,
    settings: dict[str, Any],
    peer: str,
    headers: dict[str, str],
    status: int,
) -> None:  # R140
    all_settings = Settings(data_dir=database_file.parent, **settings)
    async with bootstrap(all_settings) as gateway, application(gateway) as app:
        transport = httpx.ASGITransport(app, client=(peer, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
            answers = [
                await client.request(how, "/metrics", headers=raw) for how in ("GET", "HEAD")
            ]
    assert [answer.status_code for answer in answers] == [status] * 2
    assert ("gateway_requests_total" in answers[0].text) is (status == 200)
