"""Carts through the API: every change, every refusal, and what it costs."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.pricing import pipeline
from gateway.services.dependencies import Dependencies
from tests.api.conftest import Ask
from tests.shelves import BUNDLE, DESK, EBOOK, MUG, PRINT, PRODUCT, build_dependencies
from tests.store import Store

Cart = dict[str, Any]

FIELDS = """
  cart {
    id version currency tags
    items { reference quantity variant { sku } total { net { minorUnits } } tags }
    total { net { minorUnits } tax { minorUnits } gross { minorUnits } } due { minorUnits }
    codes { code kind applied reason amount { minorUnits } }
    taxState discountTotal { minorUnits } shippingOptions { id name selected }
  }
  userErrors { code field } warnings { code target }
"""
INPUTS = {
    "cartCreate": "CartCreateInput",
    "cartLinesAdd": "CartLinesAddInput",
    "cartLinesUpdate": "CartLinesUpdateInput",
    "cartDestinationSet": "CartDestinationSetInput",
    "cartCodesSet": "CartCodesSetInput",
    "cartShippingSelect": "CartShippingSelectInput",
}
CALIFORNIA = {"country": "US", "region": "CA", "postalCode": "94043"}


@pytest.fixture
def parts(database: SqliteDatabase, clock: ManualClock) -> Dependencies:
    return build_dependencies(database, clock)


@pytest.fixture(autouse=True)
async def store(database: SqliteDatabase, clock: ManualClock) -> Store:
    return await Store.open(database, clock)


@pytest.fixture
def run(ask: Ask) -> Any:  # noqa: ANN401 - a function of a mutation's name and its input
    async def run_mutation(name: str, **input: object) -> Cart:
        document = f"mutation ($input: {INPUTS[name]}!) {{ {name}(input: $input) {{ {FIELDS} }} }}"
        payload: Cart = (await ask(document, input=input))[name]
        return payload

    return run_mutation


def line_input(variant: object, quantity: int = 1) -> dict[str, object]:
    return {"variantId": getattr(variant, "id", variant), "quantity": quantity}


async def create_cart(run: Any, *lines: dict[str, object]) -> Cart:  # noqa: ANN401
    answer = await run("cartCreate", lines=list(lines))
    assert answer["userErrors"] == []
    cart: Cart = answer["cart"]
    return cart


def cart_version(cart: Cart) -> dict[str, object]:
    return {"cartId": cart["id"], "expectedVersion": cart["version"]}


def taxed_money(net: int, tax: int | None, gross: int | None) -> Cart:
    return {
        "net": {"minorUnits": net},
        "tax": None if tax is None else {"minorUnits": tax},
        "gross": None if gross is None else {"minorUnits": gross},
    }


def user_errors(answer: Cart) -> list[tuple[str, str]]:
    return [(each["code"], ".".join(each["field"][1:])) for each in answer["userErrors"]]


async def test_a_cart_from_nothing_to_its_total(run: Any) -> None:  # noqa: ANN401
    """R86: each change raises the version by one and answers the figures anew."""
    cart = await create_cart(run)
    assert (cart["version"], cart["total"], cart["taxState"]) == (1, taxed_money(0, 0, 0), "FINAL")
    answer = await run(
        "cartLinesAdd",
        **cart_version(cart),
        lines=[line_input(MUG, 2), line_input(EBOOK), line_input(MUG)],
    )
    cart = answer["cart"]
    assert cart == {
        "id": cart["id"],
        "version": 2,
        "currency": "USD",
        "tags": ["DISCOUNTABLE", "NEEDS_ADDRESS", "SHIPPABLE", "TAXABLE"],
        "items": [
            {
                "reference": MUG.id,
                "quantity": 3,
                "variant": {"sku": "MUG"},
                "total": {"net": {"minorUnits": 3000}},
                "tags": ["DISCOUNTABLE", "NEEDS_ADDRESS", "SHIPPABLE", "TAXABLE"],
            },
            {
                "reference": EBOOK.id,
                "quantity": 1,
                "variant": {"sku": "EBOOK"},
                "total": {"net": {"minorUnits": 999}},
                "tags": ["DIGITAL", "DISCOUNTABLE", "TAXABLE"],
            },
        ],
        "total": taxed_money(3999, None, None),
        "due": None,
        "codes": [],
        "taxState": "NEEDS_ADDRESS",
        "discountTotal": {"minorUnits": 0},
        "shippingOptions": [],
    }
    answer = await run(
        "cartLinesUpdate", **cart_version(cart), lines=[line_input(MUG, 1), line_input(EBOOK, 0)]
    )
    cart = answer["cart"]
    assert [(each["reference"], each["quantity"]) for each in cart["items"]] == [(MUG.id, 1)]
    answer = await run("cartDestinationSet", **cart_version(cart), destination=CALIFORNIA)
    cart = answer["cart"]
    # The cheapest that fits is taken until another is.
    assert [(each["name"], each["selected"]) for each in cart["shippingOptions"]] == [
        ("Slow", True), ("Fast", False),
    ]  # fmt: skip
    assert cart["total"] == taxed_money(1500, 73, 1573)
    fast = cart["shippingOptions"][1]["id"]
    cart = (await run("cartShippingSelect", **cart_version(cart), shippingOptionId=fast))["cart"]
    assert cart["total"] == taxed_money(2500, 73, 2573)
    answer = await run("cartCodesSet", **cart_version(cart), codes=["save10", "STORED25"])
    cart = answer["cart"]
    assert (cart["version"], cart["discountTotal"]) == (6, {"minorUnits": -100})
    assert (cart["total"], cart["due"]) == (taxed_money(2400, 65, 2465), {"minorUnits": 0})
    assert (answer["userErrors"], answer["warnings"]) == ([], [])


async def test_a_cart_is_read_by_its_id_alone(ask: Ask, run: Any) -> None:  # noqa: ANN401
    """Its id is the key to it, with 130 random bits."""
    cart, empty_cart = await create_cart(run, line_input(MUG)), await create_cart(run)
    document = "query ($id: ID!) { cart(id: $id) { id version items { quantity } } }"
    assert await ask(document, id=cart["id"]) == {
        "cart": {"id": cart["id"], "version": 1, "items": [{"quantity": 1}]}
    }
    assert await ask(document, id="crt_none") == {"cart": None}
    assert cart["id"] != empty_cart["id"]
    assert len(cart["id"].removeprefix("crt_")) == 22


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("cartLinesAdd", {"lines": [line_input(MUG)]}),
        ("cartLinesUpdate", {"lines": [line_input(MUG, 5)]}),
        ("cartDestinationSet", {"destination": CALIFORNIA}),
        ("cartCodesSet", {"codes": ["SAVE10"]}),
        ("cartShippingSelect", {"shippingOptionId": "x"}),
    ],
)
async def test_another_version_changes_nothing(run: Any, name: str, given: Cart) -> None:  # noqa: ANN401
    """R86, R112."""
    cart = await create_cart(run, line_input(MUG))
    for version in (0, 2):
        answer = await run(name, cartId=cart["id"], expectedVersion=version, **given)
        # As it stands: who was refused need not ask for it.
        assert (answer["cart"], user_errors(answer)) == (
            cart,
            [("VERSION_CONFLICT", "expectedVersion")],
        )
    unknown = await run(name, cartId="crt_none", expectedVersion=1, **given)
    assert (unknown["cart"], user_errors(unknown)) == (None, [("NOT_FOUND", "cartId")])
    again = await run("cartLinesAdd", **cart_version(cart), lines=[])
    assert (again["cart"]["version"], len(again["cart"]["items"])) == (1, 1)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("cartLinesAdd", {"lines": [line_input("var_x")]}, [("NOT_FOUND", "lines.0.variantId")]),
        (
            "cartLinesAdd",
            {"lines": [line_input(MUG, 0), line_input(MUG, -1), line_input(MUG, 10**6 + 1)]},
            [("INVALID_INPUT", f"lines.{at}.quantity") for at in range(3)],
        ),
        (
            "cartLinesAdd",
            {"lines": [line_input(MUG, 10**6), line_input(MUG)]},
            [("INVALID_INPUT", "lines")],
        ),
        ("cartLinesAdd", {"lines": [line_input(MUG)] * 1001}, [("INVALID_INPUT", "lines")]),
        (
            "cartLinesUpdate",
            {"lines": [line_input(PRINT, 1), line_input(MUG, -1)]},
            [("INVALID_INPUT", "lines.1.quantity"), ("NOT_FOUND", "lines.0.variantId")],
        ),
        (
            "cartDestinationSet",
            {"destination": {"country": "QQ"}},
            [("INVALID_INPUT", "destination.country")],
        ),
        ("cartCodesSet", {"codes": ["A"] * 21}, [("INVALID_INPUT", "codes")]),
        ("cartShippingSelect", {"shippingOptionId": "x"}, [("NOT_FOUND", "shippingOptionId")]),
    ],
)
async def test_wrong_changes(
    run: Any,  # noqa: ANN401
    name: str,
    given: Cart,
    expected: list[tuple[str, str]],
) -> None:
    cart = await create_cart(run, line_input(MUG))
    answer = await run(name, **cart_version(cart), **given)
    assert (answer["cart"], user_errors(answer)) == (cart, expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"currency": "ZZZ"}, [("INVALID_INPUT", "currency")]),
        ({"lines": [line_input("var_x")]}, [("NOT_FOUND", "lines.0.variantId")]),
        (
            {"currency": "JPY", "lines": [line_input(MUG), line_input(PRINT)]},
            [("INVALID_INPUT", "lines.1.variantId")],
        ),
    ],
)
async def test_wrong_carts_are_not_made(
    run: Any,  # noqa: ANN401
    store: Store,
    given: Cart,
    expected: list[tuple[str, str]],
) -> None:
    answer = await run("cartCreate", **given)
    assert (answer["cart"], user_errors(answer)) == (None, expected)
    assert await store.count_rows("carts") == 0


async def test_a_cart_in_yen_has_no_decimals(run: Any) -> None:  # noqa: ANN401
    answer = await run("cartCreate", currency="JPY", lines=[line_input(MUG, 2)])
    assert answer["cart"]["items"][0]["total"] == {"net": {"minorUnits": 3000}}


# -- codes


def minor_units(code: Cart) -> int | None:
    return None if code["amount"] is None else code["amount"]["minorUnits"]


def cart_codes(answer: Cart) -> list[tuple[str, str, bool, str | None, int | None]]:
    """The cart's codes, each as (code, kind, applied, reason, amount in minor units)."""
    return [
        (each["code"], each["kind"], each["applied"], each["reason"], minor_units(each))
        for each in answer["cart"]["codes"]
    ]


