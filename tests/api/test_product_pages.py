"""A page of one product, and things found by their ids."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.catalogue.collections import Collection
from gateway.engine.catalogue.products import BundleComponent, Product, Variant
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.identity.callers import Caller
from gateway.services.ports.collections import ListedCollection
from tests.api.conftest import offline_gift_dependencies
from tests.conftest import AnyDatabase
from tests.shelves import BUNDLE, DESK, HOME, MUG, PRINT
from tests.shelves import PRODUCT as THINGS
from tests.store import STAFF, Buyer, Store

PAGE = (Path(__file__).parents[2] / "docs" / "collections.md").read_text(encoding="utf-8")
Ask: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]

HIDDEN = Product("prd_hidden", "hidden", "Hidden", listed=False)
HIDDEN_VARIANT = Variant("var_hidden", HIDDEN.id, "H", "Hidden", {"USD": 100})
NEST = Product("prd_nest", "nest", "Nest")
NEST_VARIANT = Variant(
    "var_nest",
    NEST.id,
    "NEST",
    "Nest",
    {"USD": 100, "EUR": 200},
    components=(BundleComponent(BUNDLE, 1, {"USD": 400}), BundleComponent(MUG, 3, {"USD": 700})),
)
KITCHEN = Collection("col_kitchen", "kitchen", "Kitchen", "For kitchens.")
OFFICE = Collection("col_office", "office", "Office")
EMPTY = Collection("col_empty", "empty", "Empty")

BY_NAME = "query ($id: ID, $handle: String) { product(id: $id, handle: $handle) { id handle } }"
RANGE = """query ($id: ID, $currency: CurrencyCode) { product(id: $id) {
  priceRange(currency: $currency) { min { amount currency } max { amount currency } }
} }"""


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    """The store with two more products, one that is not listed, and three collections."""
    store = await Store.open(databases, clock)
    async with databases.begin() as work:
        await work.catalogue.save({HIDDEN: [HIDDEN_VARIANT], NEST: [NEST_VARIANT]}, clock.now())
        await work.collections.save(
            ListedCollection(collection, position)
            for position, collection in enumerate((KITCHEN, OFFICE, EMPTY))
        )
        await work.collections.pick_products({KITCHEN.id: [NEST.id, HIDDEN.id, THINGS.id]})
        await work.collections.pick_products({OFFICE.id: [THINGS.id]})
    return store


@pytest.fixture
def ask(store: Store) -> Ask:
    """Asks the store's schema; errors fail the test unless they are asked for."""

    async def execute(
        document: str, caller: Caller | None = None, *, fails: bool = False, **variables: object
    ) -> dict[str, Any]:
        dependencies = store.dependencies
        context = Context(
            dependencies,
            caller or await store.authenticate(),
            offline_gift_dependencies(dependencies),
        )
        result: Any = await schema.execute(
            document, variable_values=dict(variables), context_value=context
        )
        if fails:
            [error] = result.errors
            return {"message": error.message, **(error.extensions or {})}
        assert result.errors is None
        return dict(result.data)

    return execute


async def test_a_product_by_one_of_its_names(ask: Ask) -> None:
    nest = {"product": {"id": NEST.id, "handle": "nest"}}
    assert await ask(BY_NAME, id=NEST.id) == nest
    assert await ask(BY_NAME, handle="nest") == nest
    assert await ask(BY_NAME, handle="none") == {"product": None}
    assert await ask(BY_NAME, id="prd_none") == {"product": None}


@pytest.mark.parametrize("names", [{}, {"id": NEST.id, "handle": "nest"}])
@pytest.mark.parametrize("field", ["product", "collection"])
async def test_exactly_one_name_is_taken(ask: Ask, names: dict[str, str], field: str) -> None:
    document = BY_NAME.replace("product(", f"{field}(")
    assert await ask(document, fails=True, **names) == {
        "message": "Exactly one of `id` and `handle` is taken.",
        "code": "BAD_USER_INPUT",
    }


async def test_what_is_not_listed_is_for_staff_alone(ask: Ask) -> None:
    for names in ({"id": HIDDEN.id}, {"handle": "hidden"}):
        assert await ask(BY_NAME, **names) == {"product": None}
        assert await ask(BY_NAME, STAFF, **names) == {"product": {"id": HIDDEN.id, **HIDDEN_NAME}}
    node = "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }"
    assert await ask(node, id=HIDDEN.id) == {"node": None, "nodes": [None]}
    assert await ask(node, STAFF, id=HIDDEN.id) == {
        "node": {"id": HIDDEN.id},
        "nodes": [{"id": HIDDEN.id}],
    }


HIDDEN_NAME = {"handle": "hidden"}


