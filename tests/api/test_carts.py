"""Carts through the API: every change, every refusal, and what it costs."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.adapters.clocks import StandingClock
from gateway.adapters.sqlite import SqliteDatabase
from gateway.engine import stages
from gateway.services.parts import Parts
from tests.api.conftest import Ask
from tests.shelves import DESK, EBOOK, MUG, PRINT, SET, SHOP, parts_on
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
CA = {"country": "US", "region": "CA", "postalCode": "94043"}


@pytest.fixture
def parts(database: SqliteDatabase, clock: StandingClock) -> Parts:
    return parts_on(database, clock)


@pytest.fixture(autouse=True)
async def store(database: SqliteDatabase, clock: StandingClock) -> Store:
    return await Store.opened(database, clock)


@pytest.fixture
def run(ask: Ask) -> Any:  # noqa: ANN401 - a function of a mutation's name and its input
    async def ran(name: str, **given: object) -> Cart:
        document = f"mutation ($input: {INPUTS[name]}!) {{ {name}(input: $input) {{ {FIELDS} }} }}"
        found: Cart = (await ask(document, input=given))[name]
        return found

    return ran


def line(variant: object, quantity: int = 1) -> dict[str, object]:
    return {"variantId": getattr(variant, "id", variant), "quantity": quantity}


async def made(run: Any, *lines: dict[str, object]) -> Cart:  # noqa: ANN401
    answer = await run("cartCreate", lines=list(lines))
    assert answer["userErrors"] == []
    found: Cart = answer["cart"]
    return found


def at(cart: Cart) -> dict[str, object]:
    return {"cartId": cart["id"], "expectedVersion": cart["version"]}


def minor(net: int, tax: int | None, gross: int | None) -> Cart:
    return {
        "net": {"minorUnits": net},
        "tax": None if tax is None else {"minorUnits": tax},
        "gross": None if gross is None else {"minorUnits": gross},
    }


def told(answer: Cart) -> list[tuple[str, str]]:
    return [(each["code"], ".".join(each["field"][1:])) for each in answer["userErrors"]]


async def test_a_cart_from_nothing_to_its_total(run: Any) -> None:  # noqa: ANN401
    """R86: each change raises the version by one and answers the figures anew."""
    cart = await made(run)
    assert (cart["version"], cart["total"], cart["taxState"]) == (1, minor(0, 0, 0), "FINAL")
    answer = await run("cartLinesAdd", **at(cart), lines=[line(MUG, 2), line(EBOOK), line(MUG)])
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
        "total": minor(3999, None, None),
        "due": None,
        "codes": [],
        "taxState": "NEEDS_ADDRESS",
        "discountTotal": {"minorUnits": 0},
        "shippingOptions": [],
    }
    answer = await run("cartLinesUpdate", **at(cart), lines=[line(MUG, 1), line(EBOOK, 0)])
    cart = answer["cart"]
    assert [(each["reference"], each["quantity"]) for each in cart["items"]] == [(MUG.id, 1)]
    answer = await run("cartDestinationSet", **at(cart), destination=CA)
    cart = answer["cart"]
    # The cheapest that fits is taken until another is.
    assert [(each["name"], each["selected"]) for each in cart["shippingOptions"]] == [
        ("Slow", True), ("Fast", False),
    ]  # fmt: skip
    assert cart["total"] == minor(1500, 73, 1573)
    fast = cart["shippingOptions"][1]["id"]
    cart = (await run("cartShippingSelect", **at(cart), shippingOptionId=fast))["cart"]
    assert cart["total"] == minor(2500, 73, 2573)
    answer = await run("cartCodesSet", **at(cart), codes=["save10", "STORED25"])
    cart = answer["cart"]
    assert (cart["version"], cart["discountTotal"]) == (6, {"minorUnits": -100})
    assert (cart["total"], cart["due"]) == (minor(2400, 65, 2465), {"minorUnits": 0})
    assert (answer["userErrors"], answer["warnings"]) == ([], [])


async def test_a_cart_is_read_by_its_id_alone(ask: Ask, run: Any) -> None:  # noqa: ANN401
    """Its id is the key to it, with 130 random bits."""
    cart, other = await made(run, line(MUG)), await made(run)
    document = "query ($id: ID!) { cart(id: $id) { id version items { quantity } } }"
    assert await ask(document, id=cart["id"]) == {
        "cart": {"id": cart["id"], "version": 1, "items": [{"quantity": 1}]}
    }
    assert await ask(document, id="crt_none") == {"cart": None}
    assert cart["id"] != other["id"]
    assert len(cart["id"].removeprefix("crt_")) == 22


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("cartLinesAdd", {"lines": [line(MUG)]}),
        ("cartLinesUpdate", {"lines": [line(MUG, 5)]}),
        ("cartDestinationSet", {"destination": CA}),
        ("cartCodesSet", {"codes": ["SAVE10"]}),
        ("cartShippingSelect", {"shippingOptionId": "x"}),
    ],
)
async def test_another_version_changes_nothing(run: Any, name: str, given: Cart) -> None:  # noqa: ANN401
    """R86."""
    cart = await made(run, line(MUG))
    for version in (0, 2):
        answer = await run(name, cartId=cart["id"], expectedVersion=version, **given)
        assert (answer["cart"], told(answer)) == (None, [("VERSION_CONFLICT", "expectedVersion")])
    unknown = await run(name, cartId="crt_none", expectedVersion=1, **given)
    assert told(unknown) == [("NOT_FOUND", "cartId")]
    again = await run("cartLinesAdd", **at(cart), lines=[])
    assert (again["cart"]["version"], len(again["cart"]["items"])) == (1, 1)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("cartLinesAdd", {"lines": [line("var_x")]}, [("NOT_FOUND", "lines.0.variantId")]),
        (
            "cartLinesAdd",
            {"lines": [line(MUG, 0), line(MUG, -1), line(MUG, 10**6 + 1)]},
            [("INVALID_INPUT", f"lines.{at}.quantity") for at in range(3)],
        ),
        ("cartLinesAdd", {"lines": [line(MUG, 10**6), line(MUG)]}, [("INVALID_INPUT", "lines")]),
        ("cartLinesAdd", {"lines": [line(MUG)] * 1001}, [("INVALID_INPUT", "lines")]),
        (
            "cartLinesUpdate",
            {"lines": [line(PRINT, 1), line(MUG, -1)]},
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
    cart = await made(run, line(MUG))
    answer = await run(name, **at(cart), **given)
    assert (answer["cart"], told(answer)) == (None, expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"currency": "ZZZ"}, [("INVALID_INPUT", "currency")]),
        ({"lines": [line("var_x")]}, [("NOT_FOUND", "lines.0.variantId")]),
        (
            {"currency": "JPY", "lines": [line(MUG), line(PRINT)]},
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
    assert (answer["cart"], told(answer)) == (None, expected)
    assert await store.count("carts") == 0


async def test_a_cart_in_yen_has_no_decimals(run: Any) -> None:  # noqa: ANN401
    answer = await run("cartCreate", currency="JPY", lines=[line(MUG, 2)])
    assert answer["cart"]["items"][0]["total"] == {"net": {"minorUnits": 3000}}


# -- codes


def minors(code: Cart) -> int | None:
    return None if code["amount"] is None else code["amount"]["minorUnits"]


def listed(answer: Cart) -> list[tuple[str, str, bool, str | None, int | None]]:
    """The cart's codes, each as (code, kind, applied, reason, amount in minor units)."""
    return [
        (each["code"], each["kind"], each["applied"], each["reason"], minors(each))
        for each in answer["cart"]["codes"]
    ]


