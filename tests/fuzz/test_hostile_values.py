"""Values that a database, a clock or a number cannot hold, at every place of the schema (R98).

What is looked up is not found, what is asked for is refused where it stands: the same on both
databases, and never a fault of ours.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from itertools import cycle

import httpx
import pytest
from graphql import get_named_type, is_required_argument

from gateway.resolvers.bounds import AmountBound, Bound, DateBound, ListBound, TextBound
from tests.api.serving import RunningGateway, command_output
from tests.api.test_bounds import CASES, BoundCase, embed_value, object_type, ordinary_value
from tests.fuzz.asking import Device

FUZZED_CASES = [case for case in CASES if case.kind in {"Query", "Mutation"}]
# Characters that no text needs, and ends of things that read texts.
CONTROLS = (
    "\x01",
    "\x1f",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufeff",
    "\uffff",
    "\U0010ffff",
    "'\"\\%_;--",
)
MISTAKES = {"BAD_USER_INPUT", "BAD_REQUEST"}


def hostile_values(bound: Bound, fill: object) -> Iterator[tuple[object, bool]]:
    """Values, and whether they are over the bound."""
    match bound:
        case TextBound(most):
            yield from (("\0", True), ("a\0b", True), ("x" * (most + 1), True), ("x" * 9999, True))
            yield from ((text, False) for text in CONTROLS)
        case ListBound(most):
            yield from (([fill] * (most + 1), True), ([fill] * 3000, most < 3000))
        case AmountBound():
            yield from (("9" * 28, True), (f"-{'9' * 28}", True), (f"{10**15}", True))
        case DateBound():
            instant = isinstance(fill, datetime) or fill == "x"
            yield from (
                (extreme_date(year, instant=instant), True) for year in (1, 1582, 1999, 2100, 9999)
            )


def extreme_date(year: int, *, instant: bool) -> str:
    return f"{year:04}-12-31T23:59:59Z" if instant else f"{year:04}-12-31"


@pytest.fixture(scope="module")
def devices(anywhere: RunningGateway, http: httpx.Client) -> list[Device]:
    """A stranger, a purchaser, staff and a partner."""
    token = command_output(anywhere, "token", "--purchaser", "ada@example.com")
    by_role = [
        command_output(
            anywhere, "key", "add", role, "--role", role, "--purchaser", "ada@example.com"
        )
        for role in ("staff", "partner")
    ]
    return [Device(anywhere, http, each) for each in (None, token, *by_role)]


def document(case: BoundCase) -> str:
    """The operation that takes a variable at the case's argument."""
    field = object_type(case.kind).fields[case.name]
    own = field.args[case.path[0]]
    others = [
        f'{name}: "x"'
        for name, argument in field.args.items()
        if argument is not own and is_required_argument(argument)
    ]
    arguments = ", ".join([f"{case.path[0]}: $given", *others])
    answered = get_named_type(field.type)
    inside = "userErrors { code field message }"
    if "userErrors" not in getattr(answered, "fields", {}):
        inside = f"... on InvalidPurchase {{ {inside} }}" if case.name in BUYING else ""
    field_text = f"found: {case.name}({arguments}) {{ __typename {inside} }}"
    return f"{case.kind.lower()} ($given: {own.type}) {{ {field_text} }}"


BUYING = {"cartCheckout", "oneClickPurchase"}


def to_json_text(value: object) -> str:
    """``value`` in JSON, whatever Python has for it."""
    return value.isoformat() if isinstance(value, date) else str(value)


@pytest.mark.parametrize("case", FUZZED_CASES, ids=str)
def test_nothing_hostile_is_a_fault(case: BoundCase, devices: list[Device]) -> None:
    field = object_type(case.kind).fields[case.name]
    argument = field.args[case.path[0]]
    query = document(case)
    by_turns = cycle(devices)
    for value, over in hostile_values(case.bound, ordinary_fill(case)):
        argument_value = json.loads(
            json.dumps(embed_value(argument.type, case.path[1:], value), default=to_json_text)
        )
        answer = next(by_turns).answer(query, {"given": argument_value})
        if not over or case.bound.description == "":
            continue
        if "errors" in answer:
            assert {error["extensions"]["code"] for error in answer["errors"]} <= MISTAKES
            continue
        payload = answer["data"]["found"]
        if payload is not None:
            assert [(each["code"], tuple(each["field"])) for each in payload["userErrors"]] == [
                ("INVALID_INPUT", case.path)
            ]


