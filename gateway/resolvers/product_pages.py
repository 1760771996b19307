"""Resolvers of one product, and of what its page shows of it and its variants."""

from collections.abc import Awaitable
from itertools import islice
from typing import Annotated

import strawberry

from gateway.engine.catalogue.products import NestedComponent, Product, Variant
from gateway.plans import of_context
from gateway.resolvers.argument_guards import check_bounds, null_answer
from gateway.resolvers.catalogue import ShownCurrency
from gateway.resolvers.context import Info
from gateway.resolvers.pagination import none_if_unset, require_one
from gateway.resolvers.product_preloads import preload_products
from gateway.services.catalogue import browsing, product_pages
from gateway.services.catalogue.product_pages import PriceRange

MAX_COMPONENTS = 1_000
"""Components of a bundle that are listed; no purchase takes more."""


@check_bounds(null_answer)
async def product(
    info: Info,
    id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The product's id.")
    ] = strawberry.UNSET,
    handle: Annotated[
        str | None, strawberry.argument(description="The product's handle.")
    ] = strawberry.UNSET,
) -> Product | None:
    """The product by its id or its handle, or None."""
    product_id: str | None = none_if_unset(id)
    name = none_if_unset(handle)
    require_one(id=product_id, handle=name)
    if name is not None:
        async with info.context.dependencies.database.read() as reading:
            product_id = (await reading.catalogue.find_ids_by_handle([name])).get(name)
    visible = None if product_id is None else await load_visible_product(product_id, info)
    if visible is not None:
        await preload_products([visible], info)
    return visible


async def load_visible_product(product_id: str, info: Info) -> Product | None:
    """The product of this id; None if there is none that the caller may see."""
    product = await info.context.products.load(product_id)
    if product is None or not product_pages.can_see_product(product, info.context.caller):
        return None
    return product


@of_context
def price_range(
    root: strawberry.Parent[Product], info: Info, currency: ShownCurrency = strawberry.UNSET
) -> PriceRange | Awaitable[PriceRange]:
    """The lowest and the highest price of the variants that are listed, else of all."""
    code: str | None = none_if_unset(currency)
    variants = info.context.product_variants.find_loaded(root.id)
    if not variants:
        return _load_price_range(root, info, code)
    return product_pages.price_range(variants, info.context.dependencies, code)


async def _load_price_range(product: Product, info: Info, currency_code: str | None) -> PriceRange:
    variants = await info.context.product_variants.load(product.id)
    if not variants:
        variants = await info.context.all_product_variants.load(product.id)
    return product_pages.price_range(variants, info.context.dependencies, currency_code)


async def variant_product(root: strawberry.Parent[Variant], info: Info) -> Product:
    """The product that the variant is of, listed or not."""
    product = await info.context.products.load(root.product_id)
    if product is None:
        raise LookupError(f"{root.id} has no product")
    return product


async def prices_include_tax(
    root: strawberry.Parent[Variant], info: Info, currency: ShownCurrency = strawberry.UNSET
) -> bool:
    """Whether the variant's price includes tax."""
    price = browsing.shop_price(root, info.context.dependencies, none_if_unset(currency))
    return await info.context.tax_inclusion.load(price.currency.code)


def components(root: strawberry.Parent[Variant]) -> tuple[NestedComponent, ...]:
    """The parts of a bundle and their parts, parents before their parts."""
    return tuple(islice(root.nested_components(), MAX_COMPONENTS))