async def test_a_variant_tells_its_product_even_where_it_is_not_listed(ask: Ask) -> None:
    document = """query ($id: ID!) { node(id: $id) { ... on Variant { product { handle listed
      variants { id } priceRange { min { amount } } } } } }"""
    assert await ask(document, id=HIDDEN_VARIANT.id) == {
        "node": {
            "product": {
                "handle": "hidden",
                "listed": False,
                "variants": [{"id": HIDDEN_VARIANT.id}],
                "priceRange": {"min": {"amount": "1.00"}},
            }
        }
    }


async def test_what_has_a_page_says_so(ask: Ask) -> None:
    document = "query ($handle: String) { product(handle: $handle) { listed } }"
    assert await ask(document, handle="nest") == {"product": {"listed": True}}
    assert await ask(document, STAFF, handle="hidden") == {"product": {"listed": False}}
    listed = await ask("{ products(first: 2) { nodes { listed } } }")
    assert listed == {"products": {"nodes": [{"listed": True}] * 2}}


async def test_an_order_still_shows_what_is_no_longer_listed(
    ask: Ask, store: Store, clock: ManualClock
) -> None:
    buyer: Buyer = await store.one_click_buyer(address=HOME)
    await buyer.purchase(MUG)
    async with store.database.begin() as work:
        await work.catalogue.save(
            {replace(THINGS, listed=False): [replace(MUG, listed=False)]}, clock.now()
        )
    document = """{ viewer { openOrders { items { variant { sku product { handle } } } } } }"""
    assert await ask(document, buyer.caller) == {
        "viewer": {
            "openOrders": [
                {"items": [{"variant": {"sku": "MUG", "product": {"handle": "things"}}}]}
            ]
        }
    }
    assert await ask(BY_NAME, buyer.caller, handle="things") == {"product": None}


