"""The holder of one socket stays one caller from operation to operation."""

import pytest
from starlette.requests import HTTPConnection

from gateway.services.demo.purchasers import create_token
from gateway.services.dependencies import Dependencies
from gateway.services.identity.authentication import Authenticator
from gateway.services.identity.callers import Caller
from gateway.services.identity.sign_in import sign_out
from gateway.transport.callers import ConnectionAccepted
from gateway.transport.rate_limits import ClientAddresses
from gateway.web_app.authentication import AuthenticatedConnection, ConnectionAuthenticator
from gateway.web_app.credentials import CredentialReader
from tests.api.conftest import offline_gift_dependencies


@pytest.fixture
def reception(parts: Dependencies) -> ConnectionAuthenticator:
    return ConnectionAuthenticator(
        parts,
        offline_gift_dependencies(parts),
        Authenticator(parts=parts.identity),
        CredentialReader(),
        ClientAddresses(),
    )


def connection(*headers: tuple[bytes, bytes]) -> HTTPConnection:
    return HTTPConnection(
        {
            "type": "http",
            "scheme": "http",
            "path": "/graphql",
            "query_string": b"",
            "headers": list(headers),
            "client": ("203.0.113.7", 1),
            "server": ("testserver", 80),
        }
    )


async def connect(
    reception: ConnectionAuthenticator, **payload: str
) -> tuple[AuthenticatedConnection, Caller]:
    answer = await reception.on_connect(connection(), payload)
    assert isinstance(answer, ConnectionAccepted)
    authenticated = answer.caller
    assert isinstance(authenticated, AuthenticatedConnection)
    return authenticated, authenticated.caller


async def test_a_strangers_socket_is_one_client_from_the_start(
    reception: ConnectionAuthenticator,
) -> None:  # R04
    visitor, first = await connect(reception)
    answer = await reception.on_connect(
        connection(), {"clientId": first.client.new_identifier or ""}
    )
    assert isinstance(answer, ConnectionAccepted)
    assert answer.acknowledgement is None
    for _ in range(3):
        assert (await visitor.context()).caller.client.id == first.client.id
    assert (await visitor.viewer()) == (first.client.id, None, None, None)


async def test_a_request_without_an_identifier_is_handed_the_one_it_was_met_by(
    reception: ConnectionAuthenticator,
) -> None:  # R01
    visitor = await reception.on_request(connection())
    await visitor.viewer()
    await visitor.context()
    names = dict(visitor.headers())
    assert names["X-Client-Id"] == visitor.caller.client.new_identifier
    again = await reception.on_request(connection((b"x-client-id", names["X-Client-Id"].encode())))
    await again.context()
    assert list(again.headers()) == []


async def test_who_signs_in_or_out_on_a_socket_keeps_their_client(
    reception: ConnectionAuthenticator, parts: Dependencies
) -> None:
    token = await create_token("ada@example.com", dependencies=parts.identity)
    visitor, first = await connect(reception, authorization=f"Bearer {token}")
    context = await visitor.context()
    assert context.caller == first
    recognised = (await visitor.context()).caller
    assert recognised.recognised == first.purchaser_id
    assert recognised.client.id == first.client.id
    met = await visitor.context()
    met.set_caller(await sign_out(caller=met.caller, dependencies=parts.identity))
    after = (await visitor.context()).caller
    assert (after.client.id, after.purchaser_id) == (first.client.id, None)


async def test_sockets_of_one_caller_are_recognised_together_until_something_is_committed(
    reception: ConnectionAuthenticator, parts: Dependencies
) -> None:
    """R97: who signs out on one socket is a stranger on the others with the very next event."""
    token = await create_token("ada@example.com", dependencies=parts.identity)
    first, signed_in = await connect(reception, authorization=f"Bearer {token}")
    issued = signed_in.client.new_identifier or ""
    second, _ = await connect(reception, authorization=f"Bearer {token}", clientId=issued)
    assert await first.viewer() == await second.viewer()
    assert (await second.context()).caller.authentication is not None
    assert second.caller is (await reception.authentication_cache.authenticate(second.credentials))
    await sign_out(caller=second.caller, dependencies=parts.identity)
    viewer = await second.viewer()
    assert isinstance(viewer, tuple)
    assert viewer[1:] == (None, None, None)
