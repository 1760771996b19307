"""GraphQL requests, parsed from JSON or from a query string."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError
from json import loads as read_exactly
from urllib.parse import parse_qsl

import orjson

from gateway.transport.errors import Code, RequestRefused

_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_MAX_INTEGER_DIGITS = 20  # a 64-bit integer with its sign; longer ones are refused
_MAX_PARAMETERS = 20  # a query string with more is refused with status 400


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A request for one operation; ``query`` is None if a persisted document is named."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, object] = field(default_factory=dict)
    extensions: dict[str, object] = field(default_factory=dict)
    document_id: str | None = None


def malformed_request(message: str) -> RequestRefused:
    """A refusal with HTTP status 400."""
    return RequestRefused(400, Code.BAD_REQUEST, message)


def parse_json(text: bytes | str) -> object:
    """The JSON value of ``text``, without NaN, lone surrogates, deep nesting and huge numbers."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        value: object = orjson.loads(raw)
        if _LONG_NUMBER.search(raw):  # orjson would turn integers beyond 64 bits into floats
            value = read_exactly(raw, parse_int=_integer)
    except (JSONDecodeError, RecursionError, ValueError) as error:
        raise malformed_request("The body is not JSON as this service reads it.") from error
    return value


def _integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_DIGITS or not -(2**63) <= int(digits) < 2**64:
        raise ValueError("an integer beyond 64 bits")
    return int(digits)


def request_from_json(value: object) -> GraphQLRequest:
    """The request in the JSON value of a body.

    Raises:
        RequestRefused: status 400, if a member is missing or of the wrong type.

    """
    if not isinstance(value, dict):
        raise malformed_request("The body must be a JSON object; batches are not supported.")
    return GraphQLRequest(
        query=_text(value, "query"),
        operation_name=_text(value, "operationName"),
        variables=_object(value, "variables"),
        extensions=_object(value, "extensions"),
        document_id=_text(value, "documentId"),
    )


def request_from_query_string(query_string: bytes) -> GraphQLRequest:
    """The request in the query string of a GET; ``variables`` and ``extensions`` are JSON texts."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_PARAMETERS,
        )
    except ValueError as error:
        raise malformed_request("The query string cannot be read.") from error
    parameters: dict[str, object] = dict(pairs)
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = _json_parameter(str(parameters[name]))
    if parameters.get("operationName") == "":
        del parameters["operationName"]
    return request_from_json(parameters)


def has_too_many_objects(limit: int, variables: Mapping[str, object]) -> bool:
    """Whether ``variables`` contain more than ``limit`` objects and lists."""
    count = 0
    pending: list[Mapping[str, object] | list[object]] = [variables]
    while pending:
        container = pending.pop()
        count += 1
        if count > limit:
            return True
        values = container if isinstance(container, list) else container.values()
        pending += [value for value in values if isinstance(value, (dict, list))]
    return False


def _json_parameter(text: str) -> object:
    return parse_json(text) if text else None


def _text(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    if value is None or isinstance(value, str):
        return value
    raise malformed_request(f'"{name}" must be a string.')


def _object(members: Mapping[str, object], name: str) -> dict[str, object]:
    value = members.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise malformed_request(f'"{name}" must be a JSON object.')
