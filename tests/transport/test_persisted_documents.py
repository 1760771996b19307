"""Trusted documents and automatically persisted queries."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest

from gateway.transport.limits import Limits
from gateway.transport.persisted_documents import (
    InvalidRegistry,
    TrustedDocuments,
    TrustMode,
    load_registry,
)
from gateway.transport.service import ServiceOptions
from tests.transport.asgi_driver import Answer, ask, error_codes, open_socket, post
from tests.transport.toy_schema import toy_app

HELLO = "{ hello }"
OTHER = '{ echo(text: "free") }'
WORLD = {"data": {"hello": "world"}}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted_query(text: str) -> dict[str, object]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}


def options_with_trust(mode: TrustMode) -> ServiceOptions:
    return ServiceOptions(trusted=TrustedDocuments(mode, {digest(HELLO): HELLO}))


async def by_get(app: object, extensions: dict[str, object]) -> Answer:
    query = urlencode({"extensions": orjson.dumps(extensions).decode()}).encode()
    return await ask(app, "GET", query=query)  # type: ignore[arg-type]


async def test_a_query_is_sent_once_and_then_named() -> None:
    app = toy_app()
    answer = await post(app, {"extensions": persisted_query(HELLO)})
    assert (answer.status, answer.code) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert answer.json() == {
        "errors": [
            {
                "message": "PersistedQueryNotFound",
                "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
            }
        ]
    }
    assert (await post(app, {"query": HELLO, "extensions": persisted_query(HELLO)})).json() == WORLD
    assert (await post(app, {"extensions": persisted_query(HELLO)})).json() == WORLD
    assert (await by_get(app, persisted_query(HELLO))).json() == WORLD
    async with open_socket(app) as socket:
        await socket.send(
            {"id": "1", "type": "subscribe", "payload": {"extensions": persisted_query(HELLO)}}
        )
        assert (await socket.receive())["payload"] == WORLD
        await socket.receive()
        await socket.send(
            {"id": "2", "type": "subscribe", "payload": {"extensions": persisted_query(OTHER)}}
        )
        assert error_codes((await socket.receive())["payload"]) == {"PERSISTED_QUERY_NOT_FOUND"}


async def test_a_hash_of_another_text_is_refused_and_an_invalid_text_not_kept() -> None:
    app = toy_app()
    answer = await post(app, {"query": HELLO, "extensions": persisted_query(OTHER)})
    assert answer.code == "BAD_USER_INPUT"
    await post(app, {"query": "{ nothing }", "extensions": persisted_query("{ nothing }")})
    answer = await post(app, {"extensions": persisted_query("{ nothing }")})
    assert answer.code == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "persisted",
    [5, [], {}, {"version": 2, "sha256Hash": "0" * 64}, {"version": 1},
     {"version": 1, "sha256Hash": 5}, {"version": 1, "sha256Hash": "0" * 63}],
)  # fmt: skip
async def test_a_malformed_hash_is_a_client_error(persisted: object) -> None:
    answer = await post(toy_app(), {"extensions": {"persistedQuery": persisted}})
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


async def test_the_store_is_bounded_and_forgets_the_least_used() -> None:
    app = toy_app(options=ServiceOptions(limits=Limits(persisted=200)))
    texts = [f"{{ a{number}: hello }}" for number in range(20)]
    for text in texts:
        assert (await post(app, {"query": text, "extensions": persisted_query(text)})).status == 200
        assert "data" in str((await post(app, {"extensions": persisted_query(texts[0])})).json())
    answer = await post(app, {"extensions": persisted_query(texts[1])})
    assert answer.code == "PERSISTED_QUERY_NOT_FOUND"


async def test_without_the_feature_clients_are_told() -> None:
    app = toy_app(options=ServiceOptions(automatic_persisted_queries=False))
    answer = await post(app, {"extensions": persisted_query(HELLO)})
    assert (answer.code, answer.json()) == (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        {
            "errors": [
                {
                    "message": "PersistedQueryNotSupported",
                    "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"},
                }
            ]
        },
    )


async def test_trusted_documents_are_known_beforehand() -> None:
    for mode in (TrustMode.PREFER, TrustMode.ONLY):
        app = toy_app(options=options_with_trust(mode))
        assert (await post(app, {"extensions": persisted_query(HELLO)})).json() == WORLD
        for document_id in (digest(HELLO), f"sha256:{digest(HELLO)}"):
            assert (await post(app, {"documentId": document_id})).json() == WORLD
        assert (await post(app, HELLO)).json() == WORLD


def test_a_registry_is_read_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_bytes(orjson.dumps({digest(HELLO): HELLO}))
    assert load_registry(file) == {digest(HELLO): HELLO}
    for wrong, said in (
        (b"{", "is not JSON"),
        (b"[]", "does not hold an object"),
        (orjson.dumps({digest(OTHER): HELLO}), "is not the SHA-256"),
        (orjson.dumps({digest(OTHER): 5}), "is not the SHA-256"),
    ):
        file.write_bytes(wrong)
        with pytest.raises(InvalidRegistry, match=said):
            load_registry(file)


async def test_only_means_only() -> None:
    app = toy_app(options=options_with_trust(TrustMode.ONLY))
    for document in (OTHER, {"query": OTHER, "extensions": persisted_query(OTHER)}):
        assert (await post(app, document)).code == "PERSISTED_QUERY_REQUIRED"
    answer = await post(app, {"extensions": persisted_query(OTHER)})
    assert answer.code == "PERSISTED_QUERY_NOT_FOUND"
    async with open_socket(app) as socket:
        await socket.subscribe("1", OTHER)
        assert error_codes((await socket.receive())["payload"]) == {"PERSISTED_QUERY_REQUIRED"}


async def test_prefer_still_reads_free_text_and_off_ignores_the_registry() -> None:
    app = toy_app(options=options_with_trust(TrustMode.PREFER))
    assert (await post(app, OTHER)).json() == {"data": {"echo": "free"}}
    app = toy_app(options=options_with_trust(TrustMode.OFF))
    assert (await post(app, {"documentId": digest(HELLO)})).code == "PERSISTED_QUERY_NOT_FOUND"
