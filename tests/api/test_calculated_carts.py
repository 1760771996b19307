"""Carts whose shipping, taxes and codes a merchant's own calculator answers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type, is_leaf_type, parse

from gateway.adapters.clocks import ManualClock
from gateway.adapters.databases.sqlite import SqliteDatabase
from gateway.engine.addresses.address import Destination
from gateway.engine.checkout.checks import DisplayedDue
from gateway.engine.priced_carts import PricedCart
from gateway.engine.pricing.calculations import (
    ALL_PARTS,
    CalculationLine,
    CalculationPart,
    CalculationRequest,
)
from gateway.plans import PlanCache
from gateway.resolvers.calculations import CODES, EVERYTHING, NOTHING, PARTS_BY_FIELD, SHIPPING
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services import cart_claims, cart_edits
from gateway.services.cart_edits import CartReference
from gateway.services.identity.callers import Caller
from gateway.services.operation_calculator import MAX_CONCURRENT_CALLS
from tests.api.conftest import offline_gift_dependencies
from tests.engine.purchases import USD
from tests.services.merchant_calculators import DRONE, PIGEON, SimpleCalculator, with_calculator
from tests.shelves import BUNDLE, CALIFORNIA, EBOOK, MUG, PRINT
from tests.store import Store

Answer = dict[str, Any]
Ask = Callable[..., Awaitable[Answer]]

CORE = schema._schema
MONEY = "{ net { minorUnits } tax { minorUnits } gross { minorUnits } }"
FIGURES = f"calculatedBy total {MONEY}"
CART = f"query ($id: ID!) {{ cart(id: $id) {{ {FIGURES} }} }}"


@pytest.fixture
def calculator() -> SimpleCalculator:
    return SimpleCalculator(codes={"TENTH": 200})


@pytest.fixture
async def store(
    database: SqliteDatabase, clock: ManualClock, calculator: SimpleCalculator
) -> Store:
    """The store of a merchant who has a calculator."""
    return with_calculator(await Store.open(database, clock), calculator)


@pytest.fixture(params=["interpreted", "compiled"])
def ask(request: pytest.FixtureRequest, store: Store, stranger: Caller) -> Ask:
    """Executes a document, with and without a plan, and gives its data without errors."""
    return (
        execute_by_plan(store, stranger)
        if request.param == "compiled"
        else execute_by_core(store, stranger)
    )


def context_of(store: Store, caller: Caller) -> Context:
    return Context(store.dependencies, caller, offline_gift_dependencies(store.dependencies))


def execute_by_core(store: Store, stranger: Caller) -> Ask:
    async def execute(document: str, caller: Caller | None = None, **variables: object) -> Answer:
        result = await schema.execute(
            document,
            variable_values=dict(variables),
            context_value=context_of(store, caller or stranger),
        )
        assert result.errors is None
        assert result.data is not None
        return result.data

    return execute


def execute_by_plan(store: Store, stranger: Caller) -> Ask:
    async def execute(document: str, caller: Caller | None = None, **variables: object) -> Answer:
        ready = PlanCache(CORE).ready(parse(document), None, dict(variables))
        result: Any = ready.plan.execute(  # type: ignore[union-attr]
            None,
            context_of(store, caller or stranger),
            ready.variables,  # type: ignore[union-attr]
        )
        if isinstance(result, Awaitable):
            result = await result
        assert result.errors is None
        answer: Answer = result.data
        return answer

    return execute


def total(net: int, tax: int) -> Answer:
    return {
        "net": {"minorUnits": net},
        "tax": {"minorUnits": tax},
        "gross": {"minorUnits": net + tax},
    }


def parts_asked(calculator: SimpleCalculator) -> list[frozenset[CalculationPart]]:
    return [request.parts for request in calculator.requests]


async def displayed_due(
    store: Store, cart: Answer | PricedCart, version: int
) -> DisplayedDue | None:
    cart_id = cart.id if isinstance(cart, PricedCart) else cart["id"]
    async with store.database.read() as reading:
        return await reading.carts.find_displayed_due(cart_id, version)


# -- R84: what the calculator answers is shown


async def test_a_cart_is_shown_as_the_calculator_says(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: 8.875 % of 20.00 is 1.78, of 3.00 for the drone 0.27. R85: the city is not sent."""
    cart = await store.create_cart([(MUG, 2)], replace(CALIFORNIA, city="Mountain View"))
    answer = await ask(CART, id=cart.id)
    assert answer["cart"] == {"calculatedBy": "MERCHANT", "total": total(2300, 205)}
    assert calculator.requests == [
        CalculationRequest(
            USD,
            ALL_PARTS - {CalculationPart.CODES},
            (CalculationLine(cart.cart.lines[0].id or "", "MUG", 2, 2000),),
            Destination("US", "CA", "94043"),
        )
    ]


