"""How many statements pages of products need: as many for a hundred as for one."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
from graphql import parse

from gateway.adapters.clocks import ManualClock
from gateway.adapters.sql.statements import Statement
from gateway.engine.catalogue.collections import (
    Collection,
    CollectionCondition,
    CollectionRule,
    ConditionField,
    ConditionMatch,
    ConditionRelation,
)
from gateway.engine.catalogue.products import BundleComponent, Image, Product, Stock, Variant
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.identity.callers import Caller
from gateway.services.ports.collections import ListedCollection
from gateway.transport.complexity import ComplexityMeasure
from gateway.transport.limits import Limits
from tests.adapters.costs.statements import every_statement
from tests.api.conftest import offline_gift_dependencies
from tests.conftest import AnyDatabase
from tests.store import Store

NAMES = {id(statement): name for name, statement in every_statement().items()}
Ask: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]

CARD = """fragment Card on Product {
  id handle title vendor tags featuredImage { url altText } images { url }
  options { name values } priceRange { min { formatted } max { formatted } }
  collections { handle title }
  variants {
    id sku title price { formatted } compareAtPrice { formatted } pricesIncludeTax
    availableForSale shipsInDays image { url } selectedOptions { name value }
    components { depth variant { sku } } product { handle }
    oneClick { state OFFER }
  }
}"""
TOTAL = "total { gross { formatted } } due { formatted } order { id } undoUntil"
LIST = "query ($first: Int) { products(first: $first) { nodes { ...Card } } } " + CARD
IN_COLLECTION = (
    'query ($first: Int) { collection(handle: "all") { title products(first: $first) {'
    " nodes { ...Card } } } } " + CARD
)
PAGE = "query ($handle: String) { product(handle: $handle) { ...Card } } " + CARD
PRODUCT_COUNTS = (1, 24, 100)


def build_product(number: int) -> tuple[Product, list[Variant]]:
    """A product with all that a page shows, and three variants."""
    product = Product(
        f"prd_{number:03}",
        f"thing-{number}",
        f"Thing {number}",
        "Maker",
        tags=("all", f"tag {number}"),
        option_names=("Size",),
        images=(Image(f"/media/{number}.svg", f"Thing {number}", 400, 300),),
    )
    variants = [
        Variant(
            f"var_{number:03}_{size}",
            product.id,
            f"THING-{number}-{size}",
            f"Thing {number}, {size}",
            {"USD": 1000 + number},
            grams=200,
            stock=Stock(5),
            option_values=(size,),
            compare_at_prices={"USD": 2000},
        )
        for size in ("S", "M", "L")
    ]
    return product, variants


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    """The store with a hundred products more, all in two collections, every tenth a bundle."""
    store = await Store.open(databases, clock)
    made = [build_product(number) for number in range(100)]
    part = made[0][1][0]
    for _, variants in made[1::10]:
        variants[2] = Variant(
            variants[2].id,
            variants[2].product_id,
            "",
            "Set",
            {"USD": 0},
            components=(BundleComponent(part, 2, {"USD": 900}),),
            option_values=("Set",),
        )
    condition = CollectionCondition(ConditionField.TAG, ConditionRelation.EQUALS, "all")
    rule = CollectionRule(ConditionMatch.ALL, (condition,))
    async with databases.begin() as work:
        await work.collections.save(
            [
                ListedCollection(Collection("col_all", "all", "All", rule=rule), 0),
                ListedCollection(Collection("col_picked", "picked", "Picked"), 1),
            ]
        )
        await work.catalogue.save(dict(made), clock.now())
        await work.collections.pick_products({"col_picked": [product.id for product, _ in made]})
    return store


@pytest.fixture
def ask(store: Store) -> Ask:
    """Asks the store's schema."""

    async def execute(document: str, caller: Caller, **variables: object) -> dict[str, Any]:
        dependencies = store.dependencies
        context = Context(dependencies, caller, offline_gift_dependencies(dependencies))
        result: Any = await schema.execute(
            document, variable_values=dict(variables), context_value=context
        )
        assert result.errors is None
        return dict(result.data)

    return execute