SAVE10 = ("SAVE10", "DISCOUNT", True, None, 100)
OLD = ("OLD", "DISCOUNT", False, "This code is no longer valid.", None)
ONCE_NEEDS = "This code needs items worth at least 50.00 USD."


async def test_what_codes_are_kept_and_which_are_told(run: Any) -> None:  # noqa: ANN401
    """R95: unknown ones go with a warning; those that do not apply now stay with one."""
    cart = await create_cart(run, line_input(MUG))
    answer = await run("cartCodesSet", **cart_version(cart), codes=["nope", "NOPE", "OLD", "ONCE"])
    unfit = "CODE_NOT_APPLICABLE"
    assert [(each["code"], each["target"]) for each in answer["warnings"]] == [
        (unfit, "NOPE"), (unfit, "OLD"), (unfit, "ONCE"),
    ]  # fmt: skip
    assert cart_codes(answer) == [OLD, ("ONCE", "DISCOUNT", False, ONCE_NEEDS, None)]
    assert (answer["cart"]["version"], user_errors(answer)) == (2, [])
    answer = await run("cartCodesSet", **cart_version(answer["cart"]), codes=["SAVE10", "nope"])
    assert (answer["cart"]["version"], answer["cart"]["discountTotal"]) == (3, {"minorUnits": -100})
    assert cart_codes(answer) == [SAVE10]
    answer = await run("cartCodesSet", **cart_version(answer["cart"]), codes=["nope"])
    assert (cart_codes(answer), answer["cart"]["discountTotal"]) == ([], {"minorUnits": 0})
    assert [each["target"] for each in answer["warnings"]] == ["nope"]