async def test_without_a_valid_answer_the_tables_hold_and_the_cart_says_so(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: 7.25 % of 20.00 is 1.45; the slow way costs 5.00 and is not taxed there."""
    calculator.is_down = True
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    answer = await ask(CART, id=cart.id)
    assert answer["cart"] == {"calculatedBy": "FALLBACK", "total": total(2500, 145)}
    assert len(calculator.requests) == 1


async def test_what_only_the_tables_computed_says_so(ask: Ask, store: Store) -> None:
    """R84: without a destination nothing but codes could be asked for."""
    cart = await store.create_cart([(MUG, 2)])
    assert (await ask(CART, id=cart.id))["cart"]["calculatedBy"] == "TABLE"
    empty = await store.create_cart([], CALIFORNIA)
    assert (await ask(CART, id=empty.id))["cart"]["calculatedBy"] == "TABLE"


async def test_a_cart_that_is_sold_out_is_shown_as_the_calculator_says(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: its buyer sees what it costs, and that it cannot be bought; the tables know neither.

    480.00 for four prints of which three are left, 10.00 for a mug, less 2.00, and 3.00 for the
    drone; 8.875 % of 488.00 is 43.31 in shares, of 3.00 it is 0.27.
    """
    cart = await store.create_cart([(PRINT, 4), (MUG, 1)], CALIFORNIA)
    await set_codes(ask, cart, ["TENTH"])
    calculator.requests.clear()
    selection = f"{FIGURES} codes {{ code applied }} display {{ actions }}"
    document = f"query ($id: ID!) {{ cart(id: $id) {{ {selection} }} }}"
    answer = (await ask(document, id=cart.id))["cart"]
    assert answer == {
        "calculatedBy": "MERCHANT",
        "total": total(49_100, 4349 + 27),
        "codes": [{"code": "TENTH", "applied": True}],
        "display": {
            "actions": ["CHANGE_LINES", "ENTER_CODE", "GIVE_DESTINATION", "CHOOSE_SHIPPING"]
        },
    }
    assert [[line.sku for line in request.lines] for request in calculator.requests] == [
        ["PRINT", "MUG"]
    ]


async def test_shipping_nowhere_is_said(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: where the calculator has no way to ship, those of the tables do not count."""
    calculator.ways = lambda _: ()
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    selection = "shippingOptions { name } display { messages actions }"
    document = f"query ($id: ID!) {{ cart(id: $id) {{ {selection} }} }}"
    answer = (await ask(document, id=cart.id))["cart"]
    assert answer["shippingOptions"] == []
    assert answer["display"]["messages"] == [
        "No shipping method goes to this destination with these items."
    ]
    assert "CHECK_OUT" not in answer["display"]["actions"]


async def test_texts_say_what_the_calculator_said(ask: Ask, store: Store) -> None:
    """R84: rows, ways to ship, codes and explanations."""
    cart = await store.create_cart([(BUNDLE, 1)], CALIFORNIA, ["TENTH"])
    await set_codes(ask, cart, ["TENTH"])
    document = """query ($id: ID!) { cart(id: $id) {
      display { totals { label text detail } shipping { label text detail selected } messages }
      explanations { text rounding }
    } }"""
    answer = (await ask(document, id=cart.id))["cart"]
    # 5.00, two mugs at 8.00 and a print at 100.00, less 2.00; tax of 121.00 is 10.74.
    assert [(row["label"], row["text"]) for row in answer["display"]["totals"]] == [
        ("Subtotal", "$121.00"),
        ("TENTH", "-$2.00"),
        ("Shipping: Drone", "$3.00"),
        ("City tax 8.875%", "$11.01"),
        ("Total", "$133.01"),
    ]
    assert answer["display"]["shipping"] == [
        {"label": "Drone", "text": "$3.00", "detail": "$3.27 with tax", "selected": True}
    ]
    assert answer["display"]["messages"] == []
    taxes = [row for row in answer["explanations"] if "tax" in row["text"]]
    assert {row["rounding"] for row in taxes} == {None}
    assert taxes[-1]["text"] == (
        "City tax 8.875 % of 3.00, added to the price, as the shop's calculator states."
    )


# -- R88: what is selected decides what is asked


def test_every_field_of_a_cart_says_what_it_needs() -> None:
    """R88: one that is forgotten here needs everything."""
    for name, fields in PARTS_BY_FIELD.items():
        assert set(fields) == set(CORE.type_map[name].fields)  # type: ignore[attr-defined]


def selection_of(type_name: str, field_name: str) -> str:
    """The field with all that can be selected below it."""
    short = {"order": "{ id }", "variant": "{ id }", "components": "{ reference }"}
    field = CORE.type_map[type_name].fields[field_name]  # type: ignore[attr-defined]
    child = get_named_type(field.type)
    if is_leaf_type(child):
        return field_name
    if field_name in short:
        return f"{field_name} {short[field_name]}"
    assert not isinstance(child, GraphQLInputObjectType)
    below = " ".join(selection_of(child.name, name) for name in child.fields)
    return f"{field_name} {{ {below} }}"


PARENTS = {"PurchaseItem": "items", "ShippingOption": "shippingOptions", "CartCode": "codes"}
FIELDS = [
    (type_name, field, parts)
    for type_name, fields in PARTS_BY_FIELD.items()
    for field, parts in fields.items()
]


@pytest.mark.parametrize(("type_name", "field", "parts"), FIELDS)
async def test_a_field_alone_is_what_it_is_among_all(
    store: Store,
    stranger: Caller,
    calculator: SimpleCalculator,
    type_name: str,
    field: str,
    parts: frozenset[CalculationPart],
) -> None:
    """R88: and the calculator is asked for no more than the field needs."""
    calculator.ways = lambda _: (DRONE, PIGEON)
    ask = execute_by_core(store, stranger)
    cart = await store.create_cart([(MUG, 2), (BUNDLE, 1)], CALIFORNIA)
    await set_codes(ask, cart, ["TENTH", "STORED25"])
    calculator.requests.clear()
    selection = selection_of(type_name, field)
    if type_name in PARENTS:
        selection = f"{PARENTS[type_name]} {{ {selection} }}"
    alone = await ask(f"query ($id: ID!) {{ cart(id: $id) {{ {selection} }} }}", id=cart.id)
    below = get_named_type(CORE.type_map[type_name].fields[field].type).name  # type: ignore[attr-defined]
    needed = parts if below not in PARENTS or field == "components" else all_parts_of(below)
    if type_name == "PurchaseItem" and field == "components":
        needed = NOTHING
    above = CODES if type_name == "CartCode" else NOTHING
    assert parts_asked(calculator) == ([needed | above] if needed | above else [])
    among_all = await ask(
        f"query ($id: ID!) {{ cart(id: $id) {{ {selection} taxState }} }}", id=cart.id
    )
    assert alone["cart"] == {name: among_all["cart"][name] for name in alone["cart"]}


def all_parts_of(type_name: str) -> frozenset[CalculationPart]:
    return NOTHING.union(*PARTS_BY_FIELD[type_name].values())


@pytest.mark.parametrize(
    ("selection", "parts"),
    [
        ("id items { name quantity }", NOTHING),
        ("... on Cart { codes { code } }", CODES),
        ("... on Purchase { discountTotal { minorUnits } }", CODES),
        ("...Options", SHIPPING),
        ("... on Node { id } ...Options codes { amount { minorUnits } }", EVERYTHING),
        ("id total @skip(if: $yes) { gross { minorUnits } }", NOTHING),
        ("id total @include(if: $no) { gross { minorUnits } }", NOTHING),
        ("id ... @include(if: $no) { total { gross { minorUnits } } } ...Options", SHIPPING),
        ("id total @skip(if: $no) @include(if: true) { net { minorUnits } }", EVERYTHING),
        ("items { components { components { total { gross { minorUnits } } } } }", EVERYTHING),
        ("order { total { gross { minorUnits } } }", NOTHING),
    ],
)
async def test_fragments_and_conditions_count(
    ask: Ask,
    store: Store,
    calculator: SimpleCalculator,
    selection: str,
    parts: frozenset[CalculationPart],
) -> None:
    """R88."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    await set_codes(ask, cart, ["TENTH"])
    calculator.requests.clear()
    head = "query ($id: ID!, $yes: Boolean! = true, $no: Boolean!)"
    tail = "fragment Options on Cart { shippingOptions { name ...Name } }"
    tail += "fragment Name on ShippingOption { id }"
    used = "" if "...Options" in selection else " ... @skip(if: true) { ...Options }"
    flags = " ... @skip(if: $yes) { id } ... @include(if: $no) { id }"
    document = f"{head} {{ cart(id: $id) {{ {selection}{used}{flags} }} }} {tail}"
    await ask(document, id=cart.id, no=False)
    assert parts_asked(calculator) == ([parts] if parts else [])


async def test_a_cart_is_asked_for_once_whatever_names_it(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R88: aliases, nodes and the owner's cart in one operation, for all that is shown of it."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    await set_codes(ask, cart, ["TENTH"])
    await cart_claims.claim_cart(
        CartReference(cart.id), caller=buyer.caller, dependencies=store.dependencies
    )
    calculator.requests.clear()
    document = f"""query ($id: ID!) {{
      name: cart(id: $id) {{ id }}
      codes: cart(id: $id) {{ codes {{ code applied }} }}
      cart(id: $id) {{ {FIGURES} }}
      node(id: $id) {{ ... on Purchase {{ total {MONEY} }} }}
      nodes(ids: [$id]) {{ ...Figures }}
      viewer {{ cart {{ shippingOptions {{ name }} }} orders(first: 1) {{ nodes {{ id }} }} }}
    }} fragment Figures on Cart {{ {FIGURES} }}"""
    answer = await ask(document, caller=buyer.caller, id=cart.id)
    figures = {"calculatedBy": "MERCHANT", "total": total(2100, 187)}
    # 8.875 % of 18.00 is 1.60, as a code of 2.00 leaves; but the net sent is before the code.
    figures["total"] = total(2100, 178 + 27)
    assert answer == {
        "name": {"id": cart.id},
        "codes": {"codes": [{"code": "TENTH", "applied": True}]},
        "cart": figures,
        "node": {"total": figures["total"]},
        "nodes": [figures],
        "viewer": {"cart": {"shippingOptions": [{"name": "Drone"}]}, "orders": {"nodes": []}},
    }
    assert parts_asked(calculator) == [EVERYTHING]


async def test_a_failure_is_asked_for_once_as_well(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84, R88: an operation does not wait twice for a calculator that does not answer."""
    calculator.is_down = True
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    document = (
        f"query ($id: ID!) {{ a: cart(id: $id) {{ {FIGURES} }} b: cart(id: $id) {{ {FIGURES} }} }}"
    )
    answer = await ask(document, id=cart.id)
    assert answer["a"] == answer["b"] == {"calculatedBy": "FALLBACK", "total": total(2500, 145)}
    assert len(calculator.requests) == 1


async def test_several_carts_are_asked_for_together(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R88: each once, eight at a time."""
    are_eight = asyncio.Event()

    async def wait_for_eight() -> None:
        if calculator.under_way == MAX_CONCURRENT_CALLS:
            are_eight.set()
        await are_eight.wait()

    calculator.before_answer = wait_for_eight
    ids = [(await store.create_cart([(MUG, 1)], CALIFORNIA)).id for _ in range(12)]
    document = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Cart {{ {FIGURES} }} }} }}"
    answer = await ask(document, ids=ids)
    assert answer["nodes"] == [{"calculatedBy": "MERCHANT", "total": total(1300, 89 + 27)}] * 12
    assert (len(calculator.requests), calculator.most_under_way) == (12, MAX_CONCURRENT_CALLS)


