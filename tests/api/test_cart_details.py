"""What a cart says of itself, what is written on it, and whose it is, asked as a client asks."""

from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.text.card_numbers import CARD_NUMBER_MESSAGE
from gateway.services import carts
from gateway.services.dependencies import Dependencies
from tests.api.conftest import Ask
from tests.shelves import EBOOK, MUG, build_dependencies
from tests.store import STAFF, Store, require_order

Cart = dict[str, Any]

ADDRESS = {
    "name": "Ada Lovelace",
    "country": "US",
    "region": "CA",
    "city": "Mountain View",
    "postalCode": "94043",
    "lines": ["100 Castro Street"],
}
CALIFORNIA = {"country": "US", "region": "CA", "postalCode": "94043", "city": None}
KIM, LEE = {"key": "Engraving", "value": "Kim"}, {"key": "Engraving", "value": "Lee"}
DETAILS = """
  id version totalQuantity note attributes { key value } calculatedBy
  customer { kind taxId taxIdState } destination { country region postalCode city }
  order { note attributes { key value } items { lineId attributes { key value } } }
  items { reference lineId quantity attributes { key value } components { lineId } }
"""
CREATE = f"""mutation ($lines: [LineInput!]!) {{
  cartCreate(input: {{lines: $lines}}) {{ cart {{ {DETAILS} }} userErrors {{ code }} }}
}}"""
CHECK_OUT = """mutation ($input: CartCheckoutInput!) {
  cartCheckout(input: $input) { __typename ... on OrderPlaced { order {
    note attributes { key value }
    items { lineId attributes { key value } } allItems { attributes { key value } }
  } } }
}"""
MUTATIONS = {
    "cartLinesAdd": "CartLinesAddInput",
    "cartLinesUpdate": "CartLinesUpdateInput",
    "cartDestinationSet": "CartDestinationSetInput",
    "cartDetailsSet": "CartDetailsSetInput",
    "cartCustomerSet": "CartCustomerSetInput",
    "cartClaim": "CartClaimInput",
}


@pytest.fixture
def parts(database: SqliteDatabase, clock: ManualClock) -> Dependencies:
    return build_dependencies(database, clock)


@pytest.fixture(autouse=True)
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


@pytest.fixture
def run(ask: Ask) -> Any:  # noqa: ANN401 - a function of a mutation's name, a cart and its input
    async def run_mutation(name: str, cart: Cart, caller: object = None, **input: object) -> Cart:
        document = f"""mutation ($input: {MUTATIONS[name]}!) {{ {name}(input: $input) {{
          cart {{ {DETAILS} }} userErrors {{ code field message }}
        }} }}"""
        variables = {"cartId": cart["id"], **input}
        payload: Cart = (await ask(document, caller, input=variables))[name]
        return payload

    return run_mutation


async def create_cart(ask: Ask, *lines: dict[str, object]) -> Cart:
    cart: Cart = (await ask(CREATE, lines=list(lines)))["cartCreate"]["cart"]
    return cart


def error_of(answer: Cart) -> tuple[str, str, str]:
    [error] = answer["userErrors"]
    return error["code"], ".".join(error["field"]), error["message"]


