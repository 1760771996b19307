"""Resolvers of collections and of the products in them."""

from typing import Annotated

import strawberry

from gateway.engine.catalogue.collections import Collection
from gateway.engine.catalogue.products import Product
from gateway.resolvers.argument_guards import check_bounds, null_answer, raise_bad_input
from gateway.resolvers.catalogue import FilterArgument, SortArgument
from gateway.resolvers.context import Info
from gateway.resolvers.input_readers.product_selections import read_selection
from gateway.resolvers.pagination import (
    After,
    First,
    none_if_unset,
    report_invalid_page,
    require_one,
)
from gateway.resolvers.product_preloads import preload_products
from gateway.services.catalogue import collections as collection_lists
from gateway.services.catalogue import product_lists
from gateway.services.catalogue.product_lists import ProductPage
from gateway.services.pagination import Page


@check_bounds(null_answer)
async def collection(
    info: Info,
    id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The collection's id.")
    ] = strawberry.UNSET,
    handle: Annotated[
        str | None, strawberry.argument(description="The collection's handle.")
    ] = strawberry.UNSET,
) -> Collection | None:
    """The collection by its id or its handle, or None."""
    collection_id, name = none_if_unset(id), none_if_unset(handle)
    require_one(id=collection_id, handle=name)
    if collection_id is not None:
        return await info.context.collections.load(collection_id)
    database = info.context.dependencies.database
    return await collection_lists.find_collection(name or "", database=database)


@check_bounds(raise_bad_input)
async def collections(
    info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
) -> Page[Collection]:
    """A page of all collections."""
    with report_invalid_page():
        return await collection_lists.list_collections(
            none_if_unset(first),
            none_if_unset(after),
            database=info.context.dependencies.database,
        )


@check_bounds(raise_bad_input)
async def products(
    root: strawberry.Parent[Collection],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    sort: SortArgument = strawberry.UNSET,
    filter: FilterArgument = strawberry.UNSET,
) -> ProductPage:
    """A page of the collection's products."""
    dependencies = info.context.dependencies
    with report_invalid_page():
        selection = read_selection(
            None, sort, filter, dependencies=dependencies, collection_id=root.id
        )
        page = await product_lists.list_products(
            selection, none_if_unset(first), none_if_unset(after), dependencies=dependencies
        )
    await preload_products([edge.node for edge in page.edges], info)
    return page


async def collections_of_product(
    root: strawberry.Parent[Product], info: Info
) -> tuple[Collection, ...]:
    """The collections that the product is in, in the merchant's order."""
    ids = await info.context.collection_ids.load(root.id)
    loaded = await info.context.collections.load_many(list(ids))
    return tuple(collection for collection in loaded if collection is not None)
