"""The messages of graphql-transport-ws: parsing of the client's and writing of the server's."""

from dataclasses import dataclass, field
from typing import TypeAlias

import orjson

from gateway.transport.errors import RequestRefused
from gateway.transport.requests import GraphQLRequest, parse_json, request_from_json

SUBPROTOCOL = "graphql-transport-ws"
_MAX_ID_LENGTH = 256  # characters; a message with a longer id closes the socket with code 4400


class Close(Exception):
    """The socket is to be closed, with a close code of the protocol and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Init:
    """The message ``connection_init``."""

    payload: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ping:
    """The message ``ping``."""

    payload: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    """The message ``pong``."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """The message ``subscribe``, which requests one operation of any type."""

    id: str
    request: GraphQLRequest


@dataclass(frozen=True, slots=True)
class Complete:
    """The message ``complete``, by which the client ends an operation."""

    id: str


Message: TypeAlias = Init | Ping | Pong | Subscribe | Complete


def malformed_message(reason: str) -> Close:
    """The close with code 4400, for a message that breaks the protocol."""
    return Close(4400, reason)


def parse_message(text: str) -> Message:
    """Parse a message of a client.

    Raises:
        Close: code 4400, if it is not a message of the protocol.

    """
    try:
        members = parse_json(text)
    except RequestRefused:
        raise malformed_message("Message is not JSON") from None
    if not isinstance(members, dict):
        raise malformed_message("Message is not an object")
    match members.get("type"):
        case "connection_init":
            return Init(_payload(members) or {})
        case "ping":
            return Ping(_payload(members))
        case "pong":
            _payload(members)
            return Pong()
        case "subscribe":
            return Subscribe(_id(members), _request(members))
        case "complete":
            return Complete(_id(members))
        case _:
            raise malformed_message("Unknown message type")


def _payload(members: dict[str, object]) -> dict[str, object] | None:
    payload = members.get("payload")
    if payload is None or isinstance(payload, dict):
        return payload
    raise malformed_message('"payload" must be an object')


def _id(members: dict[str, object]) -> str:
    value = members.get("id")
    if isinstance(value, str) and 0 < len(value) <= _MAX_ID_LENGTH:
        return value
    raise malformed_message('"id" must be a text that is not empty')


def _request(members: dict[str, object]) -> GraphQLRequest:
    try:
        request = request_from_json(_payload(members) or {})
    except RequestRefused as refused:
        raise malformed_message(refused.message) from None
    if request.query is None and request.document_id is None and not request.extensions:
        raise malformed_message('"payload.query" is missing')
    return request


def acknowledgement_message(payload: object) -> str:
    """The message ``connection_ack``."""
    return _message({"type": "connection_ack"}, payload)


def pong_message(payload: object) -> str:
    """The message ``pong`` with the payload of its ping."""
    return _message({"type": "pong"}, payload)


def next_message(id: str, payload: bytes) -> str:
    """The message ``next`` with one result, which is already JSON."""
    return f'{{"type":"next","id":{_json(id)},"payload":{payload.decode()}}}'


def error_message(id: str, errors: bytes) -> str:
    """The message ``error``, for an operation that ended without a result."""
    return f'{{"type":"error","id":{_json(id)},"payload":{errors.decode()}}}'


def complete_message(id: str) -> str:
    """The message ``complete``, which ends an operation."""
    return f'{{"type":"complete","id":{_json(id)}}}'


def _json(text: str) -> str:
    return orjson.dumps(text).decode()


def _message(members: dict[str, object], payload: object) -> str:
    return orjson.dumps(members if payload is None else {**members, "payload": payload}).decode()
