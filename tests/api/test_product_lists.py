"""R110: lists of products as clients ask for them."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from gateway.adapters.clocks import ManualClock
from gateway.engine.catalogue.collections import Collection
from gateway.engine.catalogue.products import Product, Stock, Variant
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services.ports.collections import ListedCollection
from tests.api.conftest import offline_gift_dependencies
from tests.conftest import AnyDatabase
from tests.store import Store

Ask: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]

KETTLE = Product(
    "prd_kettle", "kettle", "Café Kettle", "Potter", "For tea.",
    product_type="Kitchen", tags=("tea", "steel"), option_names=("Color", "vendor"),
)  # fmt: skip
MUG = Product(
    "prd_mug", "mug", "Mug", "Potter", "For coffee in a kettle's shade.",
    product_type="Kitchen", tags=("tea",), option_names=("Color",),
)  # fmt: skip
LAMP = Product("prd_lamp", "lamp", "lamp 2", "Smith", option_names=("Color",))


def make_variant(
    product: Product, number: int, usd: int | None, values: tuple[str, ...], stock: Stock
) -> Variant:
    prices = {"EUR": 990} if usd is None else {"USD": usd}
    id = f"var_{product.handle}_{number}"
    return Variant(
        id, product.id, f"SKU-{product.handle}", "", prices, stock=stock, option_values=values
    )


CATALOGUE = {
    KETTLE: [
        make_variant(KETTLE, 1, 3000, ("red", "north"), Stock(0)),
        make_variant(KETTLE, 2, 4000, ("blue", "south"), Stock(5)),
    ],
    MUG: [
        make_variant(MUG, 1, 1200, ("red",), Stock()),
        make_variant(MUG, 2, 1400, ("blue",), Stock(0)),
    ],
    LAMP: [make_variant(LAMP, 1, None, ("red",), Stock(0, backorder=True))],
}
KITCHEN = Collection("col_kitchen", "kitchen", "Kitchen")

LIST = """query (
  $first: Int, $after: String, $query: String, $sort: ProductSort, $filter: ProductFilterInput
) {
  products(first: $first, after: $after, query: $query, sort: $sort, filter: $filter) {
    totalCount nodes { handle } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}"""
FACETS = """query ($query: String, $filter: ProductFilterInput) {
  products(query: $query, filter: $filter) { facets { name values { value count } } }
}"""


@pytest.fixture
async def store(databases: AnyDatabase, clock: ManualClock) -> Store:
    """A store of three products, two of them in a collection."""
    store = await Store.open(databases, clock)
    async with databases.begin() as work:
        listed = await work.catalogue.list_products(100, None)
        for listing in listed:
            hidden = Product(listing.product.id, listing.product.handle, "", listed=False)
            await work.catalogue.save({hidden: []}, clock.now())
        await work.catalogue.save(CATALOGUE, clock.now())
        await work.collections.save([ListedCollection(KITCHEN, 0)])
        await work.collections.pick_products({KITCHEN.id: [MUG.id, KETTLE.id]})
    return store


@pytest.fixture
def ask(store: Store) -> Ask:
    """Asks the store's schema."""

    async def execute(document: str, *, fails: bool = False, **variables: object) -> dict[str, Any]:
        dependencies = store.dependencies
        context = Context(
            dependencies, await store.authenticate(), offline_gift_dependencies(dependencies)
        )
        result: Any = await schema.execute(
            document, variable_values=dict(variables), context_value=context
        )
        if fails:
            [error] = result.errors
            return {"message": error.message, **(error.extensions or {})}
        assert result.errors is None, result.errors
        return dict(result.data)

    return execute


def handles(answer: dict[str, Any]) -> list[str]:
    return [node["handle"] for node in answer["products"]["nodes"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["kettle", "mug", "lamp"]),
        ({"sort": "TITLE"}, ["kettle", "lamp", "mug"]),
        ({"sort": "NEWEST"}, ["lamp", "mug", "kettle"]),
        ({"sort": "PRICE_ASC"}, ["mug", "kettle", "lamp"]),
        ({"sort": "PRICE_DESC"}, ["kettle", "mug", "lamp"]),
        ({"sort": "PRICE_ASC", "filter": {"currency": "EUR"}}, ["lamp", "kettle", "mug"]),
        ({"query": "KETTL"}, ["kettle", "mug"]),
        ({"query": "kettle cafe"}, ["kettle"]),
        ({"query": "sku-m"}, ["mug"]),
        ({"query": "potter blu"}, ["kettle", "mug"]),
        ({"query": "smit"}, ["lamp"]),
        ({"query": "ettle"}, []),
        ({"query": "?!"}, []),
        ({"query": " \t "}, ["kettle", "mug", "lamp"]),
        ({"query": '"Café" OR (mug* NEAR'}, []),
        ({"filter": {}}, ["kettle", "mug", "lamp"]),
        ({"filter": {"vendors": [], "options": []}}, ["kettle", "mug", "lamp"]),
        ({"filter": {"vendors": ["Potter", "Nobody"]}}, ["kettle", "mug"]),
        ({"filter": {"types": ["Kitchen"], "tags": ["steel"]}}, ["kettle"]),
        ({"filter": {"available": True}}, ["kettle", "mug", "lamp"]),
        ({"filter": {"available": False}}, ["kettle", "mug"]),
        ({"filter": {"priceMin": "12.01", "priceMax": "30"}}, ["kettle", "mug"]),
        ({"filter": {"priceMin": "13.995", "priceMax": "14.004"}}, ["mug"]),
        ({"filter": {"priceMax": "9.90", "currency": "EUR"}}, ["lamp"]),
        ({"filter": {"available": True, "options": [RED := {"name": "Color", "values": ["red"]}]}},
         ["mug", "lamp"]),
        ({"filter": {"options": [RED, {"name": "vendor", "values": ["south"]}]}}, []),
    ],
)  # fmt: skip
async def test_what_a_list_has_in_which_order(  # R110
    ask: Ask, arguments: dict[str, Any], expected: list[str]
) -> None:
    answer = await ask(LIST, **arguments)
    assert (handles(answer), answer["products"]["totalCount"]) == (expected, len(expected))