async def test_a_cart_says_all_that_was_put_into_it(ask: Ask, run: Any) -> None:  # noqa: ANN401
    """R112: no version is named; a note and attributes that are absent stay as they are."""
    cart = await create_cart(
        ask,
        {"variantId": MUG.id, "quantity": 2, "attributes": [KIM]},
        {"variantId": MUG.id, "attributes": []},
        {"variantId": EBOOK.id, "attributes": None},
    )
    first, second, third = (item["lineId"] for item in cart["items"])
    assert cart == {
        "id": cart["id"],
        "version": 1,
        "totalQuantity": 4,
        "note": None,
        "attributes": [],
        "calculatedBy": "TABLE",
        "customer": {"kind": "CONSUMER", "taxId": None, "taxIdState": None},
        "destination": None,
        "order": None,
        "items": [
            {
                "reference": MUG.id,
                "lineId": first,
                "quantity": 2,
                "attributes": [KIM],
                "components": [],
            },
            {
                "reference": MUG.id,
                "lineId": second,
                "quantity": 1,
                "attributes": [],
                "components": [],
            },
            {
                "reference": EBOOK.id,
                "lineId": third,
                "quantity": 1,
                "attributes": [],
                "components": [],
            },
        ],
    }
    await run("cartDestinationSet", cart, destination=CALIFORNIA)
    await run("cartDetailsSet", cart, note="Ring twice")
    answer = await run("cartDetailsSet", cart, attributes=[LEE])
    assert answer["userErrors"] == []
    assert answer["cart"] == cart | {
        "version": 4,
        "destination": CALIFORNIA,
        "note": "Ring twice",
        "attributes": [LEE],
    }
    answer = await run("cartDetailsSet", cart, note=None)
    assert (answer["cart"]["note"], answer["cart"]["attributes"]) == (None, [LEE])
    answer = await run("cartDetailsSet", cart, attributes=None, note="")
    assert (answer["cart"]["note"], answer["cart"]["attributes"]) == (None, [])
    assert answer["cart"]["version"] == 6


async def test_lines_with_other_attributes_are_told_apart(ask: Ask, run: Any) -> None:  # noqa: ANN401
    # R112
    cart = await create_cart(ask, {"variantId": MUG.id, "attributes": [KIM]})
    added = [{"variantId": MUG.id, "attributes": [KIM]}, {"variantId": MUG.id, "quantity": 4}]
    cart = (await run("cartLinesAdd", cart, lines=added))["cart"]
    first, second = (item["lineId"] for item in cart["items"])
    assert [item["quantity"] for item in cart["items"]] == [2, 4]
    ambiguous = await run("cartLinesUpdate", cart, lines=[{"variantId": MUG.id, "quantity": 1}])
    assert error_of(ambiguous) == (
        "INVALID_INPUT",
        "input.lines.0.lineId",
        f"The variant stands on 2 lines: give `lineId`, one of {first}, {second}.",
    )
    assert ambiguous["cart"] == cart
    changes = [
        {"variantId": MUG.id, "lineId": first, "quantity": 7},
        {"variantId": MUG.id, "lineId": second, "quantity": 5, "attributes": [LEE]},
    ]
    cart = (await run("cartLinesUpdate", cart, lines=changes))["cart"]
    assert [(item["lineId"], item["quantity"], item["attributes"]) for item in cart["items"]] == [
        (first, 7, [KIM]),
        (second, 5, [LEE]),
    ]
    removal = [{"variantId": MUG.id, "lineId": first, "quantity": 0}]
    cart = (await run("cartLinesUpdate", cart, lines=removal))["cart"]
    assert [item["lineId"] for item in cart["items"]] == [second]
    addition = [{"variantId": MUG.id, "lineId": second}]
    refusal = await run("cartLinesAdd", cart, lines=addition)
    assert error_of(refusal)[:2] == ("INVALID_INPUT", "input.lines.0.lineId")


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        (
            "cartDetailsSet",
            {"note": "n" * 2_001},
            (
                "INVALID_INPUT",
                "input.note",
                "At most 2,000 characters; these are 2,001.",
            ),
        ),
        (
            "cartDetailsSet",
            {"attributes": [{"key": f"k{at}", "value": ""} for at in range(21)]},
            (
                "INVALID_INPUT",
                "input.attributes",
                "At most 20 entries; these are 21.",
            ),
        ),
        (
            "cartDetailsSet",
            {"attributes": [{"key": "k" * 41, "value": ""}]},
            (
                "INVALID_INPUT",
                "input.attributes.0.key",
                "At most 40 characters; these are 41.",
            ),
        ),
        (
            "cartLinesAdd",
            {"lines": [{"variantId": MUG.id, "attributes": [{"key": "k", "value": "v" * 501}]}]},
            (
                "INVALID_INPUT",
                "input.lines.0.attributes.0.value",
                "At most 500 characters; these are 501.",
            ),
        ),
        (
            "cartLinesUpdate",
            {"lines": [{"variantId": MUG.id, "attributes": [KIM, LEE]}]},
            (
                "INVALID_INPUT",
                "input.lines.0.attributes.1.key",
                "The key Engraving is there twice.",
            ),
        ),
        (
            "cartDetailsSet",
            {"attributes": [{"key": " ", "value": "x"}]},
            (
                "INVALID_INPUT",
                "input.attributes.0.key",
                "A key must not be empty.",
            ),
        ),
        (
            "cartDetailsSet",
            {"note": "Charge 4111-1111-1111-1111"},
            ("INVALID_INPUT", "input.note", CARD_NUMBER_MESSAGE),
        ),
        (
            "cartDetailsSet",
            {"attributes": [KIM, {"key": "card", "value": "4111111111111111"}]},
            ("INVALID_INPUT", "input.attributes.1.value", CARD_NUMBER_MESSAGE),
        ),
        (
            "cartLinesAdd",
            {
                "lines": [
                    {
                        "variantId": MUG.id,
                        "attributes": [{"key": "4111 1111", "value": "1111 1111"}],
                    }
                ]
            },
            ("INVALID_INPUT", "input.lines.0.attributes.0.value", CARD_NUMBER_MESSAGE),
        ),
        (
            "cartLinesUpdate",
            {
                "lines": [
                    {
                        "variantId": MUG.id,
                        "attributes": [{"key": "4111 1111 1111 1111", "value": ""}],
                    }
                ]
            },
            ("INVALID_INPUT", "input.lines.0.attributes.0.value", CARD_NUMBER_MESSAGE),
        ),
        (
            "cartDetailsSet",
            {"expectedVersion": 2, "note": "x"},
            (
                "VERSION_CONFLICT",
                "input.expectedVersion",
                "The cart is at version 1.",
            ),
        ),
    ],
)
async def test_a_refusal_brings_the_cart_as_it_stands(
    ask: Ask,
    run: Any,  # noqa: ANN401
    name: str,
    given: Cart,
    expected: tuple[str, str, str],
) -> None:
    """R112: whatever is wrong, the limits of the input included."""
    cart = await create_cart(ask, {"variantId": MUG.id})
    answer = await run(name, cart, **given)
    assert error_of(answer) == expected
    assert answer["cart"] == cart


