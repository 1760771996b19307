"""Operations made up from the schema by schemathesis, against a running gateway."""

from collections.abc import Iterator
from itertools import cycle
from math import ceil
from pathlib import Path

import httpx
import pytest
import schemathesis
from graphql import build_schema, introspection_from_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from tests.api.serving import RunningGateway, command_output
from tests.fuzz.asking import OPERATION_COUNT, Device

SCHEMA = Path(__file__).parents[2] / "schema.graphql"
DEFAULT_OPERATIONS = 400

# Stand for things of the running gateway, so that what is made up is the same each time.
PLACEHOLDERS = ("{variant}", "{scarce}", "{cart}", "{order}", "{gift}", "{address}", "{method}")
TEXTS = st.one_of(
    st.sampled_from(("0", "1", "19.99", "-1", "1e3", "0.001", "9" * 30, "NaN", "", " ")),
    st.sampled_from(("2026-11-22", "2026-11-22T09:30:00Z", "2099-01-01T00:00:00+14:00")),
    st.sampled_from(("USD", "JPY", "ZZZ", "US", "DE", "GB", "QQ")),
    st.text(max_size=8),
).map(nodes.String)
AMOUNTS = st.sampled_from(("0", "1", "5.00", "19.99", "0.005", "100", "-2", "9" * 13))
DATES = st.sampled_from(("2026-01-01", "2024-02-29", "9999-12-31", "2026-13-01"))
INSTANTS = st.sampled_from(("2026-11-22T09:30:00Z", "2027-01-01T00:00:00+14:00", "2026-11-22"))
SCALARS = {
    "Decimal": AMOUNTS.map(nodes.String),
    "Long": st.integers(-(2**64), 2**64).map(nodes.Int),
    "DateTime": INSTANTS.map(nodes.String),
    "Date": DATES.map(nodes.String),
    "CurrencyCode": st.sampled_from(("USD", "EUR", "JPY", "ZZZ")).map(nodes.String),
    "CountryCode": st.sampled_from(("US", "GB", "DE", "JP", "QQ")).map(nodes.String),
    "ID": st.one_of(st.sampled_from(PLACEHOLDERS), st.text(max_size=8)).map(nodes.String),
}
for scalar, strategy in SCALARS.items():
    # One in eight is no value of its kind at all.
    mixed = st.one_of(*[strategy] * 7, TEXTS)
    schemathesis.graphql.scalar(scalar, mixed)

GENERATED_SCHEMA = schemathesis.graphql.from_dict(
    dict(introspection_from_schema(build_schema(SCHEMA.read_text(encoding="utf-8"))))
)
ROOT_FIELDS = [each.ok() for each in GENERATED_SCHEMA.get_all_operations() if isinstance(each, Ok)]
EXAMPLES = ceil((OPERATION_COUNT or DEFAULT_OPERATIONS) / len(ROOT_FIELDS))
FUZZ_SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not OPERATION_COUNT,
    suppress_health_check=list(HealthCheck),
)
ADDRESS = {
    "name": "Ada Lovelace",
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["100 Castro Street"],
}

OWN_RECORDS = """{ viewer { purchaser { addresses { id } paymentMethods { id } } }
  products(first: 100) { nodes { variants { id sku } } } }"""
CART = "mutation ($input: CartCreateInput!) { cartCreate(input: $input) { cart { id } } }"
BUY = """mutation ($input: OneClickPurchaseInput!) {
  oneClickPurchase(input: $input) { ... on OrderPlaced { order { id } } }
}"""
ENABLE = """mutation ($input: OneClickEnableInput!) {
  oneClickEnable(input: $input) { enabled }
}"""
GIVE = """mutation ($input: GiftCreateInput!) {
  giftCreate(input: $input) { gifts { id } userErrors { message } }
}"""


@pytest.fixture(scope="module")
def ada(anywhere: RunningGateway, http: httpx.Client) -> Device:
    """A demonstration purchaser who has just signed in."""
    return Device(
        anywhere, http, command_output(anywhere, "token", "--purchaser", "ada@example.com")
    )


@pytest.fixture(scope="module")
def devices(anywhere: RunningGateway, http: httpx.Client, ada: Device) -> Iterator[Device]:
    """Who asks, by turns: a stranger, a purchaser, staff."""
    key = command_output(
        anywhere, "key", "add", "fuzz", "--role", "staff", "--purchaser", "ada@example.com"
    )
    return cycle((Device(anywhere, http), ada, Device(anywhere, http, key)))


@pytest.fixture(scope="module")
def known(ada: Device) -> dict[str, str]:
    """What the stand-ins stand for."""
    shelf = ada.ask(OWN_RECORDS)
    sold = [each for node in shelf["products"]["nodes"] for each in node["variants"]]
    me = shelf["viewer"]["purchaser"]
    ids = {"addressId": me["addresses"][0]["id"], "paymentMethodId": me["paymentMethods"][0]["id"]}
    ada.ask(ENABLE, input=ids)
    variant = sold[0]["id"]
    cart = ada.ask(CART, input={"lines": [{"variantId": variant}]})["cartCreate"]
    bought = ada.ask(BUY, input={"variantId": variant, "idempotencyKey": "fuzzed"})
    recipient = {"name": "Robin Friend", "email": "robin@example.com"}
    wish = {"variantId": variant, "recipients": [recipient], "idempotencyKey": "fuzzed"}
    given_away = ada.ask(GIVE, input=wish)["giftCreate"]
    return {
        "{variant}": variant,
        "{scarce}": next(each["id"] for each in sold if each["sku"] == "PRINT"),
        "{cart}": cart["cart"]["id"],
        "{order}": bought["oneClickPurchase"]["order"]["id"],
        "{gift}": given_away["gifts"][0]["id"],
        "{address}": ids["addressId"],
        "{method}": ids["paymentMethodId"],
    }


@pytest.mark.timeout(0)
@pytest.mark.parametrize("operation", ROOT_FIELDS, ids=lambda operation: str(operation.label))
def test_no_operation_finds_a_fault(
    operation: schemathesis.schemas.APIOperation,  # type: ignore[type-arg]
    devices: Iterator[Device],
    known: dict[str, str],
) -> None:
    @FUZZ_SETTINGS
    @given(operation.as_strategy())
    def check_answer(case: schemathesis.Case) -> None:  # type: ignore[type-arg]
        document = str(case.body)
        for stand_in, id in known.items():
            document = document.replace(stand_in, id)
        answer = next(devices).answer(document)
        assert "data" in answer or answer["errors"]

    check_answer()
