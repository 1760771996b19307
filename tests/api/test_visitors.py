"""The holder of one socket stays one caller from operation to operation."""

import pytest
from starlette.requests import HTTPConnection

from gateway.entrance import Entrance
from gateway.services.identity.callers import Caller
from gateway.services.identity.demo import token_for
from gateway.services.identity.recognising import Recogniser
from gateway.services.identity.signing_in import sign_out
from gateway.services.parts import Parts
from gateway.transport.callers import Connected
from gateway.transport.rates import Addresses
from gateway.visitors import Reception, Visitor
from tests.api.conftest import gifts_of


@pytest.fixture
def reception(parts: Parts) -> Reception:
    return Reception(
        parts, gifts_of(parts), Recogniser(parts=parts.identity), Entrance(), Addresses()
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


async def connected(reception: Reception, **payload: str) -> tuple[Visitor, Caller]:
    answer = await reception.on_connect(connection(), payload)
    assert isinstance(answer, Connected)
    visitor = answer.caller
    assert isinstance(visitor, Visitor)
    return visitor, visitor.caller


async def test_a_strangers_socket_is_one_client_from_the_start(reception: Reception) -> None:  # R04
    visitor, first = await connected(reception)
    answer = await reception.on_connect(connection(), {"clientId": first.client.issued or ""})
    assert isinstance(answer, Connected)
    assert answer.acknowledgement is None
    for _ in range(3):
        assert (await visitor.context()).caller.client.id == first.client.id
    assert (await visitor.viewer()) == (first.client.id, None, None, None)


async def test_a_request_without_an_identifier_is_handed_the_one_it_was_met_by(
    reception: Reception,
) -> None:  # R01
    visitor = await reception.on_request(connection())
    await visitor.viewer()
    await visitor.context()
    names = dict(visitor.headers())
    assert names["X-Client-Id"] == visitor.caller.client.issued
    again = await reception.on_request(connection((b"x-client-id", names["X-Client-Id"].encode())))
    await again.context()
    assert list(again.headers()) == []


async def test_who_signs_in_or_out_on_a_socket_keeps_their_client(
    reception: Reception, parts: Parts
) -> None:
    token = await token_for("ada@example.com", parts=parts.identity)
    visitor, first = await connected(reception, authorization=f"Bearer {token}")
    context = await visitor.context()
    assert context.caller == first
    known = (await visitor.context()).caller
    assert known.recognised == first.purchaser_id
    assert known.client.id == first.client.id
    met = await visitor.context()
    met.become(await sign_out(caller=met.caller, parts=parts.identity))
    after = (await visitor.context()).caller
    assert (after.client.id, after.purchaser_id) == (first.client.id, None)


async def test_sockets_of_one_caller_are_recognised_together_until_something_is_committed(
    reception: Reception, parts: Parts
) -> None:
    """R97: who signs out on one socket is a stranger on the others with the very next event."""
    token = await token_for("ada@example.com", parts=parts.identity)
    first, known = await connected(reception, authorization=f"Bearer {token}")
    issued = known.client.issued or ""
    other, _ = await connected(reception, authorization=f"Bearer {token}", clientId=issued)
    assert await first.viewer() == await other.viewer()
    assert (await other.context()).caller.authentication is not None
    assert other.caller is (await reception.acquaintances.recognise(other.credentials))
    await sign_out(caller=other.caller, parts=parts.identity)
    viewer = await other.viewer()
    assert isinstance(viewer, tuple)
    assert viewer[1:] == (None, None, None)