async def test_an_id_that_no_cart_has_finds_none(run: Any) -> None:  # noqa: ANN401
    for id in ("crt_none", "\0", "c" * 256):
        answer = await run("cartDetailsSet", {"id": id}, note="x")
        assert answer["cart"] is None
        assert error_of(answer)[1] == "input.cartId"


async def test_an_order_has_what_was_written_on_its_cart(ask: Ask, run: Any) -> None:  # noqa: ANN401
    """R112: and the cart says what it became, to whom may see that."""
    cart = await create_cart(
        ask, {"variantId": MUG.id, "attributes": [KIM]}, {"variantId": MUG.id, "quantity": 2}
    )
    cart = (await run("cartDetailsSet", cart, note="Ring twice", attributes=[LEE]))["cart"]
    input = {
        "cartId": cart["id"],
        "expectedVersion": 2,
        "expectedTotal": "100",
        "idempotencyKey": "once",
        "guest": {
            "email": "kim@example.com",
            "providerToken": "sim_ok",
            "address": ADDRESS,
        },
    }
    order = (await ask(CHECK_OUT, input=input))["cartCheckout"]["order"]
    assert (order["note"], order["attributes"]) == ("Ring twice", [LEE])
    assert [item["attributes"] for item in order["items"]] == [[KIM], []]
    assert [item["attributes"] for item in order["allItems"]] == [[KIM], []]
    document = f"query ($id: ID!) {{ cart(id: $id) {{ {DETAILS} }} }}"
    bought = (await ask(document, id=cart["id"]))["cart"]
    del order["allItems"]
    assert bought == cart | {"version": 3, "order": order}
    answer = await run("cartDetailsSet", cart, note="too late")
    assert (error_of(answer)[0], answer["cart"]) == ("NOT_MODIFIABLE", bought)


