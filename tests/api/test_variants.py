"""What settings make of the address: each variant served by a process of its own."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.serving import PRODUCTION, RunningGateway, start_gateway, startup_error

HELLO = "{ __typename }"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def post(served: RunningGateway, body: object, **headers: str) -> httpx.Response:
    return httpx.post(served.graphql, json=body, headers=headers)


def error(answer: httpx.Response) -> dict[str, Any]:
    [only_error] = answer.json()["errors"]
    return dict(only_error)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with start_gateway(tmp_path_factory.mktemp("faulty"), GATEWAY_FAULTS="1") as served:
        yield served


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    settings = {**PRODUCTION, "GATEWAY_FAULTS": "1", "GATEWAY_RATE_LIMIT": "40"}
    with start_gateway(tmp_path_factory.mktemp("production"), **settings) as served:
        yield served


# Masked, and found in the log by the id that the client was given.
def test_a_fault_is_masked_and_logged_once_by_its_id(faulty: RunningGateway) -> None:
    fault_error = error(post(faulty, {"query": "{ fault }"}))
    assert fault_error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "purpose" not in json.dumps(fault_error)
    lines = faulty.log.read_text().splitlines()
    [line] = [each for each in lines if fault_error["extensions"]["faultId"] in each]
    assert "crashed on purpose" in line


def test_ticks_come_one_after_the_other(faulty: RunningGateway) -> None:
    body = {"query": "subscription { ticks(count: 3, everyMs: 1) }"}
    answer = post(faulty, body, accept="text/event-stream")
    events = [line for line in answer.text.splitlines() if line.startswith("data: {")]
    assert events == [f'data: {{"data":{{"ticks":{tick}}}}}' for tick in range(3)]


def test_everything_else_answers_beside_the_faults(faulty: RunningGateway) -> None:
    query = "{ products(first: 1) { nodes { __typename title variants { price { amount } } } } }"
    answer = post(faulty, {"query": query}).json()
    [product] = answer["data"]["products"]["nodes"]
    assert product["__typename"] == "Product"


def test_development_introspects_and_serves_graphiql(faulty: RunningGateway) -> None:
    assert "errors" not in post(faulty, {"query": "{ __schema { queryType { name } } }"}).json()
    page = httpx.get(faulty.graphql, headers=BROWSER)
    assert page.headers["content-type"] != "application/json"
    assert httpx.get(f"{faulty.url}/sim/charges").json() == []


def test_every_answer_has_safe_headers(faulty: RunningGateway) -> None:
    for path in ("/healthz", "/gift", "/sim/charges", "/nowhere", "/graphql?query={__typename}"):
        headers = httpx.get(faulty.url + path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in headers
        assert headers["x-request-id"]


def test_production_tells_nothing_of_itself(production: RunningGateway) -> None:
    asked = error(post(production, {"query": "{ __schema { __typename } }"}))
    assert asked["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    misspelt = error(post(production, {"query": "{ viewr { client { id } } }"}))
    assert misspelt["message"] == "Cannot query field 'viewr' on type 'Query'."
    crashed = error(post(production, {"query": "{ fault }"}))
    assert set(crashed["extensions"]) == {"code", "faultId"}
    assert "purpose" not in json.dumps(crashed)


def test_production_has_no_graphiql_and_no_list_of_charges(production: RunningGateway) -> None:
    page = httpx.get(production.graphql, headers=BROWSER)
    assert "html" not in page.headers["content-type"]
    assert httpx.get(f"{production.url}/sim/charges").status_code == 404
    assert "max-age" in page.headers["strict-transport-security"]


def test_production_has_nothing_planted(production: RunningGateway) -> None:
    answer = post(production, {"query": "{ products { nodes { id } } }"}).json()
    assert answer == {"data": {"products": {"nodes": []}}}


def test_production_reads_the_header_and_the_host_cookie_alone(production: RunningGateway) -> None:
    query = {"query": "{ viewer { client { id } } }"}
    first = post(production, query)
    identifier = first.headers["x-client-id"]
    assert first.headers["set-cookie"].startswith(f"__Host-client={identifier}; ")
    with_cookie = post(production, query, cookie=f"__Host-client={identifier}")
    assert with_cookie.json() == first.json()
    assert post(production, query, **{"x-client-id": identifier}).json() == first.json()
    assert post(production, query, cookie=f"client={identifier}").json() != first.json()


def use_up_minute(gateway: RunningGateway) -> httpx.Response:
    """The first answer that is refused for there having been too many."""
    for _ in range(40):
        answer = post(gateway, {"query": HELLO})
        if answer.status_code == 429:
            break
    return answer


# Last of those that ask in production: it uses the minute up.
def test_a_used_up_minute_is_429_on_every_address_but_health(production: RunningGateway) -> None:
    # The minute may end between two requests, so it is used up again before the second one.
    for _ in range(3):
        answer = use_up_minute(production)
        page = httpx.get(f"{production.url}/gift")
        if page.status_code == 429:
            break
    assert error(answer)["extensions"]["code"] == "RATE_LIMITED"
    assert int(answer.headers["retry-after"]) >= 1
    assert page.status_code == 429
    assert httpx.get(f"{production.url}/healthz").status_code == 200
    assert httpx.get(f"{production.url}/readyz").status_code == 200


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    file = tmp_path / "documents.json"
    file.write_text(json.dumps({sha256(HELLO): HELLO}))
    return file


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_only_registered_documents_are_executed_and_without_plans(
    tmp_path: Path, registry: Path
) -> None:
    settings = {
        "GATEWAY_TRUSTED_DOCUMENTS": "only",
        "GATEWAY_TRUSTED_DOCUMENTS_FILE": str(registry),
        "GATEWAY_COMPILED": "off",
    }
    with start_gateway(tmp_path, **settings) as served:
        assert post(served, {"documentId": f"sha256:{sha256(HELLO)}"}).json() == {
            "data": {"__typename": "Query"}
        }
        refused = error(post(served, {"query": "{ viewer { client { id } } }"}))
        assert refused["extensions"]["code"] == "PERSISTED_QUERY_REQUIRED"


def test_a_registry_that_cannot_be_read_is_refused_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    settings = {
        "GATEWAY_TRUSTED_DOCUMENTS": "prefer",
        "GATEWAY_TRUSTED_DOCUMENTS_FILE": str(file),
        "GATEWAY_PORT": "0",
    }
    assert (
        startup_error(tmp_path, **settings)
        .splitlines()[-1]
        .startswith("GATEWAY_TRUSTED_DOCUMENTS_FILE: [Errno 2] No such file")
    )
    file.write_text('{"00": "{ __typename }"}')
    assert "00 is not the SHA-256 of its text" in startup_error(tmp_path, **settings)