def ordinary_fill(case: BoundCase) -> object:
    """An ordinary entry of the case's list, or value of its place."""
    kind = object_type(case.kind).fields[case.name].args[case.path[0]].type
    for step in case.path[1:]:
        inner = get_named_type(kind)
        kind = kind if step.isdecimal() else inner.fields[step].type
    named = get_named_type(kind)
    return "day" if named.name == "Date" else ordinary_value(named)


NODE = '"query": "{ node(id: \\"%s\\") { id } }"'
NAME = '"query": "{ __typename }"'
CURSOR = r"{ viewer { gifts(after: \"Z2lmdHMfMTIzH2dmdF8AeA\") { nodes { id } } } }"
HASH = '"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "%s"}}'
RAW_BODIES = {
    "half a surrogate pair": NODE % "x" + r', "variables": {"a": "\ud800"}',
    "half a pair in the document": NODE % r"\ud800",
    "half a pair, escaped twice": NODE % r"\\ud800",
    "half a pair and a long number": NAME
    + r', "variables": {"a": ["\udc00", 1234567890123456789]}',
    "U+0000 in the document": NODE % r"\\u0000",
    "a bare U+0000": r'"query": "\u0000"',
    "U+0000 as a persisted id": r'"documentId": "sha256:\u0000"',
    "half a pair as a persisted id": r'"documentId": "sha256:\ud800"',
    "U+0000 as an operation's name": NAME + r', "operationName": "\u0000"',
    "U+0000 as a hash": HASH % (r"\u0000" * 64),
    "a cursor that holds U+0000": f'"query": "{CURSOR}"',
    "a number without end": NAME + ', "variables": {"a": 1e999999}',
    "an integer without end": NAME + f', "variables": {{"a": {"9" * 5000}}}',
}


@pytest.mark.parametrize("raw", RAW_BODIES)
def test_no_bytes_are_a_fault(raw: str, devices: list[Device], http: httpx.Client) -> None:
    """Whatever stands in a body or a query string: an answer in JSON, and no fault."""
    for device in devices:
        token = {"authorization": f"Bearer {device.token}"} if device.token else {}
        headers = token | {"content-type": "application/json"}
        answer = http.post(device.served.graphql, content=f"{{{RAW_BODIES[raw]}}}", headers=headers)
        assert answer.status_code < 500
        assert "INTERNAL_SERVER_ERROR" not in answer.text
        assert answer.json()


@pytest.mark.parametrize(
    "query_string",
    [
        "query=%7Bnode(id:%22%00%22)%7Bid%7D%7D",
        "query=%7B__typename%7D&variables=%00",
        "query=%7B__typename%7D&operationName=%00",
        "query=%7B__typename%7D&extensions=%7B%22a%22:%22%5Cud800%22%7D",
        "query=%ED%A0%80",
        "documentId=%00",
        "query=query($i:ID!)%7Bnode(id:$i)%7Bid%7D%7D&variables=%7B%22i%22:%22%5Cu0000%22%7D",
    ],
)
def test_no_query_string_is_a_fault(query_string: str, anywhere: RunningGateway) -> None:
    answer = httpx.get(f"{anywhere.graphql}?{query_string}", headers={"accept": "application/json"})
    assert answer.status_code < 500
    assert "INTERNAL_SERVER_ERROR" not in answer.text


SCALARS = {
    "Decimal": 'query ($v: Decimal) { quote(input: {currency: "USD", items: [], storedValue: $v})',
    "Date": 'query ($v: Date) { quote(input: {currency: "USD", items: [], date: $v})',
    "DateTime": """mutation ($v: DateTime) { giftCreate(input: {
      variantId: "x", recipients: [], idempotencyKey: "k", scheduledFor: $v })""",
}
ENDLESS = ("1E+999999", "1e-9999", "9" * 100_000, "\0", "0001-01-01T00:00:00+23:59")


@pytest.mark.parametrize("scalar", SCALARS)
@pytest.mark.parametrize("text", ENDLESS, ids=("1E+999999", "1e-9999", "9999", "NUL", "year 1"))
def test_no_scalar_is_a_fault(
    scalar: str, text: str, anywhere: RunningGateway, http: httpx.Client
) -> None:
    query = f"{SCALARS[scalar]} {{ userErrors {{ code }} }} }}"
    [error] = Device(anywhere, http).answer(query, {"v": text})["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
