"""What staff see and change through the API: stock, prices, and the log of both."""

from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.user_errors import KEY_USED_MESSAGE
from gateway.services.dependencies import Dependencies
from gateway.services.identity.callers import Caller
from gateway.services.ports.api_keys import ApiKey, ApiKeyRole
from tests.api.conftest import Ask, AskRaw
from tests.shelves import BUNDLE, MUG, PRINT, build_dependencies
from tests.store import HOUR, Store

Json: TypeAlias = dict[str, Any]

STOCK_ADJUST = """mutation ($input: StockAdjustInput!) { stockAdjust(input: $input) {
  variant { id availableQuantity } userErrors { code field message } warnings { code }
} }"""
VARIANT_UPDATE = """mutation ($input: VariantUpdateInput!) { variantUpdate(input: $input) {
  variant {
    id price { amount currency } compareAtPrice { amount currency }
    yen: price(currency: "JPY") { amount currency }
    compareAtYen: compareAtPrice(currency: "JPY") { amount currency }
  }
  userErrors { code field message } warnings { code }
} }"""
AUDIT_LOG = """query ($first: Int, $after: String, $subject: ID) { staff {
  auditLog(first: $first, after: $after, subject: $subject) {
    nodes { at by action subjectId reason detail { key value } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
} }"""
FORBIDDEN = {"code": "FORBIDDEN", "field": None, "message": "This takes a staff key."}


@pytest.fixture
def parts(database: SqliteDatabase, clock: ManualClock) -> Dependencies:
    return build_dependencies(database, clock)


@pytest.fixture(autouse=True)
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


@pytest.fixture
def desk(stranger: Caller) -> Caller:
    """Whoever comes with a staff key."""
    return replace(stranger, key=ApiKey("key_1", "desk", ApiKeyRole.STAFF, None))


@pytest.fixture
def app(stranger: Caller) -> Caller:
    """Whoever comes with a partner's key."""
    return replace(stranger, key=ApiKey("key_2", "app", ApiKeyRole.PARTNER, "pur_1"))


def money(amount: str, currency: str = "USD") -> Json:
    return {"amount": amount, "currency": currency}


def error(field: str, message: str, code: str = "INVALID_INPUT") -> Json:
    return {"code": code, "field": ["input", field], "message": message}


def stock_answer(variant_id: str, available: int | None, *errors: Json) -> Json:
    variant = {"id": variant_id, "availableQuantity": available}
    return {"stockAdjust": {"variant": variant, "userErrors": list(errors), "warnings": []}}


def mug_answer(
    price: str,
    compare_at: str | None = None,
    *errors: Json,
    yen: str = "1500",
    compare_at_yen: Json | None = None,
) -> Json:
    variant = {
        "id": MUG.id,
        "price": money(price),
        "compareAtPrice": None if compare_at is None else money(compare_at),
        "yen": money(yen, "JPY"),
        "compareAtYen": compare_at_yen,
    }
    return {"variantUpdate": {"variant": variant, "userErrors": list(errors), "warnings": []}}


# -- stock


async def test_stock_is_adjusted_and_told(ask: Ask, desk: Caller) -> None:
    counted = {"variantId": PRINT.id, "by": 4, "reason": "Counted.", "idempotencyKey": "a"}
    assert await ask(STOCK_ADJUST, desk, input=counted) == stock_answer(PRINT.id, 7)
    assert await ask(STOCK_ADJUST, desk, input=counted) == stock_answer(PRINT.id, 7)
    broken = {"variantId": PRINT.id, "by": -7, "idempotencyKey": "b"}
    assert await ask(STOCK_ADJUST, desk, input=broken) == stock_answer(PRINT.id, 0)


@pytest.mark.parametrize(
    ("changes", "available", "refusal"),
    [
        (
            {"by": -4},
            3,
            error(
                "by",
                "3 are available beside what orders have reserved: 4 cannot be taken away.",
                "OUT_OF_STOCK",
            ),
        ),
        (
            {"by": 0},
            3,
            error("by", "A number between -1,000,000 and 1,000,000, but not 0. This is 0."),
        ),
        (
            {"idempotencyKey": " "},
            3,
            error("idempotencyKey", "Give 1 to 255 printable characters, not only blanks."),
        ),
        (
            {"reason": "4242 4242 4242 4242"},
            3,
            error("reason", "The text looks like a card number; do not send one."),
        ),
        (
            {"variantId": MUG.id},
            None,
            error(
                "variantId",
                "It is sold without limit: its stock is not counted and cannot be adjusted.",
                "NOT_MODIFIABLE",
            ),
        ),
    ],
)
async def test_a_refused_adjustment_says_why_and_how_things_stand(
    changes: Json, available: int | None, refusal: Json, ask: Ask, desk: Caller
) -> None:
    # R98
    input = {"variantId": PRINT.id, "by": 1, "idempotencyKey": "k", **changes}
    answer = await ask(STOCK_ADJUST, desk, input=input)
    assert answer == stock_answer(input["variantId"], available, refusal)
    assert (await ask(AUDIT_LOG, desk))["staff"]["auditLog"]["nodes"] == []