async def test_whoever_packs_sees_what_is_to_be_written_on_it(ask: Ask, store: Store) -> None:
    """R112: with each line of the parcel."""
    lines = [{"variantId": MUG.id, "attributes": [KIM]}, {"variantId": MUG.id, "quantity": 2}]
    cart = (await ask(CREATE, lines=lines))["cartCreate"]["cart"]
    bought = await carts.load_cart(cart["id"], caller=STAFF, dependencies=store.dependencies)
    assert bought is not None
    require_order(await store.check_out_as_guest(bought))
    await store.run_due_jobs(store.dependencies.policy.consolidation.window)
    await store.work_until_idle()
    document = """{ staff { shipments { nodes { lines {
      quantity attributes { key value }
    } } } } }"""
    [parcel] = (await ask(document, STAFF))["staff"]["shipments"]["nodes"]
    assert parcel["lines"] == [
        {"quantity": 1, "attributes": [KIM]},
        {"quantity": 2, "attributes": []},
    ]


async def test_who_may_not_see_the_order_sees_the_cart_without_it(ask: Ask, store: Store) -> None:
    # R112
    cart = await store.create_cart()
    await store.check_out_as_guest(cart)
    document = "query ($id: ID!) { cart(id: $id) { version order { id } } }"
    assert await ask(document, id=cart.id) == {"cart": {"version": 2, "order": None}}


async def test_the_viewers_cart(ask: Ask, run: Any, store: Store) -> None:  # noqa: ANN401
    """R113: null for others by id, whichever way it is asked for."""
    ada = await store.sign_in_buyer()
    device = (await ada.on_device_alone()).caller
    cart = await create_cart(ask, {"variantId": MUG.id})
    answer = await run("cartClaim", cart, ada.caller)
    assert (answer["cart"], answer["userErrors"]) == (cart | {"version": 2}, [])
    document = (
        "query ($id: ID!) { cart(id: $id) { id } node(id: $id) { id } viewer { cart { id } } }"
    )
    id = {"id": cart["id"]}
    assert await ask(document, ada.caller, id=cart["id"]) == {
        "cart": id, "node": id, "viewer": {"cart": id},
    }  # fmt: skip
    for caller in (device, None):
        assert await ask(document, caller, id=cart["id"]) == {
            "cart": None, "node": None, "viewer": {"cart": None},
        }  # fmt: skip
    refused = await run("cartClaim", cart, device)
    assert (error_of(refused), refused["cart"]) == (
        ("NOT_FOUND", "input.cartId", "There is no such cart."),
        None,
    )


@pytest.mark.parametrize(
    ("currency", "earlier_lines", "message"),
    [
        (
            "JPY",
            2,
            (
                "This cart is in JPY; the lines of your earlier cart (2) are in USD. "
                "Empty one of them first."
            ),
        ),
        (
            "USD",
            1_000,
            (
                "This cart and your earlier cart have 1,001 lines together, of at most 1,000. "
                "Remove some first."
            ),
        ),
    ],
)
async def test_a_claim_that_cannot_be_whole_brings_the_cart_as_it_stands(
    ask: Ask,
    run: Any,  # noqa: ANN401
    store: Store,
    currency: str,
    earlier_lines: int,
    message: str,
) -> None:
    """R112: as every refusal does."""
    ada = await store.sign_in_buyer()
    engravings = [{"key": "Engraving", "value": str(number)} for number in range(earlier_lines)]
    lines: list[dict[str, object]] = [
        {"variantId": MUG.id, "attributes": [engraving]} for engraving in engravings
    ]
    earlier = await create_cart(ask, *lines)
    assert (await run("cartClaim", earlier, ada.caller))["userErrors"] == []
    document = CREATE.replace("($lines:", "($currency: CurrencyCode!, $lines:")
    document = document.replace("{lines:", "{currency: $currency, lines:")
    creation = await ask(document, currency=currency, lines=[{"variantId": MUG.id}])
    cart = creation["cartCreate"]["cart"]
    refused = await run("cartClaim", cart, ada.caller)
    assert error_of(refused) == ("INVALID_INPUT", "input.cartId", message)
    assert refused["cart"] == cart
