"""What is sold: products, their variants and prices."""

from typing import Annotated

import strawberry

from gateway.engine.catalogue import Product, Variant
from gateway.engine.money import Money
from gateway.engine.pricing import PricedItem
from gateway.engine.records import RecordedItem
from gateway.resolvers.bounded import bounded, mistake
from gateway.resolvers.context import Info
from gateway.resolvers.pages import After, First, absent, wrong_pages_told
from gateway.services import catalogue
from gateway.services.pages import Page


@bounded(mistake)
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
    wanted = absent(first), absent(after), absent(query)
    with wrong_pages_told():
        return await catalogue.page(*wanted, parts=info.context.parts)


async def variants(root: strawberry.Parent[Product], info: Info) -> tuple[Variant, ...]:
    """What the product comes in."""
    return await info.context.product_variants.load(root.id)


def price(root: strawberry.Parent[Variant], info: Info) -> Money:
    """What one costs in the merchant's own currency."""
    return catalogue.own_price(root, info.context.parts)


async def variant_of(
    root: strawberry.Parent[PricedItem | RecordedItem], info: Info
) -> Variant | None:
    """The variant that a line was bought as."""
    if root.variant_id is None:
        return None
    return await info.context.variants.load(root.variant_id)