async def test_there_must_be_such_a_variant(ask: Ask, desk: Caller) -> None:
    refusal = error("variantId", "There is no such variant.", "NOT_FOUND")
    none = {"variant": None, "userErrors": [refusal], "warnings": []}
    adjustment = {"variantId": "var_none", "by": 1, "idempotencyKey": "k"}
    assert await ask(STOCK_ADJUST, desk, input=adjustment) == {"stockAdjust": none}
    change = {"variantId": "var_none", "price": "1"}
    assert await ask(VARIANT_UPDATE, desk, input=change) == {"variantUpdate": none}


async def test_one_key_is_one_request(ask: Ask, desk: Caller) -> None:
    # R22
    adjustment = {"variantId": PRINT.id, "by": 4, "idempotencyKey": "k"}
    assert await ask(STOCK_ADJUST, desk, input=adjustment) == stock_answer(PRINT.id, 7)
    conflict = error(
        "idempotencyKey",
        KEY_USED_MESSAGE,
        "IDEMPOTENCY_CONFLICT",
    )
    second = await ask(STOCK_ADJUST, desk, input={**adjustment, "by": 5})
    assert second == stock_answer(PRINT.id, 7, conflict)
    change = {"variantId": MUG.id, "price": "11", "idempotencyKey": "k"}
    assert await ask(VARIANT_UPDATE, desk, input=change) == mug_answer("10.00", None, conflict)


# -- prices


async def test_prices_are_changed_one_by_one(ask: Ask, desk: Caller) -> None:
    change = {"variantId": MUG.id, "price": "11.00", "compareAtPrice": "15"}
    assert await ask(VARIANT_UPDATE, desk, input=change) == mug_answer("11.00", "15.00")
    change = {"variantId": MUG.id, "price": "9.5", "idempotencyKey": "k"}
    assert await ask(VARIANT_UPDATE, desk, input=change) == mug_answer("9.50", "15.00")
    change = {"variantId": MUG.id, "currency": "JPY", "compareAtPrice": "1800"}
    yen = money("1800", "JPY")
    answer = await ask(VARIANT_UPDATE, desk, input=change)
    assert answer == mug_answer("9.50", "15.00", compare_at_yen=yen)
    removal = {"variantId": MUG.id, "compareAtPrice": None}
    answer = await ask(VARIANT_UPDATE, desk, input=removal)
    assert answer == mug_answer("9.50", compare_at_yen=yen)


async def test_a_price_above_the_one_before_hides_that(ask: Ask, desk: Caller) -> None:
    change = {"variantId": MUG.id, "compareAtPrice": "15"}
    assert await ask(VARIANT_UPDATE, desk, input=change) == mug_answer("10.00", "15.00")
    for price, compare_at in (("15.00", None), ("16.00", None), ("14.99", "15.00")):
        answer = await ask(VARIANT_UPDATE, desk, input={"variantId": MUG.id, "price": price})
        assert answer == mug_answer(price, compare_at)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, error("price", "Give `price`, `compareAtPrice` or both.")),
        ({"price": "-1"}, error("price", "The amount must not be negative.")),
        (
            {"compareAtPrice": "10"},
            error("compareAtPrice", "It must be above the price, which is 10.00 USD."),
        ),
        (
            {"compareAtPrice": "10", "currency": "EUR"},
            error("compareAtPrice", "It has no price in EUR to compare with."),
        ),
        ({"price": "1", "currency": "ZZZ"}, error("currency", "There is no currency ZZZ.")),
    ],
)
async def test_a_refused_price_says_why_and_how_things_stand(
    changes: Json, refusal: Json, ask: Ask, desk: Caller
) -> None:
    # R98
    answer = await ask(VARIANT_UPDATE, desk, input={"variantId": MUG.id, **changes})
    assert answer == mug_answer("10.00", None, refusal)
    assert (await ask(AUDIT_LOG, desk))["staff"]["auditLog"]["nodes"] == []


async def test_a_price_in_another_currency_is_shown_where_it_is_asked_for(
    ask: Ask, desk: Caller
) -> None:
    change = {"variantId": MUG.id, "price": "9.20", "currency": "EUR", "compareAtPrice": "12"}
    assert await ask(VARIANT_UPDATE, desk, input=change) == mug_answer("10.00")
    document = """query ($id: ID!) { node(id: $id) { ... on Variant {
      euros: price(currency: "EUR") { amount currency }
      before: compareAtPrice(currency: "EUR") { amount currency }
      pounds: price(currency: "GBP") { amount currency }
      none: price(currency: "ZZZ") { amount currency }
    } } }"""
    assert (await ask(document, id=MUG.id))["node"] == {
        "euros": money("9.20", "EUR"),
        "before": money("12.00", "EUR"),
        "pounds": money("10.00"),
        "none": money("10.00"),
    }