async def test_the_list_replaces_and_says_what_each_code_does(run: Any) -> None:  # noqa: ANN401
    """R95: stored value pays in the order given, and of each code is told how much."""
    cart = await create_cart(run, line_input(MUG, 3))
    answer = await run("cartCodesSet", **cart_version(cart), codes=["STORED25"])
    assert cart_codes(answer) == [("STORED25", "STORED_VALUE", True, None, None)]
    answer = await run("cartDestinationSet", **cart_version(answer["cart"]), destination=CALIFORNIA)
    assert cart_codes(answer) == [("STORED25", "STORED_VALUE", True, None, 2500)]
    cart = answer["cart"]
    answer = await run("cartCodesSet", **cart_version(cart), codes=["save10", "stored25", "RICH"])
    assert cart_codes(answer) == [
        ("save10", "DISCOUNT", True, None, 300),
        ("stored25", "STORED_VALUE", True, None, 2500),
        ("RICH", "STORED_VALUE", True, None, 896),
    ]
    assert (answer["cart"]["total"], answer["cart"]["due"]) == (
        taxed_money(3200, 196, 3396), {"minorUnits": 0},
    )  # fmt: skip
    answer = await run("cartCodesSet", **cart_version(answer["cart"]), codes=["SAVE10"])
    assert cart_codes(answer) == [("SAVE10", "DISCOUNT", True, None, 300)]
    assert (answer["cart"]["due"], answer["warnings"]) == ({"minorUnits": 3396}, [])
    answer = await run("cartCodesSet", **cart_version(answer["cart"]), codes=[])
    assert (cart_codes(answer), answer["cart"]["due"]) == ([], {"minorUnits": 3718})