def price(amount: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


async def test_the_range_of_prices_is_in_one_currency(ask: Ask) -> None:
    """In the currency asked for where a variant has such a price, else in the shop's."""
    assert await ask(RANGE, id=THINGS.id) == {
        "product": {"priceRange": {"min": price("9.99"), "max": price("121.00")}}
    }
    assert await ask(RANGE, id=THINGS.id, currency="JPY") == {
        "product": {"priceRange": {"min": price("1500", "JPY"), "max": price("1500", "JPY")}}
    }
    assert await ask(RANGE, id=NEST.id, currency="EUR") == {
        "product": {"priceRange": {"min": price("142.00"), "max": price("142.00")}}
    }


async def test_only_listed_variants_count_in_the_range(
    ask: Ask, store: Store, clock: ManualClock
) -> None:
    async with store.database.begin() as work:
        await work.catalogue.save({THINGS: [replace(MUG, listed=False), PRINT, DESK]}, clock.now())
    assert await ask(RANGE, id=THINGS.id) == {
        "product": {"priceRange": {"min": price("90.00"), "max": price("120.00")}}
    }
    async with store.database.begin() as work:
        await work.catalogue.save({THINGS: [replace(MUG, listed=False)]}, clock.now())
    assert await ask(RANGE, id=THINGS.id) == {
        "product": {"priceRange": {"min": price("9.99"), "max": price("121.00")}}
    }


async def test_bundles_of_any_depth_in_one_selection(ask: Ask) -> None:
    document = """query ($id: ID!) { node(id: $id) { ... on Variant {
      components { variant { sku } quantity depth parent { sku } } } } }"""
    answer = await ask(document, id=NEST_VARIANT.id)
    assert [
        (part["depth"], part["parent"]["sku"], part["quantity"], part["variant"]["sku"])
        for part in answer["node"]["components"]
    ] == [
        (0, "NEST", 1, "SET"),
        (1, "SET", 2, "MUG"),
        (1, "SET", 1, "PRINT"),
        (0, "NEST", 3, "MUG"),
    ]
    assert await ask(document, id=MUG.id) == {"node": {"components": []}}


async def test_prices_say_whether_tax_is_in_them(ask: Ask, store: Store) -> None:
    from gateway.adapters.rules.files import from_yaml
    from gateway.services.rule_import import import_rules

    await import_rules(
        from_yaml(
            "valid_from: 2020-01-01\nmarkets: [{currency: JPY, prices_include_tax: true}]\n"
            "tax: {default: {rules: []}}"
        ),
        database=store.database,
        ids=store.dependencies.ids,
        clock=store.clock,
        countries=store.dependencies.countries,
    )
    document = """query ($id: ID!) { node(id: $id) { ... on Variant { pricesIncludeTax
      inYen: pricesIncludeTax(currency: "JPY") inEuros: pricesIncludeTax(currency: "EUR") } } }"""
    assert await ask(document, id=MUG.id) == {
        "node": {"pricesIncludeTax": False, "inYen": True, "inEuros": False}
    }


async def test_a_collection_by_one_of_its_names(ask: Ask) -> None:
    document = """query ($id: ID, $handle: String) { collection(id: $id, handle: $handle) {
      id handle title description image { url } products { nodes { handle } } } }"""
    kitchen = {
        "collection": {
            "id": KITCHEN.id,
            "handle": "kitchen",
            "title": "Kitchen",
            "description": "For kitchens.",
            "image": None,
            "products": {"nodes": [{"handle": "nest"}, {"handle": "things"}]},
        }
    }
    assert await ask(document, id=KITCHEN.id) == kitchen
    assert await ask(document, handle="kitchen") == kitchen
    assert await ask(document, handle="none") == {"collection": None}


async def test_collections_and_their_products_page_by_page(ask: Ask) -> None:
    document = """query ($after: String) { collections(first: 2, after: $after) {
      nodes { handle } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    first = (await ask(document))["collections"]
    end = first["pageInfo"].pop("endCursor")
    assert first == {
        "nodes": [{"handle": "kitchen"}, {"handle": "office"}],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False},
    }
    second = (await ask(document, after=end))["collections"]
    assert second["nodes"] == [{"handle": "empty"}]
    assert second["pageInfo"]["hasNextPage"] is False
    document = """query ($after: String) { collection(handle: "kitchen") {
      products(first: 1, after: $after) { edges { cursor node { handle } } pageInfo {
        hasNextPage } } } }"""
    [edge] = (await ask(document))["collection"]["products"]["edges"]
    second_page = await ask(document, after=edge["cursor"])
    assert [each["node"]["handle"] for each in second_page["collection"]["products"]["edges"]] == [
        "things"
    ]
    assert (await ask(document, fails=True, after="nonsense"))["code"] == "BAD_USER_INPUT"


async def test_the_documented_query_of_a_collection(ask: Ask) -> None:
    [document] = re.findall(r"^```graphql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    collection = (await ask(document))["collection"]
    assert [each["handle"] for each in collection["products"]["nodes"]] == ["nest", "things"]


async def test_a_product_says_which_collections_it_is_in(ask: Ask) -> None:
    document = "query ($id: ID!) { product(id: $id) { collections { handle } } }"
    assert await ask(document, id=THINGS.id) == {
        "product": {"collections": [{"handle": "kitchen"}, {"handle": "office"}]}
    }
    assert await ask(document, id=NEST.id) == {"product": {"collections": [{"handle": "kitchen"}]}}


async def test_nodes_come_in_the_order_of_their_ids(ask: Ask, store: Store) -> None:
    cart = await store.create_cart()
    ids = [MUG.id, "nonsense", KITCHEN.id, cart.id, MUG.id, THINGS.id, "ord_none", "xyz_1", ""]
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    assert await ask(document, ids=ids) == {
        "nodes": [
            {"__typename": "Variant", "id": MUG.id},
            None,
            {"__typename": "Collection", "id": KITCHEN.id},
            {"__typename": "Cart", "id": cart.id},
            {"__typename": "Variant", "id": MUG.id},
            {"__typename": "Product", "id": THINGS.id},
            None,
            None,
            None,
        ]
    }
    assert await ask(document, ids=[]) == {"nodes": []}
    refused = await ask(document, fails=True, ids=["x"] * 101)
    assert refused == {
        "message": "`ids`: At most 100 entries; these are 101.",
        "code": "BAD_USER_INPUT",
    }


async def test_nodes_show_to_each_what_is_theirs(ask: Ask, store: Store) -> None:
    """R97: what a purchaser has, in one list, and to nobody else."""
    buyer = await store.sign_in_buyer()
    await buyer.enable_one_click(await buyer.save_address(), await buyer.save_payment_method())
    await buyer.purchase(MUG)
    document = """{ viewer { purchaser { id addresses { id } paymentMethods { id } }
      openOrders { id } } }"""
    viewer = (await ask(document, buyer.caller))["viewer"]
    purchaser = viewer["purchaser"]
    ids = [
        each["id"]
        for each in (
            purchaser,
            *purchaser["addresses"],
            *purchaser["paymentMethods"],
            *viewer["openOrders"],
        )
    ]
    assert len(ids) == 4
    nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert await ask(nodes, buyer.caller, ids=ids) == {"nodes": [{"id": id} for id in ids]}
    assert await ask(nodes, ids=ids) == {"nodes": [None] * 4}
    other = await store.sign_in_buyer("grace@example.com")
    assert await ask(nodes, other.caller, ids=ids) == {"nodes": [None] * 4}
    assert await ask(nodes, STAFF, ids=ids) == {"nodes": [None] * 3 + [{"id": ids[3]}]}