async def test_carts_say_that_a_price_has_changed(ask: Ask, desk: Caller) -> None:
    fields = "cart { id total { net { amount } } } warnings { code target } userErrors { code }"
    created = await ask(
        f'mutation {{ cartCreate(input: {{lines: [{{variantId: "{MUG.id}", quantity: 2}}]}})'
        f" {{ {fields} }} }}"
    )
    cart = created["cartCreate"]["cart"]
    assert created == {
        "cartCreate": {
            "cart": {"id": cart["id"], "total": {"net": {"amount": "20.00"}}},
            "warnings": [],
            "userErrors": [],
        }
    }
    await ask(VARIANT_UPDATE, desk, input={"variantId": MUG.id, "price": "11"})
    read = await ask(
        "query ($id: ID!) { cart(id: $id) { total { net { amount } } items { tags } } }",
        id=cart["id"],
    )
    assert read["cart"]["total"] == {"net": {"amount": "22.00"}}
    assert "PRICE_CHANGED" in read["cart"]["items"][0]["tags"]


# -- the log


async def test_the_log_says_who_did_what_and_why(
    ask: Ask, desk: Caller, clock: ManualClock
) -> None:
    adjustment = {"variantId": PRINT.id, "by": 4, "reason": "Counted.", "idempotencyKey": "a"}
    await ask(STOCK_ADJUST, desk, input=adjustment)
    clock.advance(HOUR)
    await ask(VARIANT_UPDATE, desk, input={"variantId": MUG.id, "price": "11"})
    adjusted = {
        "at": "2026-11-02T12:00:00Z",
        "by": "desk",
        "action": "stockAdjust",
        "subjectId": PRINT.id,
        "reason": "Counted.",
        "detail": [
            {"key": "by", "value": "4"},
            {"key": "availableBefore", "value": "3"},
            {"key": "availableAfter", "value": "7"},
        ],
    }
    priced = {
        "at": "2026-11-02T13:00:00Z",
        "by": "desk",
        "action": "variantUpdate",
        "subjectId": MUG.id,
        "reason": None,
        "detail": [
            {"key": "currency", "value": "USD"},
            {"key": "priceBefore", "value": "1000"},
            {"key": "priceAfter", "value": "1100"},
        ],
    }
    log = (await ask(AUDIT_LOG, desk))["staff"]["auditLog"]
    assert log["nodes"] == [priced, adjusted]
    first_page = (await ask(AUDIT_LOG, desk, first=1))["staff"]["auditLog"]
    end = first_page["pageInfo"]["endCursor"]
    assert first_page == {
        "nodes": [priced],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "endCursor": end},
    }
    last_page = (await ask(AUDIT_LOG, desk, first=1, after=end))["staff"]["auditLog"]
    assert last_page == {
        "nodes": [adjusted],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": True,
            "endCursor": last_page["pageInfo"]["endCursor"],
        },
    }
    of_print = (await ask(AUDIT_LOG, desk, subject=PRINT.id))["staff"]["auditLog"]
    assert of_print["nodes"] == [adjusted]
    assert (await ask(AUDIT_LOG, desk, subject=BUNDLE.id))["staff"]["auditLog"]["nodes"] == []


@pytest.mark.parametrize("variables", [{"first": 0}, {"first": 101}, {"after": "x"}])
async def test_a_page_that_cannot_be_is_refused(
    variables: Json, ask_raw: AskRaw, desk: Caller
) -> None:
    # R98
    result = await ask_raw(AUDIT_LOG, desk, **variables)
    assert [(each.extensions or {})["code"] for each in result.errors or ()] == ["BAD_USER_INPUT"]


async def test_nobody_but_staff_sees_the_log_or_changes_anything(
    ask: Ask, stranger: Caller, app: Caller
) -> None:
    # R97
    refused = {"variant": None, "userErrors": [FORBIDDEN], "warnings": []}
    adjustment = {"variantId": PRINT.id, "by": 4, "idempotencyKey": "a"}
    change = {"variantId": MUG.id, "price": "11", "currency": "ZZZ"}
    for caller in (stranger, app):
        assert await ask(AUDIT_LOG, caller) == {"staff": None}
        assert await ask(STOCK_ADJUST, caller, input=adjustment) == {"stockAdjust": refused}
        assert await ask(VARIANT_UPDATE, caller, input=change) == {"variantUpdate": refused}


async def test_an_action_is_had_by_its_id_by_staff_alone(
    ask: Ask, desk: Caller, stranger: Caller, app: Caller
) -> None:
    # R97
    adjustment = {"variantId": PRINT.id, "by": 4, "idempotencyKey": "a"}
    await ask(STOCK_ADJUST, desk, input=adjustment)
    log = await ask("{ staff { auditLog(first: 1) { nodes { id } } } }", desk)
    [action] = log["staff"]["auditLog"]["nodes"]
    by_id = "query ($id: ID!) { node(id: $id) { id ... on StaffAction { action } } }"
    assert await ask(by_id, desk, id=action["id"]) == {
        "node": {"id": action["id"], "action": "stockAdjust"}
    }
    for caller in (stranger, app):
        assert await ask(by_id, caller, id=action["id"]) == {"node": None}