@pytest.mark.parametrize("sort", ["RELEVANCE", "TITLE", "NEWEST", "PRICE_ASC", "PRICE_DESC"])
@pytest.mark.parametrize("more", [{}, {"query": "kettle"}, {"filter": {"available": True}}])
async def test_each_product_is_on_one_page(  # R110
    ask: Ask, sort: str, more: dict[str, Any]
) -> None:
    full_list = await ask(LIST, sort=sort, **more)
    seen: list[str] = []
    after = None
    for number in range(len(handles(full_list))):
        page = await ask(LIST, sort=sort, first=1, after=after, **more)
        seen += handles(page)
        after = page["products"]["pageInfo"]["endCursor"]
        assert page["products"]["pageInfo"] == {
            "hasNextPage": number < len(handles(full_list)) - 1,
            "hasPreviousPage": number > 0,
            "endCursor": after,
        }
    assert seen == handles(full_list)


async def test_the_facets_of_a_list(ask: Ask) -> None:  # R110
    def facet(name: str, **counts: int) -> dict[str, Any]:
        values = [{"value": value, "count": count} for value, count in counts.items()]
        return {"name": name, "values": values}

    answer = await ask(FACETS)
    assert answer["products"]["facets"] == [
        facet("available", true=3, false=2),
        facet("vendor", Potter=2, Smith=1),
        facet("type", Kitchen=2),
        facet("tag", tea=2, steel=1),
        facet("Color", red=3, blue=2),
        facet("option:vendor", north=1, south=1),
    ]
    answer = await ask(FACETS, filter={"available": True, "options": [RED], "vendors": ["Potter"]})
    assert answer["products"]["facets"] == [
        facet("available", true=1, false=1),
        facet("vendor", Potter=1, Smith=1),
        facet("type", Kitchen=1),
        facet("tag", tea=1),
        facet("Color", blue=1, red=1),
    ]
    assert (await ask(FACETS, query="zzz"))["products"]["facets"] == []
    assert (await ask(FACETS, query="..."))["products"]["facets"] == []