async def test_a_code_that_stops_applying_stays(run: Any) -> None:  # noqa: ANN401
    """R95: and applies again once it can."""
    cart = await create_cart(run, line_input(MUG, 5))
    answer = await run("cartCodesSet", **cart_version(cart), codes=["ONCE"])
    assert cart_codes(answer) == [("ONCE", "DISCOUNT", True, None, 100)]
    answer = await run(
        "cartLinesUpdate", **cart_version(answer["cart"]), lines=[line_input(MUG, 1)]
    )
    assert cart_codes(answer) == [("ONCE", "DISCOUNT", False, ONCE_NEEDS, None)]
    answer = await run(
        "cartLinesUpdate", **cart_version(answer["cart"]), lines=[line_input(MUG, 5)]
    )
    assert cart_codes(answer) == [("ONCE", "DISCOUNT", True, None, 100)]


@pytest.mark.parametrize(
    ("step", "amount"), [("stored value", None), ("totals", {"minorUnits": 1573})]
)
async def test_codes_are_listed_though_a_figure_fails(
    ask: Ask,
    run: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    amount: object,
) -> None:
    """R89: what they come to is not known where it needs the figure; the rest answers."""
    cart = await create_cart(run, line_input(MUG))
    cart = (await run("cartDestinationSet", **cart_version(cart), destination=CALIFORNIA))["cart"]

    def failing(_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setitem(pipeline.STANDARD_PIPELINE.by_name, step, failing)
    document = """mutation ($input: CartCodesSetInput!) { cartCodesSet(input: $input) {
      cart { version codes { code applied amount { minorUnits } } } } }"""
    answer = await ask(document, input={**cart_version(cart), "codes": ["STORED25"]})
    codes = [{"code": "STORED25", "applied": True, "amount": amount}]
    expected_cart = {"version": 3, "codes": codes}
    assert answer == {"cartCodesSet": {"cart": expected_cart}}
    read = "query ($id: ID!) { cart(id: $id) { version } }"
    assert await ask(read, id=cart["id"]) == {"cart": {"version": 3}}


@pytest.mark.parametrize(
    "shows",
    ["due { amount }", "codes { amount { amount } }", "display { totals { text } }"],
)
async def test_the_second_cart_of_one_stored_value(ask: Ask, run: Any, shows: str) -> None:  # noqa: ANN401
    """R95: both shown with nothing to pay; the sums and the guard are answered."""
    carts = []
    for _ in range(2):
        cart = await create_cart(run, line_input(MUG))
        cart = (await run("cartDestinationSet", **cart_version(cart), destination=CALIFORNIA))[
            "cart"
        ]
        cart = (await run("cartCodesSet", **cart_version(cart), codes=["STORED25"]))["cart"]
        assert (cart["total"]["gross"], cart["due"]) == ({"minorUnits": 1573}, {"minorUnits": 0})
        carts.append(cart)
    document = """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
      __typename ... on PriceChanged { expected { amount } actual { amount } of reason } } }"""
    address = {"name": "Ada", **CALIFORNIA, "city": "Mountain View", "lines": ["100 Castro Street"]}
    guest = {"email": "ada@example.com", "address": address, "providerToken": "sim_ok"}

    async def check_out(cart: Cart, **changes: str) -> Cart:
        checkout_input = {**cart_version(cart), "expectedTotal": "15.73", "guest": guest, **changes}
        answer: Cart = (await ask(document, input=checkout_input))["cartCheckout"]
        return answer

    async def read(cart: Cart, selection: str) -> None:
        await ask(f"query ($id: ID!) {{ cart(id: $id) {{ {selection} }} }}", id=cart["id"])

    placed = {"__typename": "OrderPlaced"}
    assert await check_out(carts[0], idempotencyKey="a") == placed
    changed: Cart = {
        "__typename": "PriceChanged",
        "expected": {"amount": "0.00"},
        "actual": {"amount": "6.46"},
        "of": "DUE",
        "reason": "What is to pay is now 6.46 USD instead of 0.00."
        " Nothing was bought; buy again if you agree.",
    }
    assert await check_out(carts[1], idempotencyKey="b") == changed
    assert await check_out(carts[1], idempotencyKey="b", expectedDue="6.45") == {
        **changed,
        "expected": {"amount": "6.45"},
        "reason": "What is to pay is now 6.46 USD instead of 6.45."
        " Nothing was bought; buy again if you agree.",
    }
    # Whoever reads something else is not shown what is to pay.
    await read(carts[1], "version total { gross { amount } } items { reference }")
    assert await check_out(carts[1], idempotencyKey="b") == changed
    await read(carts[1], shows)
    assert await check_out(carts[1], idempotencyKey="b") == placed


async def test_more_codes_than_a_cart_holds(run: Any) -> None:  # noqa: ANN401
    cart = await create_cart(run, line_input(MUG))
    answer = await run("cartCodesSet", **cart_version(cart), codes=["SAVE10"] * 21)
    assert (user_errors(answer), answer["cart"]) == ([("INVALID_INPUT", "codes")], cart)


# -- what changes behind a cart's back


async def test_a_changed_price_is_told(run: Any, store: Store) -> None:  # noqa: ANN401
    cart = await create_cart(run, line_input(MUG))
    async with store.database.begin() as work:
        dearer = replace(MUG, prices={"USD": 1100})
        await work.catalogue.save({PRODUCT: [dearer, EBOOK]}, store.clock.now())
    answer = await run("cartLinesAdd", **cart_version(cart), lines=[line_input(EBOOK)])
    assert answer["warnings"] == [{"code": "PRICE_CHANGED", "target": MUG.id}]
    assert "PRICE_CHANGED" in answer["cart"]["items"][0]["tags"]
    assert answer["cart"]["total"]["net"] == {"minorUnits": 2099}


async def test_what_is_short_is_told(run: Any) -> None:  # noqa: ANN401
    answer = await run("cartCreate", lines=[line_input(PRINT, 4), line_input(DESK, 4)])
    assert answer["warnings"] == [{"code": "OUT_OF_STOCK", "target": PRINT.id}]
    tags = [each["tags"] for each in answer["cart"]["items"]]
    assert ("ERROR" in tags[0], "BACKORDER" in tags[1], "ERROR" in tags[1]) == (True, True, False)


# -- R88: warnings are looked for where they are selected

SHORTAGE_WARNINGS = [{"code": "OUT_OF_STOCK"}]


@pytest.mark.parametrize(
    ("selection", "ran"),
    [
        ("cart { id version items { name quantity } } userErrors { code }", []),
        ("again: warnings { target } warnings { code }", ["tag"]),
        ("cart { items { total { net { minorUnits } } } } warnings { code }", [
            "tag", "price", "item discounts", "order discounts",
        ]),
    ],
)  # fmt: skip
async def test_warnings_that_nobody_asks_for_run_nothing(
    ask: Ask,
    run: Any,  # noqa: ANN401
    runs: list[str],
    selection: str,
    ran: list[str],
) -> None:
    """R88: a change alone prices nothing, and tags are looked at once."""
    cart = await create_cart(run, line_input(MUG))
    runs.clear()
    add = f"cartLinesAdd(input: $input) {{ {selection} }}"
    document = f"mutation ($input: CartLinesAddInput!) {{ {add} }}"
    answer = (await ask(document, input=cart_version(cart) | {"lines": [line_input(PRINT, 4)]}))[
        "cartLinesAdd"
    ]
    assert runs == ran
    assert answer.get("warnings", SHORTAGE_WARNINGS) == SHORTAGE_WARNINGS


# -- R90: what it costs


def record_statements(store: Store) -> list[str]:
    """The statements that the store's database runs from now on."""
    statements: list[str] = []
    assert isinstance(store.database, SqliteDatabase)
    store.database._reader.set_trace_callback(statements.append)
    return statements


async def test_a_large_cart_takes_as_many_statements_as_a_small_one(
    ask: Ask,
    run: Any,  # noqa: ANN401
    store: Store,
) -> None:
    """R90."""
    many = [replace(MUG, id=f"var_{n}", sku=f"S{n}") for n in range(100)]
    async with store.database.begin() as work:
        await work.catalogue.save({PRODUCT: many}, store.clock.now())
    small = await create_cart(run, line_input("var_0"))
    large = await create_cart(run, *(line_input(each) for each in many))
    document = """query ($id: ID!) { cart(id: $id) {
      items { variant { sku price { amount } oneClick { state } } taxLines { name } tags }
      total { gross { minorUnits } } display { lines { text } } shippingOptions { name }
    } }"""
    counts = []
    for cart in (small, large):
        statements = record_statements(store)
        answer = await ask(document, id=cart["id"])
        assert len(answer["cart"]["items"]) == len(cart["items"])
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8


# -- bundles


async def test_the_unit_price_of_a_bundle_is_what_its_variant_costs(ask: Ask, run: Any) -> None:  # noqa: ANN401
    """With its parts, so that quantity times unit price is the line; a part has its own price."""
    cart = await create_cart(run, line_input(BUNDLE, 3))
    document = """query ($id: ID!) { cart(id: $id) {
      subtotal { net { minorUnits } }
      items {
        quantity unitPrice { minorUnits } variant { price { minorUnits } }
        components { reference quantity unitPrice { minorUnits } }
      }
    } }"""
    assert (await ask(document, id=cart["id"]))["cart"] == {
        "subtotal": {"net": {"minorUnits": 3 * 12_100}},
        "items": [
            {
                "quantity": 3,
                "unitPrice": {"minorUnits": 12_100},
                "variant": {"price": {"minorUnits": 12_100}},
                "components": [
                    {"reference": MUG.id, "quantity": 2, "unitPrice": {"minorUnits": 800}},
                    {"reference": PRINT.id, "quantity": 1, "unitPrice": {"minorUnits": 10_000}},
                ],
            }
        ],
    }