@contextmanager
def recorded_statements(database: AnyDatabase) -> Iterator[Counter[str]]:
    """The names of the statements that are read with in the block, with how often each is."""
    session: Any = database._read_only_session
    counts: Counter[str] = Counter()

    def record(read: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def read_and_count(statement: Statement, **values: Any) -> object:  # noqa: ANN401
            counts[NAMES.get(id(statement)) or statement.sqlite.sql] += 1
            return await read(statement, **values)

        return read_and_count

    kind = type(session)
    originals = kind.fetch_all, kind.fetch_one
    with pytest.MonkeyPatch.context() as patch:
        for name, original in zip(("fetch_all", "fetch_one"), originals, strict=True):
            patch.setattr(kind, name, _method(record, original))
        yield counts


def _method(record: Any, original: Any) -> Any:  # noqa: ANN401 - a method of a session
    def method(session: object, statement: Statement, **values: object) -> object:
        return record(original.__get__(session))(statement, **values)

    return method


@pytest.mark.parametrize("offer", ["", TOTAL])
@pytest.mark.parametrize("document", [LIST, IN_COLLECTION])
async def test_a_list_needs_as_many_statements_for_a_hundred_as_for_one(
    ask: Ask, store: Store, document: str, offer: str
) -> None:  # R109
    buyer = await (await store.one_click_buyer()).sign_in_again()
    await buyer.purchase()
    document = document.replace("OFFER", offer)
    counts = []
    for count in PRODUCT_COUNTS:
        with recorded_statements(store.database) as statements:
            data = await ask(document, buyer.caller, first=count)
        [root] = data.values()
        nodes = root["products"]["nodes"] if "products" in root else root["nodes"]
        assert len(nodes) == count
        counts.append(statements)
    assert counts[1] == counts[2]
    # A page without a bundle looks for no parts, one without collections for none of these.
    not_always = {"bundles.LIST_COMPONENTS", "collections.FIND"}
    assert counts[1].keys() - counts[0].keys() <= not_always


@pytest.mark.parametrize("document", [LIST, IN_COLLECTION, PAGE])
def test_such_a_page_is_within_the_limits(document: str) -> None:  # R109
    """Also with a hundred products, and with bundles of any depth."""
    limits = Limits()
    node = parse(document.replace("OFFER", TOTAL))
    measure = ComplexityMeasure(
        schema._schema, node, list_size=limits.list_size, variables={"first": 100}
    )
    complexity = measure.operation(node.definitions[0])  # type: ignore[arg-type]
    assert complexity.cost <= limits.cost
    assert complexity.depth <= limits.depth


async def test_only_what_is_selected_is_asked_for(ask: Ask, store: Store) -> None:  # R109
    """The state of an offer alone needs no rules and no open orders."""
    buyer = await store.one_click_buyer()
    query = "{ products(first: 24) { nodes { title variants { sku oneClick { state } } } } }"
    with recorded_statements(store.database) as statements:
        await ask(query, buyer.caller)
    asked_for_state = set(statements)
    assert asked_for_state >= {"orders.LIST_ONE_CLICK_LINES", "catalogue.LIST_LISTED_VARIANTS"}
    assert asked_for_state.isdisjoint({"orders.LIST_OPEN", "rule_sets.FIND_CURRENT_ID"})
    with recorded_statements(store.database) as statements:
        await ask(query.replace("oneClick { state }", ""), buyer.caller)
    about_the_buyer = {"orders", "one_click_grants", "purchasers", "data_keys", "rule_sets"}
    assert about_the_buyer.isdisjoint(name.partition(".")[0] for name in statements)


async def test_a_page_of_one_product_is_one_query(ask: Ask, store: Store) -> None:  # R109
    buyer = await store.one_click_buyer()
    data = await ask(PAGE.replace("OFFER", TOTAL), buyer.caller, handle="thing-1")
    product = data["product"]
    assert product["collections"] == [
        {"handle": "all", "title": "All"},
        {"handle": "picked", "title": "Picked"},
    ]
    assert product["options"] == [{"name": "Size", "values": ["S", "M", "Set"]}]
    assert [variant["oneClick"]["state"] for variant in product["variants"]] == ["READY"] * 3
    assert [variant["oneClick"]["due"]["formatted"] for variant in product["variants"]] == [
        "$15.74",
        "$15.74",
        "$24.31",
    ]