SAVE10 = ("SAVE10", "DISCOUNT", True, None, 100)
OLD = ("OLD", "DISCOUNT", False, "This code is no longer valid.", None)
ONCE_NEEDS = "This code needs items worth at least 50.00 USD."


async def test_what_codes_are_kept_and_which_are_told(run: Any) -> None:  # noqa: ANN401
    """R95: unknown ones go with a warning; those that do not apply now stay with one."""
    cart = await made(run, line(MUG))
    answer = await run("cartCodesSet", **at(cart), codes=["nope", "NOPE", "OLD", "ONCE"])
    unfit = "CODE_NOT_APPLICABLE"
    assert [(each["code"], each["target"]) for each in answer["warnings"]] == [
        (unfit, "NOPE"), (unfit, "OLD"), (unfit, "ONCE"),
    ]  # fmt: skip
    assert listed(answer) == [OLD, ("ONCE", "DISCOUNT", False, ONCE_NEEDS, None)]
    assert (answer["cart"]["version"], told(answer)) == (2, [])
    answer = await run("cartCodesSet", **at(answer["cart"]), codes=["SAVE10", "nope"])
    assert (answer["cart"]["version"], answer["cart"]["discountTotal"]) == (3, {"minorUnits": -100})
    assert listed(answer) == [SAVE10]
    answer = await run("cartCodesSet", **at(answer["cart"]), codes=["nope"])
    assert (listed(answer), answer["cart"]["discountTotal"]) == ([], {"minorUnits": 0})
    assert [each["target"] for each in answer["warnings"]] == ["nope"]