async def test_a_purchase_is_seen_in_the_next_answer(ask: Ask, store: Store) -> None:  # R110
    """Also where the same was asked before."""
    only_sold = {"filter": {"available": True}, "sort": "TITLE"}
    assert handles(await ask(LIST, **only_sold)) == ["kettle", "lamp", "mug"]
    async with store.dependencies.database.begin() as work:
        assert await work.stock.reserve({"var_kettle_2": 5}) == ()
    answer = await ask(LIST, **only_sold)
    assert (handles(answer), answer["products"]["totalCount"]) == (["lamp", "mug"], 2)
    facets = (await ask(FACETS))["products"]["facets"]
    assert facets[0]["values"] == [{"value": "true", "count": 2}, {"value": "false", "count": 2}]


async def test_the_products_of_a_collection_are_listed_likewise(ask: Ask) -> None:  # R110
    document = """query ($sort: ProductSort, $filter: ProductFilterInput, $after: String) {
      collection(handle: "kitchen") {
        products(first: 1, after: $after, sort: $sort, filter: $filter) {
          totalCount nodes { handle } facets { name } pageInfo { endCursor }
    } } }"""
    for arguments, expected in (
        ({}, ["mug", "kettle"]),
        ({"sort": "PRICE_DESC"}, ["kettle", "mug"]),
        ({"filter": {"tags": ["tea"]}}, ["mug", "kettle"]),
        ({"filter": {"tags": ["steel"]}}, ["kettle"]),
    ):
        seen: list[str] = []
        after = None
        for _ in expected:
            answer = await ask(document, after=after, **arguments)
            page = answer["collection"]["products"]
            seen += [node["handle"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            assert page["totalCount"] == len(expected)
        assert seen == expected
        assert [facet["name"] for facet in page["facets"]][:2] == ["available", "vendor"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"query": "x" * 201}, "`query`: At most 200 characters; these are 201."),
        ({"query": "a\0b"}, "`query`: A text must not hold the character U+0000."),
        (
            {"filter": {"priceMin": "2", "priceMax": "1.99"}},
            "`filter.priceMin` must not be above `filter.priceMax`.",
        ),
        ({"filter": {"currency": "XQX"}}, "`filter.currency`: XQX is no currency in use."),
        (
            {"filter": {"vendors": ["x"] * 101}},
            "`filter.vendors`: At most 100 entries; these are 101.",
        ),
        (
            {"filter": {"tags": ["x" * 256]}},
            "`filter.tags.0`: At most 255 characters; these are 256.",
        ),
        (
            {"filter": {"options": [RED] * 11}},
            "`filter.options`: At most 10 entries; these are 11.",
        ),
        ({"first": 0}, "`first` must be between 1 and 100."),
        ({"after": "eA"}, "`after` is not a cursor of this list."),
    ],
)
async def test_what_is_too_much_or_contradicts_itself_is_refused(
    ask: Ask, arguments: dict[str, Any], message: str
) -> None:
    assert await ask(LIST, fails=True, **arguments) == {
        "message": message,
        "code": "BAD_USER_INPUT",
    }


async def test_a_cursor_is_of_one_list_alone(ask: Ask) -> None:
    cursors = {
        name: (await ask(LIST, first=1, **arguments))["products"]["pageInfo"]["endCursor"]
        for name, arguments in (
            ("all", {}),
            ("title", {"sort": "TITLE"}),
            ("price", {"sort": "PRICE_ASC"}),
            ("tea", {"filter": {"tags": ["tea"]}}),
            ("mug", {"query": "mug"}),
        )
    }
    for name, cursor in cursors.items():
        for arguments in ({}, {"sort": "TITLE"}, {"filter": {"tags": ["tea"]}}, {"query": "mug"}):
            own = {"all": {}, "title": {"sort": "TITLE"}, "tea": {"filter": {"tags": ["tea"]}},
                   "mug": {"query": "mug"}}.get(name)  # fmt: skip
            if arguments != own:
                answer = await ask(LIST, fails=True, after=cursor, **arguments)
                assert answer["message"] == "`after` is not a cursor of this list."