async def test_a_merchant_without_a_calculator_has_carts_by_table(
    store: Store, stranger: Caller
) -> None:
    """R84."""
    plain = store.with_dependencies(calculator=None)
    cart = await plain.create_cart([(MUG, 2)], CALIFORNIA)
    answer = await execute_by_core(plain, stranger)(CART, id=cart.id)
    assert answer["cart"] == {"calculatedBy": "TABLE", "total": total(2500, 145)}


async def test_who_only_ships_leaves_codes_and_taxes_to_the_tables(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: of what its shipping costs, the tables tell the tax: none in California."""
    calculator.parts = frozenset({CalculationPart.SHIPPING})
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    await set_codes(ask, cart, ["SAVE10", "TENTH"])
    answer = await ask(CART, id=cart.id)
    # 20.00 less a tenth is 18.00, of which 7.25 % are 1.31.
    assert answer["cart"] == {"calculatedBy": "MERCHANT", "total": total(2100, 131)}


# -- mutations


PAYLOAD = f"""cart {{ id version {FIGURES} codes {{ code applied reason }} }}
userErrors {{ code field }} warnings {{ code target message }}"""


async def change(ask: Ask, name: str, payload: str = PAYLOAD, **input: object) -> Answer:
    type_name = f"{name[0].upper()}{name[1:]}Input"
    document = f"mutation ($input: {type_name}!) {{ {name}(input: $input) {{ {payload} }} }}"
    answer: Answer = (await ask(document, input=input))[name]
    return answer


async def set_codes(ask: Ask, cart: PricedCart, codes: list[str], payload: str = PAYLOAD) -> Answer:
    return await change(ask, "cartCodesSet", payload, cartId=cart.id, codes=codes)


async def test_every_change_answers_the_cart_as_the_calculator_says(
    ask: Ask, calculator: SimpleCalculator
) -> None:
    """R84: each asks once, also for a cart that a refusal shows."""
    line = {"variantId": MUG.id, "quantity": 1}
    created = await change(ask, "cartCreate", lines=[line])
    assert created["cart"]["calculatedBy"] == "TABLE"
    cart = {"cartId": created["cart"]["id"]}
    place = {"country": "US", "region": "CA", "postalCode": "94043"}
    changes: list[tuple[str, Answer]] = [
        ("cartDestinationSet", {"destination": place}),
        ("cartLinesAdd", {"lines": [line]}),
        ("cartLinesUpdate", {"lines": [line | {"quantity": 2}]}),
        ("cartDetailsSet", {"note": "Ring twice"}),
        ("cartCustomerSet", {"kind": "CONSUMER"}),
        ("cartCodesSet", {"codes": []}),
        ("cartClaim", {}),
        ("cartLinesAdd", {"lines": [line], "expectedVersion": 1}),
        ("cartLinesAdd", {"lines": [line | {"quantity": 0}]}),
    ]
    figures = []
    for name, input in changes:
        calculator.requests.clear()
        answer = await change(ask, name, PAYLOAD, **cart, **input)
        assert len(calculator.requests) == 1
        figures.append((answer["cart"]["calculatedBy"], answer["cart"]["total"]))
    one_mug, two_mugs = total(1300, 89 + 27), total(2300, 178 + 27)
    assert figures == [("MERCHANT", one_mug), *[("MERCHANT", two_mugs)] * 8]


async def test_a_change_that_shows_nothing_of_it_asks_nothing(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R88."""
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    line = {"variantId": MUG.id, "quantity": 1}
    payload = "cart { version items { name quantity } } userErrors { code } warnings { code }"
    answer = await change(ask, "cartLinesAdd", payload, cartId=cart.id, lines=[line])
    assert answer["cart"] == {
        "version": cart.version + 1,
        "items": [{"name": "Mug", "quantity": 2}],
    }
    assert calculator.requests == []


async def test_the_calculator_says_which_codes_there_are(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: those of the tables do not count then, stored value does; asked for once."""
    calculator.refused_codes = {"late": "It ended yesterday."}
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    codes = [" TENTH ", "late", "SAVE10", "NOPE", "STORED25"]
    answer = await set_codes(ask, cart, codes)
    assert answer == {
        "cart": {
            "id": cart.id,
            "version": cart.version + 1,
            "calculatedBy": "MERCHANT",
            "total": total(2100, 178 + 27),
            "codes": [
                {"code": "TENTH", "applied": True, "reason": None},
                {"code": "late", "applied": False, "reason": "It ended yesterday."},
                {"code": "STORED25", "applied": True, "reason": None},
            ],
        },
        "userErrors": [],
        "warnings": [
            warning("late", "It ended yesterday."),
            warning("SAVE10", "There is no such code."),
            warning("NOPE", "There is no such code."),
        ],
    }
    [request] = calculator.requests
    assert request.codes == ("TENTH", "late", "SAVE10", "NOPE")


def warning(code: str, message: str) -> Answer:
    return {"code": "CODE_NOT_APPLICABLE", "target": code, "message": message}


async def test_codes_that_cannot_be_checked_stay(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: by the tables meanwhile, and they count once the calculator answers again."""
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    calculator.is_down = True
    answer = await set_codes(ask, cart, ["TENTH", "SAVE10", "STORED25"])
    unchecked = "The shop cannot check this code now. Try again later."
    assert answer["cart"]["codes"] == [
        {"code": "TENTH", "applied": False, "reason": unchecked},
        {"code": "SAVE10", "applied": True, "reason": None},
        {"code": "STORED25", "applied": True, "reason": None},
    ]
    # 20.00 less a tenth is 18.00, of which 7.25 % are 1.31, and the slow way.
    assert answer["cart"]["total"] == total(2300, 131)
    assert answer["warnings"] == [warning("TENTH", unchecked)]
    assert len(calculator.requests) == 1
    calculator.is_down = False
    document = (
        "query ($id: ID!) { cart(id: $id) { codes { code applied reason } display { messages } } }"
    )
    answer = (await ask(document, id=cart.id))["cart"]
    assert [(code["code"], code["applied"]) for code in answer["codes"]] == [
        ("TENTH", True),
        ("STORED25", True),
    ]
    assert answer["display"]["messages"] == ["SAVE10: There is no such code."]


async def test_codes_of_an_empty_cart_are_checked(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: without lines, for nothing else."""
    cart = await store.create_cart([])
    answer = await set_codes(ask, cart, ["TENTH", "NOPE"], "cart { codes { code } }")
    assert answer["cart"]["codes"] == [{"code": "TENTH"}]
    assert [(request.lines, request.parts) for request in calculator.requests] == [((), CODES)]


async def test_the_calculators_ways_to_ship_can_be_selected(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84: asked for once, and those of the tables cannot be."""
    calculator.ways = lambda _: (DRONE, PIGEON)
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    payload = (
        f"cart {{ total {MONEY} shippingOptions {{ id name selected }} }} userErrors {{ code }}"
    )

    async def select(method_id: str) -> Answer:
        option_id = f"shp_{cart.id.removeprefix('crt_')}_{method_id}"
        calculator.requests.clear()
        answer = await change(
            ask, "cartShippingSelect", payload, cartId=cart.id, shippingOptionId=option_id
        )
        assert len(calculator.requests) == 1
        return answer

    answer = await select("drone")
    assert answer["userErrors"] == []
    assert answer["cart"]["total"] == total(1300, 89 + 27)
    options = answer["cart"]["shippingOptions"]
    assert [(row["name"], row["selected"]) for row in options] == [
        ("Pigeon", False),
        ("Drone", True),
    ]
    assert (await select("fast"))["userErrors"] == [{"code": "NOT_FOUND"}]
    calculator.is_down = True
    assert (await select("fast"))["userErrors"] == []


async def test_a_claim_keeps_the_codes_of_both_carts(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R84, R113: which of them apply, the calculator says when the cart is shown."""
    buyer = await store.sign_in_buyer()
    earlier = await store.create_cart([(MUG, 1)], CALIFORNIA)
    await set_codes(ask, earlier, ["TENTH"])
    reference = CartReference(earlier.id)
    await cart_claims.claim_cart(reference, caller=buyer.caller, dependencies=store.dependencies)
    cart = await store.create_cart([(MUG, 1)], CALIFORNIA)
    calculator.codes = {"TENTH": 200, "FIFTH": 400}
    await set_codes(ask, cart, ["FIFTH"])
    calculator.codes = {"FIFTH": 400}
    claim = await cart_claims.claim_cart(
        CartReference(cart.id), caller=buyer.caller, dependencies=store.dependencies
    )
    assert claim.value is not None
    assert claim.value.cart.codes == ("FIFTH", "TENTH")
    answer = await ask(
        "query ($id: ID!) { cart(id: $id) { codes { code } display { messages } } }",
        caller=buyer.caller,
        id=cart.id,
    )
    assert answer["cart"] == {
        "codes": [{"code": "FIFTH"}],
        "display": {"messages": ["TENTH: There is no such code."]},
    }


# -- R38: what was shown to be left to pay is what a checkout holds to


DUE = "due { minorUnits }"


@pytest.mark.parametrize(
    ("selection", "shown"),
    [
        (DUE, DisplayedDue(2500, 5)),
        ("codes { code amount { minorUnits } }", DisplayedDue(2500, 5)),
        ("display { totals { text } }", DisplayedDue(2500, 5)),
        ("codes { code applied }", None),
        (f"total {MONEY}", None),
    ],
)
async def test_what_is_left_to_pay_is_kept_as_the_calculator_says(
    ask: Ask, store: Store, selection: str, shown: DisplayedDue | None
) -> None:
    """R38, R84: 20.00 and 1.78, 3.00 and 0.27, of which a card pays 25.00; only what was shown."""
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA, ["STORED25"])
    assert await displayed_due(store, cart, cart.version) is None
    await ask(f"query ($id: ID!) {{ cart(id: $id) {{ {selection} }} }}", id=cart.id)
    assert await displayed_due(store, cart, cart.version) == shown


async def test_a_change_keeps_what_it_shows(
    ask: Ask, store: Store, calculator: SimpleCalculator
) -> None:
    """R38, R84: by the calculator, or by the tables where it does not answer."""
    cart = await store.create_cart([(MUG, 2)], CALIFORNIA)
    answer = await set_codes(ask, cart, ["STORED25"])
    version = answer["cart"]["version"]
    assert await displayed_due(store, cart, version) == DisplayedDue(2500, 5)
    calculator.is_down = True
    answer = await change(ask, "cartDetailsSet", cartId=cart.id, note="Ring twice")
    assert await displayed_due(store, cart, version + 1) == DisplayedDue(2500, 145)


async def test_codes_are_judged_only_for_who_may_change_the_cart(
    store: Store, stranger: Caller, calculator: SimpleCalculator
) -> None:
    """R84: nobody makes the gateway ask for a cart that is not theirs."""
    buyer = await store.sign_in_buyer()
    cart = await store.create_cart([(MUG, 1), (EBOOK, 1)], CALIFORNIA)
    await cart_claims.claim_cart(
        CartReference(cart.id), caller=buyer.caller, dependencies=store.dependencies
    )
    outcome = await cart_edits.set_codes(
        CartReference(cart.id), ["TENTH"], caller=stranger, dependencies=store.dependencies
    )
    assert [error.code.value for error in outcome.user_errors] == ["NOT_FOUND"]
    assert calculator.requests == []