async def test_the_list_replaces_and_says_what_each_code_does(run: Any) -> None:  # noqa: ANN401
    """R95: stored value pays in the order given, and of each code is told how much."""
    cart = await made(run, line(MUG, 3))
    answer = await run("cartCodesSet", **at(cart), codes=["STORED25"])
    assert listed(answer) == [("STORED25", "STORED_VALUE", True, None, None)]
    answer = await run("cartDestinationSet", **at(answer["cart"]), destination=CA)
    assert listed(answer) == [("STORED25", "STORED_VALUE", True, None, 2500)]
    cart = answer["cart"]
    answer = await run("cartCodesSet", **at(cart), codes=["save10", "stored25", "RICH"])
    assert listed(answer) == [
        ("save10", "DISCOUNT", True, None, 300),
        ("stored25", "STORED_VALUE", True, None, 2500),
        ("RICH", "STORED_VALUE", True, None, 896),
    ]
    assert (answer["cart"]["total"], answer["cart"]["due"]) == (
        minor(3200, 196, 3396), {"minorUnits": 0},
    )  # fmt: skip
    answer = await run("cartCodesSet", **at(answer["cart"]), codes=["SAVE10"])
    assert listed(answer) == [("SAVE10", "DISCOUNT", True, None, 300)]
    assert (answer["cart"]["due"], answer["warnings"]) == ({"minorUnits": 3396}, [])
    answer = await run("cartCodesSet", **at(answer["cart"]), codes=[])
    assert (listed(answer), answer["cart"]["due"]) == ([], {"minorUnits": 3718})


async def test_a_code_that_stops_applying_stays(run: Any) -> None:  # noqa: ANN401
    """R95: and applies again once it can."""
    cart = await made(run, line(MUG, 5))
    answer = await run("cartCodesSet", **at(cart), codes=["ONCE"])
    assert listed(answer) == [("ONCE", "DISCOUNT", True, None, 100)]
    answer = await run("cartLinesUpdate", **at(answer["cart"]), lines=[line(MUG, 1)])
    assert listed(answer) == [("ONCE", "DISCOUNT", False, ONCE_NEEDS, None)]
    answer = await run("cartLinesUpdate", **at(answer["cart"]), lines=[line(MUG, 5)])
    assert listed(answer) == [("ONCE", "DISCOUNT", True, None, 100)]


