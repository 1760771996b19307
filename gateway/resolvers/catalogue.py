"""What is sold: products, their variants and prices."""

from typing import Annotated

import strawberry

from gateway.engine.catalogue.products import Product, Variant
from gateway.engine.money import Money
from gateway.engine.pricing.priced_purchase import PricedItem
from gateway.engine.pricing.snapshots import ItemSnapshot
from gateway.resolvers.argument_guards import check_bounds, raise_bad_input
from gateway.resolvers.context import Info
from gateway.resolvers.pagination import After, First, none_if_unset, report_invalid_page
from gateway.services.catalogue import browsing
from gateway.services.pagination import Page


@check_bounds(raise_bad_input)
async def products(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    query: Annotated[
        str | None,
        strawberry.argument(description="Words that the title or a SKU must have; absent: all."),
    ] = strawberry.UNSET,
) -> Page[Product]:
    """A page of what is sold."""
    page_arguments = none_if_unset(first), none_if_unset(after), none_if_unset(query)
    with report_invalid_page():
        return await browsing.list_products(*page_arguments, dependencies=info.context.dependencies)


async def variants(root: strawberry.Parent[Product], info: Info) -> tuple[Variant, ...]:
    """What the product comes in."""
    return await info.context.product_variants.load(root.id)


def price(root: strawberry.Parent[Variant], info: Info) -> Money:
    """What one costs in the merchant's own currency."""
    return browsing.shop_price(root, info.context.dependencies)


async def variant(root: strawberry.Parent[PricedItem | ItemSnapshot], info: Info) -> Variant | None:
    """The variant that a line was bought as."""
    if root.variant_id is None:
        return None
    return await info.context.variants.load(root.variant_id)