@pytest.mark.parametrize("step", ["stored value", "totals"])
async def test_codes_are_listed_though_a_figure_fails(
    ask: Ask,
    run: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """R89: what they come to is not known then; the rest answers."""
    cart = await made(run, line(MUG))
    cart = (await run("cartDestinationSet", **at(cart), destination=CA))["cart"]

    def failing(_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setitem(stages.STANDARD.by_name, step, failing)
    document = """mutation ($input: CartCodesSetInput!) { cartCodesSet(input: $input) {
      cart { version codes { code applied amount { minorUnits } } } } }"""
    answer = await ask(document, input={**at(cart), "codes": ["STORED25"]})
    found = {"version": 3, "codes": [{"code": "STORED25", "applied": True, "amount": None}]}
    assert answer == {"cartCodesSet": {"cart": found}}
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
        cart = await made(run, line(MUG))
        cart = (await run("cartDestinationSet", **at(cart), destination=CA))["cart"]
        cart = (await run("cartCodesSet", **at(cart), codes=["STORED25"]))["cart"]
        assert (cart["total"]["gross"], cart["due"]) == ({"minorUnits": 1573}, {"minorUnits": 0})
        carts.append(cart)
    document = """mutation ($input: CartCheckoutInput!) { cartCheckout(input: $input) {
      __typename ... on PriceChanged { expected { amount } actual { amount } of reason } } }"""
    address = {"name": "Ada", **CA, "city": "Mountain View", "lines": ["100 Castro Street"]}
    guest = {"email": "ada@example.com", "address": address, "providerToken": "sim_ok"}

    async def bought(cart: Cart, **more: str) -> Cart:
        given = {**at(cart), "expectedTotal": "15.73", "guest": guest, **more}
        answer: Cart = (await ask(document, input=given))["cartCheckout"]
        return answer

    async def read(cart: Cart, what: str) -> None:
        await ask(f"query ($id: ID!) {{ cart(id: $id) {{ {what} }} }}", id=cart["id"])

    placed = {"__typename": "OrderPlaced"}
    assert await bought(carts[0], idempotencyKey="a") == placed
    changed: Cart = {
        "__typename": "PriceChanged",
        "expected": {"amount": "0.00"},
        "actual": {"amount": "6.46"},
        "of": "DUE",
        "reason": "What is to pay is now 6.46 USD instead of 0.00.",
    }
    assert await bought(carts[1], idempotencyKey="b") == changed
    assert await bought(carts[1], idempotencyKey="b", expectedDue="6.45") == {
        **changed,
        "expected": {"amount": "6.45"},
        "reason": "What is to pay is now 6.46 USD instead of 6.45.",
    }
    # Whoever reads something else is not shown what is to pay.
    await read(carts[1], "version total { gross { amount } } items { reference }")
    assert await bought(carts[1], idempotencyKey="b") == changed
    await read(carts[1], shows)
    assert await bought(carts[1], idempotencyKey="b") == placed


async def test_more_codes_than_a_cart_holds(run: Any) -> None:  # noqa: ANN401
    cart = await made(run, line(MUG))
    answer = await run("cartCodesSet", **at(cart), codes=["SAVE10"] * 21)
    assert (told(answer), answer["cart"]) == ([("INVALID_INPUT", "codes")], None)


# -- what changes behind a cart's back


async def test_a_changed_price_is_told(run: Any, store: Store) -> None:  # noqa: ANN401
    cart = await made(run, line(MUG))
    async with store.database.begin() as work:
        dearer = replace(MUG, prices={"USD": 1100})
        await work.catalogue.save({SHOP: [dearer, EBOOK]}, store.clock.now())
    answer = await run("cartLinesAdd", **at(cart), lines=[line(EBOOK)])
    assert answer["warnings"] == [{"code": "PRICE_CHANGED", "target": MUG.id}]
    assert "PRICE_CHANGED" in answer["cart"]["items"][0]["tags"]
    assert answer["cart"]["total"]["net"] == {"minorUnits": 2099}


async def test_what_is_short_is_told(run: Any) -> None:  # noqa: ANN401
    answer = await run("cartCreate", lines=[line(PRINT, 4), line(DESK, 4)])
    assert answer["warnings"] == [{"code": "OUT_OF_STOCK", "target": PRINT.id}]
    tags = [each["tags"] for each in answer["cart"]["items"]]
    assert ("ERROR" in tags[0], "BACKORDER" in tags[1], "ERROR" in tags[1]) == (True, True, False)


# -- R88: warnings are looked for where they are selected

SHORT = [{"code": "OUT_OF_STOCK"}]


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
    cart = await made(run, line(MUG))
    runs.clear()
    add = f"cartLinesAdd(input: $input) {{ {selection} }}"
    document = f"mutation ($input: CartLinesAddInput!) {{ {add} }}"
    answer = (await ask(document, input=at(cart) | {"lines": [line(PRINT, 4)]}))["cartLinesAdd"]
    assert runs == ran
    assert answer.get("warnings", SHORT) == SHORT


# -- R90: what it costs


def counted(store: Store) -> list[str]:
    """The statements that the store's database runs from now on."""
    seen: list[str] = []
    assert isinstance(store.database, SqliteDatabase)
    store.database._reader.set_trace_callback(seen.append)
    return seen


async def test_a_large_cart_takes_as_many_statements_as_a_small_one(
    ask: Ask,
    run: Any,  # noqa: ANN401
    store: Store,
) -> None:
    """R90."""
    many = [replace(MUG, id=f"var_{n}", sku=f"S{n}") for n in range(100)]
    async with store.database.begin() as work:
        await work.catalogue.save({SHOP: many}, store.clock.now())
    small = await made(run, line("var_0"))
    large = await made(run, *(line(each) for each in many))
    document = """query ($id: ID!) { cart(id: $id) {
      items { variant { sku price { amount } oneClick { state } } taxLines { name } tags }
      total { gross { minorUnits } } display { lines { text } } shippingOptions { name }
    } }"""
    counts = []
    for cart in (small, large):
        statements = counted(store)
        answer = await ask(document, id=cart["id"])
        assert len(answer["cart"]["items"]) == len(cart["items"])
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8


# -- bundles


async def test_the_unit_price_of_a_bundle_is_what_its_variant_costs(ask: Ask, run: Any) -> None:  # noqa: ANN401
    """With its parts, so that quantity times unit price is the line; a part has its own price."""
    cart = await made(run, line(SET, 3))
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
